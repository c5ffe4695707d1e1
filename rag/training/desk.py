"""What agents did at the desk, as a dataset: replies with their evidence, answers to gaps, evidence called wrong."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from rag.config import Settings
from rag.database import Row
from rag.datasets.dataset import Dataset, Question, Quote, passage_name
from rag.errors import RagError
from rag.evaluation.location import QuoteFinder
from rag.index.bases import use_base
from rag.index.catalogue import CatalogueReader
from rag.kept.database import ConversationsFile
from rag.privacy import mask, unmasked

_SHORTEST = 2  # characters of a quote; less stands everywhere
# A reply is to the question of the proposal that it was made from, which stands alone, else to what the customer last wrote.
_REPLIES = """SELECT desk_messages.id, evidence, coalesce(
    (SELECT question FROM desk_proposals AS made WHERE made.id = desk_messages.proposal AND made.question <> ''),
    (SELECT text FROM desk_messages AS asked WHERE asked.conversation = desk_messages.conversation AND asked.kind = 'in'
        AND asked.id < desk_messages.id ORDER BY asked.id DESC LIMIT 1),
    (SELECT question FROM exchanges WHERE exchanges.conversation = desk_messages.conversation ORDER BY id DESC LIMIT 1)
    ) AS question
    FROM desk_messages JOIN conversations ON conversations.id = conversation
    WHERE kind = 'out' AND evidence <> '' AND base = :base ORDER BY desk_messages.id"""


@dataclass(frozen=True, slots=True)
class _Said:
    """A question, and texts of documents that answer it."""

    question: str
    texts: tuple[tuple[str, str], ...]


def read(settings: Settings) -> Dataset:
    """The questions that agents answered, asked of the public documents of the base in use.

    Of a reply the sentences with a place in a document are right; of an answer to a gap its document; what an agent called
    wrong evidence of that question is not, and is then taken for what it is: near, and no answer. Personal data is
    masked, also what was kept before. Raises RagError where nothing can be learnt.
    """
    hide = mask if settings.mask else unmasked
    with closing(CatalogueReader.open(use_base(settings.data_dir, settings.base))) as catalogue:
        documents = [catalogue.document(name)[0] for name in catalogue.documents()]
    place = {document.name: passage_name(n) for n, document in enumerate(documents)}
    finders = {place[document.name]: QuoteFinder(document.text, document.blocks) for document in documents}
    named = {"base": settings.base}
    with closing(ConversationsFile.of(settings.data_dir)) as file:
        replies = file.read(_REPLIES, named)
        answers = file.read("SELECT * FROM desk_answers WHERE base = :base AND state = 'published' ORDER BY id", named)
        wrong = file.read("SELECT * FROM desk_verdicts WHERE base = :base", named)
    denied = {(hide(row["question"]), row["document"], row["first"]) for row in wrong}
    questions: dict[str, Question] = {}
    for said in (*_replied(replies, settings.base, denied, hide), *_answered(answers, hide)):
        if found := _question(said, place, finders):
            questions[said.question] = found
    if not questions:
        raise RagError(
            f"{len(replies)} replies with evidence, {len(answers)} published answers and {len(wrong)} verdicts are kept of the "
            f"base {settings.base}, and none has its words in a public document: there is nothing to learn from yet."
        )
    passages = tuple((document.title, document.text) for document in documents)
    return Dataset("desk", tuple(questions.values()), passages)


def _replied(rows: Sequence[Row], base: str, denied: set[tuple[str, str, int]], hide: Any) -> Iterator[_Said]:
    for row in rows:
        question = hide(row["question"] or "").strip()
        evidence = json.loads(row["evidence"])
        right = [
            (one["document"], one["text"])
            for one in (evidence if isinstance(evidence, list) else ())
            if one.get("base") == base and "text" in one and (question, one["document"], one["from"]) not in denied
        ]
        if question and right:
            yield _Said(question, tuple(dict.fromkeys(right)))


def _answered(rows: Sequence[Row], hide: Any) -> Iterator[_Said]:
    for row in rows:
        for question in (row["question"], *json.loads(row["wordings"])):
            yield _Said(hide(question), ((row["document"], row["text"]),))


def _question(said: _Said, place: dict[str, str], finders: dict[str, QuoteFinder]) -> Question | None:
    quotes = tuple(
        quote
        for document, text in said.texts
        if document in place and len(text.strip()) >= _SHORTEST
        for quote in (Quote(place[document], text),)
        if finders[quote.document].find(quote)
    )
    if not quotes:
        return None
    documents = dict.fromkeys((quote.document for quote in quotes), 1)
    return Question(said.question, said.question, documents, tuple(quote.text for quote in quotes), quotes)
