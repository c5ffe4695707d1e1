"""Fine-tuning the encoder that searches: Dense Passage Retrieval (Karpukhin et al. 2020) with in-batch and mined negatives.

A passage that answers is to be nearer to its question than every other passage of the batch. One encoder serves questions and
passages, as in the product.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch.nn import functional
from transformers import Trainer

from rag.config import Settings
from rag.evaluation.comparison import Columns
from rag.models.device import share_cores
from rag.models.encoder import BertEmbedder, pool
from rag.reading import TrainedReader
from rag.reading.ranking import logistic
from rag.text import paired
from rag.training.adapter import adapted, merged
from rag.training.examples import Example, Group
from rag.training.gate import decide, passages, split
from rag.training.kept import CANDIDATE, Outcome, check_out, examples, keep
from rag.training.loop import arguments, run
from rag.training.run import trained_reader
from rag.training.source import Source
from rag.types import Progress

_TEMPERATURE = 0.05
_BATCH = 24  # questions a step, each with its passage and one that does not answer
_LONGEST = 256  # tokens of a passage while it is learnt from; the product's are shorter


class Triple(NamedTuple):
    """A question, a passage that answers it, one that does not ("" where none was found), and how probable it is that the first
    answers rather than the second."""

    question: str
    answers: str
    other: str
    preferred: float = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """What to train from what, and where the encoder is written instead of being used.

    `rank` 0 trains all weights, otherwise it is that of a LoRA adapter, which is merged in. `distil` learns
    from the trained reader how much better the right passage is than the wrong one.
    """

    source: Source
    base: str = "minilm"
    epochs: float = 1.0
    learning_rate: float = 2e-5
    rank: int = 0
    distil: bool = False
    seed: int = 1
    out: Path | None = None
    resume: bool = False


def train_embedder(request: Request, settings: Settings, progress: Progress) -> Outcome:
    """Train an encoder, and use it if it finds more on held-out questions.

    An interrupted run is taken up again by the same request with `resume`. Raises RagError for datasets that cannot be read or
    are too small to judge by, and for a folder that holds something else.
    """
    from transformers import AutoModel, AutoTokenizer

    from rag.models import files as models

    check_out(request.out, "embedder")
    share_cores(settings.threads)
    work = settings.data_dir / "embedder" / "training"
    record = _recorded(request, settings.pooling)
    parts = examples(request.source, record, settings, work, progress, resume=request.resume)
    divided = [split(part) for part in parts]
    held = [group for _, part in divided for group in part]
    folder = models.resolve(request.base, settings.models_dir, progress)
    model: Any = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    before = measure(BertEmbedder(request.base, model.eval(), tokenizer, settings.pooling), held)
    rng = random.Random(request.seed)  # noqa: S311
    learnt = [group for part, _ in divided for group in part if group.positive]
    teacher = trained_reader(settings, progress) if request.distil else None
    triples = []
    for n, group in enumerate(learnt):
        progress(n, len(learnt), f"question {n + 1} of {len(learnt)}")
        triples.append(_triple(group, rng, teacher))
    model = _train(model, tokenizer, triples, request, settings.pooling, work / "checkpoints", progress)
    after = measure(BertEmbedder(request.base, model, tokenizer, settings.pooling), held)
    verdict = decide(before, after)
    for part in (model, tokenizer):
        part.save_pretrained(work / CANDIDATE)
    return keep(work, request.out, "embedder", settings, verdict, {**record, "questions": len(triples)})


def measure(embedder: BertEmbedder, held: Sequence[Group]) -> Columns:
    """For each question whether its passage is nearest among all held-out passages, and one over its place."""
    groups = [group for group in held if group.positive]
    texts = list(dict.fromkeys(_read(example) for g in groups for example in (g.positive, *g.negatives) if example))
    place = {text: n for n, text in enumerate(texts)}
    passages = embedder.embed(texts)
    questions = embedder.embed([group.positive.question for group in groups if group.positive])
    nearness = questions @ passages.T  # (questions, passages)
    own = nearness[np.arange(len(groups)), [place[_read(group.positive)] for group in groups if group.positive]]
    ranks = 1 + (nearness > own[:, None]).sum(1)
    return {"first": (ranks == 1).astype(float), "reciprocal rank": 1 / ranks}


def loss(questions: torch.Tensor, passages: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each question's own passage among all of the batch.

    `questions` (n, dim) and `passages` (m, dim) are unit vectors, the first n passages in the order of the questions; `same`
    (n, m) marks passages that answer a question too, and are no negatives.
    """
    scores = (questions @ passages.T / _TEMPERATURE).masked_fill(same, -1e4)
    return functional.cross_entropy(scores, torch.arange(len(questions), device=scores.device))


def distillation_loss(
    questions: torch.Tensor, passages: torch.Tensor, others: torch.Tensor, preferred: torch.Tensor
) -> torch.Tensor:
    """Cross-entropy of the choice between each question's passage and its other, `preferred` (n,) being the teacher's.

    `questions`, `passages` and `others` (n, dim) are unit vectors.
    """
    margin = ((questions * passages).sum(1) - (questions * others).sum(1)) / _TEMPERATURE
    return functional.binary_cross_entropy_with_logits(margin, preferred)


class _Trainer(Trainer):
    pooling: Literal["mean", "cls"]
    distil: bool

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        vectors = []
        for name in ("questions", "passages"):
            hidden = model(**inputs[name]).last_hidden_state
            vectors.append(functional.normalize(pool(hidden, inputs[name]["attention_mask"], self.pooling), dim=-1))
        questions, passages = vectors
        value = loss(questions, passages, inputs["same"])
        rows = inputs["with_other"]
        if self.distil and len(rows):
            own, others = passages[rows], passages[len(questions) :]
            value = value + distillation_loss(questions[rows], own, others, inputs["preferred"][rows])
        return (value, {"vectors": vectors}) if return_outputs else value


def _train(
    model: Any,
    tokenizer: Any,
    triples: Sequence[Triple],
    request: Request,
    pooling: Literal["mean", "cls"],
    folder: Path,
    progress: Progress,
) -> Any:
    learner = adapted(model, request.rank, request.seed, "FEATURE_EXTRACTION")
    learner.train()
    steps = max(1, round(request.epochs * len(triples) / _BATCH))
    settings = arguments(
        folder,
        request.learning_rate,
        request.seed,
        per_device_train_batch_size=_BATCH,
        max_steps=steps,
        warmup_steps=round(0.1 * steps),
        save_steps=100,
    )

    def encode(texts: list[str]) -> Any:
        window = min(_LONGEST, model.config.max_position_embeddings)
        return dict(tokenizer(texts, padding=True, truncation=True, max_length=window, return_tensors="pt"))

    def collate(rows: list[Triple]) -> dict[str, Any]:
        own = [row.answers for row in rows]
        passages = own + [row.other for row in rows if row.other]
        same = [[passage == answer and n != m for m, passage in enumerate(passages)] for n, answer in enumerate(own)]
        return {
            "questions": encode([row.question for row in rows]),
            "passages": encode(passages),
            "same": torch.tensor(same),
            "with_other": torch.tensor([n for n, row in enumerate(rows) if row.other], dtype=torch.long),
            "preferred": torch.tensor([row.preferred for row in rows]),
        }

    trainer = _Trainer(model=learner, args=settings, train_dataset=list(triples), data_collator=collate)
    trainer.pooling, trainer.distil = pooling, request.distil
    run(trainer, folder, progress, resume=request.resume)
    return merged(learner, request.rank)


def _triple(group: Group, rng: random.Random, teacher: TrainedReader | None) -> Triple:
    """What is learnt of a question: a passage that may answer unknown to the dataset was left out when it was mined."""
    right, *others = passages(group)
    other = rng.choice(others) if others else None
    preferred = 1.0
    if teacher and other:
        one, two = teacher.features(right[0].question, [right[1], other[1]])
        preferred = logistic(one["relevant"] - two["relevant"])
    wrong = paired(_read(other[0])) if other else ""
    return Triple(paired(right[0].question), paired(_read(right[0])), wrong, preferred)


def _read(example: Example) -> str:
    """A passage as the product embeds it."""
    return f"{example.context}\n{example.text}" if example.context else example.text


def _recorded(request: Request, pooling: str) -> dict[str, Any]:
    options = {name: getattr(request, name) for name in ("epochs", "learning_rate", "rank", "distil", "seed")}
    return {**options, "pooling": pooling, "base": Path(request.base).name, **request.source.recorded()}
