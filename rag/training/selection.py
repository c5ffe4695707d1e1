"""Which units a complete answer is made of, fitted on questions whose answering units people marked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.datasets.dataset import Verdict
from rag.reading.calibration import Features, Linear, Perceptron
from rag.reading.output import ReaderOutput
from rag.reading.ranking import logistic
from rag.reading.reader import TrainedReader
from rag.reading.selection import ReadPassage, Selection, describe
from rag.training.examples import Group
from rag.training.fitting import Array, fit_logistic, fit_perceptron
from rag.types import Span

_FEWEST = 40  # questions
_MANY = 300  # of which a perceptron learns more than a weighted sum
_PRECISE = 0.95  # share of the yes and no said that are right
_FEWEST_SAID = 10  # of them
_EVEN = 0.5  # as likely as not: no less is said


@dataclass(frozen=True, slots=True)
class MarkedRead:
    """A question's passages as they were read, and of each the units (start, end) that answer; the verdict that is right."""

    question: str
    passages: list[ReadPassage]
    right: list[set[tuple[int, int]]]
    id: str = ""
    verdict: Verdict = "unknown"

    def hits(self, selection: Selection) -> tuple[int, int, int]:
        """How many of the units chosen are right, how many were chosen, and how many are right."""
        chosen = selection.choose(self.question, self.passages)
        said = [(n, span) for n, spans in enumerate(chosen) for span in spans]
        hits = sum(_touches(span, self.right[n]) for n, span in said)
        return hits, len(said), sum(map(len, self.right))

    def share_said(self, selection: Selection) -> float:
        """The share of the right units that is chosen."""
        hits, _, wanted = self.hits(selection)
        return hits / wanted if wanted else 0.0


def read_marked(reader: TrainedReader, groups: Sequence[Group]) -> list[MarkedRead]:
    """The questions whose answering units are marked, with the passages as search found them, as many as are read in use."""
    found = []
    for group in groups:
        if group.positive is None or group.positive.evidence is None:
            continue
        examples = sorted((*group.examples, *group.also), key=lambda example: -example.passage.score)[: reader.candidates]
        asked = group.positive
        read = reader.weighed(asked.question, [example.passage for example in examples], asked.before)
        right = [set(example.evidence or ()) for example in examples]
        found.append(MarkedRead(asked.question, read, right, group.id, group.positive.verdict))
    return found


def fit_selection(read: Sequence[MarkedRead]) -> Selection | None:
    """The selection under which the marked units are most likely; None for fewer than 40 questions.

    `least` is the threshold with the highest F1 of units, averaged over questions.
    """
    if len(read) < _FEWEST:
        return None
    abouts: list[Features] = []
    truth: list[bool] = []
    for item in read:
        for described, passage, right in zip(describe(item.question, item.passages), item.passages, item.right, strict=True):
            abouts += described
            truth += [_touches(span, right) for span in passage.units]
    belongs = _belongs(abouts, np.array(truth, float), len(read))
    scores = {round(float(least), 2): unit_f1(Selection(belongs, float(least)), read) for least in np.arange(0.1, 0.7, 0.05)}
    least = max(scores, key=lambda least: scores[least])
    return Selection(belongs, least, _sure_verdict(read))


def unit_f1(selection: Selection, read: Sequence[MarkedRead]) -> float:
    """F1 of the units chosen and those marked, averaged over questions."""
    counts = [item.hits(selection) for item in read]
    return float(np.mean([2 * hits / (said + wanted) if said or wanted else 1.0 for hits, said, wanted in counts]))


def _belongs(abouts: Sequence[Features], truth: Array, questions: int) -> Linear | Perceptron:
    names = list(abouts[0])
    rows = np.array([list(about.values()) for about in abouts])
    if questions < _MANY:
        bias, *weights = map(float, fit_logistic(rows, truth))
        return Linear(bias, dict(zip(names, weights, strict=True)))
    hidden, output = (np.round(part, 5).tolist() for part in fit_perceptron(rows, truth))
    return Perceptron(names, hidden, output)


def _touches(span: Span, places: set[tuple[int, int]]) -> bool:
    return any(span.start < end and span.end > start for start, end in places)


def _sure_verdict(read: Sequence[MarkedRead]) -> float:
    """The lowest probability from which yes and no are right often enough; 1 where they never are."""
    said: list[tuple[float, bool]] = []
    for item in read:
        if item.verdict != "unknown":
            first = max(item.passages, key=lambda passage: passage.score)
            said.append(_verdict(first.output, item.verdict))
    said.sort(reverse=True)
    right = np.cumsum([good for _, good in said]) / np.arange(1, len(said) + 1) if said else Array(0)
    fitting = [n for n, share in enumerate(right) if share >= _PRECISE and n + 1 >= _FEWEST_SAID and said[n][0] > _EVEN]
    return round(said[fitting[-1]][0], 3) if fitting else 1.0


def _verdict(output: ReaderOutput, truth: str) -> tuple[float, bool]:
    yes, no = logistic(output.yes), logistic(output.no)
    return max(yes, no), ("yes" if yes > no else "no") == truth
