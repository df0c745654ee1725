"""Words and sentences: the small text functions that every later step shares. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import zip_longest

import Stemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|etc|vs|approx|no|nos|p|pp|fig|art|sec|ch|mr|mrs|ms|dr|prof|st|inc|ltd)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)
BOUNDARY = re.compile(r"[.!?…]['\"’”)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9À-Þ])")
# Characters that no reader sees; joiners and marks of direction, which scripts need, are not here.
INVISIBLE = re.compile("[\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]")
TAGS = re.compile("[\U000e0000-\U000e007f]")
MANY_INVISIBLE = 4
MANY_SHARE = 50


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing about a topic: articles, pronouns, auxiliaries, question words."""
    return frozenset((files("ingest") / "stopwords.txt").read_text("utf-8").split())


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of one lower-case word."""
    stemmed: str = Stemmer.Stemmer("english").stemWord(word)
    return stemmed


def fold(text: str) -> str:
    """Lower case without accents: «Bogotá» and "Bogota" become the same."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Folded words in order, possessives and contractions cut at the apostrophe."""
    found = (m.group().replace("’", "'") for m in WORD.finditer(fold(text)))
    return [w.removesuffix("'s") for w in found]


def terms(text: str) -> list[str]:
    """Stemmed content words in order; what the lexical index and coverage count."""
    stop = stop_words()
    return [stem(w) for w in words(text) if w not in stop]


@lru_cache(maxsize=1 << 14)
def term_set(text: str) -> frozenset[str]:
    """The distinct terms of a sentence or heading of the corpus, which questions meet often."""
    return frozenset(terms(text))


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Offsets of the sentences of one paragraph; together they cover all but white space."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in BOUNDARY.finditer(text):
        if text[match.start()] == "." and ABBREVIATION.search(text, start, match.start() + 1):
            continue
        spans.append((start, match.end()))
        start = match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip())
    if text[start:].strip():
        spans.append((start, len(text.rstrip())))
    return spans


def slug(text: str) -> str:
    """A heading as an anchor: ASCII letters and digits joined by hyphens."""
    plain = fold(text).replace("'", "").replace("’", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


def digest(*parts: str) -> str:
    """SHA-256 over the parts in order, as 64 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def row_text(header: Sequence[str], row: Sequence[str]) -> str:
    """A table row as one line in which every cell keeps the name of its column."""
    pairs = zip_longest(header[: len(row)], row, fillvalue="")
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in pairs if cell)


def without_invisible(text: str) -> tuple[str, str]:
    """The text without characters that nobody sees, and what is odd about it, or nothing."""
    text = text.replace("\u00ad", "")  # a soft hyphen marks where a word may break, no more
    found = INVISIBLE.findall(text)
    if not found:
        return text, ""
    many = len(found) >= MANY_INVISIBLE and len(found) * MANY_SHARE > len(text)
    odd = "many invisible characters" if many else ""
    return INVISIBLE.sub("", text), "invisible tag characters" if TAGS.search(text) else odd
