"""Fine-tuning the reader: spans, evidence, relevance and whether anything answers, learnt together in one pass."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import Trainer, TrainerCallback

from rag.reading.network import ANSWERS, END, EVIDENCE, RELEVANT, START, ReaderNetwork
from rag.reading.pairs import Pair, PairEncoder
from rag.training.augmentation import corrupt, crop, surround
from rag.training.examples import Example, Group
from rag.training.loop import arguments, run
from rag.types import Progress

_IGNORED = -100
_POOL = 40  # batches sorted by length together, to pad little
# How often a question gets a passage beside it that does not answer, and one that does but for a changed word.
_NEGATIVE, _CORRUPTED = 0.4, 0.2
_NEGATIVES_WITHOUT_SPAN = 2  # a question without a short answer teaches relevance: it gets two
_SURROUNDED = 0.35
# The share of the steps after which states are kept whose mean is the result, and how many are kept.
_SETTLED, _KEPT = 0.5, 5
_CROPPED = 0.5  # the first share of the epochs, in which passages are cropped: twice the questions in the same time

Visit = tuple[Example, ...]
"""What is read of one question at once: the passage that answers first, where there is one."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to train. `learning_rate` is the highest, reached after `warm_up` of the steps; then it falls to nothing.

    A step reads about `batch_tokens`: 3,000 are about 24 passages, and more want a higher rate. `dropout` is of the layers'
    outputs only: in the attention it would cost a third more time.
    """

    epochs: float = 3.0
    learning_rate: float = 2e-4
    dropout: float = 0.1
    warm_up: float = 0.06
    seed: int = 1
    batch_tokens: int = 3000


def plan(parts: Sequence[Sequence[Group]], options: Options, most: int | None = None) -> list[list[Visit]]:
    """Batches for the whole training, drawn by the seed, so that a resumed run goes on with what the first would have seen.

    `parts` are datasets; an epoch takes at most `most` questions of each.
    """
    rng = random.Random(options.seed)  # noqa: S311
    texts = [group.positive.text for part in parts for group in part if group.positive]
    visits: list[Visit] = []
    for epoch in range(math.ceil(options.epochs)):
        order = [group for part in parts for group in (rng.sample(part, most) if most and most < len(part) else part)]
        rng.shuffle(order)
        cropped = epoch < _CROPPED * options.epochs
        order = order[: round(len(order) * min(1.0, options.epochs - epoch))]
        visits += [_visit(group, texts, cropped, rng) for group in order]
    return list(_batches([visit for visit in visits if visit], options.batch_tokens, rng))


def train(
    network: ReaderNetwork,
    encoder: PairEncoder,
    batches: list[list[Visit]],
    options: Options,
    folder: Path,
    progress: Progress,
    *,
    resume: bool = False,
    save_steps: int = 200,
) -> None:
    """Train in place, with checkpoints in `folder`; `resume` goes on from the last one.

    What comes out is the mean of the states of the second half (Izmailov et al. 2018): it knows fewer questions by heart. The
    vectors of words stay as they are: a few thousand questions hold too few of the words to improve them.
    """
    network.encoder.embeddings.word_embeddings.requires_grad_(False)
    for name, module in network.named_modules():
        if isinstance(module, torch.nn.Dropout) and ".self." not in name:
            module.p = options.dropout
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
    trainer = _Trainer(model=network, args=settings, train_dataset=batches, data_collator=_Collator(encoder))
    trainer.add_callback(_Keep(folder, len(batches)))
    run(trainer, folder, progress, resume=resume)
    _average(network, folder)
    network.eval()


class _Keep(TrainerCallback):
    """Keeps the weights at even distances in the second half of the steps."""

    def __init__(self, folder: Path, steps: int) -> None:
        self._folder = folder
        first = round(_SETTLED * steps)
        self._steps = {first + round(n * (steps - first) / (_KEPT - 1)) for n in range(_KEPT)}

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if state.global_step in self._steps:
            learnt = {name: weight.detach().contiguous() for name, weight in model.named_parameters() if weight.requires_grad}
            self._folder.mkdir(parents=True, exist_ok=True)
            save_file(learnt, self._folder / f"state-{state.global_step:07}.safetensors")


def _average(network: ReaderNetwork, folder: Path) -> None:
    """Set the weights that learn to the mean of the states that were kept."""
    states = [load_file(path) for path in sorted(folder.glob("state-*.safetensors"))]
    if states:
        network.load_state_dict({name: torch.stack([s[name] for s in states]).mean(0) for name in states[0]}, strict=False)


class _Trainer(Trainer):
    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        targets = {name: inputs.pop(name) for name in _TARGETS}
        outputs = model(**inputs)
        loss = losses(*outputs, **targets)
        return (loss, outputs) if return_outputs else loss


_TARGETS = ("text", "start", "end", "evidence", "answers", "members")


def losses(
    tokens: torch.Tensor,
    passages: torch.Tensor,
    text: torch.Tensor,
    start: torch.Tensor,
    end: torch.Tensor,
    evidence: torch.Tensor,
    answers: torch.Tensor,
    members: torch.Tensor,
) -> torch.Tensor:
    """The sum of four losses of `(pairs, tokens, 3)` and `(pairs, 2)` logits.

    `text` (pairs, tokens) marks what a span may be of: the text's tokens, and [CLS] for none. `start` and `end` (pairs)
    are positions, `evidence` (pairs, tokens) is 0, 1 or -100, `answers` (pairs) 0, 1 or NaN; `members` (groups, most)
    has the pairs of each question, the one that answers first, filled up with -1.
    """
    tokens, passages = tokens.float(), passages.float()
    span = tokens.new_zeros(())
    for logits, target in ((tokens[..., START], start), (tokens[..., END], end)):
        if (target != _IGNORED).any():
            span = span + functional.cross_entropy(logits.masked_fill(~text, -1e4), target) / 2
    known = evidence != _IGNORED
    marked = functional.binary_cross_entropy_with_logits(tokens[..., EVIDENCE], evidence.clamp(min=0).float(), reduction="none")
    per_pair = (marked * known).sum(1) / known.sum(1).clamp(min=1)
    per_pair = per_pair.sum() / known.any(1).sum().clamp(min=1)
    said = ~answers.isnan()
    loss = span + per_pair
    if said.any():
        loss = loss + 0.5 * functional.binary_cross_entropy_with_logits(passages[said, ANSWERS], answers[said])
    if len(members):
        scores = passages[:, RELEVANT][members.clamp(min=0)].masked_fill(members < 0, -1e4)
        loss = loss + 0.5 * functional.cross_entropy(scores, torch.zeros_like(members[:, 0]))
    return loss


class _Collator:
    """Visits to tensors."""

    def __init__(self, encoder: PairEncoder) -> None:
        self._encoder = encoder

    def __call__(self, batch: list[list[Visit]]) -> dict[str, torch.Tensor]:
        pairs: list[Pair] = []
        targets: list[tuple[Example, Pair]] = []
        members: list[list[int]] = []
        for visit in (visit for visits in batch for visit in visits):
            rows = []
            for example in visit:
                pair = self._encoder.encode(example.question, example.context, example.text)[0]
                if example.question == visit[0].question:
                    rows.append(len(pairs))
                pairs.append(pair)
                targets.append((example, pair))
            if visit[0].answers and len(rows) > 1:
                members.append(rows)
        tensors = self._encoder.batch(pairs)
        shape = tensors["input_ids"].shape
        text = torch.zeros(shape, dtype=torch.bool)
        text[:, 0] = True
        start, end = torch.full((len(pairs),), _IGNORED), torch.full((len(pairs),), _IGNORED)
        evidence = torch.full(shape, _IGNORED)
        answers = torch.full((len(pairs),), float("nan"))
        for row, (example, pair) in enumerate(targets):
            last = pair.first + len(pair.offsets)
            text[row, pair.first : last] = True
            if example.answers is not None:
                answers[row] = float(example.answers)
            if example.evidence is not None:
                inside = [any(s < b and e > a for a, b in example.evidence) for s, e in pair.offsets]
                evidence[row, pair.first : last] = torch.tensor(inside, dtype=torch.long)
            if example.answers is False:
                start[row] = end[row] = 0
            elif example.answer:
                touched = [i for i, (s, e) in enumerate(pair.offsets) if s < example.answer[1] and e > example.answer[0]]
                if touched:
                    start[row], end[row] = pair.first + touched[0], pair.first + touched[-1]
        width = max(map(len, members), default=0)
        filled = torch.tensor([rows + [-1] * (width - len(rows)) for rows in members], dtype=torch.long)
        return {
            **tensors,
            "text": text,
            "start": start,
            "end": end,
            "evidence": evidence,
            "answers": answers,
            "members": filled.reshape(len(members), width),
        }


def _visit(group: Group, texts: Sequence[str], cropped: bool, rng: random.Random) -> Visit:
    negatives = list(group.negatives)
    if group.positive is None:
        some = rng.sample(negatives[1:], min(1, len(negatives) - 1)) if negatives else []
        return tuple(crop(example, rng) if cropped else example for example in (*negatives[:1], *some))
    positive = group.positive
    if positive.evidence is None:  # the whole passage answers
        some = rng.sample(negatives, min(_NEGATIVES_WITHOUT_SPAN, len(negatives)))
        some = [replace(example, evidence=None, answers=None) for example in some]  # they may answer as well
        stranger = replace(positive, context="", text=rng.choice(texts), evidence=(), answers=False)
        if rng.random() < _SURROUNDED:
            return surround(positive, texts, rng), stranger
        return positive, *some, stranger
    positive = crop(positive, rng) if cropped else positive
    beside: list[Example] = []
    if negatives and rng.random() < _NEGATIVE:
        negative = rng.choice(negatives)
        beside.append(crop(negative, rng) if cropped else negative)
    if rng.random() < _CORRUPTED and (changed := corrupt(positive, rng)):
        beside.append(changed)
    return positive, *beside


def _batches(visits: list[Visit], most: int, rng: random.Random) -> Iterator[list[Visit]]:
    """Batches of at most so many tokens each, of visits of about the same length."""

    def tokens(visit: Visit) -> int:
        return max(len(example.question) + len(example.context) + len(example.text) for example in visit) // 4

    size = _POOL * 20
    for at in range(0, len(visits), size):
        pool = sorted(visits[at : at + size], key=tokens)
        batches: list[list[Visit]] = [[]]
        for visit in pool:
            width = max(tokens(visit), *(tokens(other) for other in batches[-1]), 1)
            if batches[-1] and width * (sum(map(len, batches[-1])) + len(visit)) > most:
                batches.append([])
            batches[-1].append(visit)
        rng.shuffle(batches)
        yield from batches
