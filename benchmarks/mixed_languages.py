"""What a base of several languages gives to a question: a page in its own language, or one in another where that alone answers.

    python -m benchmarks.mixed_languages en=../shared/data/xquad/xquad.en.A.json de=../shared/data/xquad-de/xquad.de.A.json
        zh=../shared/data/xquad/xquad.zh.A.json [--half 0 | 1] [--questions 60] [--amounts 0 0.05 0.1]

The files are one SQuAD set in several languages, paragraph by paragraph. Of its paragraphs half are in the base in every
language, the others in one each, in turn; `--half` takes every other article, so that an amount is chosen on one half and
reported on the other. Printed is for each language how often the right paragraph comes first after search, is among those read,
and comes first after reading: of those that are there in the question's language, that one (own); of those that are not, the
one in another (other). `as one` is a search that knows of no languages, the amounts are what another language costs
(`rag.index.retrieval.OTHER_LANGUAGE`).
"""

import argparse
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import quiet
from rag.config import load_settings
from rag.datasets import squad
from rag.datasets.dataset import Dataset, Question, passage_name
from rag.evaluation.index import eval_assistant
from rag.index.retrieval import OTHER_LANGUAGE
from rag.protocols import Reader
from rag.reading import TrainedReader
from rag.reading.on_demand import OnDemandReader
from rag.service import Assistant

DEEPEST = 16  # passages that are read once for all amounts
READ = 8  # that would be read with each of them
PARAGRAPHS = 5  # of an article, as XQuAD has them
AMOUNTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage's document, its search score, the reader's without that of search and the weight of that in it, and whether it
    is in another language than the question.
    """

    document: str
    search: float
    rest: float
    weight: float
    other: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's language, whether its paragraph is there in it, the right document, and what was found without and with
    knowing of languages.
    """

    language: str
    own: bool
    right: str
    as_one: list[Found]
    found: list[Found]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--half", type=int, choices=(0, 1), default=0)
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--amounts", type=float, nargs="+", default=AMOUNTS)
    options = parser.parse_args()
    sets = {language: squad.read(Path(path)) for language, path in (file.split("=", 1) for file in options.files)}
    asked = list(ask(*mixed(sets, options.half), options.questions))
    print("by language and own or other: first by search, read, first when read, of how many")
    print("as one", *rows(asked, None), sep=" | ")
    for amount in options.amounts:
        print(f"{amount:.2f}", *rows(asked, amount), sep=" | ")


def mixed(sets: Mapping[str, Dataset], half: int) -> tuple[Dataset, dict[str, list[tuple[Question, bool]]]]:
    """The base, and of each language the questions with the right document and whether that is in the question's language."""
    passages: list[tuple[str, str]] = []
    asked: dict[str, list[tuple[Question, bool]]] = defaultdict(list)
    languages = list(sets)
    count = min(len(found.passages) for found in sets.values())
    for n in (n for n in range(count) if n // PARAGRAPHS % 2 == half):
        there = languages if n % 2 == 0 else [languages[n // 2 % len(languages)]]
        names = {}
        for language in there:
            names[language] = passage_name(len(passages))
            passages.append(("", sets[language].passages[n][1]))
        for language in languages:
            own = language in names
            right = names[language] if own else names[there[0]]
            asked[language] += [
                (replace(one, documents={right: 1}, quotes=()), own)
                for one in sets[language].questions
                if passage_name(n) in one.documents
            ]
    return Dataset("mixed languages", (), tuple(passages)), asked


def ask(base: Dataset, asked: Mapping[str, Sequence[tuple[Question, bool]]], most: int) -> Iterable[Asked]:
    with eval_assistant(base, load_settings({}), quiet) as assistant:
        for language, questions in asked.items():
            for question, own in questions[:: max(1, len(questions) // most)]:
                as_one = read(assistant, question.text, language, READ, "")
                found = read(assistant, question.text, language, DEEPEST, language)
                yield Asked(language, own, next(iter(question.documents)), as_one, found)


def read(assistant: Assistant, question: str, language: str, k: int, searched_in: str) -> list[Found]:
    search = assistant.retriever()
    assert search is not None
    passages = search.retrieve(question, k, language=searched_in)
    reader: Reader = assistant.models.reader(question)
    trained = reader.loaded() if isinstance(reader, OnDemandReader) else reader
    assert isinstance(trained, TrainedReader)
    ranking = trained.calibration.ranking
    weight = ranking.weights["retrieval"]
    return [
        Found(
            passage.chunk.document,
            passage.score,
            ranking(features) - weight * passage.score,
            weight,
            passage.chunk.about.language not in {"", language},
        )
        for passage, features in zip(passages, trained.features(question, passages), strict=True)
    ]


def rows(asked: Sequence[Asked], amount: float | None) -> Iterable[str]:
    for language in dict.fromkeys(one.language for one in asked):
        for own in (True, False):
            kind = [one for one in asked if one.language == language and one.own == own]
            hits = [right_in(one, amount) for one in kind]
            shares = " ".join(f"{sum(hit[at] for hit in hits) / len(kind):.2f}" for at in range(3))
            yield f"{language} {'own' if own else 'other'} {shares} of {len(kind)}"


def right_in(asked: Asked, amount: float | None) -> tuple[bool, bool, bool]:
    """Whether the right document comes first by search, is read, and comes first after that."""
    found = asked.as_one if amount is None else asked.found
    moved = 0.0 if amount is None else OTHER_LANGUAGE - amount
    searched = [replace(one, search=one.search + moved * one.other) for one in found]
    searched.sort(key=lambda one: -one.search)
    held = searched[:READ]
    first = max(held, key=lambda one: one.rest + one.weight * one.search)
    return held[0].document == asked.right, any(one.document == asked.right for one in held), first.document == asked.right


if __name__ == "__main__":
    main()
