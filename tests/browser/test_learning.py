"""Learning in a real browser: from placement to the record by keyboard alone; looked at by axe."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.learning import content
from assistant.learning import course as learning_course
from assistant.learning.content import Check, Course
from assistant.learning.marking import right_answer
from assistant.service import open_pipeline
from assistant.settings import Settings
from tests.browser.test_pages import keep, opened, violations

pytestmark = [pytest.mark.browser, pytest.mark.model]
PATH = "councillor"
KINDS = {
    "choice": "outcomes-which",
    "choices": "users-methods",
    "order": "inform-order",
    "match": "criteria-match",
    "fault": "users-consent",
    "scenario": "team-large",
    "free": "outcomes-free",
}


@pytest.fixture(scope="session")
def course(real: Settings) -> Course:
    passages = content.by_section(open_pipeline(real).snapshot.passages)
    return learning_course.of(real.corpus_dir / "learning", passages)


def reach(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    wanted = target.element_handle()
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("e => document.activeElement === e", wanted):
            return
    raise AssertionError("the keyboard cannot reach it")


def follow(page: Page, target: Locator) -> None:
    reach(page, target)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def choose(page: Page, name: str, at: int) -> None:
    """Choose a radio button of a group: Tab goes to the group, arrows go through it."""
    group = page.locator(f'input[type=radio][name="{name}"]')
    reach(page, group.first)
    page.keyboard.press("Space")
    for _ in range(at):
        page.keyboard.press("ArrowDown")
    expect(group.nth(at)).to_be_checked()


def fill(page: Page, check: Check, prefix: str = "") -> None:
    """Give the right answer by keyboard."""
    right = right_answer(check)
    name = f"{prefix}a"
    if check.kind == "choice":
        choose(page, name, int(right[0]))
    elif check.kind == "fault":
        choose(page, name, int(right[0]) - 1)
    elif check.kind == "choices":
        for value in right:
            reach(page, page.locator(f'input[name="{name}"][value="{value}"]'))
            page.keyboard.press("Space")
    elif check.kind == "sort":
        for n, value in enumerate(right):
            choose(page, f"{name}{n}", 0 if value == "do" else 1)
    elif check.kind in ("order", "match"):
        for n, value in enumerate(right):
            select = page.locator(f'select[name="{name}{n}"]')
            wanted = str(int(value) + 1) if check.kind == "order" else value
            options = select.locator("option").evaluate_all("all => all.map(o => o.value)")
            reach(page, select)
            for _ in range(options.index(wanted)):
                page.keyboard.press("ArrowDown")
            expect(select).to_have_value(wanted)
    else:
        reach(page, page.locator(f'[name="{name}"]'))
        page.keyboard.type(right[0])


def answer(page: Page, check: Check) -> None:
    """Answer a check on its page; a scenario goes on until its end."""
    if check.kind == "scenario":
        for value in right_answer(check):
            choose(page, "a", int(value))
            follow(page, page.get_by_role("button", name="Answer", exact=True))
    else:
        fill(page, check)
        follow(page, page.get_by_role("button", name="Answer", exact=True))
    expect(page.locator("#outcome")).to_have_text("Right")


def test_a_path_is_walked_from_placement_to_the_record_by_keyboard_alone(
    browser: Browser, site: str, course: Course, tmp_path: Path
) -> None:
    with opened(browser, accept_downloads=True) as page:
        page.goto(f"{site}/learn")
        follow(page, page.get_by_role("link", name=course.paths[PATH].title))
        follow(page, page.get_by_role("link", name="Skip what you know"))
        forms = page.locator("section.placed")
        assert forms.count() > 2
        first = page.locator('input[name*="."]').first.get_attribute("name") or ""
        check = course.checks[first.rpartition(".")[0]]
        fill(page, check, f"{check.id}.")
        follow(page, page.get_by_role("button", name="Submit"))
        expect(page.get_by_role("status")).to_have_text("1 steps count as known.")
        answered = 0
        for _ in range(100):
            if page.get_by_role("button", name="Make the record").count():
                break
            follow(page, page.get_by_role("link", name=re.compile("^(Start|Go on)$")))
            follow(page, page.get_by_role("button", name=re.compile("I have read this|Check me")))
            while match := re.search(r"/learn/checks/([a-z0-9-]+)", page.url):
                answer(page, course.checks[match[1]])
                answered += 1
                follow(page, page.get_by_role("link", name="Continue"))
        assert answered > 10
        assert violations(page) == []
        reach(page, page.get_by_label("Name on the record"))
        page.keyboard.type("Ada Example")
        follow(page, page.get_by_role("button", name="Make the record"))
        expect(page.get_by_role("heading", level=1)).to_have_text(course.paths[PATH].title)
        expect(page.get_by_text("Ada Example")).to_be_visible()
        assert violations(page) == []
        keep(page, "learn-record")
        pdf = page.request.get(page.url + ".pdf")
        assert pdf.body().startswith(b"%PDF")
        page.goto(f"{site}/learn")
        assert violations(page) == []
        keep(page, "learn-map-desktop-light")


@pytest.mark.parametrize(
    ("size", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")]
)
def test_axe_finds_nothing_on_the_learning_pages(
    browser: Browser, site: str, size: str, scheme: str
) -> None:
    pages = [
        "/learn",
        "/learn/paths/planning",
        "/learn/steps/outcomes?path=planning",
        "/learn/paths/evaluation-and-award/placement",
        "/learn/review",
        "/learn?lang=ar",
        *(f"/learn/checks/{check_id}" for check_id in KINDS.values()),
    ]
    with opened(browser, size, scheme) as page:  # type: ignore[arg-type]
        for path in pages:
            page.goto(site + path)
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            name = re.sub(r"[^a-z]+", "-", path.strip("/"))
            keep(page, f"{name}-{size}-{scheme}")


def test_a_wrong_answer_is_met_with_the_passage(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(f"{site}/learn/checks/outcomes-which")
        page.get_by_label("Poverty in the district is reduced").check()
        page.get_by_role("button", name="Answer", exact=True).click()
        expect(page.locator("#outcome")).to_have_text("Not yet")
        expect(page.locator("blockquote")).to_contain_text("hard to measure")
        assert violations(page) == []
        keep(page, "learn-wrong")


def test_an_answer_in_chat_offers_the_step_that_covers_it(browser: Browser, site: str) -> None:
    from tests.browser.test_pages import ask

    with opened(browser) as page:
        page.goto(site)
        turn = ask(page, "What should we avoid when we define outcomes?")
        link = turn.get_by_role("link", name="Define outcomes")
        expect(link).to_be_visible()
        link.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Define outcomes")


def test_the_assistant_is_at_hand_in_a_step(browser: Browser, site: str) -> None:
    with opened(browser) as page:
        page.goto(f"{site}/learn/steps/outcomes")
        page.get_by_role("button", name="Ask about procurement").click()
        expect(page.locator(".app textarea#q")).to_be_visible()
