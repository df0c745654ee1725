from pathlib import Path

import pytest

from ingest.errors import CorpusError, InputError
from ingest.sources import Sources


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    (tmp_path / "corpus").mkdir()
    return Sources(tmp_path / "var", tmp_path / "corpus")


def test_the_corpus_comes_first_and_paths_are_remembered_once(
    sources: Sources, tmp_path: Path
) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()
    sources.add([extra, extra, tmp_path / "corpus"])
    sources.add([extra])
    assert sources.all() == (tmp_path / "corpus", extra)


def test_a_source_can_be_forgotten_but_not_the_corpus(sources: Sources, tmp_path: Path) -> None:
    extra = tmp_path / "extra"
    extra.mkdir()
    sources.add([extra])
    sources.remove(extra)
    assert sources.all() == (tmp_path / "corpus",)
    with pytest.raises(InputError, match="is not a source"):
        sources.remove(extra)
    with pytest.raises(InputError, match="always a source"):
        sources.remove(tmp_path / "corpus")


def test_a_path_that_does_not_exist_is_refused(sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="does not exist"):
        sources.add([tmp_path / "nowhere"])
