"""The one-off export of the embedded model to ONNX, in 8-bit numbers, to serve without torch."""

import contextlib
import io
import logging
import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

from langchain_core.embeddings import Embeddings

from ingest.embedding import (
    EMBEDDED,
    WEIGHTS_SHA256,
    HashingEmbeddings,
    OnnxEmbeddings,
    SentenceTransformerEmbeddings,
    embedded_model_path,
)
from ingest.errors import SnapshotError

EXPORT_FORMAT = 3


def export_folder(data_dir: Path) -> Path:
    """Where the export of these weights lies; another model or format gets another folder."""
    return data_dir / "models" / f"minilm-{WEIGHTS_SHA256[:12]}-{EXPORT_FORMAT}"


def exported(data_dir: Path) -> bool:
    """Whether a complete export is there: the graph is moved in last."""
    return (export_folder(data_dir) / "model.onnx").is_file()


def export(data_dir: Path) -> None:
    """Write graph and tokenizer; a no-op when they are there. Takes about half a minute."""
    if exported(data_dir):
        return
    folder = export_folder(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    source = embedded_model_path()
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    with TemporaryDirectory(dir=folder) as unfinished:
        whole, small = Path(unfinished) / "whole.onnx", Path(unfinished) / "small.onnx"
        _export_graph(source, whole)
        _quantize(whole, small)
        small.replace(folder / "model.onnx")


def _export_graph(source: Path, target: Path) -> None:
    """Trace encoder, mean pooling over the mask, and L2 normalising into one graph."""
    import torch
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()

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

    batch, length = torch.export.Dim("batch"), torch.export.Dim("length")
    # The exporter reports its progress and harmless warnings on stdout and through logging.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        encoder = AutoModel.from_pretrained(source, attn_implementation="eager").eval()
        torch.onnx.export(
            Pooled(encoder),
            (torch.ones(2, 16, dtype=torch.long), torch.ones(2, 16, dtype=torch.long)),
            target,
            input_names=["input_ids", "attention_mask"],
            output_names=["sentence_vector"],
            dynamic_shapes=({0: batch, 1: length}, {0: batch, 1: length}),
            dynamo=True,
            external_data=False,
            verbose=False,
        )


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


def for_building(model: str, data_dir: Path, threads: int) -> Embeddings:
    """The embeddings that fill an index: the export, made if need be, or the model itself."""
    if model == EMBEDDED:
        export(data_dir)
    return for_queries(model, data_dir, threads)


def for_queries(model: str, data_dir: Path, threads: int) -> Embeddings:
    """The embeddings that serve questions: the export for the embedded model, else the model."""
    if model == HashingEmbeddings.name:
        return HashingEmbeddings()
    if model != EMBEDDED:
        return SentenceTransformerEmbeddings(model, threads)
    if not exported(data_dir):
        raise SnapshotError("the exported model is missing; run 'assistant ingest' to make it")
    folder = export_folder(data_dir)
    return OnnxEmbeddings(folder / "model.onnx", folder / "tokenizer.json", threads)
