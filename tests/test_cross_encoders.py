"""The optional cross-encoders, with tiny random weights: chance results from real models."""

from pathlib import Path

import pytest

from assistant.model.entailment import Entailment
from assistant.pipeline import Pipeline
from assistant.records import Question
from assistant.reranking import CrossEncoderRanking
from assistant.service import open_pipeline
from assistant.settings import Settings
from assistant.tuning import shipped
from ingest.embedding import embedded_model_path
from ingest.errors import InputError

pytestmark = pytest.mark.model


def tiny_model(folder: Path, labels: list[str], favoured: str = "") -> str:
    """A BERT of two small layers that leans to one of its labels, with the embedded tokenizer."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(embedded_model_path())
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=len(labels),
        id2label=dict(enumerate(labels)),
        label2id={label: n for n, label in enumerate(labels)},
    )
    made = BertForSequenceClassification(config)
    if favoured:
        made.classifier.bias.data[labels.index(favoured)] = 50.0
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def test_a_reranker_orders_the_same_passages_and_says_why(tiny: Settings, tmp_path: Path) -> None:
    ranking = CrossEncoderRanking(tiny_model(tmp_path, ["score"]), 1)
    plain = open_pipeline(tiny)
    own = Pipeline(plain.snapshot, plain.retrieval.embeddings, shipped(), reranker=ranking)
    question = Question("What should we avoid when we buy apples?", ())
    before = plain.trace(question).retrieved.kept
    after = own.trace(question).retrieved.kept
    assert {r.passage.id for r in after} == {r.passage.id for r in before}
    scores = [r.reasons["reranker"] for r in after]
    assert scores == sorted(scores, reverse=True)
    assert [r.score for r in after] == sorted((r.score for r in before), reverse=True)


@pytest.mark.parametrize(("favoured", "expected"), [("entailment", True), ("neutral", False)])
def test_an_entailment_model_agrees_by_its_own_label(
    tmp_path: Path, favoured: str, expected: bool
) -> None:
    labels = ["contradiction", "entailment", "neutral"]
    entails = Entailment(tiny_model(tmp_path, labels, favoured), 1)
    assert entails("Bread must be fresh.", "Bread must be fresh.") is expected


def test_a_model_without_the_label_or_that_is_nowhere_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="has no label 'entailment'"):
        Entailment(tiny_model(tmp_path, ["yes", "no"]), 1)
    for made in (Entailment, CrossEncoderRanking):
        with pytest.raises(InputError, match="cannot be loaded"):
            made(str(tmp_path / "nothing"), 1)
