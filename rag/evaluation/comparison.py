"""Two runs over the same questions: is a difference more than noise? Paired bootstrap (Efron and Tibshirani 1993, ch. 16).

The questions are drawn anew, with replacement, 2,000 times; each draw gives every figure of both runs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Columns = Mapping[str, Array]
"""Scores by name, each `(questions,)`."""
Summarise = Callable[[Columns], dict[str, float]]

RESAMPLES = 2000
NOISE = 0.05  # the p-value from which a difference counts as noise


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure of two runs, `b - a` with its 95 % interval, and the probability of so much if they were alike."""

    metric: str
    a: float
    b: float
    low: float
    high: float
    p: float


def compare(a: Columns, b: Columns, summarise: Summarise) -> list[Difference]:
    """The difference of each figure that both runs have; columns are `(questions,)`, in the same order of questions."""
    one, other = summarise(a), summarise(b)
    draws = _draws(len(next(iter(a.values()))))
    resampled = [(summarise(_take(a, rows)), summarise(_take(b, rows))) for rows in draws]
    found = []
    for name in [name for name in one if name in other]:
        differences = np.array([after[name] - before[name] for before, after in resampled])
        differences = differences[~np.isnan(differences)]
        if len(differences):
            low, high = np.percentile(differences, (2.5, 97.5))
            found.append(Difference(name, one[name], other[name], float(low), float(high), _p_value(differences)))
    return found


def interval(columns: Columns, summarise: Summarise) -> dict[str, tuple[float, float]]:
    """The 95 % interval of each figure of one run; NaN for a figure the questions cannot give."""
    resampled = [summarise(_take(columns, rows)) for rows in _draws(len(next(iter(columns.values()))))]
    ranges = {}
    for name in resampled[0]:
        values = np.array([figures[name] for figures in resampled])
        values = values[~np.isnan(values)]
        low, high = np.percentile(values, (2.5, 97.5)) if len(values) else (float("nan"), float("nan"))
        ranges[name] = float(low), float(high)
    return ranges


def verdict(difference: Difference) -> str:
    """What the difference means, in words."""
    if difference.p >= NOISE:
        return "no more than noise"
    return f"{'higher' if difference.b > difference.a else 'lower'}, more than noise"


def difference_json(difference: Difference) -> dict[str, Any]:
    values = {field: round(value, 4) for field, value in asdict(difference).items() if field != "metric"}
    return {"metric": difference.metric, **values, "verdict": verdict(difference)}


def _p_value(differences: Array) -> float:
    """Two-sided: twice the share of draws on the far side of no difference, never 0 for a finite number of draws."""
    beyond = min((differences <= 0).sum(), (differences >= 0).sum())
    return float(min(1.0, 2 * (beyond + 1) / (len(differences) + 1)))


def _draws(n: int) -> Iterator[NDArray[np.int64]]:
    """Row numbers of each resample, the same at every run."""
    generator = np.random.default_rng(0)
    for _ in range(RESAMPLES):
        yield generator.integers(0, n, n)


def _take(columns: Columns, rows: NDArray[np.int64]) -> Columns:
    return {name: values[rows] for name, values in columns.items()}
