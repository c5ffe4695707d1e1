"""Runs kept by name, as JSON lines: what was measured first, then a line for each question. And two of them compared."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np

from rag.errors import NotFoundError, RagError
from rag.evaluation.comparison import Columns, Difference
from rag.evaluation.comparison import compare as differences
from rag.evaluation.index import cache
from rag.evaluation.result import Result
from rag.evaluation.tasks import TASKS, TaskName


def save(result: Result, path: Path) -> None:
    """Keep the scores and times of each question; a run at that path is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"dataset": result.dataset, "task": result.task, "settings": dict(result.settings)}
    rows = [
        {"id": id, "question": text, "scores": _row(result.scores, n), "timings_ms": _row(result.timings, n)}
        for n, (id, text) in enumerate(zip(result.ids, result.texts, strict=True))
    ]
    for row, said in zip(rows, result.transcripts, strict=False):
        row["transcript"] = dict(said)
    lines = [json.dumps(value, ensure_ascii=False) for value in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def load(name: str) -> Result:
    """A run kept by `save`; raises NotFoundError."""
    path = place(name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.jsonl"))) or "none"
        raise NotFoundError(f"No run is called {name!r} (there are: {known}): make one with `rag eval DATASET --save {name}`.")
    try:
        header, *rows = map(json.loads, path.read_text("utf-8").rstrip("\n").split("\n"))
        if header["task"] not in get_args(TaskName):
            raise ValueError(header["task"])
        return Result(
            header["dataset"],
            header["task"],
            tuple(row["id"] for row in rows),
            tuple(row["question"] for row in rows),
            _columns([row["scores"] for row in rows]),
            _columns([row["timings_ms"] for row in rows]),
            header["settings"],
            tuple(row["transcript"] for row in rows if "transcript" in row),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RagError(f"{path} is not a saved run ({type(error).__name__} {error}): save it again.") from error


def compare(a: str, b: str) -> list[Difference]:
    """The differences of run b from run a; raises RagError unless both asked the same questions for the same task."""
    one, other = load(a), load(b)
    if (one.task, one.dataset) != (other.task, other.dataset):
        raise RagError(
            f"{a} is {one.task} on {one.dataset}, {b} is {other.task} on {other.dataset}: "
            "compare runs of one task on one dataset."
        )
    if set(one.ids) != set(other.ids):
        common = len(set(one.ids) & set(other.ids))
        raise RagError(
            f"{a} asked {len(one.ids)} questions and {b} {len(other.ids)}, of which {common} are the same: "
            "run both with the same --split, --limit and --seed."
        )
    row = {id: n for n, id in enumerate(other.ids)}
    order = np.array([row[id] for id in one.ids])
    aligned = {name: values[order] for name, values in other.scores.items()}
    return differences(one.scores, aligned, TASKS[one.task].summarise)


def place(name: str) -> Path:
    """Where the run of that name is kept; raises RagError for what is no name."""
    if not re.fullmatch(r"[\w.-]+", name):
        raise RagError(f"{name!r} is no name for a run: use letters, digits, . _ and -.")
    return cache() / "runs" / f"{name}.jsonl"


def _row(columns: Columns, n: int) -> dict[str, float | None]:
    """The n-th value of each column; JSON has no NaN."""
    return {name: None if np.isnan(values[n]) else float(values[n]) for name, values in columns.items()}


def _columns(rows: list[dict[str, Any]]) -> Columns:
    return {name: np.array([row[name] for row in rows], float) for name in rows[0]}
