"""Questions that were not answered, those that mean the same as one: by the vectors of the encoder that is there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np

from rag.text import normalise, words
from rag.types import Vectors

GapKind = Literal["refused", "handover", "disliked"]
"""Why a question counts as not answered: nothing was found, the person wanted people, the answer was of no help."""

ALIKE: Final = 0.45
"""The cosine from which two questions are one, once what all questions share is taken off their vectors: so it holds for any
encoder. Measured: `python -m benchmarks.gaps`."""
_FEW = 8  # texts from which what all share can be told from what each means


@dataclass(frozen=True, slots=True)
class Unanswered:
    """One question, as it was asked once. `reason` is why an answer was of no help; `created_at` is UTC."""

    question: str
    kind: GapKind
    created_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Questions that mean the same: `question` is the one in their middle, `others` the other wordings, nearest first."""

    question: str
    others: tuple[str, ...]
    kinds: dict[GapKind, int]
    reasons: dict[str, int]
    newest: datetime

    @property
    def count(self) -> int:
        """How often it was asked."""
        return sum(self.kinds.values())


def wordings(asked: Sequence[Unanswered]) -> list[str]:
    """The different questions, as first written here: those to embed."""
    return list({_key(one.question): one.question for one in reversed(asked)}.values())


def grouped(
    asked: Sequence[Unanswered], texts: Sequence[str], vectors: Vectors, others: Vectors, alike: float = ALIKE
) -> list[Missing]:
    """The groups, the most asked first and of those the newest.

    `vectors` `(n, dim)` are those of `texts`, the `wordings` of `asked`; `others` are of further texts of the same field: where
    there are few questions, they help to tell what all share.
    """
    by_text: dict[str, list[Unanswered]] = {}
    for one in asked:
        by_text.setdefault(_key(one.question), []).append(one)
    found = []
    for members in clusters(vectors, others, [len(by_text[_key(text)]) for text in texts], alike):
        first, *rest = [texts[n] for n in members]
        all_asked = [one for n in members for one in by_text[_key(texts[n])]]
        kinds = Counter(one.kind for one in all_asked)
        reasons = Counter(one.reason for one in all_asked if one.reason)
        found.append(Missing(first, tuple(rest), dict(kinds), dict(reasons), max(one.created_at for one in all_asked)))
    return sorted(found, key=lambda group: (group.count, group.newest), reverse=True)


def _key(question: str) -> str:
    """Equal for questions of the same words."""
    plain = normalise(question)
    return " ".join(plain[start:end] for start, end in words(plain)) or plain


def clusters(vectors: Vectors, others: Vectors, counts: Sequence[int], alike: float = ALIKE) -> list[list[int]]:
    """The rows that belong together, each group from its middle outwards, where `counts` weigh; few texts stay apart.

    Average linkage: the two groups with the highest mean cosine between their members become one while it is at least `alike`.
    """
    if not len(vectors):
        return []
    if len(vectors) + len(others) < _FEW:
        return [[n] for n in range(len(vectors))]
    centred = _apart(vectors, others)
    groups = [[n] for n in range(len(vectors))]
    sums = centred.copy()  # of each group's vectors: the mean cosine between two groups is that of their sums
    sizes = np.ones(len(groups), np.float32)
    links = _links(sums, sizes)
    while len(groups) > 1:
        one, other = divmod(int(links.argmax()), len(links))
        if links[one, other] < alike:
            break
        groups[one] += groups[other]
        groups[other] = []
        sums[one] += sums[other]
        sizes[one] += sizes[other]
        links[other, :] = links[:, other] = -1
        row = sums @ sums[one] / (sizes * sizes[one])
        alive = np.array([bool(group) for group in groups])
        links[one, :] = links[:, one] = np.where(alive, row, -1)
        links[one, one] = -1
    weights = np.asarray(counts, np.float32)
    return [_from_the_middle(group, centred, weights) for group in groups if group]


def _links(sums: Vectors, sizes: Vectors) -> Vectors:
    links = np.asarray((sums @ sums.T) / np.outer(sizes, sizes), np.float32)
    np.fill_diagonal(links, -1)
    return links


def _from_the_middle(group: list[int], centred: Vectors, weights: Vectors) -> list[int]:
    middle = weights[group] @ centred[group]
    near = centred[group] @ middle
    return [group[n] for n in np.argsort(-near, kind="stable")]


def _apart(vectors: Vectors, others: Vectors) -> Vectors:
    """Unit vectors without what all of them share; of a few, `others` help to tell that."""
    told_by = vectors if len(vectors) >= _FEW else np.concatenate([vectors, others])
    centred = vectors - told_by.mean(axis=0)
    return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9), np.float32)
