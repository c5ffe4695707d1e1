"""Logistic regression and conditional choice by Newton's method: a few weights of a few thousand rows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def fit_logistic(rows: Array, right: Array, counts: Array | None = None, ridge: float = 1e-4, steps: int = 200) -> Array:
    """Logistic regression (Platt 1999) by Newton's method, bias first: weights `(features + 1,)` of rows `(n, features)`.

    `counts` (n,) says how much each row counts; all the same by default.
    """
    share = np.ones(len(rows)) / len(rows) if counts is None else counts / counts.sum()
    design = np.column_stack([np.ones(len(rows)), rows])
    weights = np.zeros(design.shape[1])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -60, 60)))
        hessian = (design * (share * p * (1 - p))[:, None]).T @ design + ridge * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, design.T @ (share * (p - right)) + ridge * weights)
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
