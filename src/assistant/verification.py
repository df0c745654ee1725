"""Whether quoted passages support a sentence. Pure: words in, faults out.

No model judges. A sentence is supported when the passages have all its content words, numbers,
names and quoted words, and when the sentence of a passage that is nearest to it has the same
negation and the same strength of duty. Extracts pass by construction; the check is there for
sentences that were written by anything else.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ingest.text import fold, sentence_spans, stem, stop_words, terms, words

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NUMERALS = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
SPELLED = {word: str(n) for n, word in enumerate(NUMERALS, start=2)}
UNIT = re.compile(
    r"(?P<before>EUR|USD|GBP|INR|€|\$|£)?\s?(?P<number>\d+(?:[.,]\d+)*)[\s-]?"
    r"(?P<after>%|percent|million|billion|thousand|crore|tonnes?|years?|months?|weeks?|days?|hours?|"
    r"km|MW|pesos|won)?",
    re.IGNORECASE,
)
NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[A-ZÀ-Þ][\w’'-]*")
QUOTED = re.compile(r"[\"“”]([^\"“”]{3,})[\"“”]")
NEGATIONS = frozenset(
    (
        "not",
        "no",
        "never",
        "without",
        "nor",
        "neither",
        "cannot",
        "nobody",
        "nothing",
        "none",
        "instead",
        "unless",
    )
)
OPPOSITES = frozenset(
    stem(w) for w in ("forbid", "prohibit", "refuse", "reject", "avoid", "prevent", "exclude")
)
DUTIES = {
    3: ("must", "shall", "required", "mandatory", "compulsory", "obliged"),
    2: ("should", "ought", "recommended", "advised"),
    1: ("may", "might", "can", "could", "optional"),
}
HAS_TO = re.compile(r"\b(has|have|had) to\b")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be shown, how many of its words were found, and what is wrong."""

    coverage: float
    faults: tuple[str, ...]

    @property
    def supported(self) -> bool:
        """Nothing is wrong."""
        return not self.faults


def verify(sentence: str, quotes: Sequence[str]) -> Verdict:
    """Check a sentence against the texts that it cites."""
    text = "\n".join(quotes)
    if sentence.strip() and sentence.strip() in text:
        return Verdict(1.0, ())
    coverage = word_precision(sentence, text)
    strange = content(sentence) - content(text)
    faults = [f"the words {', '.join(sorted(strange))} are not quoted"] if strange else []
    faults += [f"the number {n} is not quoted" for n in _missing_numbers(sentence, text)]
    faults += [f"the name {n} is not quoted" for n in _missing_names(sentence, text)]
    folded = " ".join(fold(text).split())
    for quoted in QUOTED.findall(sentence):
        if " ".join(fold(quoted).split()) not in folded:
            faults.append(f"the words “{quoted}” are not quoted exactly")
    nearest = _nearest(sentence, quotes)
    if nearest is not None:
        faults += _meaning(sentence, nearest)
    return Verdict(coverage, tuple(faults))


def content(text: str) -> frozenset[str]:
    """Stems of the words that carry the meaning, irregular verbs by their first form.

    Words that go with any topic, such as "receive" or "several", do not count: people who say the
    same in other words differ in these.
    """
    said = (irregular().get(w, w) for w in words(_digits(text)) if w not in stop_words())
    return frozenset(stem(w) for w in said) - light_words()


@cache
def light_words() -> frozenset[str]:
    """Stems of words that say nothing about a topic beyond the stop words."""
    return frozenset(map(stem, (files("assistant") / "light_words.txt").read_text("utf-8").split()))


@cache
def irregular() -> dict[str, str]:
    """Past forms of irregular verbs, each with its first form."""
    rows = (files("assistant") / "irregular_verbs.txt").read_text("utf-8").splitlines()
    return {form: row.split()[0] for row in rows for form in row.split()[1:]}


def word_precision(sentence: str, text: str) -> float:
    """Share of the sentence's content words that the text has; 1 when it has none."""
    wanted, found = set(terms(_digits(sentence))), frozenset(terms(_digits(text)))
    return len(wanted & found) / len(wanted) if wanted else 1.0


def _missing_numbers(sentence: str, text: str) -> list[str]:
    """Numbers, with the unit beside them, that the text lacks."""
    found = {_amount(m) for m in UNIT.finditer(_digits(text))}
    bare = {number for _, number, _ in found}
    missing = []
    for match in UNIT.finditer(_digits(sentence)):
        before, number, after = _amount(match)
        known = (before, number, after) in found or (not (before or after) and number in bare)
        if not known:
            missing.append(match.group().strip())
    return missing


def _digits(text: str) -> str:
    """The text with small numbers in words as digits, so that "five" and "5" agree."""
    return re.sub(
        r"[A-Za-z]+",
        lambda m: SPELLED.get(m.group().lower(), m.group()),
        text.replace("\u00a0", " "),
    )


def _amount(match: re.Match[str]) -> tuple[str, str, str]:
    number = match["number"].rstrip(".,").replace(",", "")
    unit = (match["after"] or "").lower().rstrip("s").replace("percent", "%")
    return (match["before"] or "").upper(), number, unit


def _missing_names(sentence: str, text: str) -> list[str]:
    found = set(words(text))
    names = (m.group() for m in NAME.finditer(sentence))
    return [n for n in names if not {w for w in words(n) if w not in stop_words()} <= found]


def _nearest(sentence: str, quotes: Sequence[str]) -> str | None:
    """The sentence of the quotes that shares most words with this one."""
    lines = (line.removeprefix("- ") for quote in quotes for line in quote.splitlines())
    parts = [line[a:b] for line in lines for a, b in sentence_spans(line)]
    mine = set(terms(sentence))

    def shared(part: str) -> float:
        theirs = set(terms(part))
        return len(mine & theirs) / max(len(mine | theirs), 1)

    best = max(parts, key=shared, default=None)
    return best if best is not None and shared(best) > 0 else None


def _meaning(sentence: str, source: str) -> list[str]:
    """Differences in negation and in the strength of duty."""
    faults = []
    if negations(sentence) % 2 != negations(source) % 2:
        faults.append("it negates what the passage says, or the other way round")
    mine, theirs = duty(sentence), duty(source)
    if mine == 1 and said_duty(source) == 0 and theirs == 2:
        return faults  # what a guideline tells readers to do is also what they can do
    if mine != theirs and (mine or theirs) and 0 not in (mine, theirs):
        faults.append("it changes the strength of a duty (must, should, may)")
    elif mine > 0 and theirs == 0 and mine != 1:
        faults.append("it makes a duty of what is none")
    elif theirs > 0 and mine == 0 and theirs == 1:
        faults.append("it makes a fact of what is only possible")
    return faults


def negations(text: str) -> int:
    """How many words turn the meaning round."""
    said: list[str] = re.findall(r"[a-z']+", fold(text).replace("’", "'"))
    plain = sum(w in NEGATIONS or w.endswith("n't") for w in said)
    opposite = sum(stem(w) in OPPOSITES for w in said)
    return plain + opposite


@cache
def instructions() -> frozenset[str]:
    """Verbs that open an instruction: "Publish the weights" asks for what "should" asks."""
    return frozenset((files("assistant") / "instructions.txt").read_text("utf-8").split())


def duty(text: str) -> int:
    """The strength of the first duty in a text: 3 must, 2 should, 1 may or can, 0 none.

    An instruction without such a word counts as "should".
    """
    said = words(text)
    return said_duty(text) or (2 if said and said[0] in instructions() else 0)


def said_duty(text: str) -> int:
    """The strength of the first word of duty in a text, 0 where there is none."""
    said = words(HAS_TO.sub("must", fold(text)))
    return next((level for w in said for level, found in DUTIES.items() if w in found), 0)
