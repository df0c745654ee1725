"""A real server over the shipped corpus, and a real Chromium that asks it."""

import shutil
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app

NAMES = ("chromium", "chromium-browser", "google-chrome")
CITY = """<!doctype html><html lang="en"><head><title>A city</title>
<link rel="stylesheet" href="/city.css"></head>
<body><main><h1>A city</h1><p id="own">Own words</p></main>
<script src="{site}/widget.js" data-mode="panel" data-accent="rebeccapurple" defer></script>
</body></html>"""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


HOSTILE = """
* { all: unset !important; font-size: 41px !important; color: lime !important; }
button { display: none !important; }
"""
POLICY = "default-src 'none'; style-src 'self'; script-src {site}; connect-src {site}"


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def ports() -> tuple[int, int]:
    """The port of the assistant, and of a city's own site."""
    return free_port(), free_port()


@pytest.fixture(scope="session")
def site(real: Settings, ports: tuple[int, int]) -> Iterator[str]:
    """The address of a server that runs in a thread; a city's site may embed its widget."""
    port, city_port = ports
    origins = (f"http://127.0.0.1:{city_port}",)
    live = Live(real.model_copy(update={"allowed_origins": origins}))
    live.get()
    app = create_app(live)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    live.get().close()


@pytest.fixture(scope="session")
def city(site: str, ports: tuple[int, int]) -> Iterator[str]:
    """A city's site on another origin, with a strict policy and rules that spoil everything."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            css = self.path == "/city.css"
            body = HOSTILE if css else CITY.format(site=site)
            self.send_response(200)
            self.send_header("Content-Type", "text/css" if css else "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY.format(site=site))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", ports[1]), Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{ports[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


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
