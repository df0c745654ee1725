"""The embedded model turned into a cross-encoder: what training changed, and a head. Needs torch.

The token embeddings stay the embedded model's. The changes of the layers are small, so that each
matrix is kept in 8-bit numbers with a scale for every row: a tenth of the model's own file.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save
from transformers import AutoModel
from transformers.utils import logging

STEPS = 127
SCALE = ".scale"


class AdaptedEncoder(torch.nn.Module):
    """A question and a sentence to the log-odds that the sentence answers the question."""

    def __init__(self, weights: Path, attention: str = "sdpa") -> None:
        super().__init__()
        logging.disable_progress_bar()
        self.encoder = AutoModel.from_pretrained(weights, attn_implementation=attention)
        self.encoder.pooler = None  # it looks at the first token alone
        self.encoder.embeddings.word_embeddings.requires_grad_(False)
        width = self.encoder.config.hidden_size
        self.head = torch.nn.Sequential(
            torch.nn.Linear(width, width), torch.nn.Tanh(), torch.nn.Linear(width, 1)
        )
        self._before = {n: p.detach().clone() for n, p in self.encoder.named_parameters()}

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        token_type_ids: torch.Tensor,
    ) -> torch.Tensor:
        """Shape (batch,)."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        )[0]
        return self.odds(hidden, attention_mask)

    def odds(self, hidden: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """The head over the mean of the tokens: (batch, length, width) to (batch,)."""
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        found: torch.Tensor = self.head((hidden * mask).sum(1) / mask.sum(1))[:, 0]
        return found

    def save(self, path: Path) -> None:
        """Write the adapter: changes of the encoder, and the head, as it is."""
        kept = {f"head.{n}": p.detach().half() for n, p in self.head.named_parameters()}
        for name, parameter in self.encoder.named_parameters():
            if not parameter.requires_grad:
                continue
            change = parameter.detach() - self._before[name]
            if change.dim() < 2:
                kept[name] = change.half()
                continue
            scale = change.abs().amax(1, keepdim=True).clamp(min=1e-9) / STEPS
            kept[name] = (change / scale).round().to(torch.int8)
            kept[name + SCALE] = scale
        path.write_bytes(save(kept))

    def load(self, path: Path) -> None:
        """Take an adapter that was saved."""
        kept = load_file(path)
        with torch.no_grad():
            for name, parameter in self.head.named_parameters():
                parameter.copy_(kept[f"head.{name}"])
            for name, parameter in self.encoder.named_parameters():
                if name in kept:
                    change = kept[name].float() * kept.get(name + SCALE, 1.0)
                    parameter.copy_(self._before[name] + change)
