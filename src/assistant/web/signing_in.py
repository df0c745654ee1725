"""Sign-in of staff by OpenID Connect: authorization code with PKCE, by the library Authlib."""

import logging
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from assistant.access.callers import ANONYMOUS, Caller, roles
from assistant.settings import Settings
from assistant.web.gate import Doors, cookie, origin
from assistant.web.rendering import page
from ingest.errors import AssistantError, ForbiddenError, UnavailableError, UnknownCallerError

SIGNATURES = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
security = logging.getLogger("assistant.security")
router = APIRouter()


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
                "This page is for maintainers who signed in. Where nobody can sign in yet, the "
                "operator connects the city's sign-in: see docs/operations.md, Access."
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


async def trusted_provider(settings: Settings) -> Any:
    """The client with the provider's own description, which must name the issuer that is set.

    Tokens without a signature, or signed with a shared secret, are never accepted, whatever the
    provider offers.
    """
    city = provider(settings)
    told = await city.load_server_metadata()
    if str(told.get("issuer", "")).rstrip("/") != settings.oidc_issuer.rstrip("/"):
        raise UnknownCallerError("the sign-in service calls itself by another name than it should")
    offered = told.get("id_token_signing_alg_values_supported") or ("RS256",)
    told["id_token_signing_alg_values_supported"] = [a for a in offered if a in SIGNATURES]
    return city


def _name(claims: Mapping[str, Any], settings: Settings) -> str:
    """Who a token is about: the e-mail that the provider verified, or its own id of the person."""
    audience = claims.get("aud")
    if settings.oidc_client_id not in ([audience] if isinstance(audience, str) else audience or ()):
        raise UnknownCallerError("the sign-in was meant for another service")
    verified = claims.get("email") if claims.get("email_verified") is True else ""
    name = str(verified or claims.get("sub") or "")
    if not name:
        raise UnknownCallerError("the sign-in service named nobody")
    return name[:200]


@router.get("/sign-in", include_in_schema=False)
async def sign_in(request: Request, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """To the provider; says so where none is configured."""
    settings = doors(request).settings
    if caller(request).kind == "person" or not settings.oidc_issuer:
        return page("sign_in.html", who=caller(request))
    request.session["next"] = _own_path(next)
    back = settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    try:
        city = await trusted_provider(settings)
        answer: Response = await city.authorize_redirect(request, f"{back}/sign-in/back")
    except AssistantError:
        raise
    except Exception as error:  # whatever the provider, the network or their data do
        raise UnavailableError(f"the sign-in service cannot be reached: {error}") from error
    return answer


@router.get("/sign-in/back", include_in_schema=False)
async def back(request: Request) -> Response:
    """From the provider, with proof of who it is: a session begins."""
    from authlib.integrations.base_client import OAuthError
    from joserfc.errors import JoseError

    found = doors(request)
    settings = found.settings
    try:
        city = await trusted_provider(settings)
        proof = await city.authorize_access_token(request)
    except AssistantError:
        raise
    except (OAuthError, JoseError) as error:
        reason = getattr(error, "description", "") or error.error
        raise UnknownCallerError(f"the sign-in failed: {reason}") from error
    except Exception as error:  # whatever the provider, the network or their data do
        raise UnavailableError(f"the sign-in service failed: {error}") from error
    claims = proof.get("userinfo") or {}
    name = _name(claims, settings)
    claimed = claims.get(settings.oidc_roles_claim) or ()
    given = roles(
        name,
        (claimed,) if isinstance(claimed, str) else tuple(map(str, claimed)),
        settings.reviewers,
        settings.maintainers,
    )
    hours = settings.session_hours
    if old := request.cookies.get(cookie(request), ""):
        await run_in_threadpool(found.store.sign_out, old)
    token = await run_in_threadpool(found.store.sign_in, name, given, hours)
    security.info("signed in", extra={"who": name})
    response = RedirectResponse(_own_path(request.session.pop("next", "/")), 303)
    response.set_cookie(
        cookie(request),
        token,
        max_age=hours * 3600,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/sign-out", include_in_schema=False)
def sign_out(request: Request) -> Response:
    """End the session, here and in the database."""
    if token := request.cookies.get(cookie(request), ""):
        doors(request).store.sign_out(token)
        security.info("signed out", extra={"who": caller(request).name})
    response = RedirectResponse("/", 303, headers={"Clear-Site-Data": '"cache"'})
    response.delete_cookie(cookie(request), secure=request.url.scheme == "https")
    return response


@router.post("/api/widget-token", tags=["answers"])
def widget_token(request: Request) -> dict[str, Any]:
    """A token for a page of this site or of an allowed one, good for a quarter of an hour."""
    found, site = doors(request), origin(request)
    if "origin" not in request.headers:
        raise ForbiddenError("a page's browser sends its Origin; programs need an API key")
    own = f"{request.url.scheme}://{request.url.netloc}"
    if found.settings.access == "closed" or site not in (own, *found.settings.allowed_origins):
        raise ForbiddenError(f"pages of {site} may not ask here")
    return {"token": found.tokens.issue(site), "seconds": 900}


def _own_path(path: str) -> str:
    """A path of this site; anything else leads to the first page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
