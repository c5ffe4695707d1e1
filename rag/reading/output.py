"""What a reader's network says of one passage, token by token, and of the whole."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.reading.scale import DEFAULT, Scale
from rag.types import Span

if TYPE_CHECKING:
    from rag.reading.pairs import Pair

Scores = NDArray[np.float32]
_NEVER = -10.0  # log odds of what a reader does not know


@dataclass(frozen=True, slots=True)
class ReaderOutput:
    """What the network says of one passage: for each token of the text its place and three scores, and two of the whole.

    `offsets` (tokens, 2) are characters; `evidence` is 0..1; `start`, `end`, `none` are logits, of which `none` says that no
    span answers; `relevant`, `answers`, `yes` and `no` are logits of the passage.
    """

    offsets: NDArray[np.int64]
    start: Scores
    end: Scores
    evidence: Scores
    none: float
    relevant: float
    answers: float
    yes: float = _NEVER
    no: float = _NEVER

    def span(self, scale: Scale = DEFAULT, *, cost: bool = True) -> tuple[int, int, float, float]:
        """The best short answer: first and last token, its probability among all spans and none, and that of none.

        Without `cost`, however long it is.
        """
        if not len(self.offsets):
            return 0, 0, 0.0, 1.0
        scores = self.start[:, None] + self.end[None, :]  # (tokens, tokens)
        rows = np.arange(len(scores))
        length = rows[None, :] - rows[:, None]
        scores = np.where((length >= 0) & (length < scale.longest_span), scores, -np.inf)
        top = max(float(scores.max()), self.none)
        total = float(np.exp(scores - top).sum()) + math.exp(self.none - top)
        costs = (scale.token_cost if cost else 0.0) * np.maximum(length - scale.free_tokens, 0)
        first, last = np.unravel_index(int((scores - costs).argmax()), scores.shape)
        return int(first), int(last), math.exp(float(scores[first, last]) - top) / total, math.exp(self.none - top) / total

    def within(self, span: Span) -> "ReaderOutput":
        """The same of the tokens in a stretch of the text: the short answer stands in what is quoted, not in another row."""
        kept = (self.offsets[:, 0] >= span.start) & (self.offsets[:, 1] <= span.end)
        parts = {name: getattr(self, name)[kept] for name in ("offsets", "start", "end", "evidence")}
        return replace(self, **parts)


def of_window(pair: "Pair", tokens: Scores, passage: Scores) -> ReaderOutput:
    """The network's logits of one window: `(tokens of the sequence, 3)`, and those of the passage."""
    own = tokens[pair.first : pair.first + len(pair.offsets)]  # (tokens of the text, 3)
    return ReaderOutput(
        np.asarray(pair.offsets, np.int64).reshape(-1, 2),
        own[:, 0],
        own[:, 1],
        (1 / (1 + np.exp(-own[:, 2]))).astype(np.float32),
        float(tokens[0, 0] + tokens[0, 1]),
        float(passage[0]),
        float(passage[1]),
        float(passage[2]),
        float(passage[3]),
    )


def of_text(windows: Sequence[ReaderOutput]) -> ReaderOutput:
    """One text's windows as one: tokens that two windows share are the first's, the passage is as good as its best window."""
    if len(windows) == 1:
        return windows[0]
    kept, end = [], 0
    for window in windows:
        kept.append(window.offsets[:, 0] >= end)
        end = int(window.offsets[-1, 1])
    parts: dict[str, Any] = {
        name: np.concatenate([getattr(window, name)[rows] for window, rows in zip(windows, kept, strict=True)])
        for name in ("offsets", "start", "end", "evidence")
    }
    best = max(windows, key=lambda window: window.relevant)
    return ReaderOutput(
        **parts,
        none=best.none,
        relevant=best.relevant,
        yes=best.yes,
        no=best.no,
        answers=max(window.answers for window in windows),
    )
