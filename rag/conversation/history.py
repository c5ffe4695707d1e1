"""What was said before a message as one text: the same where a network learns which words a message leans on, and in use."""

from collections.abc import Sequence

from rag.text import words

CONVERSATION, MESSAGE = "Conversation", "Message"
"""What stands before the text in the place of a passage's title: what was said before, or a long message."""

_MESSAGES = 6  # the last ones, of both sides
_LONGEST = 50  # words of each that are kept, from its beginning: an answer can be a whole list


def as_text(messages: Sequence[str]) -> str:
    """The messages before this one, oldest first, a line each."""
    return "\n".join(_first_words(" ".join(message.split())) for message in messages[-_MESSAGES:] if message.strip())


def _first_words(text: str) -> str:
    spans = words(text)
    return text[: spans[_LONGEST - 1][1]] if len(spans) > _LONGEST else text
