"""An answer to a check: right, partly, wrong or not sure, with a passage for every fault. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.learning import grading
from assistant.learning.content import Check, Course, Option
from ingest.errors import InputError
from ingest.text import fold

Outcome = Literal["right", "partly", "wrong", "unsure"]
NOT_SURE = "?"


@dataclass(frozen=True, slots=True)
class Feedback:
    """One part of an answer: whether it was good, in words, and the passage that says so."""

    good: bool
    text: str
    passage_id: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of an answer, part by part."""

    outcome: Outcome
    feedback: tuple[Feedback, ...]


def mark(check: Check, given: Sequence[str], course: Course) -> Marked:
    """Mark an answer. ``given`` holds what was chosen or written, in the order of the check.

    Options and items are named by their number from 0, lines from 1; what is ordered or matched may
    also be named by its text. "?" is "not sure",
    which is shown the passage and is never a fail. InputError when it is no answer to this check.
    """
    answer = [value.strip() for value in given]
    if NOT_SURE in answer or not any(answer):
        return Marked("unsure", (_told(check.passage, course, False, "Here is what it rests on."),))
    return MARKERS[check.kind](check, answer, course)


def right_answer(check: Check) -> list[str]:
    """An answer that is marked right; for a free one every point as it is described."""
    if check.kind == "free":
        return [". ".join(p.point for p in check.key_points)]
    if check.kind == "scenario":
        found, options = [], check.options
        while options:
            n = next(i for i, o in enumerate(options) if o.right)
            found.append(str(n))
            after = options[n].then
            options = after.options if after else ()
        return found
    if check.kind == "figure":
        return [check.answers[0]]
    if check.kind == "fault":
        return [str(check.fault)]
    if check.kind == "sort":
        return ["do" if do else "dont" for do in check.dos]
    if check.kind in ("order", "match"):
        return [str(n) for n in range(len(check.items or check.pairs))]
    return [str(n) for n, option in enumerate(check.options) if option.right]


def _told(section: str, course: Course, good: bool, text: str) -> Feedback:
    passages = course.passages.get(section, ())
    return Feedback(good, text, passages[0].id if passages else "", course.words(section))


def _numbers(answer: Sequence[str], below: int) -> list[int]:
    try:
        found = [int(value) for value in answer if value]
    except ValueError as error:
        raise InputError("an answer to this check is one or more numbers") from error
    if any(not 0 <= n < below for n in found):
        raise InputError(f"an answer to this check has numbers from 0 to {below - 1}")
    return found


def _outcome(good: int, of: int) -> Outcome:
    return "right" if good == of else "partly" if good > 0 else "wrong"


def _why(option: Option, check: Check, course: Course, text: str) -> Feedback:
    return _told(option.why or check.passage, course, False, text)


def _choice(check: Check, answer: Sequence[str], course: Course) -> Marked:
    chosen = check.options[_numbers(answer[:1], len(check.options))[0]]
    if chosen.right:
        return Marked("right", (_told(check.passage, course, True, chosen.text),))
    return Marked("wrong", (_why(chosen, check, course, f"Not “{chosen.text}”."),))


def _choices(check: Check, answer: Sequence[str], course: Course) -> Marked:
    chosen = set(_numbers(answer, len(check.options)))
    feedback = []
    for n, option in enumerate(check.options):
        if option.right and n in chosen:
            feedback.append(Feedback(True, option.text))
        elif option.right:
            feedback.append(_told(check.passage, course, False, f"Missed: “{option.text}”."))
        elif n in chosen:
            feedback.append(_why(option, check, course, f"Not “{option.text}”."))
    good = sum(f.good for f in feedback)
    wrong = sum(not f.good for f in feedback)
    outcome: Outcome = "right" if not wrong else "partly" if good > wrong else "wrong"
    return Marked(outcome, tuple(feedback))


def _sort(check: Check, answer: Sequence[str], course: Course) -> Marked:
    sections = {True: check.passage, False: check.also[0] if check.also else check.passage}
    feedback = []
    for n, (item, do) in enumerate(zip(check.items, check.dos, strict=True)):
        if n < len(answer) and answer[n] in ("do", "dont") and (answer[n] == "do") == do:
            feedback.append(Feedback(True, item))
        else:
            label = "Do" if do else "Don't"
            feedback.append(_told(sections[do], course, False, f"{label}: “{item}”"))
    return Marked(_outcome(sum(f.good for f in feedback), len(feedback)), tuple(feedback))


def _order(check: Check, answer: Sequence[str], course: Course) -> Marked:
    if sorted(answer) == sorted(check.items):  # the items themselves, in the learner's order
        answer = [str(list(answer).index(item)) for item in check.items]
    places = _numbers(answer, len(check.items))
    feedback = []
    for n, item in enumerate(check.items):
        good = n < len(places) and places[n] == n
        text = item if good else f"“{item}” comes at place {n + 1}."
        feedback.append(Feedback(True, text) if good else _told(check.passage, course, False, text))
    return Marked(_outcome(sum(f.good for f in feedback), len(feedback)), tuple(feedback))


def _match(check: Check, answer: Sequence[str], course: Course) -> Marked:
    rights = [right for _, right in check.pairs]
    answer = [str(rights.index(value)) if value in rights else value for value in answer]
    chosen = _numbers(answer, len(check.pairs))
    sections = (check.passage, *check.also)
    feedback = []
    for n, (left, right) in enumerate(check.pairs):
        if n < len(chosen) and chosen[n] == n:
            feedback.append(Feedback(True, f"{left}: {right}"))
        else:
            section = sections[n] if len(sections) == len(check.pairs) else check.passage
            feedback.append(_told(section, course, False, f"{left} goes with “{right}”."))
    return Marked(_outcome(sum(f.good for f in feedback), len(feedback)), tuple(feedback))


def _figure(check: Check, answer: Sequence[str], course: Course) -> Marked:
    given = fold(answer[0]).strip(" .%").replace(" ", "")
    good = given in {fold(a) for a in check.answers}
    text = check.ask.replace("___", check.answers[0])
    return Marked("right" if good else "wrong", (_told(check.passage, course, good, text),))


def _fault(check: Check, answer: Sequence[str], course: Course) -> Marked:
    chosen = _numbers(answer[:1], len(check.lines) + 1)[0]
    good = chosen == check.fault
    text = f"The fault: “{check.lines[check.fault - 1]}”"
    return Marked("right" if good else "wrong", (_told(check.passage, course, good, text),))


def _scenario(check: Check, answer: Sequence[str], course: Course) -> Marked:
    """Each choice has its consequence; the scenario ends where it goes wrong, or at its end."""
    options, feedback = check.options, list[Feedback]()
    for value in answer:
        if not options:
            break
        chosen = options[_numbers([value], len(options))[0]]
        if not chosen.right:
            feedback.append(_why(chosen, check, course, f"{chosen.text}. {chosen.consequence}"))
            return Marked(_outcome(len(feedback) - 1, len(feedback)), tuple(feedback))
        feedback.append(_told(check.passage, course, True, f"{chosen.text}. {chosen.consequence}"))
        options = chosen.then.options if chosen.then else ()
    return Marked("partly" if options else "right", tuple(feedback))


def _free(check: Check, answer: Sequence[str], course: Course) -> Marked:
    sections = (check.passage, *check.also)
    graded = grading.grade(
        answer[0], check.key_points, [course.words(s) for s in sections], check.enough
    )
    feedback = []
    for point, state in zip(check.key_points, graded.points, strict=True):
        said = {"met": "You said", "missed": "Not said", "contradicted": "You said the opposite"}
        section = next(
            (s for s in sections if grading.rests_on(point, course.words(s))), check.passage
        )
        text = f"{said[state]}: {point.point}."
        feedback.append(_told(section, course, state == "met", text))
    return Marked(graded.outcome, tuple(feedback))


MARKERS: dict[str, Callable[[Check, Sequence[str], Course], Marked]] = {
    "choice": _choice,
    "choices": _choices,
    "sort": _sort,
    "order": _order,
    "match": _match,
    "figure": _figure,
    "fault": _fault,
    "scenario": _scenario,
    "free": _free,
}
