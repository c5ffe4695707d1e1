"""Tells by the words of a message alone whether it leans on what was said before it: most that do are no whole questions.

One weighted sum of the encoder's sentence vector and the shape of the message, learnt from conversations of help desks
(`benchmarks/leaning.py`). The vector is the one that the router and the search need anyway.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.conversation.head import read_sums, seen
from rag.conversation.history import turns_leant_on
from rag.protocols import Embedder
from rag.query import fit_window
from rag.types import TextKind, Turn, Vectors

CARD = "leaning.json"


@dataclass(frozen=True, slots=True)
class LeaningHead:
    """Weights (dim + SHAPE,) for vectors of one encoder; a message leans from log odds of `leans_from` on."""

    weights: Sequence[float]
    bias: float
    leans_from: float
    embedder: str
    text_kind: TextKind

    def odds(self, vectors: Vectors, messages: Sequence[str]) -> Vectors:
        """The log odds (n,) that messages with their sentence vectors `(n, dim)` lean on something."""
        found: Vectors = seen(vectors, messages) @ np.asarray(self.weights, np.float32) + np.float32(self.bias)
        return found


class HeadRewriter:
    """Tells with a head, in the scripts that the encoder knows."""

    def __init__(self, head: LeaningHead, embedder: Embedder) -> None:
        self._head = head
        self._embedder = embedder
        self.knows: Callable[[str], bool] = embedder.knows

    def leans_on(self, message: str, history: Sequence[Turn]) -> int:
        """How many of the last turns a message leans on, and the messages of these in their turn."""
        return turns_leant_on(message, history, lambda leaning, before: self._leans(leaning))

    def _leans(self, message: str) -> bool:
        vectors = self._embedder.embed([fit_window(message, self._embedder)], self._head.text_kind)
        return bool(self._head.odds(vectors, [message])[0] >= self._head.leans_from)


def load(path: Path) -> LeaningHead:
    """Raises ModelError for a file that `save` did not write."""
    return read_sums(LeaningHead, path, "benchmarks/leaning.py")


def save(head: LeaningHead, path: Path, learnt_from: Sequence[str]) -> None:
    """Writes a head with the names of the sets that it learnt from."""
    rounded = [round(weight, 4) for weight in head.weights]
    card = {**asdict(head), "weights": rounded, "learnt_from": list(learnt_from)}
    path.write_text(json.dumps(card, sort_keys=True) + "\n", "utf-8")
