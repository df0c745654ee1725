import numpy as np
import pytest

from ingest.embedding import HashingEmbeddings, ReusingEmbeddings, SentenceTransformerEmbeddings
from ingest.errors import InputError


def cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_the_stand_in_finds_shared_words_similar() -> None:
    apples, more, bread = HashingEmbeddings().embed_documents(
        ["ripe apples", "the apples are ripe", "fresh bread"]
    )
    assert cosine(apples, more) == pytest.approx(1.0)
    assert cosine(apples, bread) < 0.5


def test_known_texts_are_not_embedded_again() -> None:
    embeddings = ReusingEmbeddings(HashingEmbeddings(), {"old": np.array([1.0], np.float32)})
    reported: list[tuple[int, int]] = []
    embeddings.embed_all(["old", "new", "new", "newer"], lambda d, n: reported.append((d, n)))
    assert embeddings.embedded == 2
    assert reported == [(2, 2)]
    assert embeddings.embed_query("old") == [1.0]


@pytest.mark.model
def test_a_model_that_is_nowhere_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="cannot be loaded"):
        SentenceTransformerEmbeddings("no-such-folder/no-such-model", 1)
