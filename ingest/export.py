"""The one-off export of the embedded model to ONNX, in 8-bit numbers, to serve without torch."""

import contextlib
import io
import logging
import shutil
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from ingest.cross_encoder import ADAPTER, CrossEncoder, adapter_digest
from ingest.embedding import (
    EMBEDDED,
    WEIGHTS_SHA256,
    HashingEmbeddings,
    OnnxEmbeddings,
    SentenceTransformerEmbeddings,
    embedded_model_path,
)
from ingest.errors import SnapshotError

if TYPE_CHECKING:
    import torch

EXPORT_FORMAT = 3
EMBEDDING = "model.onnx"
TOKENIZER = "tokenizer.json"
CROSS_ENCODER = f"cross-encoder-{adapter_digest()}.onnx"


def export_folder(data_dir: Path) -> Path:
    """Where the exports of these weights lie; another model or format gets another folder."""
    return data_dir / "models" / f"minilm-{WEIGHTS_SHA256[:12]}-{EXPORT_FORMAT}"


def exported(data_dir: Path) -> bool:
    """Whether both exports are there and complete: each graph is moved in last."""
    folder = export_folder(data_dir)
    return all((folder / name).is_file() for name in (EMBEDDING, CROSS_ENCODER))


def export(data_dir: Path) -> None:
    """Write graphs and tokenizer; a no-op when they are there. Takes about half a minute."""
    if exported(data_dir):
        return
    folder = export_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    source = embedded_model_path()
    shutil.copyfile(source / TOKENIZER, folder / TOKENIZER)
    for name, write in ((EMBEDDING, write_embedding), (CROSS_ENCODER, write_cross_encoder)):
        if (folder / name).is_file():
            continue
        with TemporaryDirectory(dir=folder) as unfinished:
            whole, small = Path(unfinished) / "whole.onnx", Path(unfinished) / "small.onnx"
            write(source, whole)
            _quantize(whole, small)
            small.replace(folder / name)


def write_embedding(source: Path, target: Path) -> None:
    """Encoder, mean pooling over the mask, and L2 normalising as one graph."""
    import torch
    from transformers import AutoModel

    class Pooled(torch.nn.Module):
        """Sentence embedding as one function of token ids and mask."""

        def __init__(self, encoder: torch.nn.Module) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    with _silent():
        model = Pooled(AutoModel.from_pretrained(source, attn_implementation="eager").eval())
        _trace(model, ("input_ids", "attention_mask"), target)


def write_cross_encoder(source: Path, target: Path) -> None:
    """The same encoder with what the adapter changes, and its head, as one graph."""
    from ingest.adapter import AdaptedEncoder

    with _silent():
        model = AdaptedEncoder(source, attention="eager").eval()
        model.load(ADAPTER)
        _trace(model, ("input_ids", "attention_mask", "token_type_ids"), target)


def _trace(model: "torch.nn.Module", inputs: Sequence[str], target: Path) -> None:
    """Write a model of rows of numbers, any number of any length."""
    import torch

    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    torch.onnx.export(
        model,
        tuple(torch.ones(2, 16, dtype=torch.long) for _ in inputs),
        target,
        input_names=list(inputs),
        output_names=["output"],
        dynamic_shapes=tuple({0: batch, 1: length} for _ in inputs),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """The exporter reports its progress and harmless warnings on stdout and through logging."""
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _quantize(source: Path, target: Path) -> None:
    """Weights as whole numbers, with a scale for each column; activations as they come.

    With seven bits no processor overflows, so that all of them add up the same whole numbers.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    root, silence = logging.getLogger(), logging.NullHandler()
    root.addHandler(silence)  # they log to the root, which without a handler gets a loud one
    try:
        quant_pre_process(source, source, skip_symbolic_shape=True, skip_optimization=True)
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul", "Gather"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )
    finally:
        root.removeHandler(silence)


def prepare(model: str, data_dir: Path) -> None:
    """Make what serving with this model needs; only the embedded one is exported."""
    if model == EMBEDDED:
        export(data_dir)


def embeddings(model: str, data_dir: Path, threads: int) -> Embeddings:
    """The export for the embedded model, else the model itself."""
    if model == HashingEmbeddings.name:
        return HashingEmbeddings()
    if model != EMBEDDED:
        return SentenceTransformerEmbeddings(model, threads)
    folder = _made(data_dir)
    return OnnxEmbeddings(folder / EMBEDDING, folder / TOKENIZER, threads)


def cross_encoder(model: str, data_dir: Path) -> CrossEncoder | None:
    """The cross-encoder beside the embedded model; None beside another, whose scores differ."""
    if model != EMBEDDED:
        return None
    folder = _made(data_dir)
    return CrossEncoder(folder / CROSS_ENCODER, folder / TOKENIZER)


def _made(data_dir: Path) -> Path:
    if not exported(data_dir):
        raise SnapshotError("the exported model is missing; run 'assistant ingest' to make it")
    return export_folder(data_dir)
