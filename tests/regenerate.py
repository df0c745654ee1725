"""Writes the generated parts of the documentation (``make docs``); a test compares them."""

import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Route, sync_playwright

from assistant.cli.output import readable
from assistant.records import Turn
from assistant.service import Assistant
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PICTURES = ROOT / "docs/pictures"
PORT = 8919
QUESTION = "What are the dos and don'ts of shortlisting?"
FIRST = "What should we avoid when we define outcomes?"
TURNS = ((FIRST, ()), ("And what should we do?", (FIRST,)), ("Who is the mayor of Lisbon?", ()))


def transcript(assistant: Assistant) -> str:
    """A real conversation as the command line prints it."""
    blocks = []
    for question, before in TURNS:
        history = [Turn(role="user", content=t) for t in before]
        said = readable(assistant.ask(question, history=history))
        blocks.append(f"> {question}\n\n{said}")
    return "```\n" + "\n\n\n".join(blocks) + "\n```"


def settings_table() -> str:
    """Every setting with its default and what it is for."""
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        rows.append(f"| `ASSISTANT_{name.upper()}` | `{field.default}` | {field.description} |")
    return "\n".join(rows)


def parts(settings: Settings) -> dict[str, str]:
    """The generated parts of the README by name."""
    assistant = Assistant.open(settings)
    try:
        return {"transcript": transcript(assistant), "settings": settings_table()}
    finally:
        assistant.close()


def filled(text: str, found: dict[str, str]) -> str:
    """The text with each marked part replaced."""
    for name, part in found.items():
        pattern = rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)"
        text = re.sub(pattern, lambda m, p=part: f"{m[1]}\n{p}\n\n{m[2]}", text, flags=re.DOTALL)
    return text


def pictures(settings: Settings) -> None:
    """The pictures of the documentation, taken of a real server in a real browser."""
    path = next((p for name in ("chromium", "google-chrome") if (p := shutil.which(name))), None)
    if path is None:
        print("no Chromium found; the pictures stay as they were", file=sys.stderr)
        return
    command = [sys.executable, "-m", "assistant", "serve", "--port", str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server, sync_playwright() as run:
        browser = run.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            _wait(f"http://127.0.0.1:{PORT}/readyz")
            _take(browser, "answer", QUESTION, width=1280, height=800)
            _take(
                browser,
                "dark",
                "Compare Amsterdam and Rotterdam on algorithms",
                color_scheme="dark",
            )
            _take(browser, "phone", FIRST, opened=True, width=390, height=760)
            _take(browser, "arabic", FIRST, locale="ar", width=1000, height=760)
        finally:
            browser.close()
            server.terminate()


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)


def _take(
    browser: Browser,
    name: str,
    question: str,
    *,
    opened: bool = False,
    width: int = 1280,
    height: int = 800,
    **options: Any,
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce", **options
    )
    page = context.new_page()
    if options.get("locale") == "ar":
        page.route("**/", _arabic)
    page.goto(f"http://127.0.0.1:{PORT}/")
    page.locator(".app textarea#q").fill(question)
    page.keyboard.press("Enter")
    page.locator(".app .turn .asked button").wait_for()
    if opened:
        page.locator(".app .cite").last.click()
    page.screenshot(path=PICTURES / f"{name}.png")
    context.close()


def _arabic(route: Route) -> None:
    response = route.fetch()
    route.fulfill(response=response, body=response.text().replace('lang="en"', 'lang="ar"', 1))


def main() -> None:
    """Rewrite the README from the current snapshot, and take the pictures."""
    settings = Settings.load()
    README.write_text(filled(README.read_text("utf-8"), parts(settings)), "utf-8")
    print("README.md is up to date", file=sys.stderr)
    pictures(settings)


if __name__ == "__main__":
    main()
