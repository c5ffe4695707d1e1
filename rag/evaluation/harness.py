"""Questions to the product's own answers: what is measured is what `rag search` and `rag ask` give, and how long it takes."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from rag.config import Settings
from rag.conversation.turns import ask_in_order
from rag.datasets.dataset import Question
from rag.errors import NotFoundError
from rag.evaluation.index import canonical_name
from rag.evaluation.location import QuoteFinder
from rag.types import Answer, Citation, Evidence, Passage, Turn

if TYPE_CHECKING:
    from rag.service import Assistant


@dataclass(frozen=True, slots=True)
class DocumentSpan:
    """A stretch of a document, in characters."""

    document: str
    start: int
    end: int


class EvalHarness:
    """An assistant, and where the gold texts stand in its documents.

    `settings` are those to be measured; `gold` asks only of the documents that answer.
    """

    def __init__(self, assistant: "Assistant", settings: Settings, *, gold: bool = False) -> None:
        self.settings = settings
        self._assistant = assistant
        self._gold = gold
        self._located = lru_cache(maxsize=512)(self._locate)

    def evidence(self, question: Question, k: int, *, gold: bool = False) -> tuple[list[Evidence], float]:
        """The k best, and the milliseconds it took."""
        start = time.perf_counter()
        found = self._assistant.evidence(question.text, k, documents=self._filter(question, gold))
        return found, (time.perf_counter() - start) * 1000

    def retrieved(self, question: Question, k: int) -> list[Passage]:
        """The k best by search alone, unread."""
        return self._assistant.retrieve(question.text, k, documents=self._filter(question, False))

    def ask(self, question: Question) -> Answer:
        """The product's answer, after the earlier messages of its conversation."""
        documents = self._filter(question, False)

        def asked(message: str, history: Sequence[Turn]) -> Answer:
            return self._assistant.ask(message, history, documents=documents)

        return ask_in_order(asked, (*question.earlier, question.text))

    def refuse_below(self, question: Question) -> float:
        """The probability that the documents answer, under which the product refuses the question."""
        set_to = self.settings.refuse_below
        return self._assistant.models.reader(question.text).refuse_below if set_to is None else set_to

    def places(self, question: Question, documents: Iterable[str]) -> list[DocumentSpan]:
        """Where the question's quotes stand in those of `documents` that they are from; quotes found nowhere are left out."""
        found = []
        for document in sorted(set(documents)):
            for quote in question.quotes:
                own = canonical_name(document, (quote.document,)) == quote.document
                if own and (place := self._located(document).find(quote)):
                    found.append(DocumentSpan(document, *place))
        return found

    def text(self, document: str) -> str:
        """A document's text; none where the name is that of a file with a document for each row."""
        return self._located(document).text

    def _locate(self, document: str) -> QuoteFinder:
        try:
            found = self._assistant.document(document)
            return QuoteFinder(found.text, found.blocks)
        except NotFoundError:
            return QuoteFinder("")

    def _filter(self, question: Question, gold: bool) -> list[str]:
        return list(question.documents) if gold or self._gold else []


def answers(citation: Citation, question: Question, places: Sequence[DocumentSpan]) -> bool:
    """Whether a citation answers: it is of a right document and, where the words are known, has some of them."""
    if not question.answerable or canonical_name(citation.document, question.documents) not in question.documents:
        return False
    return not places or any(place.start < citation.end and place.end > citation.start for place in places)
