"""A BERT on a CPU in 8 bits, by CTranslate2: about the same states of its last layer in less time, nothing padded."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from rag.errors import ModelError


class QuantisedBert(torch.nn.Module):
    """Stands where a BertModel of transformers would: called alike, with `config`, on the CPU.

    Activations are scaled token by token, so that what is read beside a text says nothing of it.
    """

    device = torch.device("cpu")

    def __init__(self, engine: Any, config: Any) -> None:
        super().__init__()
        self.config = config
        self._engine = engine

    @classmethod
    def from_folder(cls, converted: Path, config: Any) -> "QuantisedBert":
        """What `rag.models.files.quantise` made; `config` is that of the BERT it was made of. Raises ModelError."""
        import ctranslate2

        try:
            engine = ctranslate2.Encoder(str(converted), device="cpu", intra_threads=torch.get_num_threads())
        except (RuntimeError, ValueError) as error:
            raise ModelError(f"{converted} cannot be read: {error}. Delete it: it is made again.") from error
        return cls(engine, config)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor | None = None
    ) -> SimpleNamespace:
        """`last_hidden_state` (texts, tokens, dim) in fp32; what the mask leaves out at the ends is not computed."""
        from ctranslate2 import StorageView

        ids, lengths = (
            StorageView.from_array(np.ascontiguousarray(tensor.numpy(), np.int32))
            for tensor in (input_ids, attention_mask.sum(1))
        )
        types = None if token_type_ids is None else token_type_ids.tolist()
        states = np.array(self._engine.forward_batch(ids, lengths, types).last_hidden_state)
        return SimpleNamespace(last_hidden_state=torch.from_numpy(states))
