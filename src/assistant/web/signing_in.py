"""Sign-in of staff by OpenID Connect: authorization code with PKCE, by the library Authlib."""

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assistant.access.callers import ANONYMOUS, Caller, roles
from assistant.settings import Settings
from assistant.web.gate import SESSION, Doors, origin
from assistant.web.rendering import page
from ingest.errors import ForbiddenError, UnavailableError, UnknownCallerError

router = APIRouter(include_in_schema=False)


def doors(request: Request) -> Doors:
    """What the gate decides by."""
    found: Doors = request.app.state.doors
    return found


def caller(request: Request) -> Caller:
    """Who asks, as the gate found."""
    found: Caller = getattr(request.state, "caller", ANONYMOUS)
    return found


def needs(role: str) -> Any:
    """A dependency that lets only people with a role pass."""

    def check(request: Request) -> Caller:
        who = caller(request)
        if who.kind != "person":
            raise UnknownCallerError(
                "This page is for people who signed in. The settings of OpenID Connect or of a "
                "trusted proxy (ASSISTANT_OIDC_ISSUER, ASSISTANT_USER_HEADER) let them."
            )
        if not who.is_a(role):
            raise ForbiddenError(f"{who.name} is signed in, but not as {role}.")
        return who

    return check


@cache
def provider(settings: Settings) -> Any:
    """The client of the city's provider."""
    from authlib.integrations.starlette_client import OAuth

    return OAuth().register(
        "city",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value() or None,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )


@router.get("/sign-in")
async def sign_in(request: Request, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """To the provider; says so where none is configured."""
    settings = doors(request).settings
    if caller(request).kind == "person" or not settings.oidc_issuer:
        return page("sign_in.html", who=caller(request))
    request.session["next"] = _own_path(next)
    back = settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    try:
        answer: Response = await provider(settings).authorize_redirect(
            request, f"{back}/sign-in/back"
        )
    except Exception as error:  # whatever the provider, the network or their data do
        raise UnavailableError(f"the sign-in service cannot be reached: {error}") from error
    return answer


@router.get("/sign-in/back")
async def back(request: Request) -> Response:
    """From the provider, with proof of who it is: a session begins."""
    from authlib.integrations.base_client import OAuthError

    found = doors(request)
    try:
        proof = await provider(found.settings).authorize_access_token(request)
    except OAuthError as error:
        reason = error.description or error.error
        raise UnknownCallerError(f"the sign-in failed: {reason}") from error
    except Exception as error:
        raise UnavailableError(f"the sign-in service failed: {error}") from error
    claims = proof.get("userinfo") or {}
    verified = claims.get("email") if claims.get("email_verified", True) else None
    name = str(verified or claims.get("preferred_username") or claims.get("sub") or "")
    if not name:
        raise UnknownCallerError("the sign-in service named nobody")
    claimed = claims.get(found.settings.oidc_roles_claim) or ()
    given = roles(
        name,
        (claimed,) if isinstance(claimed, str) else tuple(map(str, claimed)),
        found.settings.reviewers,
        found.settings.maintainers,
    )
    hours = found.settings.session_hours
    token = await run_in_threadpool(found.store.sign_in, name, given, hours)
    response = RedirectResponse(_own_path(request.session.pop("next", "/")), 303)
    response.set_cookie(
        SESSION,
        token,
        max_age=hours * 3600,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session, here and in the database."""
    if token := request.cookies.get(SESSION, ""):
        doors(request).store.sign_out(token)
    response = RedirectResponse("/", 303)
    response.delete_cookie(SESSION)
    return response


@router.post("/api/widget-token")
def widget_token(request: Request) -> dict[str, Any]:
    """A token for a page of this site or of an allowed one, good for a quarter of an hour."""
    found, site = doors(request), origin(request)
    own = f"{request.url.scheme}://{request.url.netloc}"
    if found.settings.access == "closed" or site not in (own, *found.settings.allowed_origins):
        raise ForbiddenError(f"pages of {site} may not ask here")
    return {"token": found.tokens.issue(site), "seconds": 900}


def _own_path(path: str) -> str:
    """A path of this site; anything else leads to the first page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
