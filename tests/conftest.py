"""A corpus of three tiny documents, indexed once a session with the shipped stand-in embeddings."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from assistant.database import Database
from assistant.pipeline import Pipeline
from assistant.service import Assistant, open_learning, open_pipeline
from assistant.settings import Settings
from evals.reliability.servers import PostgreSQL
from ingest.build import build
from ingest.export import export
from ingest.originals import Originals
from ingest.passages import MARKER
from ingest.records import BuildReport, Passage, Sentence, Source

CORPUS = Path(__file__).with_name("data") / "corpus"
ROOT = Path(__file__).parents[1]


def passage(text: str, anchor: str = "top", title: str = "A title") -> Passage:
    """A passage of one line of prose, or of list items, for tests of pure functions."""
    lines = [line.removeprefix(MARKER) for line in text.splitlines()]
    starts = [text.index(line) for line in lines]
    kind: Literal["prose", "item"] = "item" if text.startswith(MARKER) else "prose"
    spans = tuple(Sentence(s, s + len(line), kind) for s, line in zip(starts, lines, strict=True))
    return Passage(
        id=f"own/a~{anchor}~1",
        document_id="own/a",
        kind="own",
        stage="general",
        status="local",
        title=title,
        section=title,
        anchor=anchor,
        path=(title,),
        text=text,
        sentences=spans,
        source=Source(title),
        digest=text,
    )


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test never sees the settings of the person who runs it."""
    for name in [n for n in os.environ if n.startswith("ASSISTANT_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A copy of the tiny corpus that a test may change."""
    return Path(shutil.copytree(CORPUS, tmp_path / "corpus"))


@pytest.fixture
def settings(tmp_path: Path, corpus: Path) -> Settings:
    """Settings with a data folder of the test's own and the stand-in embeddings."""
    return Settings.load(data_dir=tmp_path / "var", corpus_dir=corpus, embedding_model="hashing")


@pytest.fixture
def ingest(settings: Settings) -> Callable[..., BuildReport]:
    """Index the test's corpus."""
    return lambda **options: build(settings, [settings.corpus_dir], **options)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The tiny corpus, indexed; shared by tests that only read."""
    settings = Settings.load(
        data_dir=tmp_path_factory.mktemp("tiny") / "var",
        corpus_dir=CORPUS,
        embedding_model="hashing",
    )
    build(settings, [CORPUS])
    return settings


@pytest.fixture(scope="session")
def pipeline(tiny: Settings) -> Pipeline:
    """A pipeline over the tiny corpus."""
    return open_pipeline(tiny)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A real PostgreSQL server."""
    server = PostgreSQL(tmp_path_factory.mktemp("postgresql"))
    yield server
    server.stop("immediate")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database; every test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/answers.db"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    """A database of either kind."""
    found = Database(address)
    yield found
    found.close()


@pytest.fixture
def assistant(tiny: Settings, database: Database, pipeline: Pipeline) -> Assistant:
    """An assistant over the tiny corpus with a database of its own."""
    learning = open_learning(tiny, pipeline.snapshot, database)
    originals = Originals(tiny.data_dir)
    return Assistant(pipeline, database, originals, tiny.fingerprint(), lambda: learning)


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the export of the real model, made once a session."""
    folder = tmp_path_factory.mktemp("model")
    export(folder)
    return folder


@pytest.fixture(scope="session")
def real(exported: Path) -> Settings:
    """The shipped corpus, indexed with the real model."""
    settings = Settings.load(data_dir=exported, corpus_dir=ROOT / "corpus")
    build(settings, [settings.corpus_dir], strict=True)
    return settings
