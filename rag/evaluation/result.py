"""What a run gave: scores and times of each question; from them the figures, as plain values and as a table."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.evaluation.comparison import Columns, Difference, interval, verdict
from rag.evaluation.tasks import TASKS, TaskName


@dataclass(frozen=True, slots=True)
class Result:
    """`scores` and `timings` (milliseconds by stage) have an array `(questions,)` each, in the order of `ids` and `texts`.

    `transcripts`, where the task keeps what was said, has one for each question.
    """

    dataset: str
    task: TaskName
    ids: tuple[str, ...]
    texts: tuple[str, ...]
    scores: Columns
    timings: Columns
    settings: Mapping[str, Any]
    transcripts: tuple[Mapping[str, Any], ...] = ()


def metrics(result: Result) -> dict[str, float]:
    """The figures of the task over all questions."""
    return TASKS[result.task].summarise(result.scores)


def latency(result: Result) -> dict[str, dict[str, float]]:
    """Milliseconds of each stage: the median, and what 95 % of the questions stay below."""
    return {
        stage: {f"p{percent}": round(float(np.nanpercentile(values, percent)), 1) for percent in (50, 95)}
        for stage, values in result.timings.items()
        if not np.isnan(values).all()
    }


def result_json(result: Result) -> dict[str, Any]:
    """What other programs rely on; a figure that the questions cannot give is null."""
    return {
        "dataset": result.dataset,
        "task": result.task,
        "n": len(result.ids),
        "metrics": {name: None if math.isnan(value) else round(value, 4) for name, value in metrics(result).items()},
        "latency_ms": latency(result),
        "settings": dict(result.settings),
    }


def table(result: Result) -> str:
    """Figures with their 95 % intervals, and times, as one Markdown table that reads well in a terminal."""
    ranges = interval(result.scores, TASKS[result.task].summarise)
    rows = [(name, f"{value:.3f}", "{:.3f} to {:.3f}".format(*ranges[name])) for name, value in metrics(result).items()]
    rows += [(f"{stage}, ms", f"{p['p50']:.1f}", f"p95 {p['p95']:.1f}") for stage, p in latency(result).items()]
    return aligned((f"{result.dataset}, {result.task}, n = {len(result.ids)}", "", "95 % of resamples"), rows)


def comparison_table(differences: Iterable[Difference], a: str, b: str) -> str:
    """The figures of both runs, and what is to be thought of their difference."""
    rows = [
        (
            item.metric,
            f"{item.a:.3f}",
            f"{item.b:.3f}",
            f"{item.b - item.a:+.3f} ({item.low:+.3f} to {item.high:+.3f})",
            f"{item.p:.3f}",
            verdict(item),
        )
        for item in differences
    ]
    return aligned(("", a, b, "difference (95 % interval)", "p", f"{b} is"), rows)


def aligned(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns are padded to one width; in a cell, white space is a blank and `|` no border."""
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(3, *(len(row[i]) for row in cells)) for i in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
