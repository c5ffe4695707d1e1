"""What a language model learns from: prompts as the product builds them, and what it should have written."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag import prompting
from rag.text import words
from rag.training.examples import Example, Group
from rag.training.gate import passages
from rag.types import Evidence, Generator, Passage, Span

REFUSAL = "The passages do not say."
_DISTRACTORS = 2  # passages that do not answer, beside the one that does, at most: the product shows three
_UNANSWERED = 0.1  # questions with a passage that answers that are asked without it
_LONGEST = 60  # words of an answer to be learnt; a small model loses the thread of a longer one


@dataclass(frozen=True, slots=True)
class Lesson:
    """A prompt in the model's format, and the answer to it."""

    prompt: str
    answer: str


def lessons(groups: Sequence[Group], generator: Generator, budget: int, rng: random.Random) -> Iterator[Lesson]:
    """One lesson for each question whose answer is known in words, in prompts of at most `budget` tokens.

    The passage that answers stands anywhere among others that do not; where none does, the answer is a refusal.
    """
    for group in groups:
        offered = passages(group)
        if not offered:
            continue
        answer = _answer(group.positive) if group.positive else REFUSAL
        others = [passage for example, passage in offered if example is not group.positive]
        shown = rng.sample(others, min(len(others), rng.randint(0, _DISTRACTORS)))
        if group.positive and answer:
            if others and rng.random() < _UNANSWERED and group.positive.evidence is not None:
                answer, shown = REFUSAL, shown or others[:1]
            else:
                shown.append(offered[0][1])
        if answer and shown:
            rng.shuffle(shown)
            yield Lesson(prompt(offered[0][0].question, shown, generator, budget), answer)


def prompt(question: str, shown: Sequence[Passage], generator: Generator, budget: int) -> str:
    """The prompt that the product would build of these passages."""
    evidence = [Evidence(passage, (), Span(0, len(passage.chunk.text), 1.0), 1.0, 1.0) for passage in shown]
    text, _ = prompting.build(
        question,
        evidence,
        render=generator.render,
        count_tokens=generator.count_tokens,
        control_tokens=generator.control_tokens,
        budget=budget,
    )
    return text


def _answer(example: Example) -> str:
    """The short answer, or else the sentences that answer; "" where they are unknown or too long to be learnt."""
    if example.answer:
        return example.text[slice(*example.answer)].strip()
    said = " ".join(example.text[start:end].strip() for start, end in example.evidence or ())
    return said if len(words(said)) <= _LONGEST else ""
