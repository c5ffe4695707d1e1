"""Conversations with what is expected of the last answer, a line of JSON each: docs/acceptance-questions.md has the layout."""

import json
from pathlib import Path
from typing import Any, get_args

from rag.datasets.dataset import Dataset, Expected, Outcome, Question
from rag.datasets.records import numbered_json_lines
from rag.errors import RagError
from rag.query import LONGEST_MESSAGE
from rag.text import replace_lone_surrogates

REQUIRED = ("id", "turns", "expect")
OPTIONAL = ("kind", "must", "must_not", "documents", "answer", "note")


def read(path: Path, documents: Path | None) -> Dataset:
    """The conversations of a file over a folder of documents; raises RagError with the line and value that is wrong."""
    if documents is None:
        raise RagError(f"{path} asks of documents: name their folder with --documents.")
    questions, lines = [], dict[str, int]()
    for n, record in numbered_json_lines(path, REQUIRED):
        question = _Line(path, n, record).question()
        if question.id in lines:
            raise RagError(f"{path} line {n} has the id {question.id!r} of line {lines[question.id]}: give each its own.")
        lines[question.id] = n
        questions.append(question)
    return Dataset(path.stem, tuple(questions), folder=documents)


class _Line:
    """One record, taken apart field by field."""

    def __init__(self, path: Path, n: int, record: dict[str, Any]) -> None:
        self._place = f"{path} line {n}"
        self._record = record

    def question(self) -> Question:
        if _has_lone_surrogates(self._record):
            raise RagError(f"{self._place} holds half a character, which no text can: {self._record!a:.60}.")
        unknown = sorted(self._record.keys() - {*REQUIRED, *OPTIONAL})
        if unknown:
            raise RagError(f"{self._place} has the field {unknown[0]!r}, which is none of {', '.join((*REQUIRED, *OPTIONAL))}.")
        outcome: Outcome = self._record["expect"]
        if outcome not in get_args(Outcome):
            raise self._wrong("expect", f"one of {', '.join(get_args(Outcome))}")
        turns, must = self._texts("turns"), self._groups("must")
        if not turns:
            raise self._wrong("turns", "a list of at least one message")
        if any(len(turn) > LONGEST_MESSAGE for turn in turns):
            raise self._wrong("turns", f"a list of messages of at most {LONGEST_MESSAGE:,} characters")
        if outcome == "answer" and not must:
            raise RagError(
                f"{self._place} expects an answer, but `must` names no fact that it says: any answer would be right."
            )
        expected = Expected(outcome, must, self._texts("must_not"), self._text("answer"), self._text("note"))
        return Question(
            id=self._id(),
            text=turns[-1],
            documents=dict.fromkeys(self._texts("documents"), 1),
            answerable=outcome != "no",
            kind=self._line("kind") or outcome,
            earlier=turns[:-1],
            expected=expected,
        )

    def _id(self) -> str:
        value = self._record["id"]
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise self._wrong("id", "a text or number")
        return str(value)

    def _text(self, field: str) -> str:
        value = self._record.get(field, "")
        if not isinstance(value, str):
            raise self._wrong(field, "a text")
        return value

    def _line(self, field: str) -> str:
        value = self._text(field)
        if not value.isprintable():  # it is a row's name in tables that a terminal shows
            raise self._wrong(field, "a text of one line")
        return value

    def _texts(self, field: str) -> tuple[str, ...]:
        return self._listed(field, self._record.get(field, []))

    def _groups(self, field: str) -> tuple[tuple[str, ...], ...]:
        value = self._record.get(field, [])
        if not isinstance(value, list) or [] in value:
            raise self._wrong(field, "a list of lists of texts")
        return tuple(self._listed(field, group) for group in value)

    def _listed(self, field: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self._wrong(field, "a list of texts" if field != "must" else "a list of lists of texts")
        return tuple(value)

    def _wrong(self, field: str, wanted: str) -> RagError:
        return RagError(f"{self._place} has {field} {self._record[field]!r:.60}, which is not {wanted}.")


def _has_lone_surrogates(record: dict[str, Any]) -> bool:
    """Whether any text of a record is one that cannot be asked, nor kept in a file."""
    text = json.dumps(record, ensure_ascii=False)
    return replace_lone_surrogates(text) != text
