"""Fine-tuning the encoder that searches: Dense Passage Retrieval (Karpukhin et al. 2020) with in-batch and mined negatives.

A passage that answers is to be nearer to its question than every other passage of the batch. One encoder serves questions and
passages, as in the product.
"""

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rag.evaluation.comparison import Columns
from rag.models.encoder import PROMPTS_FILE, BertEmbedder, pool, read_prompts
from rag.reading import TrainedReader
from rag.reading.ranking import logistic
from rag.text import replace_lone_surrogates
from rag.training import gate
from rag.training.examples import Group
from rag.training.gate import Verdict
from rag.training.options import option
from rag.training.reader import trained_reader
from rag.training.recipe import Fitted, Parts, Recipe
from rag.training.run_folder import Run
from rag.training.training_data import TrainingData
from rag.types import TextKind

if TYPE_CHECKING:
    from torch import Tensor

_TEMPERATURE = 0.05
_BATCH = 24  # questions a step, each with its passage and one that does not answer
_LONGEST = 256  # tokens of a passage while it is learnt from; the product's are shorter
_WARM_UP = 0.1  # share of the steps


@dataclass(frozen=True, slots=True)
class EncoderOptions:
    """How to train. A LoRA adapter of `rank` is merged in; `distil` learns from the trained reader how much better the right
    passage is than the wrong one.
    """

    base: str = option("minilm", "Start from: minilm, a hub id, or a folder with any BERT.")
    epochs: float = option(1.0, "How often each question is seen.", at_least=0.01)
    learning_rate: float = option(2e-5, "The highest, after warm-up.", at_least=0)
    rank: int = option(0, "Rank of a LoRA adapter; 0 trains all weights.", at_least=0)
    distil: bool = option(False, "Learn from the trained reader how much better the right passage is.")
    seed: int = option(1, "Order of the questions, and what is drawn beside them.")


class Base(NamedTuple):
    """An encoder's network and tokenizer, and what stands before each kind of text."""

    model: Any
    tokenizer: Any
    prompts: dict[str, str]


class Triple(NamedTuple):
    """A question, a passage that answers it, one that does not ("" where none was found), and how probable it is that the first
    answers rather than the second."""

    question: str
    answers: str
    other: str
    preferred: float = 1.0


def fit(options: EncoderOptions, parts: Parts[Group], run: Run) -> Fitted[BertEmbedder]:
    """The encoder trained on every question with a passage that answers, each with one of its mined negatives."""
    base = _base(options, run)
    rng = random.Random(options.seed)  # noqa: S311
    learnt = [group for part in parts.learn for group in part if group.positive]
    teacher = trained_reader(run.settings, run.progress) if options.distil else None
    triples = []
    for n, group in enumerate(learnt):
        run.progress(n, len(learnt), f"question {n + 1} of {len(learnt)}")
        triples.append(_triple(group, rng, teacher))
    model = fit_network(base, triples, options, run)
    for part in (model, base.tokenizer):
        part.save_pretrained(run.candidate)
    (run.candidate / PROMPTS_FILE).write_text(json.dumps({"prompts": base.prompts}) + "\n", "utf-8")
    return Fitted(_embedder(base._replace(model=model), options, run), {"questions": len(triples)})


def judge(options: EncoderOptions, fitted: Fitted[BertEmbedder], parts: Parts[Group], run: Run) -> Verdict:
    """The new encoder beside the one it started from."""
    before = _embedder(_base(options, run), options, run)
    return gate.decide(measure(before, parts.held), measure(fitted.model, parts.held))


def measure(embedder: BertEmbedder, held: Sequence[Group]) -> Columns:
    """For each question whether its passage is nearest among all held-out passages, and one over its place."""
    groups = [group for group in held if group.positive]
    texts = list(dict.fromkeys(example.passage.chunk.embedded_text for group in groups for example in group.examples))
    place = {text: n for n, text in enumerate(texts)}
    passages = embedder.embed(texts)
    questions = embedder.embed([group.examples[0].question for group in groups], "query")
    nearness = questions @ passages.T  # (questions, passages)
    right = [place[group.examples[0].passage.chunk.embedded_text] for group in groups]
    own = nearness[np.arange(len(groups)), right]
    ranks = 1 + (nearness > own[:, None]).sum(1)
    return {"first": (ranks == 1).astype(float), "reciprocal rank": 1 / ranks}


def loss(questions: "Tensor", passages: "Tensor", same: "Tensor") -> "Tensor":
    """Cross-entropy of each question's own passage among all of the batch.

    `questions` (n, dim) and `passages` (m, dim) are unit vectors, the first n passages in the order of the questions; `same`
    (n, m) marks passages that answer a question too, and are no negatives.
    """
    import torch
    from torch.nn import functional

    scores = (questions @ passages.T / _TEMPERATURE).masked_fill(same, -1e4)
    return functional.cross_entropy(scores, torch.arange(len(questions), device=scores.device))


def distillation_loss(questions: "Tensor", passages: "Tensor", others: "Tensor", preferred: "Tensor") -> "Tensor":
    """Cross-entropy of the choice between each question's passage and its other, `preferred` (n,) being the teacher's.

    `questions`, `passages` and `others` (n, dim) are unit vectors.
    """
    from torch.nn import functional

    margin = ((questions * passages).sum(1) - (questions * others).sum(1)) / _TEMPERATURE
    return functional.binary_cross_entropy_with_logits(margin, preferred)


def fit_network(base: Base, triples: Sequence[Triple], options: EncoderOptions, run: Run) -> Any:
    """The trained model, an adapter merged in; resumes from the run's last checkpoint where it is asked to."""
    import torch
    from torch.nn import functional

    from rag.models.adapter import adapted, merged
    from rag.training import trainer

    model, tokenizer, prompts = base
    learner = adapted(model, options.rank, options.seed, "FEATURE_EXTRACTION")
    learner.train()
    steps = max(1, round(options.epochs * len(triples) / _BATCH))
    settings = trainer.arguments(
        run.checkpoints,
        options.learning_rate,
        options.seed,
        per_device_train_batch_size=_BATCH,
        max_steps=steps,
        warmup_steps=round(_WARM_UP * steps),
        save_steps=100,
    )

    def encode(texts: list[str], kind: TextKind) -> Any:
        window = min(_LONGEST, model.config.max_position_embeddings)
        texts = [prompts.get(kind, "") + text for text in texts]
        return dict(tokenizer(texts, padding=True, truncation=True, max_length=window, return_tensors="pt"))

    def collate(rows: list[Triple]) -> dict[str, Any]:
        own = [row.answers for row in rows]
        passages = own + [row.other for row in rows if row.other]
        same = [[passage == answer and n != m for m, passage in enumerate(passages)] for n, answer in enumerate(own)]
        return {
            "questions": encode([row.question for row in rows], "query"),
            "passages": encode(passages, "passage"),
            "same": torch.tensor(same),
            "with_other": torch.tensor([n for n, row in enumerate(rows) if row.other], dtype=torch.long),
            "preferred": torch.tensor([row.preferred for row in rows]),
        }

    def vectors(model: Any, texts: dict[str, "Tensor"]) -> "Tensor":
        hidden = model(**texts).last_hidden_state
        return functional.normalize(pool(hidden, texts["attention_mask"], run.settings.pooling), dim=-1)

    def batch_loss(model: Any, inputs: dict[str, Any]) -> "Tensor":
        questions, passages = (vectors(model, inputs[name]) for name in ("questions", "passages"))
        value = loss(questions, passages, inputs["same"])
        rows = inputs["with_other"]
        if options.distil and len(rows):
            own, others = passages[rows], passages[len(questions) :]
            value = value + distillation_loss(questions[rows], own, others, inputs["preferred"][rows])
        return value

    fitting = trainer.LossTrainer(batch_loss, model=learner, args=settings, train_dataset=list(triples), data_collator=collate)
    trainer.run(fitting, run.checkpoints, run.progress, resume=run.resume)
    return merged(learner, options.rank)


def _base(options: EncoderOptions, run: Run) -> Base:
    from transformers import AutoModel, AutoTokenizer

    from rag.models import files as models

    folder = models.resolve(options.base, run.settings.models_dir, run.progress)
    model: Any = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    return Base(model.eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True), read_prompts(folder))


def _embedder(base: Base, options: EncoderOptions, run: Run) -> BertEmbedder:
    return BertEmbedder(options.base, base.model, base.tokenizer, run.settings.pooling, prompts=base.prompts)


def _triple(group: Group, rng: random.Random, teacher: TrainedReader | None) -> Triple:
    """What is learnt of a question: a passage that may answer unknown to the dataset was left out when it was mined."""
    right = group.examples[0]
    other = rng.choice(group.negatives) if group.negatives else None
    preferred = 1.0
    if teacher and other:
        one, two = teacher.features(right.question, [right.passage, other.passage])
        preferred = logistic(one["relevant"] - two["relevant"])
    wrong = replace_lone_surrogates(other.passage.chunk.embedded_text) if other else ""
    return Triple(
        replace_lone_surrogates(right.question), replace_lone_surrogates(right.passage.chunk.embedded_text), wrong, preferred
    )


RECIPE = Recipe(
    kind="embedder",
    options=EncoderOptions,
    data=TrainingData,
    split=lambda options, groups: gate.split(groups),
    fit=fit,
    judge=judge,
    help="Train the encoder that searches. It is kept if it finds more on held-out questions.",
    use="Set RAG_EMBEDDER=trained and run `rag ingest --rebuild` to search with it; the old index answers until it is done.",
)
