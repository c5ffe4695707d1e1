"""One training from datasets to a language model in a folder: mine, hold out, train, judge, write."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rag.config import Settings
from rag.evaluation.comparison import Columns
from rag.evaluation.wording import contains, f1
from rag.models.device import share_cores
from rag.training import adapter
from rag.training.examples import Group
from rag.training.gate import decide, split
from rag.training.kept import CANDIDATE, Outcome, check_out, examples, keep
from rag.training.lessons import Lesson, lessons
from rag.training.run import untrained_reader
from rag.training.source import Source
from rag.types import Generator, Progress

_JUDGED = 100  # held-out questions; each is answered twice


@dataclass(frozen=True, slots=True)
class Request:
    """What to train from what, and where the model is written instead of being used.

    `base` is a name, hub id or folder; `rank` 0 trains all weights; `most` is the number of questions to learn from, at most.
    """

    source: Source
    base: str = "smollm2"
    epochs: int = 1
    learning_rate: float = 5e-4
    rank: int = 16
    most: int | None = None
    seed: int = 1
    out: Path | None = None
    resume: bool = False


def train_generator(request: Request, settings: Settings, progress: Progress) -> Outcome:
    """Train a language model to answer from passages, and use it if it is better on held-out questions.

    An interrupted run is taken up again by the same request with `resume`. Raises RagError for datasets that cannot be read or
    are too small to judge by, and for a folder that holds something else.
    """
    from transformers import AutoModelForCausalLM

    from rag.models import files as models
    from rag.models.files import adapters
    from rag.models.generator import CausalGenerator
    from rag.models.generator.vocabulary import Vocabulary
    from rag.training.generator import Options, train

    check_out(request.out, "generator")
    share_cores(settings.threads)
    work = settings.data_dir / "generator" / "training"
    record = _recorded(request)
    parts = examples(request.source, record, settings, work, progress, resume=request.resume)
    folder = models.resolve(request.base, settings.models_dir, progress)
    vocabulary = Vocabulary.from_folder(folder, request.base)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    budget = min(settings.prompt_tokens, vocabulary.window - settings.answer_tokens)
    generator = CausalGenerator(vocabulary, model.eval())
    reader = untrained_reader(settings, progress)  # a trained one may know these questions by heart
    divided = [split(part) for part in parts]

    def made(groups: list[Group], most: int) -> list[Lesson]:
        rng = random.Random(request.seed)  # noqa: S311
        return list(lessons(rng.sample(groups, min(most, len(groups))), reader, generator, budget, rng))

    held = made([group for _, part in divided for group in part], _JUDGED)
    asked = [group for part, _ in divided for group in part]
    learnt = made(asked, request.most or len(asked))
    before = measure(generator, held, settings.answer_tokens, progress)
    options = Options(request.epochs, request.learning_rate, request.rank, seed=request.seed)
    learner = train(model, vocabulary, learnt, options, work / "checkpoints", progress, resume=request.resume)
    candidate = work / CANDIDATE
    if request.rank:
        adapter.save(learner, request.base, candidate)
    model = adapter.merged(learner, request.rank)
    after = measure(CausalGenerator(vocabulary, model), held, settings.answer_tokens, progress)
    verdict = decide(before, after)
    record = {**record, "lessons": len(learnt)}
    if request.rank:
        record["sha256"] = adapters.sha256(candidate)
    else:
        model.save_pretrained(candidate)
        vocabulary.save(candidate)
    return keep(work, request.out, "generator", settings, verdict, record)


def measure(generator: Generator, held: Sequence[Lesson], most: int, progress: Progress) -> Columns:
    """For each lesson F1 of what the model writes beside the answer, and whether the answer stands in it."""
    rows = []
    for n, lesson in enumerate(held):
        progress(n, len(held), f"answering held-out question {n + 1} of {len(held)}")
        said = "".join(generator.stream(lesson.messages, most))
        rows.append((f1(said, [lesson.answer]), contains(said, [lesson.answer])))
    values = np.array(rows, float).reshape(-1, 2)
    return {"answer F1": values[:, 0], "answer contained": values[:, 1]}


def _recorded(request: Request) -> dict[str, Any]:
    """What decides the result, in names that say nothing of this machine."""
    options = {name: getattr(request, name) for name in ("epochs", "learning_rate", "rank", "most", "seed")}
    return {**options, "base": Path(request.base).name, **request.source.recorded()}
