"""What a language model learns from: prompts as the product builds them, and what it should have written."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answering import prompt as prompting
from rag.protocols import Generator, Reader
from rag.text import sentences, words
from rag.training.examples import Example, Group
from rag.types import Evidence, Message

REFUSAL = "The passages do not say."
_DISTRACTORS = 2  # passages that do not answer, beside the one that does, at most: the product shows three
_UNANSWERED = 0.1  # questions with a passage that answers that are asked without it
_LONGEST = 60  # words of an answer to be learnt; a small model loses the thread of a longer one
_EXPLAINED = 40  # words of the sentences that answer where only the page is known

# A passage may begin or end within a sentence.
_WHOLE = re.compile(r"[^a-z].*[.!?]$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SftExample:
    """What the product asks the model, and the answer to it."""

    messages: tuple[Message, ...]
    answer: str


def sft_examples(
    groups: Sequence[Group], reader: Reader, generator: Generator, budget: int, rng: random.Random
) -> Iterator[SftExample]:
    """One example for each question that has passages, in prompts of at most `budget` tokens.

    The passage that answers stands anywhere among others that do not; where none does, the answer is a refusal. The reader
    says which sentences the prompt shows; a question whose answer is not among them, or is too long, is left out.
    """
    for group in groups:
        positive = group.positive
        right = positive.passage if positive else None
        others = [example.passage for example in group.negatives]
        shown = rng.sample(others, min(len(others), rng.randint(0, _DISTRACTORS)))
        if positive and right and (not others or positive.evidence is None or rng.random() >= _UNANSWERED):
            shown.append(right)
        else:
            right, shown = None, shown or others[:1]
        if not shown:
            continue
        rng.shuffle(shown)
        question = group.examples[0].question
        evidence = reader.read(question, shown)
        asked = prompt(question, evidence, generator, budget)
        found = next((item for item in evidence if item.passage is right), None)
        answer = _answer(positive, found) if positive and found else REFUSAL
        if answer == REFUSAL or (answer and answer in _plain(asked[-1].content)):
            yield SftExample(asked, answer)


def prompt(question: str, evidence: Sequence[Evidence], generator: Generator, budget: int) -> tuple[Message, ...]:
    """The prompt that the product would build of this evidence."""
    messages, _ = prompting.build(question, evidence, count_tokens=generator.count_tokens, budget=budget)
    return messages


def _answer(example: Example, found: Evidence) -> str:
    """The short answer; where none is known, the sentences that answer.

    Where only the page is known these are the best sentence and those after it. "" where they are too long to be learnt.
    """
    if example.answer:
        return _plain(example.text[slice(*example.answer)])
    if example.evidence:
        said = example.text[example.evidence[0][0] : example.evidence[-1][1]]
    else:
        said = ""
        for _, end in sentences(example.text):
            longer = example.text[found.sentence.start : end]
            if not said or len(words(longer)) <= _EXPLAINED:
                said = longer
    return _plain(said) if len(words(said)) <= _LONGEST and _WHOLE.match(said) else ""


def _plain(text: str) -> str:
    """On one line: a line break ends an answer."""
    return " ".join(text.split())
