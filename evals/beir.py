"""Retrieval on any benchmark in BEIR form: ours beside BM25, dense and rank fusion.

The baselines see the last turn alone. Ours runs the product's own code: the same index, the same
fusion, the same treatment of the conversation.
"""

import csv
import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant import conversation, fusion, thesaurus
from assistant.records import Query, Question, Request, Turn
from assistant.retrieval import Retrieval
from assistant.settings import Settings
from assistant.tuning import shipped
from evals import metrics
from evals.statistics import mean
from ingest import build, embedding, export
from ingest.errors import InputError
from ingest.records import Document, Passage, Sentence, Source
from ingest.snapshots import Snapshot, SnapshotStore
from ingest.spans import passage_text, spans
from ingest.text import digest, sentence_spans, terms

Scores = NDArray[np.float32]
NO_SOURCE = Source(title="")


def measure(folder: Path, settings: Settings) -> dict[str, dict[str, float]]:
    """The metrics of each method over all queries that have relevant passages."""
    passages = tuple(_passage(row) for row in _lines(folder / "corpus.jsonl"))
    relevant = _qrels(folder / "qrels" / "test.tsv")
    queries = [q for q in _lines(folder / "queries.jsonl") if q["_id"] in relevant]
    if not passages or not queries:
        raise InputError(f"{folder} has no passages or no queries with relevant passages")
    ids = [p.id for p in passages]
    rows: dict[str, list[dict[str, float | None]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        ranker = _ranker(passages, settings, Path(scratch))
        for query in queries:
            for method, scores in ranker(query).items():
                order = [ids[i] for i in np.argsort(-scores, kind="stable")]
                rows.setdefault(method, []).append(_metrics(order, relevant[query["_id"]]))
    return {
        method: {name: round(mean([r[name] for r in found]), 4) for name in found[0]}
        for method, found in rows.items()
    }


def _ranker(
    passages: tuple[Passage, ...], settings: Settings, scratch: Path
) -> Callable[[dict[str, Any]], dict[str, Scores]]:
    """A function from a query to the scores that each method gives to all passages."""
    snapshot = _snapshot(passages, settings, scratch)
    tuning = shipped().retrieval
    embeddings = export.embeddings(
        settings.embedding_model, settings.data_dir, settings.query_threads
    )
    ours = Retrieval(snapshot, embeddings, thesaurus.of(passages), tuning)

    def rank(query: dict[str, Any]) -> dict[str, Scores]:
        history = tuple(
            Turn(role=t["role"], content=t["content"]) for t in query.get("history", ())
        )
        question = Question(query["text"], history)
        turn = conversation.resolve(question.text, question.history, {}, shipped().history)
        request = Request(turn.text, turn.queries, (), question.filters)
        vectors = ours.embed(request.queries)
        dense = snapshot.vectors.similar(ours.embed([Query(query["text"], 1.0)])[0]).whole()
        lexical = snapshot.lexical.scores(terms(query["text"]))
        return {
            "own": ours.scores(request, vectors),
            "bm25": lexical,
            "dense": dense,
            "rrf": fusion.reciprocal_rank((dense, lexical)),
        }

    return rank


def _snapshot(passages: tuple[Passage, ...], settings: Settings, scratch: Path) -> Snapshot:
    """The benchmark's passages as a snapshot in a scratch folder."""
    documents: tuple[Document, ...] = ()
    parts = spans(passages, settings.window_words)
    own = settings.model_copy(update={"data_dir": scratch})
    manifest = build.identify(own, documents, passages, len(parts))
    export.prepare(settings.embedding_model, settings.data_dir)
    embedder = embedding.ReusingEmbeddings(
        export.embeddings(settings.embedding_model, settings.data_dir, settings.threads), {}
    )
    texts = [passage_text(p) for p in passages] + [s.text for s in parts]
    embedder.embed_all(texts, lambda done, total: None)
    store = SnapshotStore(scratch)
    store.write(manifest, documents, passages, parts, (), embedder)
    return store.open(manifest.model, manifest.id)


def _passage(row: dict[str, Any]) -> Passage:
    text, title = row["text"], row.get("title") or ""
    return Passage(
        id=row["_id"],
        document_id=row["_id"],
        kind="own",
        stage="general",
        status="local",
        title=title,
        section="",
        anchor="top",
        path=(),
        text=text,
        sentences=tuple(Sentence(a, b, "prose") for a, b in sentence_spans(text)),
        source=NO_SOURCE,
        digest=digest(title, text),
    )


def _metrics(order: list[str], relevant: set[str]) -> dict[str, float | None]:
    return {
        "recall_at_5": metrics.recall_at(order, relevant, 5),
        "recall_at_10": metrics.recall_at(order, relevant, 10),
        "ndcg_at_5": metrics.ndcg_at(order, relevant, 5),
        "ndcg_at_10": metrics.ndcg_at(order, relevant, 10),
        "mrr": metrics.reciprocal_rank(order, relevant),
    }


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON lines: {error}") from error


def _qrels(path: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if int(row["score"]) > 0:
                    found.setdefault(row["query-id"], set()).add(row["corpus-id"])
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"{path} is not a qrels file of BEIR: {error}") from error
    return found
