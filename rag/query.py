"""What is asked, built once for each message: no stage looks at the raw message again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from rag.errors import RagError
from rag.languages.formats import number
from rag.languages.spoken import Language, spoken, texts
from rag.protocols import Embedder
from rag.text import replace_lone_surrogates

LONGEST_MESSAGE = 4000  # characters; more is a document, not a question


@dataclass(frozen=True, slots=True)
class Query:
    """`message` is what was typed, without the white space around it, `text` the form that stands alone, and `search_text` that
    form cut to what the encoder reads at once: it is searched and read. `language` is the one that its answer is framed in.
    """

    message: str
    text: str
    search_text: str
    language: Language = "en"

    @classmethod
    def of(
        cls, message: str, embedder: Embedder, standalone: Callable[[str], str] = str, language: Language | None = None
    ) -> Self:
        """The query of a message; `standalone` makes it stand alone. Without a `language` it is that of the page.

        Raises RagError as `checked` does.
        """
        typed = replace_lone_surrogates(checked(message))
        text = replace_lone_surrogates(standalone(typed))  # what was said before is as raw
        return cls(typed, text, fit_window(text, embedder), language or spoken())


def checked(message: str) -> str:
    """The message without the white space around it; raises RagError where it is empty or over 4,000 characters."""
    if not message.strip():
        raise RagError(texts.MESSAGE_EMPTY)
    if len(message) > LONGEST_MESSAGE:
        raise RagError(texts.MESSAGE_TOO_LONG.format(characters=number(len(message)), most=number(LONGEST_MESSAGE)))
    return message.strip()


def fit_window(text: str, embedder: Embedder) -> str:
    """A text longer than the encoder's window is compared by its beginning."""
    while (count := embedder.count_tokens([text])[0]) > embedder.window:
        text = text[: int(len(text) * embedder.window / count * 0.95)]
    return text
