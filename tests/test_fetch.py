"""Fetching from a real server on loopback that does everything wrong."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest import fetch
from ingest.documents import load
from ingest.errors import InputError
from ingest.fetch import Listing, Record

PAGES = {
    "/page97.html": "<nav>menu</nav><main><h2>Outcomes</h2><p>State the outcome.</p></main>",
    "/page98.html": "<p>Measure the outcome.</p>",
    "/private/x.html": "<p>secret</p>",
}


class Server:
    """What was asked, and where to ask."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.answers: Counter[int] = Counter()
        self.pages = dict(PAGES)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked[self.path] += 1
                server.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, status, headers, body = handler.path, 200, {"Content-Type": "text/html"}, b""
        if path == "/robots.txt":
            headers, body = {"Content-Type": "text/plain"}, b"User-agent: *\nDisallow: /private/"
        elif path in self.pages:
            body = self.pages[path].encode()
            headers["ETag"] = f'"{hash(body)}"'
            if handler.headers.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
        elif path == "/away":
            status, headers = 302, {"Location": "http://example.org/page"}
        elif path == "/loop":
            status, headers = 302, {"Location": "/loop"}
        elif path == "/moved":
            status, headers = 301, {"Location": "/page98.html"}
        elif path == "/big":
            body = b"x" * 5000
        elif path == "/picture":
            headers, body = {"Content-Type": "image/png"}, b"\x89PNG"
        elif path == "/slow":
            time.sleep(3)
        else:
            status = 500 if path == "/broken" else 404
        self.answers[status] += 1
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) + (9 if path == "/torn" else 0)))
        handler.end_headers()
        handler.wfile.write(body)

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def listing(server: Server, *paths: str, hosts: tuple[str, ...] = ()) -> Listing:
    return Listing.model_validate(
        {
            "hosts": [server.host, *hosts],
            "pause_seconds": 0,
            "timeout_seconds": 1,
            "max_bytes": 4000,
            "groups": {"all": {"about": "test", "kind": "guidelines", "label_offset": -14}},
            "source": [
                {
                    "name": f"entry-{n}",
                    "group": "all",
                    "title": f"Entry {n}",
                    "address": f"http://{server.host}{path}",
                    "pages": [97, 98] if "{page}" in path else None,
                    "supersedes": ["guidelines/1-apples"],
                }
                for n, path in enumerate(paths)
            ],
        }
    )


def run(tmp_path: Path, found: Listing) -> fetch.Fetched:
    fetch.enable(tmp_path, found, ["all"])
    return fetch.fetch(tmp_path, found)


def test_pages_of_one_entry_become_one_document_that_knows_its_pages(
    server: Server, tmp_path: Path
) -> None:
    assert run(tmp_path, listing(server, "/page{page}.html")).changed == ("entry-0",)
    document = load([fetch.folder(tmp_path)], tmp_path / "corpus").documents[0]
    assert (document.id, document.kind, document.status) == (
        "official/entry-0",
        "guidelines",
        "official",
    )
    assert document.supersedes == ("guidelines/1-apples",)
    assert [
        (b.text, b.page, b.label, b.source.pages) for s in document.sections for b in s.blocks
    ] == [
        ("State the outcome.", 97, "83", "83"),
        ("Measure the outcome.", 98, "84", "84"),
    ]
    assert document.sections[0].blocks[0].source.url == f"http://{server.host}/page97.html"


def test_what_has_not_changed_is_not_sent_again(server: Server, tmp_path: Path) -> None:
    found = listing(server, "/page97.html")
    assert run(tmp_path, found).changed == ("entry-0",)
    assert run(tmp_path, found).unchanged == ("entry-0",)
    assert server.answers[304] == 1
    server.pages["/page97.html"] = "<p>New words.</p>"
    assert run(tmp_path, found).changed == ("entry-0",)
    record = Record(tmp_path).addresses[f"http://{server.host}/page97.html"]
    assert len(record["sha256"]) == 64
    assert record["fetched"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/private/x.html", "robots.txt of .* forbids"),
        ("/away", "host 'example.org' is not listed"),
        ("/loop", "more than 5 redirects"),
        ("/big", "over 4,000 bytes"),
        ("/picture", "image/png, which is not read"),
        ("/missing", "answers 404"),
        ("/broken", "answers 500"),
        ("/slow", "cannot be reached"),
        ("/torn", "cannot be reached"),
    ],
)
def test_an_address_that_misbehaves_fails_alone(
    server: Server, tmp_path: Path, path: str, reason: str
) -> None:
    done = run(tmp_path, listing(server, path, "/moved"))
    assert done.changed == ("entry-1",)
    assert len(done.failed) == 1

    assert re.search(reason, done.failed[0].reason), done.failed[0].reason


def test_a_failure_leaves_what_was_fetched_before(server: Server, tmp_path: Path) -> None:
    found = listing(server, "/page97.html")
    run(tmp_path, found)
    del server.pages["/page97.html"]
    assert run(tmp_path, found).failed
    assert "State the outcome" in (fetch.folder(tmp_path) / "entry-0.html").read_text("utf-8")


def test_only_https_is_asked_beyond_this_machine(server: Server, tmp_path: Path) -> None:
    found = listing(server, hosts=("example.org",)).model_copy(
        update={
            "source": [
                fetch.Entry(name="x", group="all", title="X", address="http://example.org/page")
            ]
        }
    )
    assert "is not https" in run(tmp_path, found).failed[0].reason


def test_nothing_is_fetched_before_a_person_enables_it(server: Server, tmp_path: Path) -> None:
    found = listing(server, "/page97.html")
    with pytest.raises(InputError, match="no address is enabled"):
        fetch.fetch(tmp_path, found)
    with pytest.raises(InputError, match="no group 'other'"):
        fetch.enable(tmp_path, found, ["other"])
    assert not server.asked


def test_a_disabled_group_takes_its_files_along(server: Server, tmp_path: Path) -> None:
    found = listing(server, "/page97.html")
    run(tmp_path, found)
    other = found.model_copy(
        update={
            "groups": {**found.groups, "other": found.groups["all"]},
            "source": [found.source[0].model_copy(update={"name": "y", "group": "other"})],
        }
    )
    assert fetch.disable(tmp_path, "all")
    fetch.enable(tmp_path, other, ["other"])
    fetch.fetch(tmp_path, other)
    assert [p.name for p in sorted(fetch.folder(tmp_path).glob("*.html"))] == ["y.html"]


def test_the_shipped_list_names_every_section_with_known_pages() -> None:
    found = fetch.listing(Path(__file__).parents[1] / "corpus")
    known = {p.stem for p in (Path(__file__).parents[1] / "corpus/guidelines").glob("*.md")}
    assert {i.removeprefix("guidelines/") for e in found.source for i in e.supersedes} <= known
    assert len(found.source) > 35
    assert "www.itu.int" in found.hosts
