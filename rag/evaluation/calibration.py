"""Confidences and what came of them: AUROC, the risk-coverage curve, and the expected calibration error.

Risk and coverage as in El-Yaniv and Wiener (2010), calibration error as in Guo et al. (2017).
"""

import numpy as np

from rag.evaluation.comparison import Array

BINS = 10


def auroc(confidence: Array, positive: Array) -> float:
    """How often a positive has more confidence than a negative, ties counting half; NaN without both."""
    ranks = _ranks(confidence)
    chosen = positive > 0
    n, m = int(chosen.sum()), int((~chosen).sum())
    if not n or not m:
        return float("nan")
    return float((ranks[chosen].sum() - n * (n + 1) / 2) / (n * m))


def risk_coverage(confidence: Array, right: Array) -> tuple[Array, Array]:
    """(coverage, risk), each `(n,)`: answering the most confident share of the questions, the share of these that is wrong."""
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    return answered / max(len(order), 1), np.cumsum(1 - right[order]) / answered


def reliability(confidence: Array, right: Array) -> tuple[Array, Array, Array]:
    """(mean confidence, share right, count) of each of ten equal bins of confidence that is not empty."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    filled = counts > 0
    means = np.bincount(bins, confidence, BINS)[filled] / counts[filled]
    return means, np.bincount(bins, right, BINS)[filled] / counts[filled], counts[filled].astype(float)


def expected_calibration_error(confidence: Array, right: Array) -> float:
    """Mean distance between confidence and share right, over the bins of `reliability`, weighted by their counts."""
    means, shares, counts = reliability(confidence, right)
    return float((np.abs(means - shares) * counts).sum() / counts.sum())


def refused_at(confidence: Array, answerable: Array, share: float) -> float:
    """Share of the unanswerable questions refused by the highest threshold that still answers `share` of the answerable."""
    asked = np.sort(confidence[answerable > 0])[::-1]
    others = confidence[answerable == 0]
    if not len(asked) or not len(others):
        return float("nan")
    threshold = asked[int(np.ceil(share * len(asked))) - 1]
    return float((others < threshold).mean())


def _ranks(values: Array) -> Array:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: Array = (ends - (counts - 1) / 2)[inverse]
    return ranks
