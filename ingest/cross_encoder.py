"""Whether a sentence answers a question, read side by side by a small cross-encoder.

The embedded model with an adapter (``ingest/adapter.py``) that was trained on readers' questions,
some of which a sentence answers and some of which it does not: ``python -m evals train``.
"""

import hashlib
from pathlib import Path

ADAPTER = Path(__file__).with_name("cross_encoder.safetensors")
MAX_TOKENS = 72


def adapter_digest() -> str:
    """What identifies the adapter that comes with the package."""
    return hashlib.sha256(ADAPTER.read_bytes()).hexdigest()[:12]


class CrossEncoder:
    """The exported cross-encoder."""

    def __init__(self, graph: Path, tokenizer: Path) -> None:
        from ingest.onnx_model import OnnxModel

        self._model = OnnxModel(graph, tokenizer, MAX_TOKENS, threads=1)

    def __call__(self, question: str, sentence: str) -> float:
        """The log-odds that the sentence, with its title and heading before it, answers."""
        return float(self._model([(question, sentence)])[0])
