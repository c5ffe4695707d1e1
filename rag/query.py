"""What is asked, built once for each message: no stage looks at the raw message again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from rag.errors import RagError
from rag.languages.formats import number
from rag.languages.spoken import Language, spoken, texts
from rag.protocols import Embedder
from rag.text import replace_lone_surrogates

LONGEST_MESSAGE = 4000  # characters; more is a document, not a question


@dataclass(frozen=True, slots=True)
class Query:
    """`message` is what was typed, without the white space around it; `search_text` what of it is asked, cut to what the
    encoder reads at once: it is searched and read. Of a follow-up `text` has the messages that it leans on before it, and
    `context` the answer to the last of them, too: it is searched beside `search_text`, which is read beside `before`, what
    `context` has before it. `language` is the one that its answer is framed in.
    """

    message: str
    text: str
    search_text: str
    context: str = ""
    before: str = ""
    language: Language = "en"

    @classmethod
    def of(cls, message: str, embedder: Embedder, asked: Callable[[str], str] = str) -> Self:
        """The query of a message by itself, in the language of the page; `asked` keeps what it asks.

        Raises RagError as `checked` does.
        """
        typed = replace_lone_surrogates(checked(message))
        text = asked(typed)
        return cls(typed, text, fit_window(text, embedder), language=spoken())

    def after(self, messages: Sequence[str], answer: str, embedder: Embedder) -> Self:
        """The query as it leans on earlier messages, oldest first, and on the answer to the last of them."""
        said = replace_lone_surrogates(" ".join(messages))  # as raw as what is typed
        before = f"{said} {replace_lone_surrogates(answer)}".strip()
        context = fit_window(f"{before} {self.text}", embedder)
        return replace(self, text=f"{said} {self.text}", context=context, before=before)


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
