"""Faults of a corpus that a schema cannot see: links, vocabularies, style, missing documents. Pure.

Every rule looks at one line and says what is wrong in words that name the remedy.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.documents import load
from ingest.errors import CorpusError
from ingest.front_matter import FRONT_MATTER
from ingest.loaders.markdown import MARK
from ingest.questions import SUFFIX, beside
from ingest.records import Document, Skipped
from ingest.text import fold, sentence_spans, words

MAX_WORDS = 30
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
ITEM = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")
VERB = r"(?:is|are|was|were|has|have|can|should|must|may|means?|will)"
PRONOUN = re.compile(rf"^(It|They|He|She|Its|Their|(?:This|That|These|Those)(?= {VERB}\b))\b")
FACT_SHEET_MARK = re.compile(
    r"\[(?:DBG|INF|INFERRED|CUT|OVERLAY|SEEN|SEEN-PART|NOT SEEN|GK|CHECK|DECK|S|S2)\b[^\]]*\]"
)
SOURCE_MARK = re.compile(r"\{(?:source|pages):")
MACHINE_PATH = re.compile(r"(?:^|[\s(])(?:/(?:home|root|tmp|usr|var|work)/|[A-Z]:\\)")
FIGURE = re.compile(r"(?:USD|EUR|GBP|INR)\s?\d|\d\s?%|\d (?:million|billion|tonnes|pesos|won)\b")
YEAR = re.compile(r"\b(?:19|20)\d\d\b|mid-\d{4}s|\(undated\)")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something to mend, and where."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document's body with what the rules need to know about it."""

    number: int
    raw: str
    text: str
    heading: str


def check(corpus: Path) -> tuple[Fault, ...]:
    """All faults of a corpus, ordered by file and line.

    ``catalogue.toml`` and ``vocabulary.toml`` in the corpus are used where they are present.
    """
    loaded = load([corpus], corpus)
    faults = [_unread(s) for s in loaded.skipped]
    known = {d.id for d in loaded.documents}
    faults += _missing(corpus, known)
    faults += _lost_questions(corpus)
    vocabulary = _toml(corpus / "vocabulary.toml")
    answered = {fold(q) for d in loaded.documents for _, asked in d.asked for q in asked}
    for document in loaded.documents:
        path = corpus / f"{document.id}.md"
        if not path.is_file():
            continue
        faults += _vocabulary(path, document, vocabulary)
        faults += _asked(path, document, answered)
        faults += _body(path, document, known)
    return tuple(sorted(faults, key=lambda f: (f.path, f.line, f.message)))


def _unread(skipped: Skipped) -> Fault:
    """The fault of a document, or of a file beside it that the reason names first."""
    where, _, what = skipped.reason.partition(": ")
    path = where if where.startswith(skipped.path) else skipped.path
    return Fault(path, 1, what or skipped.reason)


def shared_runs(corpus: Path, others: list[Path], length: int = 8) -> tuple[Fault, ...]:
    """Lines of the corpus that share ``length`` consecutive words with one of the other texts."""
    taken: dict[tuple[str, ...], str] = {}
    for other in others:
        try:
            found = words(other.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CorpusError(f"{other} cannot be read as text: {error}") from error
        for start in range(len(found) - length + 1):
            taken.setdefault(tuple(found[start : start + length]), other.name)
    faults: list[Fault] = []
    for path in sorted(corpus.rglob("*.md")):
        for line in _lines(path):
            mine = words(line.text)
            runs = (tuple(mine[s : s + length]) for s in range(len(mine) - length + 1))
            shared = next((run for run in runs if run in taken), None)
            if shared:
                message = f"shares with {taken[shared]}: {' '.join(shared)}"
                faults.append(Fault(path.as_posix(), line.number, message))
    return tuple(faults)


def _missing(corpus: Path, known: set[str]) -> Iterator[Fault]:
    catalogue = corpus / "catalogue.toml"
    for ids in _toml(catalogue).values():
        for document_id in ids:
            if document_id not in known:
                yield Fault(
                    catalogue.as_posix(), 1, f"the planned document {document_id} is missing"
                )


def _vocabulary(
    path: Path, document: Document, vocabulary: dict[str, list[str]]
) -> Iterator[Fault]:
    for name, allowed in vocabulary.items():
        for value in getattr(document, name):
            if value not in allowed:
                yield Fault(path.as_posix(), 1, f"{name}: {value!r} is not in vocabulary.toml")


def _lost_questions(corpus: Path) -> Iterator[Fault]:
    for path in corpus.rglob(f"*{SUFFIX}"):
        of = path.name.removesuffix(SUFFIX)
        if not path.with_name(of).is_file():
            yield Fault(path.as_posix(), 1, f"there is no {of} to which these questions belong")


def _asked(path: Path, document: Document, answered: set[str]) -> Iterator[Fault]:
    texts = [block.text for section in document.sections for block in section.blocks]
    said = {text[a:b] for text in texts for a, b in sentence_spans(text)}
    for sentence, _ in document.asked:
        if sentence not in said:
            message = f"no sentence of the document reads {sentence[:60]!r}; mend or delete it"
            yield Fault(beside(path).as_posix(), 1, message)
    for question in document.open:
        if fold(question) in answered:
            message = f"{question!r} is not left open: a sentence answers it; delete one of them"
            yield Fault(beside(path).as_posix(), 1, message)


def _body(path: Path, document: Document, known: set[str]) -> Iterator[Fault]:
    for line in _lines(path):
        for message in _links(line, known):
            yield Fault(path.as_posix(), line.number, message)
        if line.heading == "See also" or not line.text:
            continue
        for rule in RULES:
            for message in rule(line, document):
                yield Fault(path.as_posix(), line.number, message)


def _links(line: Line, known: set[str]) -> Iterator[str]:
    for _, target in LINK.findall(line.raw):
        if target not in known and not target.startswith("https://"):
            yield f"the link to {target} leads nowhere; use the id of a document"


def _sentences(line: Line) -> list[str]:
    return [line.text[a:b] for a, b in sentence_spans(line.text)]


def _short(line: Line, document: Document) -> Iterator[str]:
    for sentence in _sentences(line):
        count = len(sentence.split())
        if count > MAX_WORDS:
            yield f"a sentence of {count} words; {MAX_WORDS} is the limit: {sentence[:50]}…"


def _names_its_subject(line: Line, document: Document) -> Iterator[str]:
    for sentence in _sentences(line):
        if match := PRONOUN.match(sentence):
            yield f"a sentence opens with {match[1]!r}; name its subject: {sentence[:50]}…"


def _no_marks(line: Line, document: Document) -> Iterator[str]:
    if SOURCE_MARK.search(line.text):
        yield "two source marks at one place; readers would see the first"
    if match := FACT_SHEET_MARK.search(line.raw):
        yield f"a mark of the fact sheets is left: {match.group()}"


def _no_paths(line: Line, document: Document) -> Iterator[str]:
    if MACHINE_PATH.search(line.raw):
        yield "a path of a machine stands in the text"


def _dos_are_items(line: Line, document: Document) -> Iterator[str]:
    if line.heading in ("Do", "Don't") and not ITEM.match(line.raw):
        yield f"under {line.heading!r} each line must be a list item"
    if line.heading == "Don't" and ITEM.match(line.raw) and not line.text.startswith("Don't "):
        yield "an item under \"Don't\" must begin with Don't, so that it can be quoted alone"


def _figures_have_years(line: Line, document: Document) -> Iterator[str]:
    if document.kind != "case-study":
        return
    for sentence in _sentences(line):
        if FIGURE.search(sentence) and not YEAR.search(sentence):
            yield f"a figure without its year, or the word (undated): {sentence[:60]}…"


Rule = Callable[[Line, Document], Iterator[str]]
RULES: tuple[Rule, ...] = (
    _short,
    _names_its_subject,
    _no_marks,
    _no_paths,
    _dos_are_items,
    _figures_have_years,
)


def _lines(path: Path) -> Iterator[Line]:
    """The lines of a document's body, with the heading that each stands under."""
    text = path.read_text("utf-8")
    match = FRONT_MATTER.match(text)
    first = text[: match.end()].count("\n") + 1 if match else 1
    heading = ""
    for number, raw in enumerate(text[match.end() if match else 0 :].split("\n"), start=first):
        plain = MARK.sub("", raw)
        if plain.startswith("#"):
            heading = plain.lstrip("# ").strip()
            continue
        text_only = LINK.sub(r"\1", ITEM.sub("", plain)).replace("*", "").strip()
        yield Line(number, raw, text_only, heading)


def _toml(path: Path) -> dict[str, list[str]]:
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
