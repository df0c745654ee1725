"""The learning pages: forms that work without JavaScript, by keyboard, on any device."""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assistant.citing import source_url
from assistant.learning import xapi
from assistant.learning.certificate import day, pdf
from assistant.learning.content import Check, LearningPath
from assistant.learning.marking import Marked
from assistant.learning.service import Learning
from assistant.web.api import live
from assistant.web.forms import form, given_to, shuffled, unfinished
from assistant.web.library import STAGE_NAMES
from assistant.web.rendering import page
from assistant.web.signing_in import caller
from assistant.web.words import all_words, direction, language
from ingest.errors import UnknownError
from ingest.passages import MARKER
from ingest.records import Passage

COOKIE = "learner"
YEAR = 365 * 24 * 3600
CYCLE = ("planning", "informing-the-market", "evaluation-and-award", "managing-delivery")
router = APIRouter(include_in_schema=False)
PathId = Annotated[str, Query(alias="path", max_length=60)]


def learning(request: Request) -> Learning:
    """Learning over the current snapshot."""
    return live(request).get().learning


def learner(request: Request) -> str | None:
    """Who is learning: whom the city's sign-in names, or who holds the resume code."""
    found = learning(request)
    if name := signed_in(request):
        return found.sign_in(name)
    code = request.cookies.get(COOKIE, "")
    try:
        return found.resume(code) if code else None
    except UnknownError:
        return None


def signed_in(request: Request) -> str:
    """The name of who signed in here, or whom a trusted proxy names."""
    who = caller(request)
    return who.name if who.kind == "person" else ""


def shown(request: Request, template: str, **values: object) -> HTMLResponse:
    """A page in the reader's language; the choice of language is remembered."""
    code = language(request)
    response = page(
        template,
        w=all_words()[code],
        lang=code,
        dir=direction(code),
        languages={known: words["language"] for known, words in all_words().items()},
        address=request.url.path,
        **values,
    )
    if request.query_params.get("lang") == code:
        response.set_cookie("lang", code, max_age=YEAR, samesite="lax")
    return response


def started(request: Request, found: Learning) -> tuple[str, str]:
    """The learner, and the code of one who is new: the first answer starts a record."""
    known = learner(request)
    if known:
        return known, ""
    code = found.start()
    return found.resume(code), code


def remembered(response: Response, request: Request, code: str) -> Response:
    """The response, with the code of a new learner for the browser to keep."""
    if code:
        secure = request.url.scheme == "https"
        response.set_cookie(
            COOKIE, code, max_age=YEAR, httponly=True, samesite="lax", secure=secure
        )
    return response


@router.get("/learn")
def home(request: Request) -> HTMLResponse:
    """The map of the buying cycle, the paths, and where the learner stands."""
    found, who = learning(request), learner(request)
    paths = [(p, found.progress(who, p)) for p in found.course.paths.values()]
    return shown(
        request,
        "learn.html",
        cycle=[row for name in CYCLE for row in paths if row[0].stage == name],
        others=[row for row in paths if row[0].stage not in CYCLE],
        stage_names=STAGE_NAMES,
        who=who,
        code="" if signed_in(request) else request.cookies.get(COOKIE, "") if who else "",
        due=len(found.due(who)) if who else 0,
        changed=found.changed(who) if who else (),
        records=found.store.completions(who) if who else (),
    )


@router.post("/learn/resume")
async def resume(request: Request) -> Response:
    """Come back with a resume code."""
    code = (await form(request)).get("code", [""])[0]
    code = code.strip().upper().replace("-", "").replace(" ", "")
    await run_in_threadpool(learning(request).resume, code)
    return remembered(RedirectResponse("/learn", 303), request, code)


@router.post("/learn/forget")
def forget(request: Request) -> Response:
    """Delete a learner and all about them."""
    who = learner(request)
    if who:
        learning(request).store.forget(who)
    response = RedirectResponse("/learn", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/learn/review")
def review(request: Request) -> Response:
    """The next check that is due, or a page that says that nothing is."""
    who = learner(request)
    due = learning(request).due(who) if who else ()
    if due:
        return RedirectResponse(f"/learn/checks/{due[0].id}?review=1", 303)
    return shown(request, "learn_done.html")


@router.get("/learn/lead")
def lead(request: Request) -> HTMLResponse:
    """For the training lead: progress of all, hardest checks, most asked questions."""
    _lead_only(request)
    found = learning(request)
    asked = live(request).get().store.most_asked(20)
    return shown(
        request, "learn_lead.html", cohort=found.cohort(), checks=found.course.checks, asked=asked
    )


@router.get("/learn/lead.csv")
def lead_csv(request: Request) -> Response:
    """Every answer as one line of CSV."""
    _lead_only(request)
    found = learning(request)
    return Response(xapi.as_csv(found.store.attempts(), found.course), media_type="text/csv")


def _lead_only(request: Request) -> None:
    if signed_in(request) not in live(request).settings.training_leads or not signed_in(request):
        raise HTTPException(403, "This page is for training leads who are signed in.")


@router.get("/learn/records/{code}.pdf")
def record_pdf(request: Request, code: str) -> Response:
    """A completion record as a PDF."""
    found = learning(request)
    done = found.store.completion(code)
    if done is None:
        raise HTTPException(404, "There is no completion record with this code.")
    path = found.course.paths.get(done.path_id)
    address = f"{str(request.base_url).rstrip('/')}/learn/records/{code}"
    content = pdf(done, len(path.steps) if path else 0, address)
    return Response(content, media_type="application/pdf")


@router.get("/learn/records/{code}")
def record(request: Request, code: str) -> HTMLResponse:
    """A completion record, for its owner to print and for anybody to verify."""
    done = learning(request).store.completion(code)
    if done is None:
        raise HTTPException(404, "There is no completion record with this code.")
    return shown(request, "learn_record.html", done=done, day=day(done.at))


@router.get("/learn/paths/{path_id}")
def path_page(request: Request, path_id: str, known: int = -1) -> HTMLResponse:
    """A path: its steps with how far the learner is, and what is next."""
    found, who = learning(request), learner(request)
    path = found.course.path(path_id)
    steps = found.progress(who, path)
    return shown(
        request,
        "learn_path.html",
        path=path,
        steps=steps,
        next=found.next_step(who, path),
        done=all(s.done for s in steps),
        begun=any(s.begun for s in steps),
        known=known,
        name=signed_in(request),
    )


@router.get("/learn/paths/{path_id}/placement")
def placement(request: Request, path_id: str) -> HTMLResponse:
    """One question for each step."""
    found = learning(request)
    path = found.course.path(path_id)
    return shown(
        request,
        "learn_placement.html",
        path=path,
        checks=found.placement(path),
        steps=found.course.steps,
        token=secrets.token_hex(8),
    )


@router.post("/learn/paths/{path_id}/placement")
async def place(request: Request, path_id: str) -> Response:
    """Mark a placement test; steps whose question is right count as known."""
    fields = await form(request)
    found = learning(request)
    path = found.course.path(path_id)
    who, code = started(request, found)
    given = {
        c.id: answer
        for c in found.placement(path)
        if any(answer := given_to(c, fields, prefix=f"{c.id}."))
    }
    token = fields.get("token", [""])[0]
    known = await run_in_threadpool(found.place, who, path, given, token)
    return remembered(
        RedirectResponse(f"/learn/paths/{path_id}?known={len(known)}", 303), request, code
    )


@router.post("/learn/paths/{path_id}/complete")
async def complete(request: Request, path_id: str) -> Response:
    """Make the completion record of a path."""
    name = signed_in(request) or (await form(request)).get("name", [""])[0]
    found = learning(request)
    who, code = started(request, found)
    done = await run_in_threadpool(found.complete, who, found.course.path(path_id), name)
    return remembered(RedirectResponse(f"/learn/records/{done.code}", 303), request, code)


@router.get("/learn/steps/{step_id}")
def step_page(request: Request, step_id: str, path_id: PathId = "") -> HTMLResponse:
    """A step: aim, reading, guided exchange, checks, reflection."""
    found, who = learning(request), learner(request)
    step = found.course.step(step_id)
    cards = found.store.cards(who) if who else {}
    reading = [p for s in step.reading for p in found.course.passages.get(s, ())]
    return shown(
        request,
        "learn_step.html",
        step=step,
        reading=[_shown(p) for p in reading],
        checks=[(c, c.id in cards and cards[c.id].passed) for c in found.course.by_step[step_id]],
        read=bool(who) and step_id in found.store.steps_read(who or ""),
        path=found.course.paths.get(path_id),
        place=_place(found.course.paths.get(path_id), step_id),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage as the page shows it: its section, its address, and lines that are items or not."""

    section: str
    kind: str
    url: str
    blocks: tuple[tuple[bool, tuple[str, ...]], ...]


def _shown(passage: Passage) -> Reading:
    lines = passage.text.splitlines()
    groups = itertools.groupby(lines, key=lambda line: line.startswith(MARKER))
    blocks = tuple((item, tuple(t.removeprefix(MARKER) for t in rows)) for item, rows in groups)
    return Reading(passage.section, passage.kind, source_url(passage), blocks)


def _place(path: LearningPath | None, step_id: str) -> int:
    return path.steps.index(step_id) + 1 if path and step_id in path.steps else 0


@router.post("/learn/steps/{step_id}/read")
def mark_read(request: Request, step_id: str, path_id: PathId = "") -> Response:
    """Remember that the reading was done, and go to the first open check."""
    found = learning(request)
    who, code = started(request, found)
    found.read(who, step_id)
    return remembered(RedirectResponse(_onward(found, who, step_id, path_id), 303), request, code)


def _onward(found: Learning, who: str, step_id: str, path_id: str) -> str:
    """The first open check of the step, else the path, else the map."""
    cards = found.store.cards(who)
    suffix = f"?path={path_id}" if path_id in found.course.paths else ""
    for check in found.course.by_step[step_id]:
        if check.id not in cards or not cards[check.id].passed:
            return f"/learn/checks/{check.id}{suffix}"
    return f"/learn/paths/{path_id}" if suffix else "/learn"


@router.get("/learn/checks/{check_id}")
def check_page(
    request: Request, check_id: str, path_id: PathId = "", review: str = ""
) -> HTMLResponse:
    """One check to answer."""
    found = learning(request)
    return _check(request, found, found.course.check(check_id), path_id, review)


@router.post("/learn/checks/{check_id}")
async def answer(
    request: Request, check_id: str, path_id: PathId = "", review: str = ""
) -> Response:
    """Mark an answer and show it with the passages behind it."""
    fields = await form(request)
    found = learning(request)
    check = found.course.check(check_id)
    given = given_to(check, fields)
    if check.kind == "scenario" and (turning := unfinished(check, given)):
        return _check(request, found, check, path_id, review, said=turning)
    who, code = started(request, found)
    token = fields.get("token", [""])[0]
    marked = await run_in_threadpool(found.answer, who, check_id, given, token)
    onward = "/learn/review" if review else _onward(found, who, check.step, path_id)
    response = _check(
        request, found, check, path_id, review, marked=marked, onward=onward, given=given
    )
    return remembered(response, request, code)


def _check(
    request: Request,
    found: Learning,
    check: Check,
    path_id: str,
    review: str,
    *,
    said: Sequence[str] = (),
    marked: Marked | None = None,
    onward: str = "",
    given: Sequence[str] = (),
) -> HTMLResponse:
    options, ask, told = check.options, check.ask, list[str]()
    for value in said:
        chosen = options[int(value)]
        told.append(chosen.consequence)
        if chosen.then:
            options, ask = chosen.then.options, chosen.then.ask
    return shown(
        request,
        "learn_check.html",
        check=check,
        ask=ask,
        options=options,
        said=said,
        told=told,
        order=shuffled(check),
        token=secrets.token_hex(16),
        marked=marked,
        onward=onward,
        given=given,
        source_of=lambda passage_id: _source_of(request, passage_id),
        path=found.course.paths.get(path_id),
        step=found.course.steps[check.step],
        review=review,
    )


def _source_of(request: Request, passage_id: str) -> str:
    passage = live(request).get().snapshot.passage(passage_id)
    return source_url(passage) if passage else "/library"
