"""Fine-tuning the language model: LoRA or all weights, on prompts as the product builds them, loss on the answer only."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import Trainer

from rag.models.generator.vocabulary import Vocabulary
from rag.training.adapter import adapted
from rag.training.lessons import Lesson
from rag.training.loop import arguments, run
from rag.types import Progress

_IGNORED = -100
_BATCH_TOKENS = 2048
_POOL = 400  # lessons sorted by length together, to pad little


@dataclass(frozen=True, slots=True)
class Options:
    """How to train. `rank` is that of the LoRA adapter (Hu et al. 2021) on all linear layers; 0 trains all weights."""

    epochs: int = 1
    learning_rate: float = 5e-4
    rank: int = 16
    warm_up: float = 0.05
    seed: int = 1


def train(
    model: Any,
    vocabulary: Vocabulary,
    lessons: Sequence[Lesson],
    options: Options,
    folder: Path,
    progress: Progress,
    *,
    resume: bool = False,
    save_steps: int = 100,
) -> Any:
    """The trained model, its adapter beside it; checkpoints go to `folder`, and `resume` goes on from the last one.

    Lessons longer than the model's window are left out.
    """
    learner = adapted(model, options.rank, options.seed, "CAUSAL_LM")
    pairs = [_tokens(lesson, vocabulary) for lesson in lessons]
    batches = _batches([(ids, answer) for ids, answer in pairs if len(ids) <= vocabulary.window], options)
    settings = arguments(
        folder,
        options.learning_rate,
        options.seed,
        per_device_train_batch_size=1,
        num_train_epochs=1,
        warmup_steps=round(options.warm_up * len(batches)),
        save_steps=save_steps,
        train_sampling_strategy="sequential",
    )
    trainer = _Trainer(model=learner, args=settings, train_dataset=batches, data_collator=_collate)
    run(trainer, folder, progress, resume=resume)
    return learner.eval()


def _tokens(lesson: Lesson, vocabulary: Vocabulary) -> tuple[list[int], int]:
    """Prompt, answer and end as tokens, and where the answer begins."""
    prompt = vocabulary.ids(vocabulary.render(lesson.messages))
    return [*prompt, *vocabulary.answer(lesson.answer)], len(prompt)


def _batches(pairs: Sequence[tuple[list[int], int]], options: Options) -> list[list[tuple[list[int], int]]]:
    """Batches for the whole training, of about as many tokens each, drawn by the seed."""
    rng = random.Random(options.seed)  # noqa: S311
    batches: list[list[tuple[list[int], int]]] = []
    for _ in range(options.epochs):
        order = rng.sample(pairs, len(pairs))
        made: list[list[tuple[list[int], int]]] = []
        for at in range(0, len(order), _POOL):
            waiting: list[tuple[list[int], int]] = []
            for pair in sorted(order[at : at + _POOL], key=lambda item: len(item[0])):
                if waiting and (len(waiting) + 1) * len(pair[0]) > _BATCH_TOKENS:
                    made.append(waiting)
                    waiting = []
                waiting.append(pair)
            made.append(waiting)
        rng.shuffle(made)
        batches += made
    return batches


def _collate(found: list[list[tuple[list[int], int]]]) -> dict[str, torch.Tensor]:
    """Tensors `(lessons, tokens)`, filled up at the left; `labels` are the answers alone, -100 where there is none."""
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


class _Trainer(Trainer):
    """Makes the logits of answers only: those of the prompts would cost as much as a layer of the model each."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        labels = inputs.pop("labels")  # (lessons, tokens of the longest answer)
        outputs = model(**inputs, logits_to_keep=labels.shape[1] + 1)
        logits = outputs.logits[:, :-1].float()  # (lessons, tokens of the longest answer, vocabulary)
        loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=_IGNORED)
        return (loss, outputs) if return_outputs else loss
