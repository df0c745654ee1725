"""The maintainers' pages in a real browser: by keyboard, without a fault of accessibility."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from assistant.settings import Settings
from tests.browser.test_pages import SHOTS, SIZES
from tests.servers import serving

pytestmark = [pytest.mark.browser, pytest.mark.model]
PAGES = ("", "/questions", "/index", "/quality", "/access", "/health")
ASKED = (
    "What should we avoid when we define outcomes?",
    "What is a standstill period?",
    "Who is the mayor of Lisbon?",
    "Who is the mayor of Madrid?",
    "How do we buy a submarine?",
)
MAINTAINER = {"X-User": "ana@city.example"}


@pytest.fixture(scope="module")
def office(real: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on which something was asked and said."""
    folder: Path = tmp_path_factory.mktemp("office")
    own = {
        "database_url": f"sqlite:///{folder}/office.db",
        "user_header": "X-User",
        "trusted_proxies": ("127.0.0.1",),
        "maintainers": ("ana@city.example",),
    }
    with serving(Settings.load(**(real.model_dump() | own))) as address:
        for question in ASKED:
            answer = httpx.post(f"{address}/api/chat", json={"message": question}).json()
        told = {"answer_id": answer["id"], "useful": False, "reasons": ["wrong"], "text": "Odd."}
        httpx.post(f"{address}/api/feedback", json=told)
        httpx.post(
            f"{address}/admin/keys", data={"name": "A portal", "scope": "ask"}, headers=MAINTAINER
        )
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_no_page_has_a_fault_of_accessibility(
    browser: Browser, office: str, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        extra_http_headers=MAINTAINER,
    )
    page = context.new_page()
    for path in PAGES:
        page.goto(f"{office}/admin{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(
            path=SHOTS / f"admin{path.replace('/', '-')}-{size}-{scheme}.png", full_page=True
        )
    context.close()


def test_answers_are_turned_off_by_keyboard(browser: Browser, office: str) -> None:
    context = browser.new_context(extra_http_headers=MAINTAINER)
    page = context.new_page()
    page.goto(f"{office}/admin")
    page.get_by_label("Notice for readers").focus()
    page.keyboard.type("Back at noon")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Answers are off.")).to_be_visible()
    page.get_by_role("button", name="Turn answers on").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Answers are off.")).to_have_count(0)
    context.close()
