"""A real server over the shipped corpus, and a real Chromium that asks it."""

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@pytest.fixture(scope="session")
def site(real: Settings) -> Iterator[str]:
    """The address of a server that runs in a thread."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    live = Live(real)
    live.get()
    server = uvicorn.Server(
        uvicorn.Config(create_app(live), host="127.0.0.1", port=port, log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    live.get().close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; the test fails with the remedy where there is none."""
    path = next((p for name in NAMES if (p := shutil.which(name))), None)
    if path is None:
        pytest.fail("no Chromium found; run 'make browser' or 'apt install chromium'")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=Path(path), args=FLAGS)
        yield found
        found.close()
