"""What people said of answers, and what was not answered them: kept of one base, personal data masked before."""

import logging
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from rag.errors import RagError, StoreError
from rag.index.catalogue import CatalogueReader, Gap
from rag.index.gaps import GapKind, Missing, Unanswered, grouped, wordings
from rag.kept import answers
from rag.languages.en.page import REASONS
from rag.privacy import Mask
from rag.protocols import Embedder
from rag.query import fit_window
from rag.types import Answer, Event, Turn, Vectors

log = logging.getLogger(__name__)

LONGEST_COMMENT: Final = 2000  # characters of what a person says about an answer
_LOOKED_AT = 500  # of the newest gaps, and of the newest verdicts
_TITLES = 50  # titles that say what all questions to this base have in common


class Said:
    """Feedback and gaps of a base. Safe for threads."""

    def __init__(self, catalogue: CatalogueReader, embedder: Embedder, mask: Mask) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._mask = mask
        self._vectors: dict[str, Vectors] = {}

    def add_feedback(self, answer: Answer, *, liked: bool, reason: str = "", comment: str = "") -> None:
        """Keeps what a person thought of an answer, with the whole answer; `reason` is one of REASONS or "".

        Raises RagError for another reason and for a comment of over 2,000 characters.
        """
        if reason and reason not in REASONS:
            raise RagError(f"{reason[:50]!r} is no reason; take one of {', '.join(REASONS)}")
        if len(comment) > LONGEST_COMMENT:
            raise RagError(f"the comment has {len(comment):,} characters; say it in at most {LONGEST_COMMENT:,}")
        cited = [citation.document for citation in answer.citations]
        given = answers.to_json(answer, self._mask)
        question, comment = self._mask(answer.question), self._mask(comment)
        self._catalogue.add_feedback(question, answer.text, cited, liked, reason=reason, comment=comment, given=given)

    def noting(self, events: Iterator[Event], history: Sequence[Turn]) -> Iterator[Event]:
        """The events of an answer, as they come; a question that is refused, or that ends with people, is kept as a gap.

        Of a message that only asks for people, the question before it is what was not answered.
        """
        for event in events:
            if isinstance(event, Answer) and event.status == "refused":
                self.add_gap(event.question, event.closest[0].score if event.closest else 0.0)
            elif isinstance(event, Answer) and event.status == "handover":
                self.add_gap(history[-1][0] if history else event.question, 0.0, "handover")
            yield event

    def add_gap(self, question: str, confidence: float, kind: GapKind = "refused") -> None:
        """Keeps a question that was not answered, or logs why it cannot be kept: the answer matters more."""
        try:
            self._catalogue.add_gap(self._mask(question), confidence, kind)
        except StoreError as error:
            log.warning("a question without an answer is not kept: %s", error)

    def gaps(self, limit: int = 1000) -> list[Gap]:
        """The questions that were refused or passed to people, the newest first."""
        return self._catalogue.gaps(limit)

    def missing(self) -> list[Missing]:
        """What the newest 500 refused, passed on and unhelpfully answered questions ask, the most asked first."""
        asked = [Unanswered(gap.question, gap.kind, gap.created_at) for gap in self._catalogue.gaps(_LOOKED_AT)]
        asked += [
            Unanswered(one.question, "disliked", one.created_at, one.reason)
            for one in self._catalogue.feedback(_LOOKED_AT)
            if one.liked is False
        ]
        questions = wordings(asked)
        titles = list(dict.fromkeys(file.title or file.name for file in self._catalogue.files(internal=True)))[:_TITLES]
        vectors = self._embedded([*questions, *titles])
        return grouped(asked, questions, vectors[: len(questions)], vectors[len(questions) :])

    def _embedded(self, of: Sequence[str]) -> Vectors:
        """Their vectors `(n, dim)`; those of the last call are kept, since an editor looks again and again."""
        new = [text for text in dict.fromkeys(of) if text not in self._vectors]
        made = self._embedder.embed([fit_window(text, self._embedder) for text in new], "query")
        known = self._vectors | dict(zip(new, made, strict=True))
        self._vectors = {text: known[text] for text in of}
        return np.array([known[text] for text in of], np.float32).reshape(len(of), self._embedder.dim)
