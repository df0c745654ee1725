"""An optional second ranking of the best passages by a cross-encoder; off by default."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.records import Ranked, Retrieved
from ingest.errors import InputError


class CrossEncoderRanking:
    """Puts the kept passages in the order of a sentence-transformers CrossEncoder."""

    def __init__(self, model: str, threads: int) -> None:
        import torch
        from sentence_transformers import CrossEncoder

        torch.set_num_threads(threads)
        try:
            self._model = CrossEncoder(model, device="cpu")
        except (OSError, ValueError) as error:
            raise InputError(
                f"reranking model {model!r} cannot be loaded: {str(error).splitlines()[0]}"
            ) from error

    def __call__(self, question: str, found: Retrieved) -> Retrieved:
        """The same passages, best first; the score of each is among its reasons."""
        if not found.kept:
            return found
        pairs = [(question, f"{r.passage.heading}\n{r.passage.text}") for r in found.kept]
        scores = self._model.predict(pairs, show_progress_bar=False)
        return replace(found, kept=_ordered(found.kept, [float(s) for s in scores]))


def _ordered(kept: Sequence[Ranked], scores: Sequence[float]) -> tuple[Ranked, ...]:
    """By these scores, with the fused scores dealt out anew, so that later steps see the order."""
    order = sorted(range(len(kept)), key=lambda n: -scores[n])
    fused = sorted((r.score for r in kept), reverse=True)
    return tuple(
        replace(kept[n], score=score, reasons={**kept[n].reasons, "reranker": scores[n]})
        for n, score in zip(order, fused, strict=True)
    )
