"""The network's scores to an order of evidence and to probabilities, fitted on questions that were not trained on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from rag.reading.calibration import Features, Linear, ScoreCalibration, combine_with_rivals
from rag.reading.ranking import asked_of, covered, held_by, logistic
from rag.reading.reader import TrainedReader
from rag.training.examples import Group
from rag.training.gate import spaced
from rag.types import Passage

Array = NDArray[np.float64]

RANKING = ("relevant", "closest", "similarity", "retrieval")
# What search says of passages found for another question is of that question: relevance rests on the reader alone.
RELEVANCE = ("relevant_floored", "span_floored", "closest", "coverage")
# How much each kind of question counts: as people ask, two of three have an answer, and most of the rest have nothing near.
_WEIGHTS = {"in_domain": 0.667, "off_topic": 0.25, "near_miss": 0.083}
# Shares of what is asked and of what is nearest elsewhere between whose log odds the threshold is put, halfway: on documents of
# another kind the answerable are less sure, and there is room below them. A tenth of the latter may answer after all.
_ANSWERED, _REFUSED = 0.99, 0.9
_READ = 10  # candidates: the wrong ones teach
# Questions among whose passages are looked for those with most words of a question that is not about them, as search would.
_OFF_TOPIC = 60
_CALIBRATED = 300  # questions; more than a few hundred move a few weights no further


@dataclass(frozen=True, slots=True)
class Candidates:
    """The features of passages read for one question: found for it (`in_domain`), found for it but without what answers
    (`near_miss`), or the nearest of those found for others (`off_topic`). Where one is `answered`, that is the first.
    """

    features: list[Features]
    kind: Literal["in_domain", "near_miss", "off_topic"]
    answered: bool = False


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


def calibrate(reader: TrainedReader, groups: Sequence[Group]) -> TrainedReader:
    """The reader with an order in which passages that answer come first, and with how likely what comes first answers."""
    return reader.with_calibration(fit(candidates(reader, groups)))


def candidates(reader: TrainedReader, groups: Sequence[Group]) -> list[Candidates]:
    """Each question with what search finds for it, the passage that answers among it or not; with only the others (where the
    dataset says that they do not answer); and with the nearest of what was found for others, far from it in the datasets.
    """
    groups = spaced(groups, _CALIBRATED)
    strange = [[(item.passage, held_by(item.passage.chunk)) for item in group.examples] for group in groups]
    lists: list[Candidates] = []
    for n, group in enumerate(groups):
        found = list(group.examples)
        answered = group.positive is not None and not _missed([item.passage.score for item in found], reader.candidates)
        if group.positive and not answered:
            found = found[1:]
        found = found[:_READ]
        far = [(n + len(groups) // 2 + step) % len(groups) for step in range(-_OFF_TOPIC // 2, _OFF_TOPIC // 2)]
        far = [at for at in dict.fromkeys(far) if groups[at].title != group.title] or [at for at in far if at != n]
        if not found or not far:
            continue
        question = found[0].question
        others = _nearest(question, [item for at in far for item in strange[at]])[:_READ]
        read = reader.features(question, [*(item.passage for item in found), *others])
        own = Candidates(read[: len(found)], "in_domain" if group.positive else "near_miss", answered)
        lists += [own, Candidates(read[len(found) :], "off_topic")]
        if answered and group.positive and group.positive.evidence is not None and own.features[1:]:
            lists.append(Candidates(own.features[1:], "near_miss"))
    return lists


def _nearest(question: str, found: Sequence[tuple[Passage, frozenset[str]]]) -> list[Passage]:
    """Of passages with their stems, those that hold most words of the question first; of equals the one that was found with the
    higher score.
    """
    wanted = asked_of(question)
    return [passage for passage, _ in sorted(found, key=lambda item: (-covered(wanted, item[1]), -item[0].score))]


def _missed(scores: Sequence[float], candidates: int) -> bool:
    """Whether as many passages as are read were found before the first: what answers would not be among them."""
    return sum(score > scores[0] for score in scores[1:]) >= candidates


def fit(
    lists: Sequence[Candidates], ranking: Sequence[str] = RANKING, relevance: Sequence[str] = RELEVANCE
) -> ScoreCalibration:
    """Order, how likely what that puts first answers, and the threshold between what is asked and what is elsewhere."""
    chosen = [_rows(item, ranking) for item in lists if item.answered and len(item.features) > 1]
    order = Linear(0.0, dict(zip(ranking, map(float, fit_choice(chosen)), strict=True)))
    firsts = [(item, max(range(len(item.features)), key=lambda row: order(item.features[row]))) for item in lists]
    rows = np.array([[item.features[first][name] for name in relevance] for item, first in firsts])
    right = np.array([item.answered and first == 0 for item, first in firsts], float)
    kinds = Counter(item.kind for item in lists)
    counts = np.array([_WEIGHTS[item.kind] / kinds[item.kind] for item in lists])
    bias, *weights = map(float, fit_logistic(rows, right, counts))
    alone = Linear(bias, dict(zip(relevance, weights, strict=True)))
    found = replace(ScoreCalibration.nothing(), ranking=order, relevance=alone)
    odds = np.array([alone(item.features[first]) for item, first in firsts])
    shares = np.array([found.rank_softmax(item.features)[first] for item, first in firsts])
    answers, top1 = fit_with_rivals(odds, shares, right, counts)
    found = replace(found, answerability_model=answers, top1_model=top1)
    sure = np.array([found.confidences(item.features)[first] for item, first in firsts])
    log_odds = np.log(sure) - np.log1p(-np.minimum(sure, 1 - 1e-9))
    answerable, unrelated = (log_odds[[item.kind == kind for item in lists]] for kind in ("in_domain", "off_topic"))
    halfway = (np.quantile(answerable, 1 - _ANSWERED) + np.quantile(unrelated, _REFUSED)) / 2
    return replace(found, refuse_below=round(logistic(float(halfway)), 3))


def fit_with_rivals(odds: Array, shares: Array, right: Array, counts: Array, ridge: float = 1e-3) -> tuple[Linear, Linear]:
    """The answerability and top-1 models under which `combine_with_rivals` is most likely `right`.

    Of log odds and shares `(n,)`; `counts` (n,) says how much each row counts.
    """
    said, share, truth, weight = (torch.from_numpy(row) for row in (odds, shares, right, counts / counts.sum()))
    numbers = torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimiser: Any = torch.optim.LBFGS([numbers], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        p = combine_with_rivals(torch.sigmoid(numbers[0] + numbers[1] * said), torch.sigmoid(numbers[2] + numbers[3] * share))
        value = functional.binary_cross_entropy(p, truth, weight, reduction="sum") + ridge * numbers.square().sum()
        torch.autograd.backward(value)
        return value

    optimiser.step(loss)
    a, b, c, d = numbers.tolist()
    return Linear(a, {"relevance": b}), Linear(c, {"share": d})


def _rows(item: Candidates, names: Sequence[str]) -> Array:
    return np.array([[features[name] for name in names] for features in item.features])
