from pathlib import Path

import numpy as np
import pytest

from assistant import usual
from assistant.usual import Usual
from evals import fit
from evals.drafted import Drafted
from ingest.embedding import HashingEmbeddings


def test_the_weights_are_kept_as_they_were_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = Usual.fitted("a model", [0.5, -0.25, 0.125])
    monkeypatch.setattr(usual, "WEIGHTS", tmp_path / "usual.json")
    usual.WEIGHTS.write_text(fitted.written(), "utf-8")
    kept = usual.shipped("a model")
    assert kept is not None
    assert kept(np.array([1.0, 0.0], np.float32)) == pytest.approx(0.625)
    assert kept(np.array([0.0, 1.0], np.float32)) == pytest.approx(-0.125)


def test_nothing_is_known_of_the_vectors_of_another_model() -> None:
    assert usual.shipped("hashing") is None


def test_kinds_of_question_that_are_left_open_are_learned() -> None:
    drafted = [
        Drafted("d", f"About {name}.", (f"where is {name}",), (f"price of {name}",))
        for name in ("apples", "bread", "cheese") * 20
    ]
    embeddings = HashingEmbeddings()
    found = fit.usual(drafted, embeddings, "hashing")
    asked = [np.array(embeddings.embed_query(q)) for q in ("where is milk", "price of milk")]
    assert found(asked[0]) > found(asked[1])
