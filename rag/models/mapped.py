"""Weights that take memory only when they are looked at: word vectors stay in their file until a text has the word."""

import logging
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

log = logging.getLogger(__name__)

_WEIGHTS = "model.safetensors"


class MappedEmbedding(nn.Module):
    """Stands where a model's word vectors would, for inference on a CPU: `table` (words, dim) may be mapped from a file, of
    which only the pages that are looked at take memory.
    """

    def __init__(self, table: Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self._table = table  # no parameter: nothing moves or copies it
        self._dtype = dtype

    def forward(self, ids: Tensor) -> Tensor:
        """Ids (…) to vectors (…, dim) of `dtype`."""
        return nn.functional.embedding(ids, self._table).to(self._dtype)


def keep_little(model: Any, folder: Path) -> None:
    """Let a model on the CPU, read from `folder` for inference, look its word vectors up there, and let go of the rest of the
    file, whose pages stay in memory as long as one weight is mapped from it. Word vectors that are trained are no such thing.
    """
    if any(parameter.device.type != "cpu" for parameter in model.parameters()):
        return
    _map_word_vectors(model, folder)
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data = tensor.data.clone()


def _map_word_vectors(model: Any, folder: Path) -> None:
    """As far as they are in a single file of safetensors; else the model keeps its own."""
    own = model.get_input_embeddings()
    name = next((name for name, module in model.named_modules() if module is own), "")
    try:
        with safe_open(folder / _WEIGHTS, "pt") as file:
            key = next((key for key in file.keys() if f".{key}".endswith(f".{name}.weight")), None)  # noqa: SIM118
            table = file.get_tensor(key) if key else None
    except (OSError, SafetensorError) as error:
        log.info("the word vectors of %s are kept in memory: %s", folder, error)
        return
    if isinstance(own, nn.Embedding) and table is not None and table.shape == own.weight.shape:
        model.set_submodule(name, MappedEmbedding(table, own.weight.dtype))
