"""Questions with what answers them, and the texts they are asked of, whatever file they came from."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Quote:
    """A text that answers, word for word in a document; `start` is roughly where, for a text that stands there twice."""

    document: str
    text: str
    start: int = 0


@dataclass(frozen=True, slots=True)
class Leaning:
    """A message beside what was said before it: `copied` are the characters (start, end) of `history` that it leans on."""

    id: str
    message: str
    history: str
    copied: tuple[tuple[int, int], ...]


Verdict = Literal["yes", "no", "neither", "unknown"]
Outcome = Literal["answer", "no", "social", "handover"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a reply is judged by: an `answer` says one fact of each group of `must` and none of `must_not`, a `no` is an honest
    one, `social` replies to a greeting or thanks, `handover` names a person to turn to.

    `answer` and `note` are for people who read a report.
    """

    outcome: Outcome
    must: tuple[tuple[str, ...], ...] = ()
    must_not: tuple[str, ...] = ()
    answer: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """`documents` answer it, with their grade; of a question that nothing answers, it is what was asked about, or empty.

    `answers` are accepted wordings; `verdict` is of a question of yes or no. Of a conversation, `earlier` are the messages
    before this one, `expected` is what the reply is judged by, and figures are given apart for each `kind`. A follow-up has
    what was said `before` it, and so has the end of a long message; `message` is how it was typed, where `text` is how it would
    stand alone.
    """

    id: str
    text: str
    documents: Mapping[str, int] = field(default_factory=dict)
    answers: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    answerable: bool = True
    kind: str = ""
    verdict: Verdict = "unknown"
    earlier: tuple[str, ...] = ()
    message: str = ""
    before: str = ""
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions over ready passages `(title, text)`, or over the files below a folder.

    The n-th passage is the document `passage_name(n)`; files are called as ingestion calls them. `leaning` are messages
    of its conversations.
    """

    name: str
    questions: tuple[Question, ...]
    passages: tuple[tuple[str, str], ...] = ()
    folder: Path | None = None
    leaning: tuple[Leaning, ...] = ()


def passage_name(n: int) -> str:
    """The name of the n-th passage as a document, counted from 0."""
    return f"{n:06}.md"


def sample(dataset: Dataset, limit: int | None, seed: int) -> Dataset:
    """The dataset with `limit` of its questions, drawn by `seed`, in their order; its texts all stay."""
    if limit is None or limit >= len(dataset.questions):
        return dataset
    chosen = sorted(random.Random(seed).sample(range(len(dataset.questions)), limit))  # noqa: S311
    return replace(dataset, questions=tuple(dataset.questions[i] for i in chosen))


def with_off_topic(dataset: Dataset, other: Dataset) -> Dataset:
    """The dataset with another's questions added, which nothing in its texts answers."""
    strangers = (Question(f"{other.name}:{question.id}", question.text, answerable=False) for question in other.questions)
    return replace(dataset, questions=(*dataset.questions, *strangers))
