"""The API as its OpenAPI document describes it, filled with what Schemathesis thinks up."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance

from assistant.service import Live
from assistant.settings import Settings
from assistant.web.app import create_app

UNLIMITED = dict.fromkeys(
    ("limit_address", "limit_conversation", "limit_other", "limit_key"), "1000000/second"
)


@pytest.fixture
def api(tiny: Settings, address: str) -> Iterator[Any]:
    """The whole application over the tiny corpus, with a database of either kind."""
    own = UNLIMITED | {"database_url": address}
    live = Live(Settings.load(**(tiny.model_dump() | own)))
    yield schemathesis.openapi.from_asgi("/openapi.json", create_app(live))
    live.database.close()


def test_no_request_makes_a_server_error(api: Any) -> None:
    tried = 0
    for operation in (found.ok() for found in api.get_all_operations()):

        @seed(7)
        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(checks=[not_a_server_error, content_type_conformance])

        holds()
    assert tried > 500
