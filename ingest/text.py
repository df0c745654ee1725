"""Words and sentences: the small text functions that every later step shares. Pure."""

import hashlib
import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

import Stemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|etc|vs|approx|no|nos|p|pp|fig|art|sec|ch|mr|mrs|ms|dr|prof|st|inc|ltd)"
    r"|\b[A-Z])\.$",
    re.IGNORECASE,
)
BOUNDARY = re.compile(r"[.!?…]['\"’”)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9À-Þ])")


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
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Folded words in order, possessives and contractions cut at the apostrophe."""
    found = (m.group().replace("’", "'") for m in WORD.finditer(fold(text)))
    return [w.removesuffix("'s") for w in found]


def terms(text: str) -> list[str]:
    """Stemmed content words in order; what the lexical index and coverage count."""
    stop = stop_words()
    return [stem(w) for w in words(text) if w not in stop]


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
