"""Documents to passages. Pure.

A passage never crosses a heading and never mixes sources, pages, or what a reader sees with what
is hidden; a list stays whole with its lead-in where it fits; what is too long is cut between
blocks, and a single long block between sentences.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

from ingest.records import Block, Document, Passage, Section, Sentence, Source
from ingest.text import digest, sentence_spans, terms

MARKER = "- "
NOT_INDEXED = {"see-also"}  # links between documents are for readers, not answers


def split(documents: Iterable[Document], max_words: int) -> tuple[Passage, ...]:
    """All passages in order; ids ``document~section~n`` are unique and stable."""
    return tuple(p for document in documents for p in _document_passages(document, max_words))


def passage_digest(title: str, path: Sequence[str], text: str, source: Source) -> str:
    """A digest of all that a reader sees of a passage."""
    return digest(title, *path, text, repr(source))


def passage_terms(passage: Passage) -> list[str]:
    """The stemmed content words of a passage, its headings included."""
    return terms(f"{passage.heading}\n{passage.text}")


@lru_cache(maxsize=1 << 12)
def passage_term_set(passage: Passage) -> frozenset[str]:
    """The distinct terms of a passage, its headings included; remembered."""
    return frozenset(passage_terms(passage))


def windows(text: str, size: int) -> tuple[str, ...]:
    """Overlapping windows of ``size`` words, half a window apart; none when one would do."""
    words = text.split()
    if len(words) <= size:
        return ()
    step = size // 2
    starts = range(0, len(words) - size + step, step)
    return tuple(" ".join(words[start : start + size]) for start in starts)


def _document_passages(document: Document, max_words: int) -> Iterator[Passage]:
    found = _all_passages(document, max_words)
    for first in found:
        yield replace(first, open=document.open)
        yield from found


def _all_passages(document: Document, max_words: int) -> Iterator[Passage]:
    questions, answers = dict(document.questions), dict(document.asked)
    for section in document.sections:
        if section.anchor in NOT_INDEXED:
            continue
        asked = questions.get(section.anchor, ())
        groups = _groups(section.blocks, max_words)
        for number, blocks in enumerate(groups, start=1):
            yield _passage(document, section, blocks, number, asked, answers)


def _groups(blocks: Iterable[Block], max_words: int) -> Iterator[list[Block]]:
    """Consecutive blocks of one origin, packed up to the limit."""
    for _, together in groupby(blocks, key=lambda b: (b.source, b.page, b.hidden)):
        group: list[Block] = []
        size = 0
        for block in (part for b in together for part in _halves(b, max_words)):
            length = len(block.text.split())
            if group and size + length > max_words:
                yield group
                group, size = [], 0
            group.append(block)
            size += length
        if group:
            yield group


def _halves(block: Block, max_words: int) -> Iterator[Block]:
    """The block itself, or its sentences packed up to the limit when it is too long."""
    if len(block.text.split()) <= max_words:
        yield block
        return
    packed = ""
    for start, end in sentence_spans(block.text):
        sentence = block.text[start:end]
        if packed and len(packed.split()) + len(sentence.split()) > max_words:
            yield replace(block, text=packed)
            packed = ""
        packed = f"{packed} {sentence}".strip()
    if packed:
        yield replace(block, text=packed)


def _passage(
    document: Document,
    section: Section,
    blocks: list[Block],
    number: int,
    questions: tuple[str, ...],
    answers: Mapping[str, tuple[str, ...]],
) -> Passage:
    text, sentences = _text(blocks, answers)
    first = blocks[0]
    return Passage(
        id=f"{document.id}~{section.anchor}~{number}",
        document_id=document.id,
        kind=document.kind,
        stage=document.stage,
        status=document.status,
        title=document.title,
        section=section.heading,
        anchor=section.anchor,
        path=section.path,
        text=text,
        sentences=sentences,
        source=first.source,
        digest=passage_digest(document.title, section.path, text, first.source),
        questions=questions,
        media=document.original.media,
        page=first.page,
        page_label=first.label,
        hidden=first.hidden,
    )


def _text(
    blocks: list[Block], answers: Mapping[str, tuple[str, ...]]
) -> tuple[str, tuple[Sentence, ...]]:
    """Blocks joined line by line, and where each sentence stands in the result."""
    lines: list[str] = []
    spans: list[Sentence] = []
    offset = 0
    for block in blocks:
        item = block.kind == "item"
        line = MARKER + block.text if item else block.text
        lead = offset + (len(MARKER) if item else 0)
        for start, end in sentence_spans(block.text):
            asked = answers.get(block.text[start:end], ())
            spans.append(Sentence(lead + start, lead + end, "item" if item else "prose", asked))
        lines.append(line)
        offset += len(line) + 1
    return "\n".join(lines), tuple(spans)
