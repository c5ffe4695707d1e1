"""What is asked, built once for each message: no stage looks at the raw message again."""

from dataclasses import dataclass

from rag.errors import RagError
from rag.languages import en as texts
from rag.protocols import Embedder
from rag.types import Turn

LONGEST_MESSAGE = 4000  # characters; more is a document, not a question


@dataclass(frozen=True, slots=True)
class Query:
    """`message` is what was typed, without the white space around it; `text` the form that stands alone: it is searched and
    read. `history` is what was said before, oldest first.
    """

    message: str
    text: str
    history: tuple[Turn, ...] = ()


def checked(message: str) -> str:
    """The message without the white space around it; raises RagError where it is empty or over 4,000 characters."""
    if not message.strip():
        raise RagError(texts.MESSAGE_EMPTY)
    if len(message) > LONGEST_MESSAGE:
        raise RagError(texts.MESSAGE_TOO_LONG.format(characters=len(message), most=LONGEST_MESSAGE))
    return message.strip()


def fit_window(text: str, embedder: Embedder) -> str:
    """A text longer than the encoder's window is compared by its beginning."""
    while (count := embedder.count_tokens([text])[0]) > embedder.window:
        text = text[: int(len(text) * embedder.window / count * 0.95)]
    return text
