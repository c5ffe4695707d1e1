"""What was said before a message as one text: for the network that tells whether a message leans on it, and for the search."""

from collections.abc import Callable, Sequence

from rag.query import parted
from rag.text import words
from rag.types import Turn

CONVERSATION = "Conversation"
"""What stands before the text in the place of a passage's title: what was said before."""

_MESSAGES = 6  # the last ones, of both sides
_TURNS = 2  # that are leant on, at most: the message before may lean, too
_LONGEST = 50  # words of each that are kept, from its beginning: an answer can be a whole list


def as_text(messages: Sequence[str]) -> str:
    """The messages before this one, oldest first, a line each."""
    return "\n".join(first_words(" ".join(message.split())) for message in messages[-_MESSAGES:] if message.strip())


def said_before(messages: Sequence[str], turns: int = 1) -> str:
    """What a follow-up is read beside: the last `turns` messages of who asks, and the answer to the last of them.

    `messages` are of both sides in turn, oldest first, an answer last.
    """
    asked = [last_words(message) for message in messages[-2 * turns :: 2]]
    return " ".join((*asked, first_words(messages[-1]))) if messages else ""


def turns_leant_on(message: str, history: Sequence[Turn], leans: Callable[[str, Sequence[Turn]], bool]) -> int:
    """How many of the last turns a message leans on, and the messages of these in their turn; `leans` tells of one whether it
    does on what was said before it.
    """
    turns, leaning = 0, message
    while turns < min(_TURNS, len(history)) and leans(leaning, history[: len(history) - turns]):
        turns += 1
        leaning = last_words(history[-turns][0])
    return turns


def first_words(text: str) -> str:
    """The beginning of an answer, which names what it is about."""
    spans = words(text)
    return text[: spans[_LONGEST - 1][1]] if len(spans) > _LONGEST else text


def last_words(text: str) -> str:
    """The end of a message."""
    return parted(text)[1]
