"""What slips of typing cost a search, and what their correction gives back: recall@8 of the passages that hold the answer.

    python -m benchmarks.slips data/helpdesk/airline.zip data/helpdesk/bank.zip [--questions 120] [--slips 2] [--read]

Some words of five letters or more of each question get a slip, drawn by a seed: two neighbouring letters exchanged, one
left out, one doubled, or a neighbour on the keyboard in its place. Searched are the question as it was, with its slips,
corrected for keywords alone, and corrected for both searches. Counted is also how many
are changed that have no slip of ours, and how many of the slips are mended to the word that was meant.
With --read, what both find for the corrected words and the text as typed is read for either, and the first passage counts.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks import quiet
from rag.answering import answer
from rag.config import load_settings
from rag.datasets import formats
from rag.datasets.dataset import Dataset, Question, sample
from rag.evaluation.index import canonical_name, eval_assistant
from rag.evaluation.location import QuoteFinder
from rag.index.across import Hits
from rag.index.retrieval import Retriever, fuse
from rag.service import Assistant
from rag.text import words
from rag.types import Passage

K = 8
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {letter: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in ROWS for at, letter in enumerate(row)}


def slip(word: str, rng: random.Random) -> str:
    """The word with one slip."""
    at = rng.randrange(len(word) - 1)
    kinds: tuple[Callable[[], str], ...] = (
        lambda: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        lambda: word[: at + 1] + word[at + 2 :],
        lambda: word[: at + 1] + word[at:],
        lambda: word[: at + 1] + rng.choice(NEIGHBOURS.get(word[at + 1].lower(), word[at + 1])) + word[at + 2 :],
    )
    return rng.choice(kinds)()


def with_slips(text: str, count: int, rng: random.Random) -> str:
    """The text with a slip in each of so many of its longer words."""
    spans = [(a, b) for a, b in words(text) if b - a >= 5 and text[a:b].isalpha()]
    for a, b in sorted(rng.sample(spans, min(count, len(spans))), reverse=True):
        text = text[:a] + slip(text[a:b], rng) + text[b:]
    return text


def passages_of(question: Question, assistant: Assistant) -> Callable[[str, int, int], bool]:
    """Whether a stretch of a document holds one of the question's quotes; any of its documents where it has none."""
    spans = []
    names = assistant.base.documents()
    for quote in question.quotes:
        for name in (name for name in names if canonical_name(name, {quote.document}) == quote.document):
            document = assistant.base.document(name)
            if found := QuoteFinder(document.text, document.blocks).find(quote):
                spans.append((name, *found))
    if not spans:
        return lambda name, start, end: canonical_name(name, question.documents) in question.documents
    return lambda name, start, end: any(name == d and start < b and a < end for d, a, b in spans)


def best_passages(retriever: Retriever, hits: Hits) -> list[Passage]:
    """The best K as a reader gets them."""
    chunks = retriever.chunks([identity for identity, _ in hits[:K]])
    return [Passage(chunks[identity], score, score) for identity, score in hits[:K] if identity in chunks]


def measure(dataset: Dataset, slips: int, read: bool = False, seed: int = 1) -> dict[str, float]:
    """Shares of the questions."""
    settings = load_settings()
    rng = random.Random(seed)
    found: dict[str, list[bool]] = {}
    with eval_assistant(dataset, settings, quiet) as assistant:
        retriever = assistant.retriever()
        assert retriever is not None
        correct, nearest = retriever.correct, cache(retriever.nearest)

        def right(name: str, keywords: str, embedded: str, holds: Callable[[str, int, int], bool]) -> None:
            dense, keyword = nearest(embedded), retriever.keywords(keywords)
            for what, hits in (("keywords", keyword), ("both", fuse(dense, keyword, settings.dense_weight))):
                chunks = retriever.chunks([i for i, _ in hits[:K]])
                hit = any(holds(c.document, c.start, c.end) for c in chunks.values())
                found.setdefault(f"{name}, {what}", []).append(hit)

        for question in dataset.questions:
            holds = passages_of(question, assistant)
            slipped = with_slips(question.text, slips, rng)
            clean, mended = correct(question.text), correct(slipped)
            right("as typed", question.text, question.text, holds)
            right("slips", slipped, slipped, holds)
            right("corrected, keywords alone", mended, slipped, holds)
            right("corrected", mended, mended, holds)
            if read:
                passages = best_passages(retriever, fuse(nearest(slipped), retriever.keywords(mended), settings.dense_weight))
                for name, text in (("read as typed", slipped), ("read as corrected", mended)):
                    first = answer.read(text, passages, assistant.models.reader(text))[0].passage.chunk
                    found.setdefault(name, []).append(holds(first.document, first.start, first.end))
            found.setdefault("changed without a slip of ours", []).append(clean != question.text)
            pairs = zip(question.text.split(), slipped.split(), mended.split(), strict=False)
            for meant, typed, now in pairs:
                if meant != typed:
                    found.setdefault("slips mended", []).append(now.casefold() == meant.casefold())
                    found.setdefault("slips changed to another word", []).append(
                        now not in {typed, meant} and now.casefold() != meant.casefold()
                    )
    return {name: float(np.mean(values)) for name, values in found.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", type=Path, nargs="+")
    parser.add_argument("--questions", type=int, default=120)
    parser.add_argument("--slips", type=int, default=2)
    parser.add_argument("--read", action="store_true")
    options = parser.parse_args(arguments)
    rows: dict[str, list[float]] = {}
    for path in options.datasets:
        dataset = formats.read(path)
        answered = tuple(question for question in dataset.questions if question.answerable and question.documents)
        chosen = sample(replace(dataset, questions=answered), options.questions, 1)
        for name, value in measure(chosen, options.slips, options.read).items():
            rows.setdefault(name, []).append(value)
    print("| | " + " | ".join(path.stem for path in options.datasets) + " |")
    print("|---|" + "---|" * len(options.datasets))
    for name, values in rows.items():
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in values) + " |", flush=True)


if __name__ == "__main__":
    main()
