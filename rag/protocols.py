"""The protocols of the parts that can be exchanged: encoder, vectors, reader, checker, language model."""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Generator as Stream
from dataclasses import dataclass
from typing import Protocol

from rag.route import Route
from rag.types import Evidence, Message, Passage, TextKind, TokenVectors, Turn, Vectors


class Embedder(Protocol):
    """Texts to vectors. `window` is the most tokens a text may have, special tokens not counted."""

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def window(self) -> int: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...

    def knows(self, text: str) -> bool:
        """Whether it has tokens for the script of `text`; vectors of what it does not know say nothing."""
        ...

    def embed(self, texts: Sequence[str], kind: TextKind = "passage") -> Vectors:
        """Vectors `(n, dim)`, float32; unit length for the cosine metric."""
        ...

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Token vectors of each text, from the last layer."""
        ...


class VectorStore(Protocol):
    """Chunk ids and their vectors in one collection; a rebuildable index, never the truth."""

    def upsert(self, ids: Sequence[str], vectors: Vectors, documents: Sequence[str]) -> None: ...

    def delete(self, ids: Sequence[str]) -> None: ...

    def ids(self) -> set[str]: ...

    def vectors_of(self, ids: Sequence[str]) -> Mapping[str, Vectors]:
        """The vectors `(dim,)` of those of the ids that are there."""
        ...

    def search(self, vector: Vectors, k: int, documents: Collection[str] | None = None) -> list[tuple[str, float]]:
        """The k nearest (id, similarity), best first, of `documents` where given."""
        ...


class Router(Protocol):
    """Says what kind of message was typed, before anything is looked up."""

    def route(self, message: str) -> Route: ...


class Reader(Protocol):
    """Finds in each passage the words that answer the question.

    `refuse_below` is the probability (the best evidence's `answerable`, or its confidence) under which nothing answers: each
    reader has its own scale. `candidates` is how many passages it is given for a question: a better reader gains from more.
    """

    @property
    def name(self) -> str: ...
    @property
    def refuse_below(self) -> float: ...
    @property
    def candidates(self) -> int: ...

    def knows(self, text: str) -> bool:
        """Whether it can read the script of `text`."""
        ...

    def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
        """Evidence in the order of the passages; `before` is what a follow-up leans on, for a reader that learnt to heed it."""
        ...


class Rewriter(Protocol):
    """Tells what a message leans on."""

    def knows(self, text: str) -> bool:
        """Whether it can read the script of `text`."""
        ...

    def leans_on(self, message: str, history: Sequence[Turn]) -> int:
        """How many of the turns before it the message needs, the last ones; 0 where it stands alone."""
        ...


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """A stretch of the n-th source, counted from 1, in characters of that source."""

    n: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Issue:
    """What no source says: a stretch of the checked sentence."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Check:
    """How likely 0..1 the sources bear out a sentence, where, and what of it they do not say."""

    supported: float
    source: SourceSpan | None = None
    issues: tuple[Issue, ...] = ()


class Checker(Protocol):
    """Says whether sources bear out one sentence. What no checker bears out is not shown as fact."""

    def check(self, sentence: str, sources: Sequence[str]) -> Check: ...


class Generator(Protocol):
    """Writes the next message of a chat. `window` counts prompt and answer together, in tokens.

    What would be a command to the model (`<|im_end|>`) is none where it stands in a message: it is made inert before the prompt
    is rendered.
    """

    @property
    def name(self) -> str: ...
    @property
    def window(self) -> int: ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """The tokens of the rendered prompt, or more where they can only be estimated."""
        ...

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Stream[str, None, None]:
        """Pieces of the answer, whole characters each; closing the stream stops the model.

        Raises ModelError if prompt and answer exceed the window, GeneratorError if a server fails.
        """
        ...
