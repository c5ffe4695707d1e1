"""Logistic regression and conditional choice by Newton's method, and a small perceptron: few weights of some thousand rows."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

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


def fit_perceptron(rows: Array, right: Array, units: int = 16, steps: int = 400, seed: int = 1) -> tuple[Array, Array]:
    """A perceptron of one hidden layer under which rows `(n, features)` are most likely `right` (n,): its layer
    `(units, 1 + features)` and its output `(1 + units,)`, biases first, as `rag.reading.calibration.Perceptron` takes them.
    """
    middle, spread = rows.mean(0), rows.std(0) + 1e-6
    inputs, truth = torch.from_numpy((rows - middle) / spread).float(), torch.from_numpy(right).float()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        hidden, output = torch.nn.Linear(rows.shape[1], units), torch.nn.Linear(units, 1)
    optimiser = torch.optim.AdamW([*hidden.parameters(), *output.parameters()], lr=0.01, weight_decay=1e-3)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(output(torch.tanh(hidden(inputs)))[:, 0], truth)
        torch.autograd.backward(loss)
        optimiser.step()
        falling.step()
    weights, bias, last, top = (item.detach().double().numpy() for item in (*hidden.parameters(), *output.parameters()))
    weights = weights / spread  # of the rows as they are
    return np.column_stack([bias - weights @ middle, weights]), np.concatenate([top, last[0]])
