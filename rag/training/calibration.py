"""Scores to probabilities: logistic regression (Platt 1999), fitted on questions that were not trained on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.reading.trained import Calibration, TrainedReader, features
from rag.training.examples import Group
from rag.training.gate import passages

Array = NDArray[np.float64]

FEATURES = ("answers", "span", "sentence", "coverage")


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
    """The probability that what the reader ranks first answers, over questions asked with the passage that does and without."""
    rows, right = [], []
    for group in groups:
        offered = passages(group)
        found = reader.scores([(p.question, p.context, p.text) for p, _ in offered])
        for candidates in (range(len(offered)), range(1, len(offered)) if group.positive else range(0)):
            if not candidates:
                continue
            first = max(candidates, key=lambda i: found[i].relevant)
            example, passage = offered[first]
            values = features(example.question, passage, found[first])
            rows.append([values[name] for name in names])
            right.append(float(first == 0 and group.positive is not None))
    weights = fit(np.array(rows), np.array(right))
    return Calibration(float(weights[0]), dict(zip(names, map(float, weights[1:]), strict=True)))
