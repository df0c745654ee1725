"""The widget and the pages in a real browser: mouse, keyboard, screen reader, hostile hosts."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Route, expect

from assistant.settings import Settings
from tests.servers import serving

pytestmark = [pytest.mark.browser, pytest.mark.model]

QUESTION = "What should we avoid when we define outcomes?"
SOURCE = "/sources/guidelines/4.1.4-define-outcomes?passage=guidelines/4.1.4-define-outcomes~dont~1"
SHOTS = Path(__file__).with_name("shots")
Scheme = Literal["light", "dark"]
SIZES = {"desktop": (1280, 800), "phone": (390, 844), "zoomed": (320, 256)}
STATEMENTS = (
    "/library",
    "/library?q=lock-in&kind=guidelines",
    "/about",
    "/privacy",
    "/accessibility",
    "/docs",
)
PAGES = ("/", f"{SOURCE}#dont", "/embed", *STATEMENTS)


@contextmanager
def opened(
    browser: Browser,
    size: str = "desktop",
    scheme: Scheme = "light",
    complaints_allowed: bool = False,
    **options: Any,
) -> Iterator[Page]:
    """A fresh page; any console error or uncaught exception fails the test."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, **options
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert complaints_allowed or complaints == []


def field(page: Page) -> Locator:
    return page.locator(".app textarea#q")


def turns(page: Page) -> Locator:
    """Finished turns of the widget."""
    return page.locator(".app .turn").filter(has=page.locator(".asked button"))


def ask(page: Page, question: str) -> Locator:
    expect(field(page)).to_be_visible()
    before = turns(page).count()
    field(page).fill(question)
    page.keyboard.press("Enter")
    expect(turns(page)).to_have_count(before + 1)
    return turns(page).last


def violations(page: Page) -> list[str]:
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found.response["violations"]]


@contextmanager
def unrolled(page: Page) -> Iterator[None]:
    """As high as what it holds: a button that is scrolled half under a bar is no fault."""
    before = page.viewport_size
    assert before
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": before["width"], "height": height})
    yield
    page.set_viewport_size(before)


def keep(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def test_a_question_is_answered_and_its_source_opens_with_the_words_marked(
    browser: Browser, site: str
) -> None:
    with opened(browser) as page:
        page.goto(site)
        turn = ask(page, QUESTION)
        expect(turn).to_contain_text("Don't include outcomes that are hard to measure")
        turn.get_by_role("button", name="Source 2").first.click()
        card = page.locator("#source-0-2")
        expect(card).to_be_focused()
        page.keyboard.press("Escape")
        expect(turn.get_by_role("button", name="Source 2").first).to_be_focused()
        card.get_by_role("link", name="Show in source").click()
        assert page.url.startswith(f"{site}{SOURCE}#dont")
        expect(page.locator("mark")).to_have_count(2)
        expect(page.locator("mark").first).to_be_in_viewport()
        page.get_by_role("link", name="Back to the answer").click()
        expect(turns(page)).to_have_count(1)


def test_sentences_stream_and_are_announced_whole(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        said = page.evaluate_handle("[]")
        expect(field(page)).to_be_visible()
        page.evaluate(
            """said => new MutationObserver(() => said.push(
                 document.querySelector("procurement-assistant").shadowRoot
                   .querySelector("[role=status]").textContent))
               .observe(document.querySelector("procurement-assistant").shadowRoot
                 .querySelector("[role=status]"), {childList: true})""",
            said,
        )
        ask(page, QUESTION)
        announced = said.json_value()
        assert len(announced) == 1
        assert 'hard to measure, such as "reducing poverty".' in announced[0]


def test_stop_keeps_what_had_arrived(browser: Browser, site: str) -> None:
    with opened(browser, complaints_allowed=True) as page:
        page.goto(site)
        expect(field(page)).to_be_visible()
        page.route("**/api/chat", lambda route: None)  # never answered
        field(page).fill(QUESTION)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".app .turn")).to_contain_text("Stopped.")
        page.unroute("**/api/chat")
        page.locator(".app .turn").get_by_role("button", name="Ask again").click()
        expect(turns(page)).to_have_count(1)


def test_a_connection_that_breaks_in_mid_answer_is_said(browser: Browser, site: str) -> None:
    def half(route: Route) -> None:
        body = 'event: sentence\ndata: {"text": "The first sentence.", "citations": [1]}\n\n'
        route.fulfill(status=200, body=body, headers={"Content-Type": "text/event-stream"})

    with opened(browser, complaints_allowed=True) as page:
        page.goto(site)
        expect(field(page)).to_be_visible()
        page.route("**/api/chat", half)
        field(page).fill(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator(".app .turn")).to_contain_text("The first sentence.")
        expect(page.locator(".app .turn")).to_contain_text("The connection broke off.")
        page.route("**/api/chat", lambda route: route.abort())
        page.locator(".app .turn").get_by_role("button", name="Ask again").click()
        expect(page.locator(".app .turn")).to_contain_text("cannot be reached")


def test_not_covered_is_said_with_the_closest_passages(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        turn = ask(page, "Who is the mayor of Lisbon?")
        expect(turn).to_contain_text("do not answer this question")
        turn.locator("summary").click()
        expect(turn.locator(".card")).to_have_count(3)
        keep(page, "not-covered")


def test_filters_suggestions_edit_and_clear(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        expect(field(page)).to_be_visible()
        page.get_by_text("Limit to").click()
        page.get_by_label("Model policy").check()
        turn = ask(page, "What is said on algorithms?")
        kinds = turn.locator(".card .kind").all_inner_texts()
        assert set(kinds) == {"Model policy"}
        turn.locator(".next button").first.click()
        expect(turns(page)).to_have_count(2)
        turns(page).first.get_by_role("button", name="Edit").click()
        expect(field(page)).to_have_value("What is said on algorithms?")
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".app .turn")).to_have_count(0)
        page.reload()
        expect(page.locator(".app .stage").first).to_be_visible()


def test_feedback_is_stored_with_the_answer(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        turn = ask(page, QUESTION)
        turn.get_by_role("button", name="Not useful").click()
        turn.get_by_label("It is incomplete").check()
        with page.expect_response("**/api/feedback") as sent:
            turn.get_by_role("button", name="Send").click()
        assert sent.value.status == 204
        expect(turn).to_contain_text("Thank you")


@pytest.mark.parametrize(
    ("choice", "start"),
    [
        ("Conversation, Markdown", b"# Procurement assistant"),
        ("Checklist, Markdown", b"# Procurement assistant: checklist"),
        ("Conversation, Word", b"PK"),
    ],
)
def test_an_answer_can_be_saved(browser: Browser, site: str, choice: str, start: bytes) -> None:
    with opened(browser, accept_downloads=True) as page:
        page.goto(site)
        turn = ask(page, QUESTION)
        turn.get_by_text("Save", exact=True).click()
        with page.expect_download() as saved:
            turn.get_by_role("button", name=choice).click()
        content = Path(saved.value.path()).read_bytes()
        assert content.startswith(start)
        assert start == b"PK" or b"hard to measure" in content


def test_a_walk_by_keyboard_alone(browser: Browser, site: str) -> None:
    with opened(browser, "phone") as page:
        page.goto(site)
        expect(field(page)).to_be_visible()
        page.keyboard.press("Tab")
        expect(page.get_by_text("Skip to content")).to_be_focused()
        field(page).focus()
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        expect(turns(page)).to_have_count(1)
        expect(field(page)).to_be_focused()
        cite = turns(page).get_by_role("button", name="Source 1").first
        for _ in range(40):
            page.keyboard.press("Shift+Tab")
            if cite.evaluate("e => e.getRootNode().activeElement === e"):
                break
        expect(cite).to_be_focused()
        page.keyboard.press("Enter")
        back = page.get_by_role("button", name="Back to the answer")
        expect(back).to_be_focused()
        keep(page, "phone-source")
        page.keyboard.press("Enter")
        expect(back).to_be_hidden()
        expect(cite).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_every_page_and_state_is_accessible(
    browser: Browser, site: str, scheme: Scheme, size: str
) -> None:
    with opened(browser, size, scheme, reduced_motion="reduce") as page:
        for path in PAGES:
            page.goto(site + path)
            if path in ("/", "/embed"):
                expect(page.locator(".app, .launch").first).to_be_attached()
            assert violations(page) == [], path
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
            assert not wide, f"{path} scrolls sideways at {size}"
        page.goto(site)
        for question in (
            QUESTION,
            "Compare Amsterdam and Rotterdam on algorithms",
            "Who is the mayor of Lisbon?",
        ):
            ask(page, question)
            with unrolled(page):
                assert violations(page) == [], question
        keep(page, f"answer-{size}-{scheme}")
        turns(page).first.get_by_role("button", name="Not useful").click()
        turns(page).first.get_by_text("Save", exact=True).click()
        assert violations(page) == [], "menus open"


@pytest.mark.parametrize(
    ("language", "words", "direction"),
    [
        ("ar", "اسأل عن المشتريات العامة", "rtl"),
        ("zh", "公共采购问答", "ltr"),
        ("fr", "Posez vos questions", "ltr"),
        ("ru", "Вопросы о государственных закупках", "ltr"),
        ("es", "Pregunte sobre compras", "ltr"),
    ],
)
def test_the_interface_speaks_other_languages(
    browser: Browser, site: str, language: str, words: str, direction: str
) -> None:
    with opened(browser) as page:
        page.goto(f"{site}/embed")
        page.get_by_label("Form").select_option("inline")
        page.get_by_label("Language").select_option(language)
        expect(page.locator(".app h2").first).to_contain_text(words)
        expect(page.locator(".app")).to_have_attribute("dir", direction)
        assert violations(page) == []
        keep(page, f"language-{language}")


def test_the_widget_holds_on_a_hostile_site_with_a_strict_policy(
    browser: Browser, site: str, city: str
) -> None:
    with opened(browser) as page:
        page.goto(city)
        launch = page.locator(".launch")
        expect(launch).to_be_visible()
        assert launch.evaluate("e => getComputedStyle(e).fontSize") == "15px"
        purple = launch.evaluate("e => getComputedStyle(e).backgroundColor")
        assert purple == "rgb(102, 51, 153)"
        launch.click()
        turn = ask(page, QUESTION)
        expect(turn).to_contain_text("hard to measure")
        own = page.locator("#own").evaluate("e => getComputedStyle(e).color")
        assert own == "rgb(0, 255, 0)", "the widget's rules must not reach the page"
        keep(page, "hostile-site")
        page.keyboard.press("Escape")
        expect(launch).to_be_focused()


def test_nothing_that_is_typed_or_sent_becomes_markup(browser: Browser, site: str) -> None:
    attack = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
    answer = {
        "id": "a", "conversation_id": "c", "outcome": "answered", "group": "answer",
        "engine": "extractive", "answer": f"{attack} [1]",
        "sentences": [{"text": attack, "citations": [1]}],
        "citations": [{
            "n": 1, "passage_id": "p", "document_id": "d", "kind": "own", "title": attack,
            "section": attack, "quote": attack, "url": "/sources/d", "status": "local",
            "source": {"title": attack, "url": "", "pages": attack},
        }],
        "notices": [attack], "closest": [], "suggestions": [attack], "snapshot": "s",
        "timings_ms": {"total": 1},
    }  # fmt: skip
    body = f"event: answer\ndata: {json.dumps(answer)}\n\n"
    headers = {"Content-Type": "text/event-stream"}
    with opened(browser) as page:
        page.goto(f"{site}/?ask={attack}")
        expect(field(page)).to_have_value(attack)
        page.route("**/api/chat", lambda route: route.fulfill(body=body, headers=headers))
        turn = ask(page, attack)
        expect(turn).to_contain_text('onerror="window.hit=1"')
        assert page.locator(".app img").count() == 0
        assert page.evaluate("window.hit") is None
        page.goto(f"{site}/library?q={attack}")
        assert page.evaluate("window.hit") is None


def test_without_javascript_the_chat_is_a_form(browser: Browser, site: str) -> None:
    with opened(browser, java_script_enabled=False) as page:
        page.goto(site)
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator(".answer")).to_contain_text("hard to measure")
        page.get_by_role("link", name="Source 1").first.click()
        assert page.url.endswith("#source-1")


def test_it_is_small_quick_and_still(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        sizes: list[int] = []
        page.on("response", lambda r: sizes.append(r.request.sizes()["responseBodySize"]))
        page.add_init_script(
            "window.shift = 0; new PerformanceObserver((list) => {"
            " for (const e of list.getEntries()) if (!e.hadRecentInput) window.shift += e.value; })"
            ".observe({type: 'layout-shift', buffered: true});"
            "window.delays = []; new PerformanceObserver((list) => {"
            " for (const e of list.getEntries())"
            " window.delays.push(e.processingStart - e.startTime);"
            "}).observe({type: 'event', buffered: true, durationThreshold: 16});"
            "addEventListener('assistant-ready',"
            " () => { window.ready = performance.now(); }, true);"
        )
        page.goto(site)
        expect(field(page)).to_be_visible()
        assert sum(sizes) < 30_000, "all that is fetched before the first question"
        ask(page, QUESTION)
        assert page.evaluate("window.shift") < 0.1
        outside = page.evaluate(
            "performance.getEntriesByType('resource')"
            ".filter((e) => !e.name.startsWith(location.origin)).length"
        )
        assert outside == 0
        measured = page.evaluate(
            "({interactive_ms: window.ready, layout_shift: window.shift,"
            " input_delay_ms: Math.max(0, ...window.delays)})"
        )
        SHOTS.mkdir(exist_ok=True)
        figures = measured | {"bytes_before_first_question": sum(sizes[:8])}
        (SHOTS / "measured.json").write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


def test_the_widget_waits_when_it_is_told_to(browser: Browser, site: str) -> None:
    refusals = iter(({"Retry-After": "1"}, {"Retry-After": "1"}))

    def busy(route: Route) -> None:
        headers = next(refusals, None)
        if headers is None:
            route.continue_()
        else:
            route.fulfill(status=503, headers=headers, body="{}")

    with opened(browser, complaints_allowed=True) as page:
        page.goto(site)
        page.route("**/api/chat", busy)
        assert "outcome" in ask(page, QUESTION).inner_text().lower()
        assert next(refusals, None) is None


def test_the_widget_gets_a_token_where_one_is_needed(browser: Browser, real: Settings) -> None:
    with (
        serving(real.model_copy(update={"access": "widget"})) as address,
        opened(browser, complaints_allowed=True) as page,
    ):
        page.goto(address)
        assert "outcome" in ask(page, QUESTION).inner_text().lower()


def test_the_reader_is_told_what_was_masked(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        turn = ask(page, f"Mail me at ana@city.example. {QUESTION}")
        expect(turn.get_by_text("an e-mail address")).to_be_visible()
