"""One run from a dataset's path to its result: read, index, ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.config import Settings
from rag.datasets import formats
from rag.datasets.dataset import Dataset, sample, with_off_topic
from rag.errors import RagError
from rag.evaluation.comparison import Columns
from rag.evaluation.harness import EvalHarness
from rag.evaluation.index import eval_assistant
from rag.evaluation.result import Result
from rag.evaluation.tasks import TASKS, TaskName
from rag.types import Progress

# The settings that decide a figure, and go into its record.
_SETTINGS = (
    "embedder pooling metric chunk_tokens chunk_overlap top_k candidates dense_weight reader refuse_below generator"
    " answer_tokens prompt_tokens"
).split()


@dataclass(frozen=True, slots=True)
class Request:
    """What to measure. `gold` gives the documents that answer instead of searching for them."""

    path: Path
    task: TaskName
    format: formats.Format | None = None
    split: str | None = None
    limit: int | None = None
    seed: int = 1
    documents: Path | None = None
    off_topic: Path | None = None
    gold: bool = False


def run(request: Request, settings: Settings, progress: Progress) -> Result:
    """The result of asking the dataset's questions; raises RagError for a dataset that cannot be read or asked so."""
    if request.task == "conversation" and request.documents is None:
        request = replace(request, documents=settings.knowledge)
    dataset = load_selection(request)
    # Told to refuse all it is not wholly sure of, the product says how sure it is and need not write an answer.
    asking = settings.model_copy(update={"refuse_below": 1.0}) if request.task == "refusal" else settings
    with eval_assistant(dataset, asking, progress) as assistant:
        harness = EvalHarness(assistant, settings, gold=request.gold)
        asked = []
        for n, question in enumerate(dataset.questions):
            progress(n, len(dataset.questions), f"question {n + 1} of {len(dataset.questions)}")
            asked.append(TASKS[request.task].ask(harness, question))
    return Result(
        dataset.name,
        request.task,
        tuple(question.id for question in dataset.questions),
        tuple(question.text for question in dataset.questions),
        _columns([item.scores for item in asked]),
        _columns([item.timings for item in asked]),
        _recorded(request, settings),
        tuple(item.transcript for item in asked if item.transcript),
    )


def load_selection(request: Request) -> Dataset:
    """The dataset with the questions that will be asked."""
    dataset = formats.read(request.path, request.format, request.split, request.documents)
    task = TASKS[request.task]
    if request.task != "conversation" and any(question.expected for question in dataset.questions):
        raise RagError(f"{request.path} holds conversations: measure them with --task conversation, not {request.task}.")
    fitting = tuple(question for question in dataset.questions if task.applies(question))
    if not fitting:
        raise RagError(f"{request.path} has no {task.needs}: it cannot be used for --task {request.task}.")
    dataset = sample(replace(dataset, questions=fitting), request.limit, request.seed)
    if request.off_topic is not None:
        if request.task != "refusal":
            raise RagError(f"--off-topic goes with --task refusal, not with {request.task}.")
        strangers = formats.read(request.off_topic)
        dataset = with_off_topic(dataset, sample(strangers, request.limit, request.seed))
    if request.task == "refusal" and len({question.answerable for question in dataset.questions}) < 2:
        raise RagError(f"{request.path} has only one kind of question: add unanswerable ones with --off-topic DATASET.")
    return dataset


def _recorded(request: Request, settings: Settings) -> Mapping[str, Any]:
    options = {"split": request.split, "limit": request.limit, "seed": request.seed, "gold": request.gold}
    paths = {"documents": request.documents, "off_topic": request.off_topic}
    places = {name: None if path is None else str(path) for name, path in paths.items()}
    return {name: getattr(settings, name) for name in _SETTINGS} | options | places


def _columns(rows: Sequence[Mapping[str, float]]) -> Columns:
    """One array a score; NaN where a question does not have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows], float) for name in names}
