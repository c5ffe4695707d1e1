"""Readers of one ancestry averaged: often better than each on what none was trained on (model soups, Wortsman et al. 2022)."""

from collections.abc import Sequence
from pathlib import Path

import torch

from rag.errors import RagError
from rag.reading import weights


def average(folders: Sequence[Path], out: Path) -> None:
    """Write a reader with the mean of the weights of those in `folders`; order and confidence are the first's.

    Raises RagError for fewer than two, and for readers of different shapes or tokens.
    """
    if len(folders) < 2:
        raise RagError(f"{len(folders)} reader was given: name two or more to average.")
    network, tokenizer, card = weights.load(folders[0])
    states = [network.state_dict()]
    for folder in folders[1:]:
        other, tokens, _ = weights.load(folder)
        shapes = {name: tensor.shape for name, tensor in other.state_dict().items()}
        if shapes != {name: tensor.shape for name, tensor in states[0].items()} or tokens.get_vocab() != tokenizer.get_vocab():
            raise RagError(f"{folder} has another shape or other tokens than {folders[0]}: average readers of one base only.")
        states.append(other.state_dict())
    network.load_state_dict({name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]})
    weights.save(network, tokenizer, out, {**card, "averaged": [folder.name for folder in folders]})
