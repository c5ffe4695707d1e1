"""SQuAD JSON, versions 1.1 and 2.0, and its relatives (XQuAD, CMRC 2018, DRCD): the paragraphs are the passages.

A question of a conversation has a `history`, the messages of both sides before it, oldest first.
"""

from pathlib import Path
from typing import Any

from rag.conversation.history import said_before
from rag.datasets.dataset import Dataset, Question, Quote, passage_name
from rag.datasets.records import json_of
from rag.errors import RagError


def read(path: Path) -> Dataset:
    """A SQuAD file; a question of `is_impossible` is one that its paragraph does not answer."""
    passages: list[tuple[str, str]] = []
    questions: list[Question] = []
    try:
        for article in json_of(path)["data"]:
            title = article.get("title", "").replace("_", " ")
            for paragraph in article["paragraphs"]:
                name = passage_name(len(passages))
                questions += [_question(record, name) for record in paragraph["qas"]]
                passages.append((title, paragraph["context"]))
    except (KeyError, TypeError, AttributeError) as error:
        place = f"question {len(questions) + 1} or its paragraph"
        raise RagError(f"{path} has not SQuAD's layout at {place}: {type(error).__name__} {error}.") from error
    return Dataset(path.stem, tuple(questions), tuple(passages))


def _question(record: dict[str, Any], document: str) -> Question:
    answers = [(answer["text"], answer["answer_start"]) for answer in record.get("answers") or ()]
    answerable = not record.get("is_impossible", False)
    return Question(
        id=str(record["id"]),
        text=record["question"],
        documents={document: 1},
        answers=tuple(dict.fromkeys(text for text, _ in answers)) if answerable else (),
        quotes=tuple(Quote(document, *answer) for answer in dict.fromkeys(answers)) if answerable else (),
        answerable=answerable,
        before=said_before(record.get("history") or ()),
    )
