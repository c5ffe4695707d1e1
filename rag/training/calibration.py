"""The network's scores to an order of evidence and to probabilities, fitted on questions that were not trained on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch.nn import functional

from rag.reading.calibration import Features, Linear, ScoreCalibration, combine_with_rivals
from rag.reading.ranking import asked_of, covered, held_by
from rag.reading.reader import TrainedReader
from rag.training.examples import Group
from rag.training.fitting import Array, fit_choice, fit_logistic
from rag.training.gate import spaced
from rag.training.selection import fit_selection, read_marked
from rag.types import Passage

RANKING = ("relevant", "answers", "marked", "similarity", "retrieval")
# What search says of passages found for another question is of that question: relevance rests on the reader alone.
RELEVANCE = ("answers", "relevant_floored", "span_floored", "marked", "coverage")
# How much each kind of question counts: as people ask, most have an answer, and what has none is mostly near something.
_WEIGHTS = {"in_domain": 0.8, "near_miss": 0.15, "off_topic": 0.05}
# What a wrong answer, and refusing what could be answered, cost beside what a right answer, or an honest no, is worth.
_WRONG, _REFUSED = 0.5, 0.5
_MOST_OF_IT = 0.67  # share of the units of the complete answer
# Whether anything answers, by the passage ranked first: what tells a question near the documents from one that they answer.
ANSWERABLE = ("answers", "coverage")
_READ = 10  # candidates: the wrong ones teach
# Questions among whose passages are looked for those with most words of a question that is not about them, as search would.
_OFF_TOPIC = 60
_CALIBRATED = 300  # questions; more than a few hundred move a few weights no further
_MARKED = 1200  # questions from whose units the choice of units learns


@dataclass(frozen=True, slots=True)
class Candidates:
    """The features of passages read for one question: found for it (`in_domain`), found for it but without what answers
    (`near_miss`), or the nearest of those found for others (`off_topic`). The first `answered` of them answer, and
    if what is said of them is `complete`, the answer is right.
    """

    features: list[Features]
    kind: Literal["in_domain", "near_miss", "off_topic"]
    answered: int = 0
    complete: bool = True
    id: str = ""


def calibrate(reader: TrainedReader, groups: Sequence[Group]) -> TrainedReader:
    """The reader with an order in which passages that answer come first, with what of them is said, and with how likely that
    is the answer: what says less than most of it is none.
    """
    lists = candidates(reader, groups)
    fitted = reader.adjusted(fit(lists))
    marked = read_marked(fitted, spaced(groups, _MARKED))
    selection = fit_selection(marked)
    if selection is None:
        return fitted
    partial = {item.id for item in marked if item.share_said(selection) < _MOST_OF_IT}
    return fitted.adjusted(fit([replace(item, complete=item.id not in partial) for item in lists]), selection)


def candidates(reader: TrainedReader, groups: Sequence[Group]) -> list[Candidates]:
    """Each question with what search finds for it, the passage that answers among it or not; with only the others (where the
    dataset says that they do not answer); and with the nearest of what was found for others, far from it in the datasets.
    """
    groups = spaced(groups, _CALIBRATED)
    strange = [[(item.passage, held_by(item.passage.chunk)) for item in group.examples] for group in groups]
    lists: list[Candidates] = []
    for n, group in enumerate(groups):
        answering = [item for item in (group.positive, *group.also) if item]
        scores = [item.passage.score for item in (*answering, *group.negatives)]
        answering = [item for item in answering if not _missed(item.passage.score, scores, reader.candidates)]
        found = [*answering, *group.negatives][:_READ]
        far = [(n + len(groups) // 2 + step) % len(groups) for step in range(-_OFF_TOPIC // 2, _OFF_TOPIC // 2)]
        far = [at for at in dict.fromkeys(far) if groups[at].title != group.title] or [at for at in far if at != n]
        if not found or not far:
            continue
        question = found[0].question
        others = _nearest(question, [item for at in far for item in strange[at]])[:_READ]
        read = reader.features(question, [*(item.passage for item in found), *others], found[0].before)
        answered = min(len(answering), len(found))
        own = Candidates(read[: len(found)], "in_domain" if group.positive else "near_miss", answered, id=group.id)
        lists += [own, Candidates(read[len(found) :], "off_topic")]
        if answered and group.positive and group.positive.evidence is not None and own.features[answered:]:
            lists.append(Candidates(own.features[answered:], "near_miss"))
    return lists


def _nearest(question: str, found: Sequence[tuple[Passage, frozenset[str]]]) -> list[Passage]:
    """Of passages with their stems, those that hold most words of the question first; of equals the one that was found with the
    higher score.
    """
    wanted = asked_of(question)
    return [passage for passage, _ in sorted(found, key=lambda item: (-covered(wanted, item[1]), -item[0].score))]


def _missed(score: float, scores: Sequence[float], candidates: int) -> bool:
    """Whether as many passages as are read were found before that of a score: it would not be among them."""
    return sum(other > score for other in scores) >= candidates


def fit(
    lists: Sequence[Candidates],
    ranking: Sequence[str] = RANKING,
    relevance: Sequence[str] = RELEVANCE,
    answerable: Sequence[str] = ANSWERABLE,
) -> ScoreCalibration:
    """Order, how likely what that puts first answers, and the threshold between what is asked and what is elsewhere."""
    chosen = [_rows(item, ranking)[[0, *range(item.answered, len(item.features))]] for item in lists if item.answered]
    chosen = [rows for rows in chosen if len(rows) > 1]
    order = Linear(0.0, dict(zip(ranking, map(float, fit_choice(chosen)), strict=True)))
    firsts = [(item, max(range(len(item.features)), key=lambda row: order(item.features[row]))) for item in lists]
    rows = np.array([[item.features[first][name] for name in relevance] for item, first in firsts])
    found_first = np.array([first < item.answered for item, first in firsts], float)
    right = found_first * np.array([item.complete for item in lists], float)
    kinds = Counter(item.kind for item in lists)
    counts = np.array([_WEIGHTS[item.kind] / kinds[item.kind] for item in lists])
    bias, *weights = map(float, fit_logistic(rows, right, counts))
    alone = Linear(bias, dict(zip(relevance, weights, strict=True)))
    found = replace(ScoreCalibration.nothing(), ranking=order, relevance=alone)
    odds = np.array([alone(item.features[first]) for item, first in firsts])
    shares = np.array([found.rank_softmax(item.features)[first] for item, first in firsts])
    answers, top1 = fit_with_rivals(odds, shares, right, counts)
    found = replace(found, answerability_model=answers, top1_model=top1)
    unanswerable = np.array([item.kind != "in_domain" for item in lists], float)
    about = np.array([[item.features[first][name] for name in answerable] for item, first in firsts])
    bias, *weights = map(float, fit_logistic(about, 1 - unanswerable, counts))
    found = replace(found, answerable=Linear(bias, dict(zip(answerable, weights, strict=True))))
    likely = np.array([found.answerabilities(item.features)[first] for item, first in firsts], float)
    return replace(found, refuse_below=threshold(likely, found_first, unanswerable, counts))


def threshold(likely: Array, right: Array, unanswerable: Array, counts: Array) -> float:
    """The probability that anything answers below which to refuse, so that answers and refusals are worth most; all of shape
    `(questions,)`.

    What is shown is worth 1 where it is `right` and costs `_WRONG` where it is not; a refusal is worth 1 where the question is
    `unanswerable` and costs `_REFUSED` where it is not.
    """

    def worth(least: float) -> float:
        shown = likely >= least
        return float(
            (counts * np.where(shown, right - _WRONG * (1 - right), unanswerable - _REFUSED * (1 - unanswerable))).sum()
        )

    return round(float(max(np.arange(0.02, 0.8, 0.01), key=worth)), 3)


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
