"""Which units of all passages read belong to the complete answer: a probability for each, fitted on what people marked.

The network marks words; this weighs what it marks in one passage against what it marks in the others, and what a unit adds to
the best one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from rag.errors import ModelError
from rag.reading.calibration import Features, Linear, Perceptron
from rag.reading.output import ReaderOutput
from rag.reading.ranking import asked_of, best_unit, covered, log_odds, logistic, passage_units, softmax, stems
from rag.types import Passage, Span

_MOST = 6  # units of one answer
_FAR = 5  # units from the best one; further is as far


@dataclass(frozen=True, slots=True)
class ReadPassage:
    """A passage with what the network says of it: its units' weights 0..1, the log odds that it answers, and its rank score."""

    passage: Passage
    output: ReaderOutput
    units: Sequence[Span]
    odds: float
    score: float


@dataclass(frozen=True, slots=True)
class Selection:
    """`belongs` is the log odds that a unit belongs to the complete answer, `least` the probability from which it is said.

    `sure_verdict` is the probability of yes or no from which that is said first.
    """

    belongs: Linear | Perceptron
    least: float
    sure_verdict: float = 1.0

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> Self | None:
        """None for a reader that was not fitted to select, as those of version 1; raises ModelError."""
        if "selection" not in card:
            return None
        try:
            said = dict(card["selection"])
            belongs = said.pop("belongs")
            return cls((Perceptron if "hidden" in belongs else Linear)(**belongs), **said)
        except (KeyError, TypeError) as error:
            raise ModelError(f"The reader's card does not say how units are selected ({error}): train it again.") from error

    def as_card(self) -> dict[str, Any]:
        return {"selection": asdict(self)}

    def choose(self, question: str, read: Sequence[ReadPassage]) -> list[list[Span]]:
        """Of each passage the units that belong to the answer, with their probability, in their order.

        What overlapping passages both hold is taken from the one ranked higher, whose most likely unit is always chosen. An
        answer is in one language, that of this unit: documents say the same in several.
        """
        probable = [
            [(logistic(self.belongs(about)), span) for about, span in zip(described, item.units, strict=True)]
            for described, item in zip(describe(question, read), read, strict=True)
        ]
        order = sorted(range(len(read)), key=lambda n: -read[n].score)
        ranked = [
            (p, n, span)
            for n in order
            for (p, span), unit in zip(probable[n], passage_units(read[n].passage.chunk), strict=True)
            if unit.answers
        ]
        lead = max((one[:2] for one in ranked if one[1] == ranked[0][1]), default=None)
        ranked.sort(key=lambda one: (one[:2] != lead, -one[0]))  # stable: of equals the passage ranked higher
        chosen: list[list[Span]] = [[] for _ in read]
        taken: list[tuple[str, int, int]] = []
        language = ""
        for p, n, span in ranked:
            chunk = read[n].passage.chunk
            place = (chunk.document, chunk.start + span.start, chunk.start + span.end)
            if (taken and p < self.least) or len(taken) == _MOST:
                break
            language = language if taken else chunk.about.language
            if chunk.about.language != language and chunk.about.language and language:
                continue
            if not any(place[0] == document and place[1] < end and place[2] > start for document, start, end in taken):
                taken.append(place)
                chosen[n].append(Span(span.start, span.end, round(p, 3)))
        return [sorted(spans, key=lambda span: span.start) for spans in chosen]

    def parts(self, passage: Passage, output: ReaderOutput, chosen: Sequence[Span]) -> dict[str, Any]:
        """`units`, `cells` and `verdict` of the passage's Evidence."""
        begun = {span.start for span in chosen}
        rows = [unit.block.cells for unit in passage_units(passage.chunk) if unit.block.cells and unit.start in begun]
        cells = tuple(Span(*row[n], 1.0) for row in rows for n in asked_cells(output, row))
        return {"units": tuple(chosen), "cells": cells, "verdict": self.verdict(output)}

    def verdict(self, output: ReaderOutput) -> str:
        """ "yes" or "no" where the passage says one of them surely, else nothing."""
        yes, no = logistic(output.yes), logistic(output.no)
        return ("yes" if yes > no else "no") if max(yes, no) >= self.sure_verdict else ""


def describe(question: str, read: Sequence[ReadPassage]) -> list[list[Features]]:
    """The features of each unit of each passage: what the network says of it, and how it stands to the question and to the
    lead, which is the unit of most weight in the passage ranked first.
    """
    if not read:
        return []
    best = max(read, key=lambda item: item.score)
    most = max((log_odds(span.weight) for item in read for span in item.units), default=0.0)
    lead = best_unit(best.passage.chunk, best.units)
    asked, led = asked_of(question), stems(best.passage.chunk.text[lead.start : lead.end])
    found = []
    for item in read:
        chunk = item.passage.chunk
        units, headed = passage_units(chunk), stems(chunk.context)
        places = softmax(item.output.start) + softmax(item.output.end)
        marked = [_marked(item.output, span) for span in item.units]
        at_lead = item.units.index(lead) if item is best else None
        rows: list[Features] = []
        for n, (unit, span) in enumerate(zip(units, item.units, strict=True)):
            mean, peak, at = marked[n]
            near = [marked[m][0] for m in (n - 1, n + 1) if 0 <= m < len(units) and units[m].answers]
            weight, held = log_odds(span.weight), stems(chunk.text[unit.start : unit.end])
            behind = _FAR if at_lead is None else n - at_lead
            rows.append(
                {
                    "weight": weight,
                    "evidence": mean,
                    "peak": peak,
                    "place": float(places[at].sum()) / 2 if len(places) else 0.0,
                    "odds": item.odds,
                    "behind": best.score - item.score,
                    "document": float(chunk.document == best.passage.chunk.document),
                    "gap": weight - most,
                    "beside": max(near, default=log_odds(0.0)),
                    "row": float(unit.kind == "row"),
                    "item": float(unit.kind == "item"),
                    "leads": float(behind == 0),
                    "follows_lead": float(behind == 1),
                    "precedes_lead": float(behind == -1),
                    "far": min(abs(behind), _FAR) / _FAR,
                    "covers": covered(asked, held),
                    "adds": covered(asked, held - led),
                    "adds_headed": covered(asked, (held | headed) - led),
                    "repeats": covered(held, led),
                }
            )
        found.append(rows)
    return found


def asked_cells(output: ReaderOutput, cells: Sequence[tuple[int, int]], least: float = 0.15, enough: float = 0.6) -> list[int]:
    """The numbers of the cells of a row where the short answer may stand, if it surely stands in a few of them; else none.

    Each has `least` of the probability of beginning or ending there, and together, beside the first cell, which names the row,
    they have `enough` of it.
    """
    inside = (output.offsets[:, 0] < cells[-1][1]) & (output.offsets[:, 1] > cells[0][0])
    if not inside.any():
        return []
    share = (softmax(output.start[inside]) + softmax(output.end[inside])) / 2
    offsets = output.offsets[inside]
    held = [float(share[(offsets[:, 0] < end) & (offsets[:, 1] > start)].sum()) for start, end in cells]
    found = [n for n, part in enumerate(held) if part >= least and n > 0]
    return found if sum(held[n] for n in found) >= enough else []


def _marked(output: ReaderOutput, span: Span) -> tuple[float, float, Any]:
    """Log odds of a unit's words being evidence, on average and at most, and which tokens they are."""
    at = (output.offsets[:, 0] >= span.start) & (output.offsets[:, 1] <= span.end)
    own = output.evidence[at]
    if not len(own):
        return log_odds(0.0), log_odds(0.0), at
    return log_odds(float(np.mean(own))), log_odds(float(np.max(own))), at
