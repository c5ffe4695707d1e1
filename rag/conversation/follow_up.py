"""What a message leans on as a query; and how many turns that are, where no trained model tells.

The simplest rule that is right oftener than none: a short message leans on the one before. How short was chosen by the 40
dialogues of `tests/data/dialogues/choose.jsonl` (28 right, 20 without a rule).
"""

from collections.abc import Sequence
from dataclasses import replace

from rag.conversation.history import first_words, last_words, turns_leant_on
from rag.languages.formats import listed
from rag.languages.spoken import LANGUAGES, texts, texts_in
from rag.protocols import Embedder
from rag.query import Query
from rag.text import is_content, words
from rag.types import Turn

# Words, or characters of Chinese, up to which a message leans on the one before: 5 and 6 are right for 28 of the 40, 4 for 22.
_SHORT = 5
_LONGEST_QUESTION = 1000  # characters of a question back


def in_context(query: Query, turns: Sequence[Turn], embedder: Embedder) -> Query:
    """The query of a message as it leans on turns, oldest first: on what they ask, and the last answer unless it refuses."""
    asked = [last_words(question) for question, _ in turns]
    last = turns[-1][1]
    refusals = {texts_in(language).REFUSAL for language in LANGUAGES}
    return query.after(asked, "" if last in refusals else first_words(last), embedder)


def alone(message: str, whole: str, embedder: Embedder) -> Query:
    """The query of a message by itself; of a choice, as `whole`, behind the question that was asked back about."""
    query = Query.of(message, embedder)
    return query if whole == message else replace(Query.of(whole, embedder), message=query.message, choice=query.message)


def asked_back(choices: Sequence[str]) -> str:
    """The question that is asked back about choices, in the language spoken."""
    return str(texts.ASK_BACK.format(choices=listed(choices, "or")))


def chosen(message: str, answer: str) -> bool:
    """Whether a message is one of the choices of the question that an answer ends with, or names it in part."""
    said = _spaced(message)
    spans = words(said)
    asked = answer[-_LONGEST_QUESTION:].rpartition("\n")[2]
    if not any(is_content(said[start:end]) for start, end in spans):
        return False
    said = said[spans[0][0] : spans[-1][1]]
    for language in LANGUAGES:
        before, _, behind = texts_in(language).ASK_BACK.partition("{choices}")
        if asked.startswith(before) and asked.endswith(behind):
            named = _spaced(asked[len(before) : len(asked) - len(behind)])
            starts, ends = ({span[side] for span in words(named)} for side in (0, 1))
            if any(named.startswith(said, at) and at + len(said) in ends for at in starts):
                return True
    return False


def _spaced(text: str) -> str:
    return " ".join(text.casefold().split())


def with_choices(turns: Sequence[Turn]) -> list[Turn]:
    """The turns, oldest first, each choice behind the question that it was asked back about, in whose place it stands."""
    found: list[Turn] = []
    for message, answer in turns:
        if found and chosen(message, found[-1][1]):
            found.append((f"{last_words(found.pop()[0])} {message}", answer))
        else:
            found.append((message, answer))
    return found


class ShortMessages:
    """Short messages lean, in any script."""

    def knows(self, text: str) -> bool:
        return True

    def leans_on(self, message: str, history: Sequence[Turn]) -> int:
        return turns_leant_on(message, history, lambda leaning, before: len(words(leaning)) <= _SHORT)
