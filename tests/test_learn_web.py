"""The learning pages and their API, as a browser without JavaScript and a program use them."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.learning.marking import right_answer
from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app
from ingest.build import build
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The shipped corpus with the stand-in embeddings."""
    settings = Settings.load(
        data_dir=tmp_path_factory.mktemp("learn") / "var",
        corpus_dir=ROOT / "corpus",
        embedding_model="hashing",
    )
    build(settings, [settings.corpus_dir])
    return settings


@pytest.fixture
def client(shipped: Settings) -> TestClient:
    leads = {
        "user_header": "X-User",
        "trusted_proxies": ("testclient",),
        "training_leads": ("lead@city",),
    }
    app = create_app(Live(shipped.model_copy(update=leads)))
    return TestClient(app)


def token(html: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', html)
    assert found
    return found[1]


def test_the_map_shows_every_path_with_progress_in_words(client: TestClient) -> None:
    html = client.get("/learn").text
    for title in ("Planning a purchase", "Informing the market", "Councillor"):
        assert title in html
    assert 'aria-label="0 of 11 steps done"' in html
    assert "without your name" in html


def test_a_step_shows_reading_questions_checks_and_reflection(client: TestClient) -> None:
    html = client.get("/learn/steps/outcomes?path=planning").text
    assert "Base outcomes on research with the organization" in html
    assert "/sources/guidelines/4.1.4-define-outcomes?passage=" in html
    assert "/?ask=What%20should%20we%20avoid%20when%20we%20define%20outcomes%3F" in html
    assert "For your own project" in html
    assert 'src="/widget.js"' in html
    assert "made from the passage" in html


def test_an_answer_starts_a_record_and_shows_the_passage(client: TestClient) -> None:
    html = client.get("/learn/checks/outcomes-which").text
    shown = client.post("/learn/checks/outcomes-which", data={"token": token(html), "a": "2"})
    assert "Not yet" in shown.text
    assert "hard to measure" in shown.text
    assert "HttpOnly" in shown.headers["set-cookie"]
    assert "SameSite=lax" in shown.headers["set-cookie"]
    assert re.search(r'<code class="code">[A-Z2-9]{20}</code>', client.get("/learn").text)


def test_a_scenario_asks_on(client: TestClient) -> None:
    html = client.get("/learn/checks/team-large").text
    onward = client.post("/learn/checks/team-large", data={"token": token(html), "a": "1"}).text
    assert "Budget approval comes faster" in onward
    assert "no time for meetings" in onward
    done = client.post(
        "/learn/checks/team-large", data={"token": token(onward), "a": ["1", "1"]}
    ).text
    assert '<h2 id="outcome">Right</h2>' in done


@pytest.mark.parametrize(
    "check_id", ["inform-order", "criteria-match", "outcomes-free", "users-consent"]
)
def test_every_kind_of_form_can_be_sent(client: TestClient, check_id: str) -> None:
    check = client.app.state.live.get().learning.course.checks[check_id]  # type: ignore[attr-defined]
    html = client.get(f"/learn/checks/{check_id}").text
    right = right_answer(check)
    fields: dict[str, object] = {"token": token(html)}
    if check.kind == "order":
        fields |= {f"a{n}": str(int(v) + 1) for n, v in enumerate(right)}
    elif check.kind == "match":
        fields |= {f"a{n}": v for n, v in enumerate(right)}
    else:
        fields["a"] = right
    assert (
        '<h2 id="outcome">Right</h2>' in client.post(f"/learn/checks/{check_id}", data=fields).text
    )


def test_not_sure_is_no_fail(client: TestClient) -> None:
    html = client.get("/learn/checks/outcomes-which").text
    shown = client.post(
        "/learn/checks/outcomes-which", data={"token": token(html), "unsure": "1"}
    ).text
    assert "That is fine" in shown


def test_a_code_brings_a_learner_back_on_another_device(shipped: Settings) -> None:
    one, other = (TestClient(create_app(Live(shipped))) for _ in range(2))
    one.post("/learn/steps/welcome/read")
    code = one.cookies["learner"]
    assert "✓ Read" not in other.get("/learn/steps/welcome").text
    other.post("/learn/resume", data={"code": f" {code[:5]}-{code[5:].lower()} "})
    assert "✓ Read" in other.get("/learn/steps/welcome").text
    assert other.post("/learn/resume", data={"code": "nobody"}).status_code == 404
    other.post("/learn/forget")
    assert "✓ Read" not in one.get("/learn/steps/welcome").text


def test_the_pages_speak_six_languages(client: TestClient) -> None:
    arabic = client.get("/learn?lang=ar").text
    assert '<html lang="ar" dir="rtl">' in arabic
    assert "دورة الشراء" in arabic
    assert 'lang="en"' in arabic  # lessons stay in their language, and say so
    french = client.get("/learn/steps/outcomes", headers={"Accept-Language": "fr-CH,en;q=0.5"})
    assert "Pour votre propre projet" not in french.text  # the cookie of the choice wins
    fresh = TestClient(client.app)
    assert "Pour votre propre projet" in (
        fresh.get("/learn/steps/outcomes", headers={"Accept-Language": "fr-CH"}).text
    )


def test_all_languages_have_all_words() -> None:
    from assistant.web.words import all_words

    english = all_words()["en"]
    for words in all_words().values():
        assert words.keys() == english.keys()
        for name, text in words.items():
            assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[name]))


def test_only_a_signed_in_training_lead_sees_the_cohort(client: TestClient) -> None:
    assert client.get("/learn/lead").status_code == 403
    assert client.get("/learn/lead", headers={"X-User": "bob"}).status_code == 403
    lead = {"X-User": "lead@city"}
    assert "Hardest checks" in client.get("/learn/lead", headers=lead).text
    assert client.get("/learn/lead.csv", headers=lead).text.startswith("at,learner")
    assert isinstance(client.get("/api/learn/xapi", headers=lead).json(), list)
    assert client.get("/api/learn/xapi").status_code == 403


def test_without_a_trusted_header_nobody_is_signed_in(shipped: Settings) -> None:
    leads = {"training_leads": ("lead@city",)}
    closed = TestClient(create_app(Live(shipped.model_copy(update=leads))))
    assert closed.get("/learn/lead", headers={"X-User": "lead@city"}).status_code == 403


def test_a_program_learns_over_the_api(client: TestClient) -> None:
    code = client.post("/api/learn/learners").json()["code"]
    mine = {"X-Resume-Code": code}
    assert len(client.get("/api/learn/paths").json()) == 10
    path = client.get("/api/learn/paths/councillor", headers=mine).json()
    assert path["steps"][0]["done"] is False
    step = client.get("/api/learn/steps/inform-market").json()
    assert step["passages"][0].startswith("guidelines/4.2-informing-the-market~")
    asked = client.get("/api/learn/checks/inform-order").json()
    assert "right" not in str(asked)
    body = {"answer": ["Write the requirements", "Write the evaluation criteria",
                       "Advertise the opportunity", "Answer supplier questions"],
            "token": "token-0001"}  # fmt: skip
    answer = client.post("/api/learn/checks/inform-order", json=body, headers=mine).json()
    assert answer["outcome"] == "right"
    assert client.get("/api/learn/due", headers=mine).json() == []
    known = client.get("/api/learn/mastery", headers=mine).json()
    assert known["guidelines/4.2-informing-the-market"] > 0
    assert TestClient(client.app).get("/api/learn/due").status_code == 401
    assert client.get("/api/learn/checks/nothing").status_code == 404


def test_an_answer_in_chat_knows_the_step_that_covers_it(client: TestClient) -> None:
    found = client.get(
        "/api/learn/for", params={"passage": "guidelines/4.1.4-define-outcomes~dont~1"}
    ).json()
    assert found == [
        {"step": "outcomes", "title": "Define outcomes", "url": "/learn/steps/outcomes"}
    ]
    assert client.get("/api/learn/for", params={"passage": "own/x~top~1"}).json() == []


def test_a_corpus_without_a_course_has_an_empty_map(tiny: Settings, tmp_path: Path) -> None:
    empty = TestClient(create_app(Live(tiny)))
    assert empty.get("/learn").status_code == 200
    assert empty.get("/learn/paths/planning").status_code == 404


def test_a_path_page_shows_its_steps(client: TestClient) -> None:
    html = client.get("/learn/paths/planning").text
    assert "Define outcomes" in html
    assert "Skip what you know" in html
    placement = client.get("/learn/paths/planning/placement").text
    assert 'name="outcomes-which.a"' in placement
