"""What is asked, built once for each message: no stage looks at the raw message again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from rag.errors import RagError
from rag.languages.formats import number
from rag.languages.spoken import Language, spoken, texts
from rag.protocols import Embedder
from rag.text import has_cjk, replace_lone_surrogates, words

LONGEST_MESSAGE = 4000  # characters; more is a document, not a question
_QUESTION = 40  # words at the end of a message, where a story comes to its question
_OF_CJK = 0.5  # words that a character of Chinese counts as
_CONTEXT = 250  # words before it that are searched


@dataclass(frozen=True, slots=True)
class Query:
    """`message` is what was typed, without the white space around it; `search_text` the end of it, which asks, cut to what the
    encoder reads at once: it is searched and read. `before` is what stands before that: the beginning of a long message, and of
    a follow-up the messages that it leans on and the answer to the last of them. With it, `context` is searched beside
    `search_text`, which is read beside `before`. `text` is shown as what was searched: of a follow-up it has the messages that
    it leans on before it. `language` is the one that its answer is framed in. `choice` is what was chosen where it was asked
    back, and that alone is to be answered about.
    """

    message: str
    text: str
    search_text: str
    context: str = ""
    before: str = ""
    language: Language = "en"
    choice: str = ""

    @classmethod
    def of(cls, message: str, embedder: Embedder) -> Self:
        """The query of a message by itself, in the language of the page.

        Raises RagError as `checked` does.
        """
        typed = replace_lone_surrogates(checked(message))
        before, end = parted(typed)
        query = cls(typed, end, fit_window(end, embedder), language=spoken())
        return query._behind(before, embedder) if before else query

    def after(self, messages: Sequence[str], answer: str, embedder: Embedder) -> Self:
        """The query as it leans on earlier messages, oldest first, and on the answer to the last of them."""
        said = replace_lone_surrogates(" ".join(messages))  # as raw as what is typed
        before = f"{said} {replace_lone_surrogates(answer)} {self.before}".strip()
        return replace(self._behind(before, embedder), text=f"{said} {self.text}")

    def _behind(self, before: str, embedder: Embedder) -> Self:
        """The query with something said before it, of which is searched what the encoder reads of its end."""
        room = " ".join(before.split()[-_CONTEXT:])
        while room and (count := embedder.count_tokens([f"{room} {self.search_text}"])[0]) > embedder.window:
            least = len(room) - int(len(room) * embedder.window / count * 0.95)
            room = room[next((start for start, _ in words(room) if start >= least), len(room)) :]
        return replace(self, before=before, context=f"{room} {self.search_text}".lstrip())


def checked(message: str) -> str:
    """The message without the white space around it; raises RagError where it is empty or over 4,000 characters."""
    if not message.strip():
        raise RagError(texts.MESSAGE_EMPTY)
    if len(message) > LONGEST_MESSAGE:
        raise RagError(texts.MESSAGE_TOO_LONG.format(characters=number(len(message)), most=number(LONGEST_MESSAGE)))
    return message.strip()


def parted(message: str) -> tuple[str, str]:
    """What a long message tells first, nothing of a short one, and its end, where it asks."""
    at, room = len(message), float(_QUESTION)
    for start, end in reversed(words(message)):
        room -= _OF_CJK if has_cjk(message[start:end]) else 1
        if room < 0:
            return message[:at].rstrip(), message[at:]
        at = start
    return "", message


def fit_window(text: str, embedder: Embedder) -> str:
    """A text longer than the encoder's window is compared by its beginning."""
    while (count := embedder.count_tokens([text])[0]) > embedder.window:
        text = text[: int(len(text) * embedder.window / count * 0.95)]
    return text
