"""Long, slow and crooked requests, against a server that really listens."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from httpx import Client

from assistant.settings import Settings
from assistant.web import guarding, logs, patience
from tests.servers import serving

QUESTION = "What should Ana avoid when we buy apples?"


@pytest.fixture(scope="module")
def address(tiny: Settings) -> Iterator[str]:
    patch = pytest.MonkeyPatch()
    patch.setattr(patience, "HEAD_SECONDS", 0.4)
    patch.setattr(guarding, "BODY_SECONDS", 0.4)
    with serving(tiny) as found:
        yield found
    patch.undo()


def talk(address: str, *pieces: bytes, pause: float = 0.0) -> bytes:
    """What the server says to these bytes until it closes the connection."""
    where = urlsplit(address)
    with socket.create_connection((where.hostname, where.port), timeout=5) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        said = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                said += part
        return said


def test_a_head_that_never_ends_is_closed(address: str) -> None:
    assert talk(address, b"GET / HTTP/1.1\r\nHost: x\r\n") == b""
    assert talk(address) == b""


def test_a_body_that_never_ends_is_told(address: str) -> None:
    head = b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    said = talk(address, head + b'Content-Length: 50\r\n\r\n{"mess')
    assert b"408" in said.splitlines()[0]
    assert b"connection: close" in said.lower()


def test_a_body_without_length_is_counted(address: str) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * 100_000

    with Client() as client:
        said = client.post(f"{address}/api/chat", content=pieces())
        assert said.status_code == 413
        assert said.headers["content-type"] == "application/problem+json"
        long = client.post(f"{address}/api/chat", content=b"x" * 1_100_000)
        assert long.status_code == 413


def test_long_heads_are_refused(address: str) -> None:
    said = talk(address, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n")
    assert not said or b"400" in said.splitlines()[0]


def test_every_response_has_a_number_and_the_security_headers(address: str) -> None:
    with Client() as client:
        for path in ("/", "/healthz", "/nowhere", "/static/widget.css", "/api/search?q=x&k=99"):
            headers = client.get(address + path).headers
            assert len(headers["x-request-id"]) == 16
            assert headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "server" not in headers


def test_neither_logs_nor_metrics_hold_what_was_asked(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="assistant"), Client() as client:
        client.post(f"{address}/api/chat", json={"message": QUESTION})
        client.get(f"{address}/api/search", params={"q": QUESTION})
        client.get(f"{address}/{QUESTION}")
        metrics = client.get(f"{address}/metrics").text
        lines = logged({"/api/chat", "/api/search", "none", "/metrics"}, caplog)
    told = [json.loads(line) for line in lines]
    assert {line["status"] for line in told if line["route"] == "/api/chat"} == {200}
    assert "Ana" not in "".join(lines) + metrics
    assert 'assistant_answers_total{engine="extractive",outcome="' in metrics
    assert 'assistant_step_seconds_count{step="retrieve"}' in metrics
    assert 'assistant_requests_total{method="GET",route="/api/search",status="200"}' in metrics


def logged(routes: set[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines, once all routes are there: a request is logged a moment after its response."""
    for _ in range(100):
        ours = [r for r in caplog.records if r.name.startswith("assistant")]
        lines = [logs_line(record) for record in ours]
        if routes <= {json.loads(line)["route"] for line in lines}:
            return lines
        time.sleep(0.05)
    raise AssertionError(f"not all of {routes} were logged")


def logs_line(record: logging.LogRecord) -> str:
    """A record as the JSON form writes it."""
    from pythonjsonlogger.json import JsonFormatter

    logs.Numbered().filter(record)
    return JsonFormatter(logs.FIELDS).format(record)


def test_slow_bodies_keep_nobody_from_asking(tiny: Settings) -> None:
    few = tiny.model_copy(update={"answers_at_once": 1, "answers_waiting": 0})
    head = b"POST /api/chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with serving(few) as address, Client() as client:
        where = urlsplit(address)
        slow = [socket.create_connection((where.hostname, where.port)) for _ in range(5)]
        for connection in slow:
            connection.sendall(head + b'Content-Length: 50\r\n\r\n{"mess')
        said = client.post(f"{address}/api/chat", json={"message": QUESTION})
        assert said.status_code == 200
        for connection in slow:
            connection.close()


def test_a_fault_of_ours_is_told_in_one_sentence_with_all_headers(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr("assistant.views.documents", broken)
    with Client() as client:
        said = client.get(f"{address}/api/documents")
    assert said.status_code == 500
    assert "secret" not in said.text
    assert said.headers["x-content-type-options"] == "nosniff"
    assert said.headers["x-request-id"]
    assert said.headers["cache-control"] == "no-store"


def test_methods_that_nobody_knows_make_no_metric(address: str) -> None:
    with Client() as client:
        client.request("ZQ1", f"{address}/")
        assert "ZQ1" not in client.get(f"{address}/metrics").text
