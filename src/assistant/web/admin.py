"""``/admin``: how the assistant is used, and what maintainers do. Never open without sign-in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assistant.access.callers import SCOPES, Caller
from assistant.administration import Administration
from assistant.doctor import examine
from assistant.usage import Usage, clusters
from assistant.web.api import live
from assistant.web.forms import form
from assistant.web.rendering import page
from assistant.web.signing_in import caller, doors, needs

DAYS = 30
MOST = 500
SHOWN = 20
FIGURES = ("retrieval.recall_at_5", "citation.precision", "answer.key_point_recall", "refusal.f1")
# A report has its styles and pictures in itself; it may do nothing else.
REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
router = APIRouter(
    prefix="/admin", include_in_schema=False, dependencies=[Depends(needs("reviewer"))]
)
Maintainer = Annotated[Caller, Depends(needs("maintainer"))]
Name = Annotated[str, Query(max_length=100)]


def administration(request: Request) -> Administration:
    """What maintainers may do, on this server's data."""
    found = doors(request)
    return Administration(found.settings, found.store)


def shown(request: Request, template: str, **values: Any) -> HTMLResponse:
    """A page of the maintainers, as the person may use it."""
    response = page(
        template,
        here=request.url.path,
        who=caller(request),
        may_act=caller(request).is_a("maintainer"),
        **values,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get("")
def overview(request: Request) -> HTMLResponse:
    """Use, outcomes, feedback, most cited passages, and the switch."""
    usage = Usage(live(request).database)
    days = usage.days(DAYS)
    useful, useless = usage.feedback()
    snapshot = live(request).get().snapshot
    return shown(
        request,
        "admin.html",
        days=days,
        most=max((d.answers + d.refusals for d in days), default=0),
        asked=sum(d.answers + d.refusals for d in days),
        refused=sum(d.refusals for d in days),
        outcomes=usage.by_outcome(),
        useful=useful,
        useless=useless,
        cited=[(snapshot.passage(i), i, n) for i, n in usage.most_cited(SHOWN)],
        cache=live(request).get().cache,
        off=doors(request).store.off(),
        deeds=doors(request).store.deeds(10),
    )


@router.get("/questions")
def questions(request: Request) -> HTMLResponse:
    """Unanswered questions in groups, and what readers said."""
    usage = Usage(live(request).database)
    found = clusters(usage.unanswered(MOST))
    return shown(
        request,
        "admin_questions.html",
        clusters=found[:SHOWN],
        total=sum(len(c.questions) for c in found),
        comments=usage.comments(SHOWN),
    )


@router.get("/index")
def index(request: Request) -> HTMLResponse:
    """Snapshots, and passages that wait for a person."""
    found = administration(request)
    return shown(
        request,
        "admin_index.html",
        manifests=found.manifests(),
        current=found.current,
        quarantined=found.quarantined() if found.current else (),
    )


@router.get("/diff")
def diff(request: Request, before: Name, after: Name) -> HTMLResponse:
    """What differs between two snapshots, and which answers cite it."""
    found = administration(request).diff(before, after)
    cited = live(request).get().store.citing(found.touched)
    return shown(
        request, "admin_diff.html", before=before, after=after, diff=found, answers=len(cited)
    )


@router.get("/quality")
def quality(request: Request) -> HTMLResponse:
    """Evaluation runs with their reports."""
    runs = administration(request).runs()
    return shown(request, "admin_quality.html", runs=runs, figures=FIGURES)


@router.get("/quality/{name}")
def report(request: Request, name: str) -> Response:
    """The report of one run."""
    text = administration(request).report(name).read_text("utf-8")
    return HTMLResponse(text, headers={"Content-Security-Policy": REPORT_POLICY})


@router.get("/access")
def access(request: Request) -> HTMLResponse:
    """API keys, and what was done by whom."""
    store = doors(request).store
    return shown(
        request,
        "admin_access.html",
        keys=store.keys(),
        scopes=SCOPES,
        deeds=store.deeds(100),
        secret="",
    )


@router.get("/health")
def health(request: Request) -> HTMLResponse:
    """What 'assistant doctor' says."""
    return shown(request, "admin_health.html", findings=examine(live(request).settings))


@router.post("/switch")
async def switch(request: Request, who: Maintainer) -> Response:
    """Turn answers off with a notice, or on."""
    fields = await form(request)
    found = administration(request)
    if fields.get("on"):
        await run_in_threadpool(found.turn_on, who.name)
    else:
        await run_in_threadpool(found.turn_off, who.name, fields.get("notice", [""])[0])
    return RedirectResponse("/admin", 303)


@router.post("/rollback")
async def rollback(request: Request, who: Maintainer) -> Response:
    """Answer from another snapshot."""
    fields = await form(request)
    name = fields.get("snapshot", [""])[0]
    await run_in_threadpool(administration(request).roll_back, who.name, name)
    return RedirectResponse("/admin/index", 303)


@router.post("/quarantine")
async def quarantine(request: Request, who: Maintainer) -> Response:
    """Accept a passage, or hold it back."""
    fields = await form(request)
    ids, accept = fields.get("passage", []), bool(fields.get("accept"))
    await run_in_threadpool(lambda: administration(request).review(who.name, ids, accept=accept))
    return RedirectResponse("/admin/index", 303)


@router.post("/keys")
async def create_key(request: Request, who: Maintainer) -> Response:
    """Make a key; its secret is shown on this page and nowhere else."""
    fields = await form(request)
    store = doors(request).store
    name, scopes = fields.get("name", [""])[0][:100], fields.get("scope", [])
    key, secret = await run_in_threadpool(store.create_key, name, scopes)
    await run_in_threadpool(store.note, who.name, f"created key {key.id} for {key.name}")
    return await run_in_threadpool(
        lambda: shown(
            request,
            "admin_access.html",
            keys=store.keys(),
            scopes=SCOPES,
            deeds=store.deeds(100),
            secret=secret,
        )
    )


@router.post("/keys/revoke")
async def revoke_key(request: Request, who: Maintainer) -> Response:
    """A key that opens nothing from now on."""
    fields = await form(request)
    key_id = fields.get("key", [""])[0]
    await run_in_threadpool(doors(request).store.revoke_key, key_id)
    await run_in_threadpool(doors(request).store.note, who.name, f"revoked key {key_id}")
    return RedirectResponse("/admin/access", 303)
