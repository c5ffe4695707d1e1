"""The network's scores to an order of evidence and to probabilities, fitted on questions that were not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.reading.trained import Linear, TrainedReader
from rag.training.examples import Group
from rag.training.gate import passages

Array = NDArray[np.float64]

RANKING = ("relevant", "closest", "similarity", "retrieval")
# What search says of passages found for another question is of that question: confidence rests on the reader alone.
CONFIDENCE = ("relevant", "span", "closest", "coverage")
_READ = 10  # candidates: the wrong ones teach
_ASKED = 300  # questions; more than a few hundred move a few weights no further


@dataclass(frozen=True, slots=True)
class Candidates:
    """The features of passages read for one question; if it is `answered`, by the first."""

    features: list[dict[str, float]]
    answered: bool


def fit_logistic(rows: Array, right: Array, ridge: float = 1e-4, steps: int = 200) -> Array:
    """Logistic regression (Platt 1999) by Newton's method, bias first: weights `(features + 1,)` of rows `(n, features)`."""
    design = np.column_stack([np.ones(len(rows)), rows])
    weights = np.zeros(design.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -60, 60)))
        hessian = (design * (p * (1 - p))[:, None]).T @ design / len(design) + ridge * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, design.T @ (p - right) / len(design) + ridge * weights)
    return weights


def fit_choice(lists: Sequence[Array], ridge: float = 1e-3, steps: int = 50) -> Array:
    """Conditional logit (McFadden 1974) by Newton's method: weights `(features,)` under which the first row of each list
    `(candidates, features)` is the most probable.
    """
    weights = np.zeros(lists[0].shape[1])
    for _ in range(steps):
        gradient, hessian = ridge * weights, ridge * np.eye(len(weights))
        for rows in lists:
            scores = rows @ weights
            p = np.exp(scores - scores.max())
            p /= p.sum()
            mean = p @ rows
            gradient = gradient + (mean - rows[0]) / len(lists)
            hessian = hessian + ((rows * p[:, None]).T @ rows - np.outer(mean, mean)) / len(lists)
        weights -= np.linalg.solve(hessian, gradient)
    return weights


def calibrate(reader: TrainedReader, groups: Sequence[Group]) -> TrainedReader:
    """The reader with an order in which passages that answer come first, and with how likely what comes first answers."""
    return reader.judging(*fit(asked(reader, groups)))


def asked(reader: TrainedReader, groups: Sequence[Group]) -> list[Candidates]:
    """Each question with the passage that answers among those found for it, with only the others (where the dataset says that
    they do not answer), and with what was found for another question.
    """
    groups = groups[:: -(-len(groups) // _ASKED)]
    lists: list[Candidates] = []
    for n, group in enumerate(groups):
        found = passages(group)[:_READ]
        others = passages(groups[(n + len(groups) // 2) % len(groups)])[:_READ]
        if not found or not others:
            continue
        read = reader.features(found[0][0].question, [passage for _, passage in (*found, *others)])
        own = Candidates(read[: len(found)], answered=group.positive is not None)
        lists += [own, Candidates(read[len(found) :], answered=False)]
        if group.positive and group.positive.evidence is not None and own.features[1:]:
            lists.append(Candidates(own.features[1:], answered=False))
    return lists


def fit(
    lists: Sequence[Candidates], ranking: Sequence[str] = RANKING, confidence: Sequence[str] = CONFIDENCE
) -> tuple[Linear, Linear]:
    """Order and confidence, the second of what the first puts first."""
    chosen = [_rows(item, ranking) for item in lists if item.answered and len(item.features) > 1]
    order = Linear(0.0, dict(zip(ranking, map(float, fit_choice(chosen)), strict=True)))
    firsts = [(item, max(range(len(item.features)), key=lambda row: order(item.features[row]))) for item in lists]
    rows = np.array([[item.features[first][name] for name in confidence] for item, first in firsts])
    bias, *weights = map(float, fit_logistic(rows, np.array([item.answered and first == 0 for item, first in firsts], float)))
    return order, Linear(bias, dict(zip(confidence, weights, strict=True)))


def _rows(item: Candidates, names: Sequence[str]) -> Array:
    return np.array([[features[name] for name in names] for features in item.features])
