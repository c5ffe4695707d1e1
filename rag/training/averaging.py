"""Readers of one ancestry averaged: often better than each on what none was trained on (model soups, Wortsman et al. 2022)."""

from collections.abc import Sequence
from pathlib import Path

import torch

from rag.errors import RagError
from rag.reading import weights


def average(folders: Sequence[Path], out: Path, resolve: weights.Resolve) -> None:
    """Write a reader with the mean of the weights of those in `folders`; order and confidence are the first's. Of readers that
    are adapters, the factors are averaged, which is close to the mean of what they add only where one was trained from another.
    `resolve` finds the encoder that they stand beside.

    Raises RagError for fewer than two, and for readers of different shapes, tokens or encoders.
    """
    if len(folders) < 2:
        raise RagError(f"{len(folders)} reader was given: name two or more to average.")
    network, tokenizer, card = weights.load(folders[0], resolve, merge=False)
    states = [network.state_dict()]
    for folder in folders[1:]:
        other, tokens, its = weights.load(folder, resolve, merge=False)
        shapes = {name: tensor.shape for name, tensor in other.state_dict().items()}
        same = its.get("base") == card.get("base") and tokens.get_vocab() == tokenizer.get_vocab()
        if not same or shapes != {name: tensor.shape for name, tensor in states[0].items()}:
            raise RagError(f"{folder} has another shape or other tokens than {folders[0]}: average readers of one base only.")
        states.append(other.state_dict())
    network.load_state_dict({name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]})
    weights.save(network, tokenizer, out, {**card, "averaged": [folder.name for folder in folders]})
