"""What a message leans on as a query; and how many turns that are, where no trained model tells.

The simplest rule that is right oftener than none: a short message leans on the one before. How short was chosen by the 40
dialogues of `tests/data/dialogues/choose.jsonl` (28 right, 20 without a rule).
"""

from collections.abc import Sequence

from rag.conversation.history import first_words, last_words, turns_leant_on
from rag.languages.spoken import LANGUAGES, texts_in
from rag.protocols import Embedder
from rag.query import Query
from rag.text import words
from rag.types import Turn

# Words, or characters of Chinese, up to which a message leans on the one before: 5 and 6 are right for 28 of the 40, 4 for 22.
_SHORT = 5


def in_context(query: Query, turns: Sequence[Turn], embedder: Embedder) -> Query:
    """The query of a message as it leans on turns, oldest first: on what they ask, and the last answer unless it refuses."""
    asked = [last_words(question) for question, _ in turns]
    last = turns[-1][1]
    refusals = {texts_in(language).REFUSAL for language in LANGUAGES}
    return query.after(asked, "" if last in refusals else first_words(last), embedder)


class ShortMessages:
    """Short messages lean, in any script."""

    def knows(self, text: str) -> bool:
        return True

    def leans_on(self, message: str, history: Sequence[Turn]) -> int:
        return turns_leant_on(message, history, lambda leaning, before: len(words(leaning)) <= _SHORT)
