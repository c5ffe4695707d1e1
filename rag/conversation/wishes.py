"""Tells by a message whether it wants a count over things or the highest or lowest of something, and by which of its words.

Three small heads over vectors of the encoder, learnt from data/tables (`benchmarks/wishes.py`): weighted sums of the sentence
vector say what is wanted, of each token's what the word is for, and a product of two says which column has a measure and which
of its ends is meant.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from rag.answering.tables import holds
from rag.answering.tally import Role, Wish
from rag.conversation.head import read_sums, seen, softmax
from rag.protocols import Embedder
from rag.query import fit_window
from rag.text import has_cjk, is_content, words
from rag.types import TextKind, TokenVectors, Vectors

CARD = "wishes.json"
WANTS: Final[tuple[Literal["other", "count", "extreme", "sum"], ...]] = ("other", "count", "extreme", "sum")
ROLES: Final[tuple[Role, ...]] = ("other", "thing", "condition", "measure", "not")
_NEGATED = 0.3  # of one word, from which a message says "not" of something
_OTHER = 0.6  # under which a word may be a condition
_FITS, _APART = 0.8, 0.3  # of the column that has the measure, and how much less another may fit
_END = 0.8  # of the end of the column that is meant
Matrix = list[list[float]]


@dataclass(frozen=True, slots=True)
class WishHead:
    """Weights for vectors of one encoder: `wants (dim + SHAPE, 4)`, `roles (dim, 5)`; of a measure `measures (dim, k)` and of a
    column `columns (dim, k)`, multiplied with `fit (k)` and `end (k, k)`; the last row of each is the bias. A message wants
    something from `sure` on.
    """

    wants: Matrix
    roles: Matrix
    measures: Matrix
    columns: Matrix
    fit: list[float]
    end: Matrix
    sure: float
    embedder: str
    text_kind: TextKind

    def wanted(self, vectors: Vectors, messages: Sequence[str]) -> Vectors:
        """How likely messages with their sentence vectors `(n, dim)` want each of WANTS `(n, 4)`."""
        return softmax(_sum(seen(vectors, messages), self.wants))

    def said(self, tokens: Vectors) -> Vectors:
        """How likely tokens `(n, dim)` are for each of ROLES `(n, 5)`."""
        return softmax(_sum(tokens, self.roles))

    def fits(self, measure: Vectors, columns: Vectors) -> tuple[Vectors, Vectors]:
        """How likely each column `(n, dim)` has a measure `(dim,)`, and that its highest number is meant `(n,)` each."""
        one, others = np.tanh(_sum(measure[None], self.measures)), np.tanh(_sum(columns, self.columns))
        fit, end = np.asarray(self.fit, np.float32), np.asarray(self.end, np.float32)
        has = (one * others) @ fit[:-1] + fit[-1]
        highest = (one @ end[:-1] * others).sum(1) + one[0] @ end[-1]
        return 1 / (1 + np.exp(-has)), 1 / (1 + np.exp(-highest))


class HeadWishes:
    """Tells with a head, in the scripts that the encoder knows; see `rag.answering.tally.Wishes`."""

    def __init__(self, head: WishHead, embedder: Embedder) -> None:
        self._head = head
        self._embedder = embedder

    def wish(self, message: str) -> Wish | None:
        """None where the message wants nothing of all rows, or says "not": of what, is not known."""
        if not self._embedder.knows(message):
            return None
        text = fit_window(message, self._embedder)
        wanted = self._head.wanted(self._embedder.embed([text], self._head.text_kind), [text])[0]
        kind = WANTS[int(wanted.argmax())]
        if kind == "other" or wanted.max() < self._head.sure:
            return None
        stretches = roles(text, *self._said(text))
        if any(role == "not" for *_, role in stretches):
            return None
        told = tuple((text[start:end], role) for start, end, role in stretches if role != "other")
        return Wish(kind, told, tuple(text[start:end] for start, end, role in stretches if role == "other"))

    def column(self, message: str, wish: Wish, names: Sequence[str]) -> tuple[int, bool] | None:
        """Which of the columns has what is to be highest or lowest, and whether the highest is meant; None where that is not
        sure.
        """
        text = fit_window(message, self._embedder)
        (tokens, found), others = self._said(text), self._embedder.embed_tokens(names)
        inside = found.argmax(1) == ROLES.index("measure")
        if not inside.any():
            return None
        has, highest = self._head.fits(mean(tokens.vectors[inside]), np.stack([mean(one.vectors) for one in others]))
        named = [any(holds(name, piece) for piece in wish.of("measure") if is_content(piece)) for name in names]
        has = np.asarray(named, np.float32) if sum(named) == 1 else has
        return chosen(has, highest, ends=wish.kind == "extreme")

    def _said(self, text: str) -> tuple[TokenVectors, Vectors]:
        (tokens,) = self._embedder.embed_tokens([text])
        return tokens, self._head.said(tokens.vectors)


def chosen(has: Vectors, highest: Vectors, ends: bool = True) -> tuple[int, bool] | None:
    """The column that surely has the measure, and whether its highest number is meant, where that is asked; see
    `WishHead.fits`.
    """
    best, *rest = np.argsort(-has)
    sure = has[best] >= _FITS and all(has[best] - has[n] >= _APART for n in rest[:1])
    sure &= not ends or max(highest[best], 1 - highest[best]) >= _END
    return (int(best), bool(highest[best] > 0.5)) if sure else None


def mean(vectors: Vectors) -> Vectors:
    """The direction of several vectors."""
    found: Vectors = vectors.mean(0)
    return found / max(float(np.linalg.norm(found)), 1e-12)


def roles(text: str, tokens: TokenVectors, likely: Vectors) -> list[tuple[int, int, Role]]:
    """The stretches of a text and what each is for, by how likely its tokens are for what: a word by all of its tokens,
    neighbours in Chinese together. A word that may be a condition is one, as is one that may be a "not".
    """
    found: list[tuple[int, int, Role]] = []
    middles = tokens.offsets.mean(1)
    for start, end in words(text):
        inside = np.flatnonzero((middles >= start) & (middles <= end))
        inside = inside if len(inside) else np.flatnonzero((tokens.offsets[:, 0] < end) & (tokens.offsets[:, 1] > start))
        if not len(inside):
            continue
        share = likely[inside].mean(0)
        role = ROLES[int(share.argmax())]
        if likely[inside, ROLES.index("not")].max() >= _NEGATED:
            role = "not"
        elif role == "other" and share[0] < _OTHER:
            role = "condition"
        if found and found[-1][1:] == (start, role) and has_cjk(text[start:end]) and has_cjk(text[start - 1]):
            found[-1] = (found[-1][0], end, role)
        else:
            found.append((start, end, role))
    return found


def load(path: Path) -> WishHead:
    """Raises ModelError for a file that `save` did not write."""
    return read_sums(WishHead, path, "benchmarks/wishes.py")


def save(head: WishHead, path: Path, learnt_from: Sequence[str]) -> None:
    """Writes a head with the names of the sets that it learnt from."""
    rounded = {name: np.round(value, 3).tolist() if isinstance(value, list) else value for name, value in asdict(head).items()}
    path.write_text(json.dumps({**rounded, "learnt_from": list(learnt_from)}, sort_keys=True) + "\n", "utf-8")


def _sum(vectors: Vectors, weights: Matrix) -> Vectors:
    found = np.asarray(weights, np.float32)
    summed: Vectors = vectors @ found[:-1] + found[-1]
    return summed
