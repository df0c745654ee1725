"""Posted forms: their fields, and the answer to a check that stands in them."""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from fastapi import HTTPException, Request

from assistant.learning.content import Check
from assistant.learning.marking import NOT_SURE

MAX_FORM = 60_000
MAX_FIELDS = 200
MAX_VALUE = 4_000


async def form(request: Request) -> dict[str, list[str]]:
    """The fields of a posted form."""
    body = await request.body()
    if len(body) > MAX_FORM:
        raise HTTPException(413, "the form is too long")
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        return {name: [v[:MAX_VALUE] for v in values] for name, values in fields.items()}
    except ValueError as error:  # not UTF-8, or too many fields
        raise HTTPException(400, "the form cannot be read") from error


def is_number(value: str) -> bool:
    """Whether this is a small number in plain digits."""
    return value.isascii() and value.isdigit() and len(value) < 4


def given_to(check: Check, fields: Mapping[str, list[str]], prefix: str = "") -> list[str]:
    """The answer in a form's fields, in the order that marking expects."""
    if fields.get(f"{prefix}unsure"):
        return [NOT_SURE]
    size = len(check.items or check.pairs)
    if check.kind in ("sort", "order", "match"):
        found = [fields.get(f"{prefix}a{n}", [""])[0] for n in range(size)]
        if check.kind == "order":
            return [str(int(v) - 1) if is_number(v) and v != "0" else "" for v in found]
        return found
    return fields.get(f"{prefix}a", [])


def unfinished(check: Check, given: Sequence[str]) -> Sequence[str]:
    """What was chosen in a scenario, as long as its right choices lead to another question."""
    options = check.options
    for value in given:
        if not is_number(value) or int(value) >= len(options):
            return ()
        chosen = options[int(value)]
        if not chosen.right or chosen.then is None:
            return ()
        options = chosen.then.options
    return given


def shuffled(check: Check) -> list[int]:
    """The places of what is to be ordered or matched, in an order that gives nothing away."""
    size = len(check.items or check.pairs)
    places = sorted(range(size), key=lambda n: (n * 7 + len(check.id)) % max(size, 1) * 31 % 17)
    return places[::-1] if places == sorted(places) else places
