"""OpenTelemetry spans of the pipeline's steps, when a collector is set; otherwise nothing."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ingest.errors import InputError

_tracer: Any = None
_provider: Any = None


def span(name: str) -> AbstractContextManager[Any]:
    """A span around a step; no attribute holds what was asked."""
    return _tracer.start_as_current_span(name) if _tracer else nullcontext()


def start(url: str) -> None:
    """Send spans to a collector from now on; InputError without the extra 'otel'."""
    global _tracer, _provider
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise InputError(
            "ASSISTANT_TRACE_URL needs OpenTelemetry: pip install 'procurement-assistant[otel]'"
        ) from error
    _provider = TracerProvider(resource=Resource.create({"service.name": "assistant"}))
    _provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces"))
    )
    _tracer = _provider.get_tracer("assistant")


def stop() -> None:
    """Send what is left, and stop."""
    global _tracer, _provider
    if _provider is not None:
        _provider.shutdown()
        _tracer = _provider = None
