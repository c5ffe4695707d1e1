"""A new model is used only if it is better on questions it was not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rag.errors import RagError
from rag.evaluation.comparison import Columns, Difference, Summarise, compare
from rag.evaluation.wording import f1
from rag.protocols import Reader
from rag.reading import rank
from rag.training.examples import Group

FEWEST = 40  # questions; fewer cannot show whether a reader is better
_HELD_OUT, _SHARE = 500, 0.1
_JUDGED = 400  # questions of all datasets, evenly spaced: seven minutes of reading with two readers
MEASURE = "mean"  # the figure that decides: that of the others


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the new reader may be used, and each figure of both on the held-out questions."""

    better: bool
    questions: int
    differences: tuple[Difference, ...]


def split(groups: Sequence[Group]) -> tuple[list[Group], list[Group]]:
    """(to train on, held out): the last titles of the dataset, a tenth of its questions but no more than 500 are needed. What
    was said in conversations is trained on only.

    Raises RagError for fewer questions than can decide anything.
    """
    spoken = [group for group in groups if group.conversation]
    groups = [group for group in groups if not group.conversation]
    if spoken and not groups:
        return spoken, []
    if len(groups) < FEWEST:
        raise RagError(f"{len(groups)} questions with a passage that answers are too few: give at least {FEWEST}.")
    enough = min(_HELD_OUT, max(FEWEST // 2, round(_SHARE * len(groups))))
    held: set[str] = set()
    count = 0
    for name in reversed(list(dict.fromkeys(group.title for group in groups))):
        if count >= enough:
            break
        held.add(name)
        count += sum(group.title == name for group in groups)
    if count > len(groups) / 2:  # all of one title
        return groups[:-enough] + spoken, groups[-enough:]
    return [g for g in groups if g.title not in held] + spoken, [g for g in groups if g.title in held]


def judge(before: Reader, after: Reader, held: Sequence[Group]) -> Verdict:
    """Both readers on the held-out questions, at most 400 of them."""
    held = spaced(held, _JUDGED)
    return decide(measure(before, held), measure(after, held))


def spaced(groups: Sequence[Group], most: int) -> Sequence[Group]:
    """At most so many of the groups, evenly spaced over all."""
    return groups[:: max(1, -(-len(groups) // most))]


def decide(before: Columns, after: Columns, figures: Summarise | None = None) -> Verdict:
    """Figures of the same questions before and after; better is better by more than chance (95 % of the bootstrap)."""
    differences = tuple(compare(before, after, figures or _figures))
    decisive = next(item for item in differences if item.metric == MEASURE)
    return Verdict(decisive.low > 0, len(next(iter(before.values()))), differences)


def measure(reader: Reader, groups: Sequence[Group]) -> Columns:
    """For each question whether the right passage is ranked first among its candidates, and F1 of the short answer."""
    rows = []
    for group in groups:
        if group.positive is None or not group.negatives:
            continue
        asked = group.positive
        found = reader.read(asked.question, [example.passage for example in group.examples], asked.before)
        span = group.positive.answer
        score = float("nan")
        if span:
            said = found[0].answer or found[0].sentence
            text = group.positive.text
            score = f1(text[said.start : said.end], [text[slice(*span)]])
        rows.append((float(rank(found)[0].passage is group.positive.passage), score))
    values = np.array(rows, float).reshape(-1, 2)
    return {"right passage first": values[:, 0], "answer F1": values[:, 1]}


def _figures(columns: Columns) -> dict[str, float]:
    figures = {name: float(np.nanmean(values)) for name, values in columns.items() if not np.isnan(values).all()}
    return {**figures, MEASURE: float(np.mean(list(figures.values())))}
