"""What a training keeps on disk: its options and examples while it runs, so that it can be resumed, and its result."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.about import About
from rag.config import Settings
from rag.errors import RagError
from rag.models import versions
from rag.models.files.adapters import RECORD
from rag.training.examples import Example, Group
from rag.training.gate import Verdict
from rag.types import Block, Chunk, Mark, Passage, Progress

_EXAMPLES, _REQUEST = "examples.jsonl", "request.json"


@dataclass(frozen=True, slots=True)
class Run:
    """One training under way.

    `record` is what decides its result; `out` is where that is written instead of being used.
    """

    kind: versions.Kind
    record: Mapping[str, Any]
    settings: Settings
    progress: Progress
    out: Path | None = None
    resume: bool = False

    @property
    def work(self) -> Path:
        """The folder that lasts until the training has ended."""
        return self.settings.data_dir / self.kind / "training"

    @property
    def previous(self) -> Path:
        """What a training that was not resumed left, until the data of this one are read."""
        return self.work.with_name("training.previous")

    @property
    def candidate(self) -> Path:
        """Where the fitted model waits for the verdict."""
        return self.work / "candidate"

    @property
    def checkpoints(self) -> Path:
        return self.work / "checkpoints"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training: the verdict, and where the model is now (None: it was not better, and is gone)."""

    verdict: Verdict
    folder: Path | None


def check_out(run: Run) -> None:
    """Raises RagError where `--out` is a folder that holds something else than a result of `rag train`."""
    if run.out and run.out.exists() and not (run.out / RECORD).is_file():
        raise RagError(f"--out is {run.out}, which exists and was not written by `rag train {run.kind}`: give another folder.")


def start(run: Run) -> None:
    """An empty folder for a training, or the one that was left by the training to resume.

    Raises RagError where there is nothing to resume, or a training with other options.
    """
    request, text = run.work / _REQUEST, json.dumps(run.record)
    if run.resume:
        if not request.exists():
            raise RagError(f"There is no training to resume in {run.work}: start one without --resume.")
        if (before := request.read_text("utf-8")) != text:
            raise RagError(f"The training to resume was started with {before}, not with {text}: give the same options.")
        return
    if run.work.exists():
        shutil.rmtree(run.previous, ignore_errors=True)
        os.replace(run.work, run.previous)
    run.work.mkdir(parents=True)
    request.write_text(text, "utf-8")


def has_data(run: Run) -> None:
    """The data could be read: what a training before this one left is not needed any more."""
    shutil.rmtree(run.previous, ignore_errors=True)


def lacks_data(run: Run) -> None:
    """The data could not be read: what a training before this one left can still be resumed."""
    if not run.resume and run.previous.exists():
        shutil.rmtree(run.work, ignore_errors=True)
        os.replace(run.previous, run.work)


def finish(run: Run, verdict: Verdict, learnt: Mapping[str, Any]) -> Outcome:
    """Ends a training: its candidate goes to `out`, or is used from now on if it is better; the rest is deleted.

    `learnt` goes into the record beside the options.
    """
    (run.candidate / RECORD).write_text(json.dumps({**run.record, **learnt}, indent=1) + "\n", "utf-8")
    folder = None
    if run.out:
        shutil.rmtree(run.out, ignore_errors=True)
        folder = Path(shutil.copytree(run.candidate, run.out))
    elif verdict.better:
        folder = versions.install(run.candidate, run.kind, run.settings.data_dir)
    if (logs := run.checkpoints / "runs").is_dir():
        shutil.copytree(logs, run.settings.data_dir / run.kind / "logs", dirs_exist_ok=True)
    shutil.rmtree(run.work)
    return Outcome(verdict, folder)


def saved_examples(run: Run) -> list[list[Group]]:
    """The groups of each dataset that the training to resume had mined.

    Raises RagError for a file of another version.
    """
    path = run.work / _EXAMPLES
    if not run.resume or not path.exists():
        return []
    try:
        return [[_group(record) for record in json.loads(line)] for line in path.read_text("utf-8").splitlines()]
    except (KeyError, TypeError, ValueError) as error:
        raise RagError(f"{path} was written by another version ({error!r}): start the training without --resume.") from error


def save_examples(run: Run, parts: Iterable[Sequence[Group]]) -> None:
    """Keep the groups of each dataset, a line a dataset, each passage as search returned it."""
    path = run.work / _EXAMPLES
    part = path.with_suffix(".partial")
    part.write_text("".join(json.dumps([asdict(group) for group in groups]) + "\n" for groups in parts), "utf-8")
    os.replace(part, path)


def _group(record: Mapping[str, Any]) -> Group:
    positive = record["positive"]
    negatives, also = (tuple(map(_example, record[name])) for name in ("negatives", "also"))
    return Group(record["id"], _example(positive) if positive else None, negatives, record["conversation"], also)


def _example(record: Mapping[str, Any]) -> Example:
    answer, evidence = record["answer"], record["evidence"]
    return Example(
        question=record["question"],
        passage=Passage(**{**record["passage"], "chunk": _chunk(record["passage"]["chunk"])}),
        answer=tuple(answer) if answer else None,
        evidence=None if evidence is None else tuple((start, end) for start, end in evidence),
        answers=record["answers"],
        verdict=record["verdict"],
        before=record["before"],
    )


def _chunk(record: Mapping[str, Any]) -> Chunk:
    own = {
        "headings": tuple(record["headings"]),
        "blocks": tuple(_block(block) for block in record["blocks"]),
        "marks": tuple(Mark(**mark) for mark in record["marks"]),
        "about": About(**record["about"]),
    }
    return Chunk(**{**record, **own})


def _block(record: Mapping[str, Any]) -> Block:
    cells = tuple((start, end) for start, end in record["cells"])
    return Block(**{**record, "columns": tuple(record["columns"]), "cells": cells})
