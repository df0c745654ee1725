"""A second opinion on support, from a cross-encoder that judges entailment; off by default."""

from ingest.errors import InputError

LABEL = "entailment"
ENOUGH = 0.5


class Entailment:
    """Whether a text entails a statement, by a CrossEncoder with labels of natural inference."""

    def __init__(self, model: str, threads: int) -> None:
        import torch
        from sentence_transformers import CrossEncoder

        torch.set_num_threads(threads)
        try:
            self._model = CrossEncoder(model, device="cpu", activation_fn=torch.nn.Softmax(dim=-1))
        except (OSError, ValueError) as error:
            raise InputError(
                f"entailment model {model!r} cannot be loaded: {str(error).splitlines()[0]}"
            ) from error
        labels = {str(v).lower(): int(k) for k, v in self._model.model.config.id2label.items()}
        if LABEL not in labels:
            raise InputError(f"entailment model {model!r} has no label {LABEL!r}")
        self._label = labels[LABEL]

    def __call__(self, text: str, statement: str) -> bool:
        """Whether the text entails the statement with a probability of at least one half."""
        scores = self._model.predict([(text, statement)], show_progress_bar=False)
        return bool(scores[0][self._label] >= ENOUGH)
