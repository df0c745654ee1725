"""What learners did as xAPI statements (ADL, Experience API 1.0.3), for other learning systems."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from assistant.learning.content import Course
from assistant.learning.store import Attempt, Completion

ANSWERED = "http://adlnet.gov/expapi/verbs/answered"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
COURSE = "http://adlnet.gov/expapi/activities/course"


def statements(
    attempts: Iterable[Attempt],
    completions: Iterable[Completion],
    course: Course,
    names: Mapping[str, str],
    home: str,
) -> Iterator[dict[str, Any]]:
    """One statement an answer and one a completion; "not sure" carries no success."""
    for attempt in attempts:
        check = course.checks.get(attempt.check_id)
        result: dict[str, Any] = {"response": "; ".join(attempt.given)}
        if attempt.outcome in ("right", "partly", "wrong"):
            result["success"] = attempt.outcome == "right"
        activity = {
            "id": f"{home}/learn/checks/{attempt.check_id}",
            "definition": {
                "type": INTERACTION,
                "name": {"en": check.ask if check else attempt.check_id},
            },
        }
        yield _statement(
            attempt.token, attempt.learner, names, home, ANSWERED, activity, attempt.at, result
        )
    for done in completions:
        activity = {
            "id": f"{home}/learn/paths/{done.path_id}",
            "definition": {"type": COURSE, "name": {"en": done.path_title}},
        }
        yield _statement(
            done.code, done.learner, names, home, COMPLETED, activity, done.at, {"completion": True}
        )


def as_csv(attempts: Iterable[Attempt], course: Course) -> str:
    """One line an answer: when, who (a digest), step, check, outcome."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(("at", "learner", "step", "check", "outcome"))
    for attempt in attempts:
        check = course.checks.get(attempt.check_id)
        step = check.step if check else ""
        rows.writerow((attempt.at, attempt.learner[:8], step, attempt.check_id, attempt.outcome))
    return out.getvalue()


def _statement(
    token: str,
    learner: str,
    names: Mapping[str, str],
    home: str,
    verb: str,
    activity: dict[str, Any],
    at: str,
    result: dict[str, Any],
) -> dict[str, Any]:
    name = names.get(learner) or learner
    return {
        "id": str(uuid5(NAMESPACE_URL, f"{home}/{token}")),
        "actor": {"objectType": "Agent", "account": {"homePage": home, "name": name}},
        "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}},
        "object": {"objectType": "Activity", **activity},
        "result": result,
        "timestamp": at,
    }
