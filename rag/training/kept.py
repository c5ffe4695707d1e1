"""What a training keeps on disk: its options and examples while it runs, so that it can be taken up again, and its result."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rag.config import Settings
from rag.errors import RagError
from rag.models import versions
from rag.models.files.adapters import RECORD
from rag.training.examples import Example, Group, mine
from rag.training.gate import Verdict
from rag.training.source import Source
from rag.types import Progress

CANDIDATE = "candidate"  # the folder in a training's own where its result waits for the verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a training: the verdict, and where the model is now (None: it was not better, and is gone)."""

    verdict: Verdict
    folder: Path | None


def examples(
    source: Source,
    options: Mapping[str, Any],
    settings: Settings,
    work: Path,
    progress: Progress,
    *,
    resume: bool,
) -> list[list[Group]]:
    """The groups of each dataset, mined once. `options` are what decides the result of the training."""
    kept = work / "examples.jsonl"
    start(work, options, resume=resume)
    if resume and kept.exists():
        return [[_group(record) for record in json.loads(line)] for line in kept.read_text("utf-8").splitlines()]
    parts = [mine(dataset, settings, progress) for dataset in source.read(settings, progress)]
    lines = "".join(json.dumps([asdict(group) for group in part]) + "\n" for part in parts)
    part = kept.with_suffix(".partial")
    part.write_text(lines, "utf-8")
    os.replace(part, kept)
    return parts


def start(work: Path, options: Mapping[str, Any], *, resume: bool) -> None:
    """An empty folder for a training, or the one that was left by the training to resume.

    Raises RagError where there is nothing to resume, or a training with other options.
    """
    asked = work / "request.json"
    record = json.dumps(options)
    if resume:
        if not asked.exists():
            raise RagError(f"There is no training to resume in {work}: start one without --resume.")
        if (before := asked.read_text("utf-8")) != record:
            raise RagError(f"The training to resume was started with {before}, not with {record}: give the same options.")
        return
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    asked.write_text(record, "utf-8")


def check_out(out: Path | None, kind: versions.Kind) -> None:
    """Raises RagError for a folder that holds something else than a result of `rag train <kind>`."""
    if out and out.exists() and not (out / RECORD).is_file():
        raise RagError(f"--out is {out}, which exists and was not written by `rag train {kind}`: give another folder.")


def keep(
    work: Path, out: Path | None, kind: versions.Kind, settings: Settings, verdict: Verdict, record: Mapping[str, Any]
) -> Outcome:
    """Ends a training: what is in `CANDIDATE` goes to `out`, or is used from now on if it is better; the rest is deleted."""
    made = work / CANDIDATE
    (made / RECORD).write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    folder = None
    if out:
        shutil.rmtree(out, ignore_errors=True)
        folder = Path(shutil.copytree(made, out))
    elif verdict.better:
        folder = versions.install(made, kind, settings.data_dir)
    if (logs := work / "checkpoints" / "runs").is_dir():
        shutil.copytree(logs, settings.data_dir / kind / "logs", dirs_exist_ok=True)
    shutil.rmtree(work)
    return Outcome(verdict, folder)


def _group(record: Mapping[str, Any]) -> Group:
    positive = record["positive"]
    return Group(record["id"], _example(positive) if positive else None, tuple(map(_example, record["negatives"])))


def _example(record: Mapping[str, Any]) -> Example:
    answer, evidence = record["answer"], record["evidence"]
    spans = None if evidence is None else tuple((start, end) for start, end in evidence)
    return replace(Example(**record), answer=tuple(answer) if answer else None, evidence=spans)
