"""The pages in a real browser, as a reader with a mouse, a keyboard or a screen reader."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.model]

QUESTION = "What should we avoid when we define outcomes?"
SOURCE = "/sources/guidelines/4.1.4-define-outcomes?passage=guidelines/4.1.4-define-outcomes~dont~1"
SHOTS = Path(__file__).with_name("shots")
Scheme = Literal["light", "dark"]
SIZES = {"desktop": (1280, 800), "phone": (390, 844), "small": (320, 640)}


@contextmanager
def opened(
    browser: Browser, size: str = "desktop", scheme: Scheme = "light", **options: bool
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
    assert complaints == []


def ask(page: Page, question: str) -> None:
    before = page.locator(".turn.fresh").count()
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn.fresh")).to_have_count(before + 1)


def test_a_question_is_answered_and_its_source_opens_with_the_words_marked(
    browser: Browser, site: str
) -> None:
    with opened(browser) as page:
        page.goto(site)
        ask(page, QUESTION)
        answer = page.locator(".turn .answer")
        expect(answer).to_contain_text("Don't include outcomes that are hard to measure")
        answer.get_by_label("Source 2").first.click()
        expect(page.locator("#source-1-2")).to_be_focused()
        page.locator("#source-1-2").get_by_role("link", name="Show in source").click()
        expect(page).to_have_url(f"{site}{SOURCE}#dont")
        expect(page.locator("mark")).to_have_count(2)
        expect(page.locator("mark").first).to_be_in_viewport()
        page.get_by_role("link", name="Back to the answer").click()
        expect(page.locator(".turn .answer")).to_contain_text("hard to measure")


def test_a_conversation_is_carried_on_by_keyboard_alone(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        page.get_by_label("Your question").focus()
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        expect(page.locator(".turn.fresh")).to_have_count(1)
        page.keyboard.type("And what should we do?")
        page.keyboard.press("Enter")
        expect(page.locator(".turn.fresh")).to_have_count(2)
        expect(page.locator(".turn").last).to_contain_text("Insist that outcomes can be measured")


def test_starters_suggestions_and_clear(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        page.get_by_role("button", name=QUESTION).click()
        expect(page.locator(".turn.fresh")).to_have_count(1)
        page.locator(".next button").first.click()
        expect(page.locator(".turn.fresh")).to_have_count(2)
        page.get_by_role("button", name="Clear").click()
        expect(page.locator(".turn")).to_have_count(0)
        expect(page.get_by_role("heading", name="Ask about public procurement")).to_be_visible()


def test_without_javascript_the_form_still_answers(browser: Browser, site: str) -> None:
    with opened(browser, java_script_enabled=False) as page:
        page.goto(site)
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_role("button", name="Ask", exact=True).click()
        expect(page.locator(".answer")).to_contain_text("hard to measure")
        page.get_by_role("link", name="Show in source").last.click()
        expect(page.locator("mark")).to_have_count(2)


def test_what_is_not_covered_says_so(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        ask(page, "Who is the mayor of Lisbon?")
        expect(page.locator(".turn")).to_contain_text("do not answer this question")
        page.get_by_text("Closest passages", exact=True).click()
        expect(page.locator(".source").first).to_be_visible()


def test_markup_in_a_question_stays_text(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(site)
        ask(page, "<img src=x onerror=alert(1)> define outcomes")
        expect(page.locator(".question")).to_have_text(
            "<img src=x onerror=alert(1)> define outcomes"
        )
        assert page.locator(".question img").count() == 0


def test_a_lost_connection_is_said_and_the_question_kept(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site)
    page.route("**/api/chat", lambda route: route.abort())
    ask(page, QUESTION)
    expect(page.locator(".notice")).to_contain_text("cannot be reached")
    expect(page.get_by_label("Your question")).to_have_value(QUESTION)
    page.unroute("**/api/chat")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".answer")).to_contain_text("hard to measure")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_nothing_and_nothing_overflows(
    browser: Browser, site: str, size: str, scheme: Scheme
) -> None:
    SHOTS.mkdir(exist_ok=True)
    with opened(browser, size, scheme, reduced_motion="reduce") as page:
        for name, path, question in (
            ("home", "/", None),
            ("answer", "/", QUESTION),
            ("refusal", "/", "Who is the mayor of Lisbon?"),
            ("source", f"{SOURCE}#dont", None),
            ("api", "/docs", None),
        ):
            page.goto(site + path)
            page.evaluate("sessionStorage.clear()")
            if question:
                page.reload()
                ask(page, question)
            page.screenshot(path=SHOTS / f"{name}-{size}-{scheme}.png")
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"{name} is wider than {size}"
