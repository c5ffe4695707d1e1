"""More to learn from than was written down: changed questions that nothing answers, parts of passages, added sentences."""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.text import is_content, negates, opposites, sentences
from rag.training.examples import Example

_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?: (?:of |the |de )?[A-Z][\w'’-]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_VERB = re.compile(r"\b(is|are|was|were|did|does|do|can|could|would|should|has|have|had|will)\b")


def corrupt(example: Example, rng: random.Random) -> Example | None:
    """The same passage with a question that it answers no more: a name, number, opposite or negation is changed."""
    changes = list(CHANGES.values())
    rng.shuffle(changes)
    for change in changes:
        question = change(example.question, example.text, rng)
        if question is not None:
            return replace(example, question=question, answer=None, evidence=(), answers=False)
    return None


def surround(example: Example, others: Sequence[str], rng: random.Random) -> Example:
    """A passage that answers as a whole, between sentences of two others: where it begins and ends can then be learnt."""
    before, after = (_some(text, rng) for text in rng.sample(list(others), 2))
    text = "\n\n".join(part for part in (before, example.text, after) if part)
    start = len(before) + 2 if before else 0
    return replace(example, context="", text=text, evidence=((start, start + len(example.text)),))


def crop(example: Example, rng: random.Random) -> Example:
    """A run of the passage's sentences that holds all its evidence: half as long on average, so read in half the time."""
    spans = sentences(example.text)
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
        example,
        text=example.text[start:end],
        answer=(example.answer[0] - start, example.answer[1] - start) if example.answer else None,
        evidence=tuple((max(a, start) - start, min(b, end) - start) for a, b in evidence),
    )


def _some(text: str, rng: random.Random) -> str:
    spans = sentences(text)
    if not spans:
        return ""
    first = rng.randrange(len(spans))
    return text[spans[first][0] : spans[min(len(spans), first + rng.randint(1, 3)) - 1][1]]


def _name(question: str, text: str, rng: random.Random) -> str | None:
    return _swap(question, _names(question), [_POSSESSIVE.sub("", match[0]) for match in _names(text)], rng)


def _names(text: str) -> list[re.Match[str]]:
    """Words in capitals, but for those that begin a sentence or are of no content: "This" is no name."""
    first = {start for start, _ in sentences(text)}
    return [match for match in _NAME.finditer(text) if match.start() not in first and is_content(match[0].split()[0])]


def _number(question: str, text: str, rng: random.Random) -> str | None:
    return _swap(question, list(_NUMBER.finditer(question)), _NUMBER.findall(text), rng)


def _swap(question: str, found: Sequence[re.Match[str]], offered: Sequence[str], rng: random.Random) -> str | None:
    """One of the matches for another that the passage offers and the question does not name."""
    others = sorted({other for other in offered if other.lower() not in question.lower()})
    if not found or not others:
        return None
    match = rng.choice(found)
    return question[: match.start()] + rng.choice(others) + question[match.end() :]


def _opposite(question: str, text: str, rng: random.Random) -> str | None:
    found = [(match, others) for match in re.finditer(r"\w+", question) if (others := opposites(match[0]))]
    if not found:
        return None
    match, others = rng.choice(found)
    return question[: match.start()] + rng.choice(others) + question[match.end() :]


def _negation(question: str, text: str, rng: random.Random) -> str | None:
    match = _VERB.search(question)
    if match is None or any(map(negates, question.split())):
        return None
    if rng.random() < 0.5:  # negation gives the trick away: the others teach more
        return None
    negated = "can't" if match[0] == "can" else "won't" if match[0] == "will" else match[0] + "n't"
    return question[: match.start()] + negated + question[match.end() :]


CHANGES: Mapping[str, Callable[[str, str, random.Random], str | None]] = {
    "name": _name,
    "number": _number,
    "opposite": _opposite,
    "negation": _negation,
}
"""Each makes of a question or sentence another one that the text beside it does not bear out, or None where it cannot."""
