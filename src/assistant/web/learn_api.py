"""``/api/learn/…``: the same learning for programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from assistant.learning import xapi
from assistant.learning.content import Check
from assistant.learning.service import StepProgress
from assistant.web.api import live
from assistant.web.learn import learner, learning, signed_in
from assistant.web.schemas import Problem

PROBLEM = {"model": Problem, "description": "What is wrong, as problem+json"}
router = APIRouter(prefix="/api/learn", tags=["learning"])
Code = Annotated[str, Header(alias="X-Resume-Code", max_length=40)]


class Given(BaseModel):
    """An answer to a check: numbers of options, items or lines, or words; "?" is "not sure"."""

    model_config = ConfigDict(extra="forbid")

    answer: list[Annotated[str, Field(max_length=4000)]] = Field(max_length=40)
    token: str = Field(min_length=8, max_length=64, description="The same token counts once.")


def _who(request: Request, code: str) -> str | None:
    return learning(request).resume(code) if code else learner(request)


def _needed(request: Request, code: str) -> str:
    who = _who(request, code)
    if who is None:
        raise HTTPException(
            401, "send a resume code as X-Resume-Code; POST /api/learn/learners gives one"
        )
    return who


@router.post("/learners", status_code=201)
def start(request: Request) -> dict[str, str]:
    """A new anonymous learner's resume code."""
    return {"code": learning(request).start()}


@router.get("/paths")
def paths(request: Request, code: Code = "") -> list[dict[str, Any]]:
    """All paths, with the learner's progress where there is a learner."""
    found, who = learning(request), _who(request, code)
    rows = []
    for path in found.course.paths.values():
        steps = found.progress(who, path)
        rows.append(path.model_dump() | {"done": sum(s.done for s in steps)})
    return rows


@router.get("/paths/{path_id}", responses={404: PROBLEM})
def path(request: Request, path_id: str, code: Code = "") -> dict[str, Any]:
    """A path with its steps."""
    found = learning(request)
    one = found.course.path(path_id)
    steps = [_step(s) for s in found.progress(_who(request, code), one)]
    return one.model_dump() | {"steps": steps}


@router.get("/steps/{step_id}", responses={404: PROBLEM})
def step(request: Request, step_id: str) -> dict[str, Any]:
    """A step with the ids of its passages and its checks, without their answers."""
    found = learning(request)
    one = found.course.step(step_id)
    passages = [p.id for s in one.reading for p in found.course.passages.get(s, ())]
    checks = [_asked(c) for c in found.course.by_step[step_id]]
    return one.model_dump() | {"passages": passages, "checks": checks}


@router.get("/checks/{check_id}", responses={404: PROBLEM})
def check(request: Request, check_id: str) -> dict[str, Any]:
    """A check, without its answer."""
    return _asked(learning(request).course.check(check_id))


@router.post("/checks/{check_id}", responses={401: PROBLEM, 404: PROBLEM, 422: PROBLEM})
def answer(request: Request, check_id: str, body: Given, code: Code = "") -> dict[str, Any]:
    """Mark an answer; every fault comes with the passage behind it."""
    who = _needed(request, code)
    marked = learning(request).answer(who, check_id, body.answer, body.token)
    feedback = [
        {"good": f.good, "text": f.text, "passage_id": f.passage_id, "quote": f.quote}
        for f in marked.feedback
    ]
    return {"outcome": marked.outcome, "feedback": feedback}


@router.get("/due", responses={401: PROBLEM})
def due(request: Request, code: Code = "") -> list[dict[str, Any]]:
    """The checks to go over today."""
    return [_asked(c) for c in learning(request).due(_needed(request, code))]


@router.get("/mastery", responses={401: PROBLEM})
def mastery(request: Request, code: Code = "") -> dict[str, float]:
    """By document, the share of its checks that the learner probably still knows."""
    found = learning(request).mastery(_needed(request, code))
    return {document: round(share, 3) for document, share in found.items()}


@router.get("/for")
def covering(
    request: Request, passage: Annotated[list[str], Query(max_length=20)]
) -> list[dict[str, str]]:
    """The steps that read the sections of these passages, for "learn this" beside an answer."""
    course = learning(request).course
    sections = dict.fromkeys(p.rpartition("~")[0] for p in passage)
    steps = dict.fromkeys(s for x in sections if (s := course.step_of_section.get(x)))
    return [{"step": s, "title": course.steps[s].title, "url": f"/learn/steps/{s}"} for s in steps]


@router.get("/xapi", responses={403: PROBLEM})
def statements(request: Request) -> list[dict[str, Any]]:
    """Everything as xAPI statements, for the city's learning system."""
    name = signed_in(request)
    if not name or name not in live(request).settings.training_leads:
        raise HTTPException(403, "This is for training leads who are signed in.")
    found = learning(request)
    attempts, done = found.store.attempts(), found.store.all_completions()
    who = found.store.names([a.learner for a in attempts] + [d.learner for d in done])
    home = str(request.base_url).rstrip("/")
    return list(xapi.statements(attempts, done, found.course, who, home))


def _step(progress: StepProgress) -> dict[str, Any]:
    return {
        "id": progress.step.id,
        "title": progress.step.title,
        "read": progress.read,
        "passed": progress.passed,
        "checks": progress.checks,
        "done": progress.done,
    }


def _asked(check: Check) -> dict[str, Any]:
    """A check as it may be shown before it is answered."""
    shown: dict[str, Any] = {
        "id": check.id,
        "step": check.step,
        "kind": check.kind,
        "ask": check.ask,
        "generated": check.generated,
    }
    if check.options:
        shown["options"] = [o.text for o in check.options]
    if check.kind == "sort":
        shown["items"] = list(check.items)
    if check.kind == "order":
        shown["items"] = sorted(check.items)
    if check.kind == "match":
        shown["left"] = [left for left, _ in check.pairs]
        shown["right"] = sorted(right for _, right in check.pairs)
    if check.lines:
        shown["lines"] = list(check.lines)
    return shown
