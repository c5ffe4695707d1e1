"""Fine-tuning the language model: LoRA or all weights, on prompts as the product builds them, loss on the answer only."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.evaluation.comparison import Columns
from rag.evaluation.wording import contains, f1
from rag.models.batching import shuffled_batches
from rag.protocols import Generator
from rag.training import gate
from rag.training.examples import Group
from rag.training.gate import Verdict
from rag.training.options import option
from rag.training.reader import untrained_reader
from rag.training.recipe import Fitted, Parts, Recipe
from rag.training.run_folder import Run
from rag.training.sft_examples import SftExample, sft_examples
from rag.training.training_data import TrainingData
from rag.types import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from rag.models.generator.vocabulary import Vocabulary

_IGNORED = -100
_BATCH_TOKENS = 2048
_POOL = 400  # examples sorted by length together, to pad little
_WARM_UP = 0.05  # share of the steps
_JUDGED = 100  # held-out questions; each is answered twice


@dataclass(frozen=True, slots=True)
class GeneratorOptions:
    """How to train. `rank` is that of the LoRA adapter (Hu et al. 2021) on all linear layers."""

    base: str = option("smollm2", "Start from: smollm2, a hub id such as gpt2, or a folder.")
    epochs: int = option(1, "How often each question is seen.", at_least=1)
    learning_rate: float = option(5e-4, "The highest, after warm-up.", at_least=0)
    rank: int = option(16, "Rank of the LoRA adapter; 0 trains all weights.", at_least=0)
    most: int | None = option(None, "Questions to learn from, at most.", at_least=1)
    seed: int = option(1, "Order of the questions, and what is drawn beside them.")


@dataclass(frozen=True, slots=True)
class Model:
    """A causal model of transformers with its vocabulary."""

    network: Any
    vocabulary: "Vocabulary"

    def generator(self) -> Generator:
        from rag.models.generator import CausalGenerator

        return CausalGenerator(self.vocabulary, self.network.eval())


def fit(options: GeneratorOptions, parts: Parts[Group], run: Run) -> Fitted[Model]:
    """The model with what its adapter learnt merged in; the adapter by itself is what is kept."""
    from rag.models import adapter
    from rag.models.files import adapters

    base = _base(options, run)
    asked = [group for part in parts.learn for group in part]
    examples = _examples(asked, options.most or len(asked), options, base, run)
    learner = fit_network(base.network, base.vocabulary, examples, options, run.checkpoints, run.progress, resume=run.resume)
    record: dict[str, Any] = {"examples": len(examples)}
    if options.rank:
        adapter.save(learner, options.base, run.candidate)
        record["sha256"] = adapters.sha256(run.candidate)
    network = adapter.merged(learner, options.rank)
    if not options.rank:
        network.save_pretrained(run.candidate)
        base.vocabulary.save(run.candidate)
    return Fitted(Model(network, base.vocabulary), record)


def fit_network(
    network: Any,
    vocabulary: "Vocabulary",
    examples: Sequence[SftExample],
    options: GeneratorOptions,
    folder: Path,
    progress: Progress,
    *,
    resume: bool = False,
    save_steps: int = 100,
) -> Any:
    """The trained network, its adapter beside it; checkpoints go to `folder`, and `resume` goes on from the last one.

    Examples longer than the model's window are left out.
    """
    from rag.models.adapter import adapted
    from rag.training.trainer import LossTrainer, arguments, ready_batches, run

    learner = adapted(network, options.rank, options.seed, "CAUSAL_LM")
    pairs = [_tokens(example, vocabulary) for example in examples]
    batches = _batches([(ids, answer) for ids, answer in pairs if len(ids) <= vocabulary.window], options)
    settings = arguments(
        folder, options.learning_rate, options.seed, save_steps=save_steps, **ready_batches(_WARM_UP, len(batches))
    )
    trainer = LossTrainer(_loss, model=learner, args=settings, train_dataset=batches, data_collator=_collate)
    run(trainer, folder, progress, resume=resume)
    return learner.eval()


def judge(options: GeneratorOptions, fitted: Fitted[Model], parts: Parts[Group], run: Run) -> Verdict:
    """The new model beside the one it started from, on the same prompts."""
    base = _base(options, run)
    held = _examples(parts.held, _JUDGED, options, base, run)
    most = run.settings.answer_tokens
    before, after = (measure(model.generator(), held, most, run.progress) for model in (base, fitted.model))
    return gate.decide(before, after)


def measure(generator: Generator, held: Sequence[SftExample], most: int, progress: Progress) -> Columns:
    """For each example F1 of what the model writes beside the answer, and whether the answer stands in it."""
    rows = []
    for n, example in enumerate(held):
        progress(n, len(held), f"answering held-out question {n + 1} of {len(held)}")
        said = "".join(generator.stream(example.messages, most))
        rows.append((f1(said, [example.answer]), contains(said, [example.answer])))
    values = np.array(rows, float).reshape(-1, 2)
    return {"answer F1": values[:, 0], "answer contained": values[:, 1]}


def _base(options: GeneratorOptions, run: Run) -> Model:
    from transformers import AutoModelForCausalLM

    from rag.models import files as models
    from rag.models.generator.vocabulary import Vocabulary

    folder = models.resolve(options.base, run.settings.models_dir, run.progress)
    network: Any = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    return Model(network, Vocabulary.from_folder(folder, options.base))


def _examples(groups: Sequence[Group], most: int, options: GeneratorOptions, base: Model, run: Run) -> list[SftExample]:
    """Examples of at most so many of the questions, drawn by the seed."""
    budget = min(run.settings.prompt_tokens, base.vocabulary.window - run.settings.answer_tokens)
    reader = untrained_reader(run.settings, run.progress)  # a trained one may have seen these questions
    rng = random.Random(options.seed)  # noqa: S311
    drawn = rng.sample(groups, min(most, len(groups)))
    return list(sft_examples(drawn, reader, base.generator(), budget, rng))


def _tokens(example: SftExample, vocabulary: "Vocabulary") -> tuple[list[int], int]:
    """Prompt, answer and end as tokens, and where the answer begins."""
    prompt = vocabulary.ids(vocabulary.render(example.messages))
    return [*prompt, *vocabulary.answer(example.answer)], len(prompt)


def _batches(pairs: Sequence[tuple[list[int], int]], options: GeneratorOptions) -> list[list[tuple[list[int], int]]]:
    """Batches for the whole training, of about as many tokens each, drawn by the seed."""
    rng = random.Random(options.seed)  # noqa: S311
    batches: list[list[tuple[list[int], int]]] = []
    for _ in range(options.epochs):
        order = rng.sample(pairs, len(pairs))
        made = shuffled_batches([len(ids) for ids, _ in order], _BATCH_TOKENS, _POOL, rng)
        rng.shuffle(made)
        batches += [[order[row] for row in batch] for batch in made]
    return batches


def _collate(found: list[list[tuple[list[int], int]]]) -> "dict[str, Tensor]":
    """Tensors `(examples, tokens)`, filled up at the left; `labels` are the answers alone, -100 where there is none."""
    import torch

    pairs = [pair for batch in found for pair in batch]
    width, longest = max(len(ids) for ids, _ in pairs), max(len(ids) - answer for ids, answer in pairs)
    ids, mask = torch.zeros(len(pairs), width, dtype=torch.long), torch.zeros(len(pairs), width, dtype=torch.long)
    labels = torch.full((len(pairs), longest), _IGNORED)
    for row, (tokens, answer) in enumerate(pairs):
        ids[row, -len(tokens) :] = torch.tensor(tokens)
        mask[row, -len(tokens) :] = 1
        labels[row, answer - len(tokens) :] = torch.tensor(tokens[answer:])
    places = (mask.cumsum(1) - 1).clamp(min=0)
    return {"input_ids": ids, "attention_mask": mask, "position_ids": places, "labels": labels}


def _loss(model: Any, inputs: dict[str, Any]) -> "Tensor":
    """Makes the logits of answers only: those of the prompts would cost as much as a layer of the model each."""
    from torch.nn import functional

    labels = inputs.pop("labels")  # (examples, tokens of the longest answer)
    outputs = model(**inputs, logits_to_keep=labels.shape[1] + 1)
    logits = outputs.logits[:, :-1].float()  # (examples, tokens of the longest answer, vocabulary)
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=_IGNORED)


RECIPE = Recipe(
    kind="generator",
    options=GeneratorOptions,
    data=TrainingData,
    split=lambda options, groups: gate.split(groups),
    fit=fit,
    judge=judge,
    help="Train a language model to answer from passages. It is used if it is better on held-out questions.",
    use="RAG_GENERATOR=trained writes with it.",
)
