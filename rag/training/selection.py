"""Which units a complete answer is made of, fitted on questions whose answering units people marked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.reading.calibration import Features, Linear
from rag.reading.output import ReaderOutput
from rag.reading.ranking import logistic
from rag.reading.reader import TrainedReader
from rag.reading.selection import ReadPassage, Selection, describe
from rag.training.examples import Group
from rag.training.fitting import Array, fit_logistic
from rag.types import Span

_FEWEST = 40  # questions
_PRECISE = 0.95  # share of the yes and no said that are right
_FEWEST_SAID = 10  # of them
_EVEN = 0.5  # as likely as not: no less is said


@dataclass(frozen=True, slots=True)
class _Read:
    """A question's passages, and of each the units (start, end) that answer."""

    passages: list[ReadPassage]
    right: list[set[tuple[int, int]]]


def fit_selection(reader: TrainedReader, groups: Sequence[Group]) -> Selection | None:
    """The selection under which the marked units are most likely; None for fewer than 40 questions with marked units.

    `least` is the threshold with the highest F1 of units, averaged over questions.
    """
    marked = [group for group in groups if group.positive and group.positive.evidence is not None]
    if len(marked) < _FEWEST:
        return None
    read = [_read(reader, group) for group in marked]
    abouts: list[Features] = []
    truth: list[bool] = []
    for item in read:
        for described, passage, right in zip(describe(item.passages), item.passages, item.right, strict=True):
            abouts += described
            truth += [_touches(span, right) for span in passage.units]
    rows = np.array([list(about.values()) for about in abouts])
    bias, *weights = map(float, fit_logistic(rows, np.array(truth, float)))
    belongs = Linear(bias, dict(zip(abouts[0], weights, strict=True)))
    least = max(np.arange(0.1, 0.7, 0.05), key=lambda least: unit_f1(Selection(belongs, float(least)), read))
    return Selection(belongs, round(float(least), 2), _sure_verdict(read, marked))


def unit_f1(selection: Selection, read: Sequence[_Read]) -> float:
    """F1 of the units chosen and those marked, averaged over questions."""
    scores = []
    for item in read:
        chosen = selection.choose(item.passages)
        said = [(n, span) for n, spans in enumerate(chosen) for span in spans]
        hits = sum(_touches(span, item.right[n]) for n, span in said)
        wanted = len({(n, place) for n, places in enumerate(item.right) for place in places if places})
        scores.append(2 * hits / (len(said) + wanted) if said or wanted else 1.0)
    return float(np.mean(scores))


def _read(reader: TrainedReader, group: Group) -> _Read:
    """The passages of a question as search found them, as many as are read in use."""
    assert group.positive
    examples = sorted((*group.examples, *group.also), key=lambda example: -example.passage.score)[: reader.candidates]
    found = reader.weighed(group.positive.question, [example.passage for example in examples])
    return _Read(found, [set(example.evidence or ()) for example in examples])


def _touches(span: Span, places: set[tuple[int, int]]) -> bool:
    return any(span.start < end and span.end > start for start, end in places)


def _sure_verdict(read: Sequence[_Read], groups: Sequence[Group]) -> float:
    """The lowest probability from which yes and no are right often enough; 1 where they never are."""
    said: list[tuple[float, bool]] = []
    for item, group in zip(read, groups, strict=True):
        first = max(item.passages, key=lambda passage: passage.score)
        if group.positive and group.positive.verdict != "unknown":
            said.append(_verdict(first.output, group.positive.verdict))
    said.sort(reverse=True)
    right = np.cumsum([good for _, good in said]) / np.arange(1, len(said) + 1) if said else Array(0)
    fitting = [n for n, share in enumerate(right) if share >= _PRECISE and n + 1 >= _FEWEST_SAID and said[n][0] > _EVEN]
    return round(said[fitting[-1]][0], 3) if fitting else 1.0


def _verdict(output: ReaderOutput, truth: str) -> tuple[float, bool]:
    yes, no = logistic(output.yes), logistic(output.no)
    return max(yes, no), ("yes" if yes > no else "no") == truth
