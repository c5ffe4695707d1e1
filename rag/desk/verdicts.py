"""An agent's word that a passage does not answer what was asked: kept beside the conversation, to be learnt from."""

from rag.desk.proof import Place
from rag.desk.store import Store
from rag.privacy import Mask, mask
from rag.text import replace_lone_surrogates


class Verdicts:
    """What agents said of evidence. Personal data in questions is masked before it is kept."""

    def __init__(self, store: Store, hide: Mask = mask) -> None:
        self._store = store
        self._hide = hide

    def wrong(self, conversation: str, agent: str, question: str, place: Place) -> None:
        """These characters of a document do not answer this question; said twice, it counts once. Raises NotFoundError."""
        values = {
            "conversation": conversation,
            "question": replace_lone_surrogates(self._hide(question)),
            "agent": agent,
            "base": place.base,
            "document": place.document,
            "first": place.start,
            "last": place.end,
            "at": self._store.stamp(),
        }
        with self._store.write() as connection:
            self._store.row(connection, conversation)
            delete = """DELETE FROM desk_verdicts WHERE conversation = :conversation AND base = :base AND document = :document
                AND first = :first AND last = :last AND question = :question"""
            connection.execute(delete, values)
            sql = """INSERT INTO desk_verdicts (conversation, question, agent, base, document, first, last, at)
                VALUES (:conversation, :question, :agent, :base, :document, :first, :last, :at)"""
            connection.execute(sql, values)
