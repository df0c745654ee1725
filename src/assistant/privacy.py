"""Personal data in what people write: found and replaced by marks before anything else sees it.

E-mail addresses, phone numbers (libphonenumber), bank accounts (ISO 13616), cards (Luhn), identity
numbers (python-stdnum), and names after words that announce them. Pure; patterns are data.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from types import ModuleType

EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
# Groups of letters and digits with at most one sign between them, as such numbers are written.
GROUPED = re.compile(
    r"(?<![\w.,/-])[A-Za-z]{0,6}\d[\dA-Za-z]*(?:[ ./+-]?[\dA-Za-z]*\d[\dA-Za-z]*)*"
)
FEWEST_DIGITS = 7
MOST_GROUPS = 10  # a bank account of 34 signs in groups of four has nine
LENGTHS = (8, 34)
MOST_RUNS = 500  # no question has as many; what is left of such a text is masked unseen
NEAR = 60  # characters in which a word says what a number is
WORD = r"[^\W\d_][\w'’-]*"
CAPITAL = r"(?-i:[A-ZÀ-ÖØ-Þ])[\w'’-]*"
PARTICLE = r"(?:(?:de|da|di|van|von|der|del|la|el|al|bin|ibn|ben)\s+)*"
NO_NAME = r"(?!(?:and|but|from|the|a|an|not|i|what|who|how|at|in|of|with)\b)"
TOLD = "Masked in your question before it was used or stored: {kinds}. Please leave such data out."


@dataclass(frozen=True, slots=True)
class Patterns:
    """All patterns, read from ``privacy.toml``."""

    marks: dict[str, str]
    names: dict[str, str]
    proven: tuple[str, ...]
    cued: tuple[str, ...]
    cue: re.Pattern[str]
    passport: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    phone: re.Pattern[str]
    self_named: tuple[re.Pattern[str], ...]
    persons: tuple[re.Pattern[str], ...]
    not_names: frozenset[str]


@cache
def patterns() -> Patterns:
    """The patterns that come with the package."""
    rows = tomllib.loads((files("assistant") / "privacy.toml").read_text("utf-8"))
    identity, name = rows["identity"], rows["name"]
    capitals = rf"{PARTICLE}{CAPITAL}(?:\s+{PARTICLE}{CAPITAL})"
    full, two = rf"({capitals}{{0,3}})", rf"({capitals}{{1,3}})"
    any_case = rf"({capitals}{{0,3}}|{NO_NAME}{WORD}(?:\s+{NO_NAME}{WORD})?)"

    def compiled(prefixes: list[str], names: str) -> Iterator[re.Pattern[str]]:
        return (re.compile(prefix + names, re.IGNORECASE) for prefix in prefixes)

    return Patterns(
        marks={kind: row["mark"] for kind, row in rows["kinds"].items()},
        names={kind: row["name"] for kind, row in rows["kinds"].items()},
        proven=tuple(identity["proven"]),
        cued=tuple(identity["cued"]),
        cue=re.compile(identity["cue"], re.IGNORECASE),
        passport=re.compile(identity["passport"], re.IGNORECASE),
        before=re.compile(identity["amount_before"], re.IGNORECASE),
        after=re.compile(identity["amount_after"], re.IGNORECASE),
        phone=re.compile(rows["phone"]["cue"], re.IGNORECASE),
        self_named=(*compiled(name["self"], any_case), *compiled(name["self_capital"], two)),
        persons=tuple(compiled(name["person"], full)),
        not_names=frozenset(name["not_names"]),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data at a place in a text."""

    start: int
    end: int
    kind: str


def mask(text: str, public: Callable[[str], bool] = lambda name: False) -> str:
    """The text with a mark in place of each piece of personal data.

    ``public`` tells whether the documents themselves name a person; such names stay.
    """
    marks, taken, masked = patterns().marks, 0, ""
    for one in find(text, public):
        masked += text[taken : one.start] + marks[one.kind]
        taken = one.end
    return masked + text[taken:]


def find(text: str, public: Callable[[str], bool] = lambda name: False) -> tuple[Found, ...]:
    """Personal data in order of place; where two kinds overlap, the surer one."""
    kept: list[Found] = []
    for one in (*_emails(text), *_phones(text), *_numbers(text), *_names(text, public)):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda f: f.start))


def told(text: str) -> str:
    """What the writer of a masked text is told; nothing when it has no marks."""
    rows = patterns()
    kinds = [rows.names[kind] for kind, mark in rows.marks.items() if mark in text]
    return TOLD.format(kinds=", ".join(kinds)) if kinds else ""


def names_a_person(text: str) -> bool:
    """Whether a masked text asks about somebody whose name was taken out."""
    return patterns().marks["person"] in text


def without_marks(text: str) -> str:
    """A masked text without its marks, to search with; itself when nothing else is in it."""
    left = text
    for mark in patterns().marks.values():
        left = left.replace(mark, " ")
    return " ".join(left.split()) or text


def _emails(text: str) -> Iterator[Found]:
    return (Found(m.start(), m.end(), "email") for m in EMAIL.finditer(text))


def _numbers(text: str) -> Iterator[Found]:
    left = MOST_RUNS
    for match in GROUPED.finditer(text):
        for start, end in _runs(match) if left else ():
            left -= 1
            if kind := _kind(text, start, end):
                yield Found(start, end, kind)
            if not left:
                break
        if not left and sum(c.isdigit() for c in match.group()) >= LENGTHS[0]:
            yield Found(match.start(), match.end(), "identity")
    for match in patterns().passport.finditer(text):
        yield Found(match.start(1), match.end(1), "identity")


def _runs(match: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Runs of groups that can be one number, longest first; bounded, whatever is written."""
    groups = [g.span() for g in re.finditer(r"[^ ./+-]+", match.group())]
    runs = [
        (match.start() + first[0], match.start() + last[1])
        for at, first in enumerate(groups)
        for last in groups[at : at + MOST_GROUPS]
    ]
    for start, end in sorted(runs, key=lambda r: (r[0] - r[1], r[0])):
        number = match.string[start:end]
        if LENGTHS[0] <= sum(c.isalnum() for c in number) <= LENGTHS[1] and any(
            c.isdigit() for c in number
        ):
            yield start, end


def _kind(text: str, start: int, end: int) -> str:
    """What a number is, by its checksum and what stands around it; nothing for other numbers."""
    rows, number = patterns(), text[start:end]
    compact = re.sub(r"[^0-9A-Za-z]", "", number)
    if _valid("iban", compact):
        return "iban"
    before, after = text[max(start - NEAR, 0) : start], text[end : end + NEAR]
    if rows.before.search(before) or rows.after.search(after):
        return ""
    if compact.isdigit() and 13 <= len(compact) <= 19 and _valid("luhn", compact):
        return "card"
    cued = rows.cue.search(before) is not None
    for name in (*rows.proven, *(rows.cued if cued else ())):
        if _valid(name, number):
            return "identity"
    return ""


def _valid(name: str, number: str) -> bool:
    return bool(_standard(name).is_valid(number))


@cache
def _standard(name: str) -> ModuleType:
    return import_module(f"stdnum.{name}")


def _phones(text: str) -> Iterator[Found]:
    if sum(c.isdigit() for c in text) < FEWEST_DIGITS:
        return
    from phonenumbers import PhoneNumberMatcher

    for match in PhoneNumberMatcher(text, None):
        yield Found(match.start, match.end, "phone")
    for cued in patterns().phone.finditer(text):
        yield Found(cued.start(1), cued.end(1), "phone")


def _names(text: str, public: Callable[[str], bool]) -> Iterator[Found]:
    rows = patterns()
    for kind, group in (("name", rows.self_named), ("person", rows.persons)):
        for pattern in group:
            for match in pattern.finditer(text):
                first = match.group(1).split()[0]
                if first in rows.not_names or public(match.group()):
                    continue
                yield Found(match.start(1), match.end(1), kind)
