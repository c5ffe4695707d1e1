"""Scores to probabilities: logistic regression (Platt 1999), fitted on questions that were not trained on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.reading.trained import Calibration, TrainedReader, features
from rag.training.examples import Group
from rag.training.gate import passages

Array = NDArray[np.float64]

FEATURES = ("answers", "relevant", "span", "coverage")
_READ = 6  # candidates, as the product reads by default
_ASKED = 300  # questions; more than a few hundred move four weights no further


def fit(rows: Array, right: Array, ridge: float = 1e-4, steps: int = 200) -> Array:
    """Logistic regression by Newton's method, bias first: weights `(features + 1,)` of rows `(n, features)`."""
    design = np.column_stack([np.ones(len(rows)), rows])
    weights = np.zeros(design.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -60, 60)))
        hessian = (design * (p * (1 - p))[:, None]).T @ design / len(design) + ridge * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, design.T @ (p - right) / len(design) + ridge * weights)
    return weights


def calibrate(reader: TrainedReader, groups: Sequence[Group], names: Sequence[str] = FEATURES) -> Calibration:
    """The probability that what the reader ranks first answers.

    Each question is asked with the passage that answers among those found for it, with only the others (where the dataset says
    that they do not answer), and with what was found for another question.
    """
    groups = groups[:: -(-len(groups) // _ASKED)]
    rows, right = [], []
    for n, group in enumerate(groups):
        found = passages(group)[:_READ]
        others = passages(groups[(n + len(groups) // 2) % len(groups)])[:_READ]
        if not found or not others:
            continue
        question = found[0][0].question
        scores = reader.scores([(question, passage.chunk.context, passage.chunk.text) for _, passage in (*found, *others)])
        read = [(example, passage, score) for (example, passage), score in zip((*found, *others), scores, strict=True)]
        asked = [read[: len(found)], read[len(found) :]]
        if group.positive is None or group.positive.evidence is not None:
            asked.append(read[1 : len(found)])
        for candidates in filter(None, asked):
            example, passage, score = max(candidates, key=lambda item: item[2].relevant)
            values = features(question, passage, score)
            rows.append([values[name] for name in names])
            right.append(float(example is group.positive))
    weights = fit(np.array(rows), np.array(right))
    return Calibration(float(weights[0]), dict(zip(names, map(float, weights[1:]), strict=True)))
