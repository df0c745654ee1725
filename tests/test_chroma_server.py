"""The same index in its own folder and on a real Chroma server."""

import gc
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest

from assistant.records import Question
from assistant.service import open_pipeline
from assistant.settings import Settings
from ingest.build import build
from ingest.embedding import HashingEmbeddings
from ingest.errors import AssistantError, InputError, SnapshotError
from ingest.snapshots import SnapshotStore
from ingest.spans import LEVELS

# Chroma's HTTP client opens more connections than it keeps, and leaves closing them to Python.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chroma = Path(sys.executable).with_name("chroma")
    folder = tmp_path_factory.mktemp("chroma")
    command = [chroma, "run", "--path", folder, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(150):
        try:
            urlopen(f"{address}/api/v2/heartbeat", timeout=1).close()
            break
        except OSError:
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(10)
    gc.collect()


@pytest.fixture
def served(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"chroma_url": url})


@pytest.fixture(params=["embedded", "server"])
def place(request: pytest.FixtureRequest, settings: Settings, served: Settings) -> Settings:
    """The settings of each place in turn."""
    return served if request.param == "server" else settings


def test_building_twice_embeds_once(place: Settings) -> None:
    first, second = (build(place, [place.corpus_dir]) for _ in range(2))
    assert (first.embedded > 0, second.embedded) == (True, 0)


def test_only_what_changed_is_embedded(place: Settings, corpus: Path) -> None:
    build(place, [corpus])
    file = corpus / "guidelines/1-apples.md"
    file.write_text(file.read_text("utf-8").replace("squeeze", "drop"), "utf-8")
    assert build(place, [corpus]).embedded == 2


def test_both_places_give_the_same_scores_and_answers(settings: Settings, served: Settings) -> None:
    pipelines = []
    for own in (settings, served):
        build(own, [own.corpus_dir])
        pipelines.append(open_pipeline(own))
    query = HashingEmbeddings().embed_query("bruised apples in the market")
    mine, theirs = (p.snapshot.vectors.similar(query) for p in pipelines)
    assert theirs.whole() == pytest.approx(mine.whole(), abs=1e-5)
    for level in LEVELS.values():
        assert theirs.best(level) == pytest.approx(mine.best(level), abs=1e-5), level
        for at in range(len(pipelines[0].snapshot.passages)):
            assert theirs.rows(level, at) == pytest.approx(mine.rows(level, at), abs=1e-5), level
    some = np.arange(len(pipelines[0].snapshot.passages)) % 2 == 0
    for among in (None, some):
        near = [found.nearest("sentence", 5, among) for found in (mine, theirs)]
        assert [n.cosine for n in near[1]] == pytest.approx([n.cosine for n in near[0]], abs=1e-5)
    for text in (
        "What should we avoid when we buy apples?",
        "How many stalls did the market have?",
    ):
        answers = [p.answer(Question(text, ()), "c") for p in pipelines]
        assert answers[0].answer == answers[1].answer
        assert answers[0].outcome == answers[1].outcome


def test_rollback_and_pruning_reach_the_server(served: Settings, corpus: Path) -> None:
    first = build(served, [corpus]).snapshot
    file = corpus / "guidelines/1-apples.md"
    file.write_text(file.read_text("utf-8").replace("squeeze", "throw"), "utf-8")
    second = build(served, [corpus]).snapshot
    store = SnapshotStore(served.data_dir, served.chroma_url)
    store.activate(first)
    assert open_pipeline(served).snapshot.manifest.id == first
    store.activate(second)
    with store.ingest_lock():
        assert store.prune(1) == (first,)
    with pytest.raises(SnapshotError, match="no collection"):
        store.vector_store(first).known_vectors()


def test_langchain_users_get_the_same_passages(place: Settings) -> None:
    snapshot = build(place, [place.corpus_dir]).snapshot
    store = SnapshotStore(place.data_dir, place.chroma_url).vector_store(snapshot)
    found = store.langchain(HashingEmbeddings()).similarity_search("cheese market hall", k=1)
    assert found[0].metadata["document_id"] == "case-studies/springfield-market"


def test_a_snapshot_of_the_other_place_is_refused(settings: Settings, served: Settings) -> None:
    build(settings, [settings.corpus_dir])
    with pytest.raises(SnapshotError, match="unlike ASSISTANT_CHROMA_URL"):
        open_pipeline(served)


def test_a_server_that_is_away_or_an_address_that_is_none_is_named(settings: Settings) -> None:
    for address, reason in (("http://127.0.0.1:9", "does not answer"), ("chroma", "is no address")):
        own = settings.model_copy(update={"chroma_url": address})
        with pytest.raises((AssistantError, InputError), match=reason):
            build(own, [own.corpus_dir])
