import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from assistant import tracing
from assistant.service import Assistant

STEPS = {"understand", "embed", "retrieve", "compose", "score", "judge", "write", "cite", "store"}


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """A collector that keeps what it is sent."""
    sent: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            sent.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", sent
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_step_is_a_span_and_none_holds_the_question(
    collector: tuple[str, list[ExportTraceServiceRequest]], assistant: Assistant
) -> None:
    url, sent = collector
    tracing.start(url)
    try:
        assistant.ask("What should we avoid when we buy apples?")
    finally:
        tracing.stop()
    spans = [s for r in sent for x in r.resource_spans for y in x.scope_spans for s in y.spans]
    assert {s.name for s in spans} == STEPS
    assert "apples" not in str(sent)
    names = {s.span_id: s.name for s in spans}
    inside = {s.name for s in spans if names.get(s.parent_span_id) == "compose"}
    assert inside == {"score", "judge", "write"}


def test_without_a_collector_nothing_is_traced(assistant: Assistant) -> None:
    with tracing.span("step") as nothing:
        assert nothing is None
