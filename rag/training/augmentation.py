"""More to learn from than was written down: examples that nothing answers, and passages made longer or shorter.

Changes are of form only: a number, a name or a sentence stands in the place of another.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.text import is_content, sentences
from rag.training.examples import Example
from rag.units import units

_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")


def perturb(example: Example, others: Sequence[str], rng: random.Random) -> Example | None:
    """The example changed so that its passage does not answer its question; None where that cannot be had.

    Either the question has another number or name, of the same passage or else of one of the `others`, or the passage has a
    sentence of one of the others where it answered.
    """
    other = rng.choice(others)
    changes = ["number", "name", "sentence"]
    rng.shuffle(changes)
    for change in changes:
        if change == "sentence":
            changed = _other_sentence(example, other, rng)
        else:
            swap = other_number if change == "number" else other_name
            question = swap(example.question, (example.text, other), rng)
            changed = replace(example, question=question) if question else None
        if changed:
            return replace(changed, answer=None, evidence=(), answers=False)
    return None


def other_number(text: str, sources: Sequence[str], rng: random.Random) -> str | None:
    """A text with one of its numbers changed for one of the first source that has another; None where none has."""
    return _swapped(text, list(_NUMBER.finditer(text)), map(_NUMBER.findall, sources), rng)


def other_name(text: str, sources: Sequence[str], rng: random.Random) -> str | None:
    """A text with one of its names changed for one of the first source that has another; None where none has."""
    offered = ([_POSSESSIVE.sub("", match[0]) for match in _names(source)] for source in sources)
    return _swapped(text, _names(text), offered, rng)


def pad_with_distractors(example: Example, others: Sequence[str], rng: random.Random) -> Example:
    """A passage that answers as a whole, between sentences of two others: where it begins and ends can then be learnt."""
    before, after = (_some_sentences(text, rng) for text in rng.sample(list(others), 2))
    text = "\n\n".join(part for part in (before, example.text, after) if part)
    start = len(before) + 2 if before else 0
    return replace(without_context(example, text), evidence=((start, start + len(example.text)),))


def with_text(example: Example, text: str) -> Example:
    """The example with another text below the same title and headings; its positions are not moved."""
    chunk = example.passage.chunk
    other = replace(chunk, text=text, end=chunk.start + len(text), blocks=(), marks=())
    return replace(example, passage=replace(example.passage, chunk=other))


def without_context(example: Example, text: str) -> Example:
    """The example with another text, of no title and no headings; its positions are not moved."""
    example = with_text(example, text)
    chunk = replace(example.passage.chunk, title="", headings=(), lead="")
    return replace(example, passage=replace(example.passage, chunk=chunk))


def crop(example: Example, rng: random.Random) -> Example:
    """A run of the passage's units that holds all its evidence: half as long on average, so read in half the time."""
    spans = [(unit.start, unit.end) for unit in units(example.text, example.passage.chunk.blocks)]
    evidence = example.evidence or ()
    kept = [n for n, span in enumerate(spans) if any(span[0] < end and span[1] > start for start, end in evidence)]
    if example.evidence is None or not spans or (evidence and not kept):
        return example
    first, last = (kept[0], kept[-1]) if kept else (rng.randrange(len(spans)),) * 2
    for _ in range(rng.randint(last - first + 1, len(spans)) - (last - first + 1)):
        if first > 0 and (last + 1 == len(spans) or rng.random() < 0.5):
            first -= 1
        else:
            last += 1
    start, end = spans[first][0], spans[last][1]
    return replace(
        with_text(example, example.text[start:end]),
        answer=(example.answer[0] - start, example.answer[1] - start) if example.answer else None,
        evidence=tuple((max(a, start) - start, min(b, end) - start) for a, b in evidence),
    )


def _some_sentences(text: str, rng: random.Random) -> str:
    spans = sentences(text)
    if not spans:
        return ""
    first = rng.randrange(len(spans))
    return text[spans[first][0] : spans[min(len(spans), first + rng.randint(1, 3)) - 1][1]]


def _names(text: str) -> list[re.Match[str]]:
    """Words in capitals, but for those that begin a sentence or are of no content: "This" is no name."""
    first = {start for start, _ in sentences(text)}
    return [match for match in _NAME.finditer(text) if match.start() not in first and is_content(match[0].split()[0])]


def _swapped(text: str, found: Sequence[re.Match[str]], offered: Iterable[Sequence[str]], rng: random.Random) -> str | None:
    """One of the matches for another that the first source with any offers and the text does not hold."""
    fresh = (sorted({other for other in others if other.lower() not in text.lower()}) for others in offered)
    others = next((others for others in fresh if others), None)
    if not found or not others:
        return None
    match = rng.choice(found)
    return text[: match.start()] + rng.choice(others) + text[match.end() :]


def _other_sentence(example: Example, other: str, rng: random.Random) -> Example | None:
    """The passage without its evidence; None where the answer stands elsewhere in it too, or no short one is known."""
    if not example.evidence or not example.answer:
        return None
    said = example.text[slice(*example.answer)]
    start, end = example.evidence[0][0], example.evidence[-1][1]
    new = rng.choice([other[first:last] for first, last in sentences(other)] or [""])
    text = example.text[:start] + new + example.text[end:]
    return with_text(example, text) if text.strip() and said.lower() not in text.lower() else None
