"""What people say, as far as it is kept: verdicts on answers, and questions that were refused. Bounded and masked before."""

import logging
from typing import Final

from rag.errors import RagError, StoreError
from rag.index.catalogue import CatalogueReader, Gap
from rag.languages import en as texts
from rag.privacy import Mask
from rag.types import Answer

log = logging.getLogger(__name__)
MOST_COMMENT: Final = 2000  # characters
MOST_REASON: Final = 100


class Remarks:
    """What is kept of them in one catalogue."""

    def __init__(self, catalogue: CatalogueReader, mask: Mask) -> None:
        """`mask` hides what people type of themselves."""
        self._catalogue = catalogue
        self._mask = mask

    def add_feedback(self, answer: Answer, *, liked: bool, reason: str = "", comment: str = "") -> None:
        """Keeps what a person thought of an answer; raises RagError for a reason or comment that is too long, StoreError."""
        for text, most in ((reason, MOST_REASON), (comment, MOST_COMMENT)):
            if len(text) > most:
                raise RagError(texts.FEEDBACK_TOO_LONG.format(characters=len(text), most=most))
        cited = [citation.document for citation in answer.citations]
        question, why, said = map(self._mask, (answer.question, reason, comment))
        self._catalogue.add_feedback(question, answer.text, cited, liked=liked, reason=why, comment=said)

    def add_gap(self, question: str, confidence: float) -> None:
        """Keeps a refused question as a gap in the documents, or logs why it cannot be kept: the answer matters more."""
        try:
            self._catalogue.add_gap(self._mask(question), confidence)
        except StoreError as error:
            log.warning("a refused question is not kept: %s", error)

    def gaps(self, limit: int = 1000) -> list[Gap]:
        """The questions that were refused, the newest first."""
        return self._catalogue.gaps(limit)
