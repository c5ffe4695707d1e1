"""The values of answers to questions that had none: what is written, what the base has already, what became of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rag.about import Audience
from rag.database import Row
from rag.desk.errors import DeskError

AnswerState = Literal["draft", "reviewed", "published"]


class DuplicateError(DeskError):
    """The base answers the question already; `document` is where."""

    def __init__(self, message: str, document: str) -> None:
        super().__init__(message)
        self.document = document


@dataclass(frozen=True, slots=True)
class Near:
    """A passage that says much the same: characters `[start, end)` of a document; `alike` 0..1 is the share of words."""

    document: str
    title: str
    start: int
    end: int
    text: str
    alike: float


@dataclass(frozen=True, slots=True)
class Known:
    """What a base has already: its own answer to the question ("" where it has none) with the document it is from, and passages
    that say much the same as the new text.
    """

    text: str
    document: str
    near: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """A question asked again: whether it is answered now, and whether by the new document."""

    question: str
    answered: bool
    by_it: bool
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class GapAnswer:
    """An answer to a question and its other `wordings`. `document` is what the base calls it once it is published, `asked` what
    became of the questions then. `author` and `reviewer` are agents.
    """

    id: int
    base: str
    audience: Audience
    question: str
    wordings: tuple[str, ...]
    text: str
    state: AnswerState
    version: int
    author: str
    reviewer: str
    document: str
    asked: tuple[Again, ...]
    changed_at: datetime
    published_at: datetime | None


def answer_of(row: Row) -> GapAnswer:
    wordings: Sequence[str] = json.loads(row["wordings"])
    return GapAnswer(
        id=row["id"],
        base=row["base"],
        audience=row["audience"],
        question=row["question"],
        wordings=tuple(wordings),
        text=row["text"],
        state=row["state"],
        version=row["version"],
        author=row["author"],
        reviewer=row["reviewer"],
        document=row["document"],
        asked=tuple(Again(**one) for one in json.loads(row["asked"])),
        changed_at=datetime.fromisoformat(row["changed_at"]),
        published_at=datetime.fromisoformat(row["published_at"]) if row["published_at"] else None,
    )
