"""What the reader sees of questions: drawn, cropped, padded and perturbed by a seed, batched, and as tensors."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.models.batching import shuffled_batches
from rag.text import has_cjk
from rag.training.augmentation import crop, pad_with_distractors, perturb, without_context
from rag.training.examples import Example, Group, with_before

if TYPE_CHECKING:
    from torch import Tensor

    from rag.reading.pairs import Pair, PairEncoder

IGNORED = -100
_POOL = 800  # instances sorted by length together, to pad little
# How often a question gets a passage beside it that does not answer, then another, and one that does but for a change.
_NEGATIVE, _PERTURBED = (0.8, 0.4), 0.2
_NEGATIVES_WITHOUT_SPAN = 2  # a question without a short answer teaches relevance: it gets two
_PADDED = 0.35
_AFTER_ANOTHER = 0.2  # how often a new question stands behind a conversation that it has nothing to do with
_CROPPED = 0.5  # the first share of several epochs, in which passages are cropped: twice the questions in the same time

TrainingInstance = tuple[Example, ...]
"""What is read of one question at once: the passage that answers first, where there is one."""


def plan(
    parts: Sequence[Sequence[Group]],
    epochs: float,
    batch_tokens: int,
    seed: int,
    most: int | None = None,
    negatives: int | None = None,
) -> list[list[TrainingInstance]]:
    """Batches for the whole training, drawn by the seed, so that a resumed run goes on with what the first would have seen.

    `parts` are datasets; an epoch takes at most `most` questions of each, and a batch has about `batch_tokens` padded tokens.
    Beside each question stand so many `negatives`, where it has them; by default one or two.
    """
    rng = random.Random(seed)  # noqa: S311
    texts = [group.positive.text for part in parts for group in part if group.positive]
    instances: list[TrainingInstance] = []
    for epoch in range(math.ceil(epochs)):
        order = [group for part in parts for group in _drawn(part, most, rng)]
        rng.shuffle(order)
        cropped = epochs > 1 and epoch < _CROPPED * epochs
        order = order[: round(len(order) * min(1.0, epochs - epoch))]
        instances += [_instance(group, texts, cropped, rng, negatives) for group in order]
    instances = [instance for instance in instances if instance]
    lengths = [max(map(_tokens, instance)) for instance in instances]
    batches = shuffled_batches(lengths, batch_tokens, _POOL, rng, counts=[len(instance) for instance in instances])
    return [[instances[row] for row in batch] for batch in batches]


def _drawn(part: Sequence[Group], most: int | None, rng: random.Random) -> list[Group]:
    """Groups of one dataset, up to half of them follow-ups and then questions that nothing answers, as these are the fewest.

    Where it has follow-ups, other questions stand now and then behind what was said before one of them.
    """
    follow_ups = [group for group in part if group.before]
    others = [group for group in part if not group.before]
    if most and most < len(part):
        follow_ups = rng.sample(follow_ups, min(most // 2, len(follow_ups)))
        unanswered = [group for group in others if group.positive is None and not group.conversation]
        unanswered = rng.sample(unanswered, min(most // 2, len(unanswered)))
        answered = [group for group in others if group.positive or group.conversation]
        others = [*unanswered, *rng.sample(answered, min(len(answered), most - len(follow_ups) - len(unanswered)))]
    if not follow_ups:
        return others
    said = [group.before for group in follow_ups]
    mixed = [rng.random() < _AFTER_ANOTHER and not group.conversation for group in others]
    return [
        *follow_ups,
        *(with_before(group, rng.choice(said)) if after else group for group, after in zip(others, mixed, strict=True)),
    ]


def _tokens(example: Example) -> int:
    """About as many as the encoder will count: a token has four characters, a character of Chinese is three quarters of one."""
    text = example.question + example.before + example.context + example.text
    chinese = sum(map(has_cjk, text)) if has_cjk(text) else 0
    return max(1, (len(text) + 2 * chinese) // 4)


def _instance(
    group: Group, texts: Sequence[str], cropped: bool, rng: random.Random, wanted: int | None = None
) -> TrainingInstance:
    negatives = list(group.negatives)
    if group.conversation and group.positive is None:
        return tuple(negatives)
    if group.positive is None:
        some = rng.sample(negatives[1:], min((wanted or 2) - 1, len(negatives) - 1)) if negatives else []
        return tuple(crop(example, rng) if cropped else example for example in (*negatives[:1], *some))
    positive = group.positive
    if positive.evidence is None:  # the whole passage answers
        some = rng.sample(negatives, min(wanted or _NEGATIVES_WITHOUT_SPAN, len(negatives)))
        some = [replace(example, evidence=None, answers=None) for example in some]  # they may answer as well
        stranger = replace(without_context(positive, rng.choice(texts)), evidence=(), answers=False)
        if rng.random() < _PADDED:
            return pad_with_distractors(positive, texts, rng), stranger
        return positive, *some, stranger
    if group.conversation:
        return (positive,)
    positive = rng.choice((positive, *group.also))  # of two parts of a question each is answered by a passage of its own
    positive = crop(positive, rng) if cropped else positive
    others: list[Example] = []
    for share in (1.0,) * wanted if wanted else _NEGATIVE:
        if negatives and rng.random() < share:
            negative = negatives.pop(rng.randrange(len(negatives)))
            others.append(crop(negative, rng) if cropped else negative)
    if rng.random() < _PERTURBED and (changed := perturb(positive, texts, rng)):
        others.append(changed)
    return positive, *others


class Collator:
    """Batches of instances to the network's inputs and the targets of its losses."""

    def __init__(self, encoder: "PairEncoder") -> None:
        self._encoder = encoder

    def __call__(self, batch: list[list[TrainingInstance]]) -> "dict[str, Tensor]":
        import torch

        pairs: list[Pair] = []
        targets: list[tuple[Example, Pair]] = []
        members: list[list[int]] = []
        for instance in (instance for instances in batch for instance in instances):
            rows = []
            for example in instance:
                pair = self._encoder.encode(example.question, example.context, example.text, example.before)[0]
                if example.question == instance[0].question:
                    rows.append(len(pairs))
                pairs.append(pair)
                targets.append((example, pair))
            if instance[0].answers and len(rows) > 1:
                members.append(rows)
        tensors = self._encoder.batch(pairs)
        shape = tensors["input_ids"].shape
        text = torch.zeros(shape, dtype=torch.bool)
        text[:, 0] = True
        start, end = torch.full((len(pairs),), IGNORED), torch.full((len(pairs),), IGNORED)
        evidence = torch.full(shape, IGNORED)
        answers = torch.full((len(pairs),), float("nan"))
        verdicts = torch.full((len(pairs), 2), float("nan"))
        for row, (example, pair) in enumerate(targets):
            last = pair.first + len(pair.offsets)
            text[row, pair.first : last] = True
            if example.answers is not None:
                answers[row] = float(example.answers)
            if example.answers and example.verdict != "unknown":
                verdicts[row] = torch.tensor([float(example.verdict == said) for said in ("yes", "no")])
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
            "verdicts": verdicts,
            "members": filled.reshape(len(members), width),
        }
