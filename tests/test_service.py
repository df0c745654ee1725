from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.records import MAX_QUESTION
from assistant.service import Assistant, Live, checked
from assistant.settings import Settings
from ingest.errors import InputError, SnapshotError
from ingest.records import BuildReport


def test_a_conversation_is_remembered_by_its_id(assistant: Assistant) -> None:
    first = assistant.ask("What should we avoid when we buy apples?")
    second = assistant.ask("And what should we do?", conversation_id=first.conversation_id)
    assert second.conversation_id == first.conversation_id
    assert second.citations[-1].passage_id == "guidelines/1-apples~do~1"


def test_a_search_shows_passages(assistant: Assistant) -> None:
    found = assistant.search("cheese", 3)
    assert found.kept[0].passage.document_id == "case-studies/springfield-market"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("a\0b", "NUL"),
        ("x" * (MAX_QUESTION + 1), "2,001 characters"),
        ("\udcff", "not valid UTF-8"),
    ],
)
def test_a_question_that_cannot_be_one_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        checked(text)


def test_the_live_assistant_follows_the_current_snapshot(
    settings: Settings, corpus: Path, ingest: Callable[..., BuildReport]
) -> None:
    live = Live(settings)
    with pytest.raises(SnapshotError):
        live.get()
    ingest()
    first = live.get()
    assert live.get() is first
    (corpus / "guidelines/2-bread.md").unlink()
    ingest()
    second = live.get()
    assert "guidelines/2-bread" in first.snapshot.documents
    assert "guidelines/2-bread" not in second.snapshot.documents
    first.close()
    second.close()
