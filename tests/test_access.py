"""Who may ask: keys, widget tokens, sign-in, roles, limits, the switch."""

import asyncio
import stat
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Client
from typer.testing import CliRunner

from assistant.access import store
from assistant.access.callers import ANONYMOUS, Caller, may_ask, roles
from assistant.access.limiting import Limiter, limit
from assistant.access.secret import WidgetTokens, pseudonym, secret
from assistant.access.store import AccessStore
from assistant.cli.root import app as commands
from assistant.database import Database
from assistant.service import Live
from assistant.settings import Settings
from assistant.web import signing_in
from assistant.web.app import create_app
from assistant.web.gate import trusted
from assistant.web.signing_in import _name, _own_path
from evals.reliability.servers import free_port, redis
from ingest.errors import InputError, UnavailableError, UnknownCallerError, UnknownError
from tests.servers import serving

QUESTION = {"message": "What should we avoid when we buy apples?"}
CITY = "https://city.example"
Site = Callable[..., TestClient]


@pytest.fixture
def site(tiny: Settings, tmp_path: Path) -> Iterator[Site]:
    """Makes a client of a server with settings and a database of its own."""
    opened: list[Live] = []

    def made(**wanted: Any) -> TestClient:
        own = {"database_url": f"sqlite:///{tmp_path}/access.db"} | wanted
        live = Live(Settings.load(**(tiny.model_dump() | own)))
        opened.append(live)
        return TestClient(create_app(live), follow_redirects=False)

    yield made
    for live in opened:
        live.database.close()


def store_of(client: TestClient) -> AccessStore:
    found: AccessStore = client.app.state.doors.store  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize(
    ("access", "allowed"),
    [
        ("open", {"anonymous", "widget", "person"}),
        ("widget", {"widget", "person"}),
        ("closed", {"person"}),
    ],
)
def test_who_may_ask(access: str, allowed: set[str]) -> None:
    kinds = (ANONYMOUS, Caller("widget", CITY), Caller("person", "ana"))
    assert {c.kind for c in kinds if may_ask(c, access)} == allowed
    assert may_ask(Caller("key", "k", scopes=frozenset({"ask"})), access)
    assert not may_ask(Caller("key", "k", scopes=frozenset({"metrics"})), access)


def test_roles_come_from_the_sign_in_and_from_the_settings() -> None:
    assert roles("ana", ("reviewer", "admin"), (), ()) == {"learner", "reviewer"}
    assert roles("ana", (), ("ana",), ("bo",)) == {"learner", "reviewer"}
    assert Caller("person", "bo", roles("bo", (), (), ("bo",))).is_a("reviewer")
    assert not Caller("person", "ana", roles("ana", (), (), ())).is_a("reviewer")


def test_keys_are_kept_as_digests_and_can_be_revoked(database: Database) -> None:
    access = AccessStore(database)
    key, value = access.create_key("a portal", ["ask"])
    assert access.key_holder(value) == Caller("key", key.id, scopes=frozenset({"ask"}))
    assert access.key_holder(value + "x") is None
    access.revoke_key(key.id)
    assert access.key_holder(value) is None
    assert access.keys()[0].revoked
    with pytest.raises(UnknownError):
        access.revoke_key("none")
    with pytest.raises(InputError, match="unknown scope 'all'"):
        access.create_key("a portal", ["all"])


def test_sessions_end(database: Database) -> None:
    access = AccessStore(database)
    token = access.sign_in("ana", {"reviewer"}, 8)
    assert access.person(token, 60) == Caller("person", "ana", roles=frozenset({"reviewer"}))
    access.sign_out(token)
    assert access.person(token, 60) is None
    over = access.sign_in("ana", set(), -1)
    assert access.person(over, 60) is None
    access.sign_in("ana", set(), 8)
    assert access.sign_out_everywhere("ana") == 1


def test_a_session_that_is_left_alone_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    access, now = AccessStore(database), datetime.now(UTC)

    def minutes_later(minutes: int) -> None:
        monkeypatch.setattr(store, "_now", lambda: now + timedelta(minutes=minutes))

    minutes_later(0)
    token = access.sign_in("ana", set(), 8)
    for minutes in (50, 100, 150):
        minutes_later(minutes)
        assert access.person(token, 60)
    minutes_later(211)
    assert access.person(token, 60) is None


def test_the_secret_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    made = secret("", tmp_path / "var")
    assert secret("", tmp_path / "var") == made
    assert stat.S_IMODE((tmp_path / "var/secret.key").stat().st_mode) == 0o600
    with pytest.raises(InputError, match="shorter than 32"):
        secret("short", tmp_path)
    assert "192.0.2.1" not in pseudonym(made, "192.0.2.1")


def test_a_widget_token_is_good_on_its_site_only() -> None:
    tokens = WidgetTokens("k" * 32)
    token = tokens.issue(CITY)
    assert tokens.holder(token, CITY)
    assert not tokens.holder(token, "https://other.example")
    assert not WidgetTokens("other" * 9).holder(token, CITY)
    assert not tokens.holder(token[:-2], CITY)


@contextmanager
def _place(kind: str, address: str, folder: Path) -> Iterator[str]:
    if kind == "redis":
        with redis(folder) as url:
            yield url
    else:
        yield kind


@pytest.mark.parametrize("kind", ["memory", "database", "redis"])
def test_limits_hold_wherever_they_are_counted(
    kind: str, database: Database, address: str, tmp_path: Path
) -> None:
    with _place(kind, address, tmp_path) as place:
        limiter = Limiter(place, database)
        found = [limiter.hit(limit("3/minute"), "ana") for _ in range(4)]
        assert [s.allowed for s in found] == [True, True, True, False]
        assert [s.left for s in found] == [2, 1, 0, 0]
        assert all(1 <= s.seconds <= 60 for s in found)
        assert limiter.hit(limit("3/minute"), "bo").allowed


def test_a_wrong_limit_or_place_is_named(database: Database) -> None:
    with pytest.raises(InputError, match="'often' is no limit"):
        limit("often")
    with pytest.raises(InputError, match="ASSISTANT_LIMIT_STORAGE"):
        Limiter("nowhere", database)
    with pytest.raises(UnavailableError):
        Limiter(f"redis://127.0.0.1:{free_port()}", database).hit(limit("1/minute"), "ana")


def test_too_many_questions_of_one_address_are_sent_away(site: Site) -> None:
    client = site(limit_address="2/minute")
    told = [client.post("/api/chat", json=QUESTION) for _ in range(3)]
    assert [r.status_code for r in told] == [200, 200, 429]
    assert told[0].headers["ratelimit-policy"] == '"requests";q=2;w=60'
    assert told[0].headers["ratelimit"].startswith('"requests";r=1;t=')
    assert 1 <= int(told[2].headers["retry-after"]) <= 60
    assert "try again in" in told[2].json()["detail"]
    assert client.get("/").status_code == 200


def test_a_conversation_has_a_limit_of_its_own(site: Site) -> None:
    client = site(limit_conversation="1/minute")
    asked = QUESTION | {"conversation_id": "one"}
    assert client.post("/api/chat", json=asked).status_code == 200
    assert client.post("/api/chat", json=asked).status_code == 429
    assert client.post("/api/chat", json=QUESTION | {"conversation_id": "two"}).is_success


def test_a_key_opens_a_closed_server(site: Site) -> None:
    client = site(access="closed")
    assert client.get("/healthz").status_code == 200
    assert client.get("/library").status_code == 401
    refusal = client.post("/api/chat", json=QUESTION)
    assert refusal.status_code == 401
    assert refusal.headers["www-authenticate"].startswith("Bearer")
    key, value = store_of(client).create_key("a portal", ["ask"])
    bearer = {"Authorization": f"Bearer {value}"}
    assert client.post("/api/chat", json=QUESTION, headers=bearer).json()["outcome"] == "answered"
    store_of(client).revoke_key(key.id)
    assert client.post("/api/chat", json=QUESTION, headers=bearer).status_code == 401
    _, other = store_of(client).create_key("a watcher", ["metrics"])
    bearer = {"Authorization": f"Bearer {other}"}
    assert client.post("/api/chat", json=QUESTION, headers=bearer).status_code == 403


def test_pages_of_allowed_sites_get_tokens(site: Site) -> None:
    client = site(access="widget", allowed_origins=(CITY,))
    assert client.post("/api/chat", json=QUESTION).status_code == 401
    stranger = {"Origin": "https://other.example"}
    assert client.post("/api/widget-token", headers=stranger).status_code == 403
    assert client.post("/api/widget-token").status_code == 403
    token = client.post("/api/widget-token", headers={"Origin": CITY}).json()["token"]
    good = {"Origin": CITY, "X-Widget-Token": token}
    assert client.post("/api/chat", json=QUESTION, headers=good).status_code == 200
    stolen = stranger | {"X-Widget-Token": token}
    assert client.post("/api/chat", json=QUESTION, headers=stolen).status_code == 401


def test_metrics_can_be_closed(site: Site) -> None:
    assert "assistant_requests_total" in site().get("/metrics").text
    client = site(metrics_open=False)
    assert client.get("/metrics").status_code == 401
    _, value = store_of(client).create_key("prometheus", ["metrics"])
    bearer = {"Authorization": f"Bearer {value}"}
    assert client.get("/metrics", headers=bearer).status_code == 200


def test_other_sites_change_nothing(site: Site) -> None:
    client = site(user_header="X-User", trusted_proxies=("testclient",))
    forged = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example", "X-User": "ana"}
    assert client.post("/sign-out", headers=forged).status_code == 403
    assert client.post("/api/chat", json=QUESTION, headers=forged).status_code == 403
    assert client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"}).is_redirect


def test_answers_can_be_turned_off_and_on(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site()
    monkeypatch.setenv("ASSISTANT_DATABASE_URL", f"sqlite:///{tmp_path}/access.db")
    assert CliRunner().invoke(commands, ["off", "Under repair until noon."]).exit_code == 0
    told = client.post("/api/chat", json=QUESTION).json()
    assert (told["outcome"], told["group"]) == ("error_off", "refusal")
    assert told["notices"] == ["Under repair until noon."]
    assert "Under repair" in client.post("/", data={"message": "Why?"}).text
    assert CliRunner().invoke(commands, ["on"]).exit_code == 0
    assert client.post("/api/chat", json=QUESTION).json()["outcome"] == "answered"


def test_the_command_line_keeps_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_DATA_DIR", str(tmp_path))
    made = CliRunner().invoke(commands, ["keys", "create", "a portal", "--scope", "ask"])
    assert made.stdout.startswith("pa_")
    listed = CliRunner().invoke(commands, ["keys"]).stdout
    assert "a portal" in listed
    assert made.stdout.strip() not in listed
    revoked = CliRunner().invoke(commands, ["keys", "revoke", listed.split()[0]])
    assert revoked.exit_code == 0
    assert "revoked" in CliRunner().invoke(commands, ["keys"]).stdout


@pytest.fixture
def provider() -> Iterator[str]:
    """A real OpenID Connect provider on loopback."""
    with warnings.catch_warnings(action="ignore"):
        import oidc_provider_mock

        user = oidc_provider_mock.User(
            sub="7", claims={"email": "ana@city.example", "email_verified": True}
        )
        with oidc_provider_mock.run_server_in_thread(user_claims=(user,)) as server:
            yield f"http://127.0.0.1:{server.server_port}"


def test_staff_sign_in_with_the_citys_provider(
    provider: str, tiny: Settings, tmp_path: Path
) -> None:
    wanted = {
        "database_url": f"sqlite:///{tmp_path}/people.db",
        "access": "closed",
        "oidc_issuer": provider,
        "oidc_client_id": "assistant",
        "oidc_client_secret": "not-so-secret",
        "maintainers": ("ana@city.example",),
    }
    settings = Settings.load(**(tiny.model_dump() | wanted))
    with serving(settings) as address, Client(follow_redirects=True) as browser:
        form = browser.get(f"{address}/library", headers={"Accept": "text/html"})
        assert "/oauth2/authorize" in str(form.url)
        page = browser.post(form.url, data={"sub": "7"})
        assert page.url.path == "/library"
        assert page.status_code == 200
        cookie = next(c for c in browser.cookies.jar if c.name == "session")
        assert cookie.has_nonstandard_attr("HttpOnly")
        assert cookie.get_nonstandard_attr("SameSite") == "lax"
        told = browser.get(f"{address}/sign-in").text
        assert "ana@city.example" in told
        assert "maintainer" in told
        browser.post(f"{address}/sign-out")
        assert browser.get(f"{address}/library").status_code == 401
        forged = browser.get(f"{address}/sign-in/back?code=x&state=y")
        assert forged.status_code == 401


def test_a_provider_that_is_not_there_is_told(
    provider: str, tiny: Settings, tmp_path: Path
) -> None:
    own = {
        "database_url": f"sqlite:///{tmp_path}/people.db",
        "oidc_issuer": f"{provider}/other",
        "oidc_client_id": "assistant",
    }
    with serving(Settings.load(**(tiny.model_dump() | own))) as address, Client() as browser:
        said = browser.get(f"{address}/sign-in")
        assert said.status_code == 503
        assert provider not in said.text


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "other", "sub": "7"},
        {"aud": ["other"], "azp": "assistant", "sub": "7"},
        {"aud": "assistant"},
        {},
    ],
)
def test_a_token_for_another_service_or_about_nobody_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(UnknownCallerError):
        _name(claims, Settings.load(oidc_client_id="assistant"))


def test_only_a_verified_e_mail_is_a_name() -> None:
    settings = Settings.load(oidc_client_id="assistant")
    claims: dict[str, Any] = {"aud": ["assistant"], "sub": "7", "email": "ana@city.example"}
    assert _name(claims, settings) == "7"
    assert _name(claims | {"email_verified": "true"}, settings) == "7"
    assert _name(claims | {"email_verified": True}, settings) == "ana@city.example"


def alone(work: Coroutine[Any, Any, Any]) -> Any:
    """Run it in a thread of its own: the browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def test_unsigned_tokens_are_never_accepted(tiny: Settings) -> None:
    class City:
        async def load_server_metadata(self) -> dict[str, Any]:
            return told

    told = {
        "issuer": "https://id.city.example/",
        "id_token_signing_alg_values_supported": ["none", "HS256", "RS256"],
    }
    settings = Settings.load(oidc_issuer="https://id.city.example", oidc_client_id="a")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing_in, "provider", lambda _settings: City())
        alone(signing_in.trusted_provider(settings))
        assert told["id_token_signing_alg_values_supported"] == ["RS256"]
        told["issuer"] = "https://evil.example"
        with pytest.raises(UnknownCallerError):
            alone(signing_in.trusted_provider(settings))


def test_a_header_from_anybody_names_nobody(site: Site) -> None:
    with pytest.raises(InputError, match="trusted_proxies"):
        Settings.load(user_header="X-User")
    proxied = {"user_header": "X-User", "maintainers": ("ana",)}
    stranger = site(**proxied, trusted_proxies=("10.0.0.0/8",))
    assert stranger.get("/admin", headers={"X-User": "ana"}).status_code == 401
    known = site(**proxied, trusted_proxies=("testclient",))
    assert known.get("/admin", headers={"X-User": "ana"}).status_code == 200


@pytest.mark.parametrize(
    ("peer", "proxies", "known"),
    [
        ("10.1.2.3", ("10.0.0.0/8",), True),
        ("10.1.2.3", ("10.1.2.3",), True),
        ("10.1.2.4", ("10.1.2.3",), False),
        ("", ("10.1.2.3",), False),
        ("2001:db8::5", ("2001:db8::/32",), True),
    ],
)
def test_which_proxy_is_trusted(peer: str, proxies: tuple[str, ...], known: bool) -> None:
    assert trusted(peer, proxies) is known


def test_a_network_of_ipv6_is_one_asker(site: Site) -> None:
    client = site(limit_address="2/minute", trusted_proxies=("testclient",))
    said = [
        client.post(
            "/api/chat", json=QUESTION, headers={"X-Forwarded-For": f"2001:db8::{n}:1:1:1"}
        ).status_code
        for n in range(3)
    ]
    assert said == [200, 200, 429]


def test_wrong_keys_are_counted_and_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    client = site(limit_address="3/minute")
    wrong = {"Authorization": "Bearer pa_wrong"}
    caplog.set_level("INFO", "assistant.security")
    said = [client.post("/api/chat", json=QUESTION, headers=wrong).status_code for _ in range(5)]
    assert said == [401, 401, 401, 429, 429]
    told = [r for r in caplog.records if r.name == "assistant.security"]
    assert [r.getMessage() for r in told] == [
        *["refused: sign-in-needed"] * 3,
        *["refused: too-often"] * 2,
    ]
    assert len({vars(r)["who"] for r in told}) == 1
    assert "pa_wrong" not in caplog.text


def test_searching_the_library_is_counted_and_closed_as_asking_is(site: Site) -> None:
    client = site(access="widget")
    assert client.get("/library").status_code == 200
    assert client.get("/library?q=apples").status_code == 401


def test_a_damaged_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(InputError, match="is damaged"):
        secret("", tmp_path)


def test_processes_that_start_together_have_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: secret("", tmp_path / "new"), range(16)))
    assert len(made) == 1


def test_a_way_back_leads_to_this_site_only(site: Site) -> None:
    assert _own_path("/learn") == "/learn"
    for path in ("//evil.example", "/\\evil.example", "https://evil.example", "javascript:x"):
        assert _own_path(path) == "/"
