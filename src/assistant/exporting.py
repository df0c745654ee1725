"""Answers as files to keep: a conversation or a checklist, as Markdown or as a Word document."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.records import Answer, Citation

Turns = Sequence[tuple[str, Answer]]
HEADING = "Procurement assistant"
# The citation marks at the end of a sentence.
MARKS = re.compile(r"(?:\[\d+\])+(?=\s|$)")
NOTE = "Extracts from documents, not legal advice. Each sentence names its source."


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: what it is, its words, and the numbers of its references."""

    kind: str
    text: str
    references: tuple[int, ...] = ()


def lines(turns: Turns, *, checklist: bool) -> Iterator[Line]:
    """The file line by line; in a checklist each bulleted sentence has a box to tick."""
    yield Line("title", f"{HEADING}: checklist" if checklist else HEADING)
    yield Line("note", NOTE)
    for question, answer in turns:
        yield Line("question", question)
        yield from _said(answer, checklist)
        yield from (Line("note", notice) for notice in answer.notices)
        yield from (Line("reference", reference(c)) for c in answer.citations)


def _said(answer: Answer, checklist: bool) -> Iterator[Line]:
    if not answer.sentences:
        yield Line("text", answer.answer)
        return
    sentences = iter(answer.sentences)
    for block in answer.answer.split("\n\n"):
        if block.startswith("**"):
            yield Line("label", block.strip("*"))
            continue
        bullets = block.startswith("- ")
        kind = ("box" if checklist else "item") if bullets else "text"
        for _ in range(sentence_count(block)):
            sentence = next(sentences)
            yield Line(kind, sentence.text, sentence.citations)


def sentence_count(block: str) -> int:
    """How many sentences of the answer stand in a block of its Markdown."""
    return len(block.splitlines()) if block.startswith("- ") else len(MARKS.findall(block)) or 1


def reference(c: Citation) -> str:
    """A full reference in one line."""
    pages = f", p. {c.source.pages}" if c.source.pages else ""
    url = f", {c.source.url}" if c.source.url else ""
    return f"[{c.n}] {c.title}, {c.section}. {c.source.title}{pages} ({c.status}){url}"


def markdown(turns: Turns, *, checklist: bool) -> str:
    """The file as Markdown."""
    marks = {"title": "# ", "question": "## ", "label": "### ", "item": "- ", "box": "- [ ] "}
    out = []
    for line in lines(turns, checklist=checklist):
        numbers = "".join(f" [{n}]" for n in line.references)
        out.append(f"{marks.get(line.kind, '')}{line.text}{numbers}")
    tight = ("item", "box", "reference")
    kinds = [line.kind for line in lines(turns, checklist=checklist)]
    joined = ""
    for n, text in enumerate(out):
        together = n and kinds[n] in tight and kinds[n] == kinds[n - 1]
        joined += ("\n" if together else "\n\n" if n else "") + text
        if kinds[n] == "reference":
            joined += "  "
    return joined + "\n"


def docx(turns: Turns, *, checklist: bool) -> bytes:
    """The file as a Word document with headings and real lists."""
    from docx import Document

    document = Document()
    for line in lines(turns, checklist=checklist):
        text = line.text + "".join(f" [{n}]" for n in line.references)
        if line.kind == "title":
            document.add_heading(text, 0)
        elif line.kind == "question":
            document.add_heading(text, 1)
        elif line.kind == "label":
            document.add_heading(text, 2)
        elif line.kind == "box":
            document.add_paragraph(f"☐ {text}")
        else:
            style = {"item": "List Bullet", "note": "Intense Quote"}.get(line.kind)
            document.add_paragraph(text, style)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
