"""A model exported to ONNX, with its tokenizer. One text, or one pair of texts, runs alone.

Activations share a scale, so that in a batch a result would depend on the other texts.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from ingest.errors import SnapshotError

Text = str | tuple[str, str]
# This fused operator takes five times as long as the two that it stands for (decision 13).
SLOW = ["SkipLayerNormFusion"]


class OnnxModel:
    """Texts to the first output of a graph; ``threads`` texts run at a time."""

    def __init__(self, graph: Path, tokenizer: Path, max_tokens: int, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._threads = threads
        try:
            self._session = onnxruntime.InferenceSession(
                graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW
            )
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # both libraries raise bare classes of their own
            raise SnapshotError(
                f"the exported model in {graph.parent} is damaged; delete that folder and run "
                "'assistant ingest'"
            ) from error
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()  # the file pads every text to one length
        self._wanted = [node.name for node in self._session.get_inputs()]

    def __call__(self, texts: Sequence[Text]) -> list[NDArray[np.float32]]:
        """The output for each text."""
        rows = self._tokenizer.encode_batch(list(texts))
        if len(rows) < 2 or self._threads == 1:
            return [self._run(row) for row in rows]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._run, rows))

    def _run(self, row: Encoding) -> NDArray[np.float32]:
        known = {
            "input_ids": row.ids,
            "attention_mask": row.attention_mask,
            "token_type_ids": row.type_ids,
        }
        inputs = {name: np.array([known[name]]) for name in self._wanted}
        output: NDArray[np.float32] = self._session.run(None, inputs)[0][0]
        return output
