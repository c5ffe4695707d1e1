"""The bases that an agent may read, as one: passages of all, each known by its base and by whether customers may read it."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self

from rag.about import Audience
from rag.desk.proof import Place, Source, rows_said
from rag.errors import NotFoundError, RagError
from rag.languages.spoken import texts
from rag.query import fit_window
from rag.service import Assistant
from rag.types import Chunk, Citation, Document, Passage

log = logging.getLogger(__name__)
_ELSEWHERE = 3  # passages of each further base: reading costs time, and most questions are of the conversation's own base


class Bases(Protocol):
    """The knowledge bases by name, as `rag.service.Bases` has them."""

    def names(self, audience: Audience | None = None) -> list[str]: ...

    def open(self, name: str, audience: Audience | None = None) -> Assistant: ...


@dataclass(frozen=True)
class Library:
    """Documents of several bases. In its passages and citations a document is called "base/document".

    `home` is the base of the conversation, `assistants` all bases as staff see them, by name; `public` those that customers
    may know of, as they see them.
    """

    home: str
    assistants: Mapping[str, Assistant]
    public: Mapping[str, Assistant]

    @classmethod
    def open(cls, bases: Bases, home: str, names: Sequence[str]) -> Self:
        """The library of who may read the bases `names`; raises NotFoundError where the conversation's own is none of them."""
        if home not in names:
            raise NotFoundError(texts.NOT_YOUR_BASE.format(base=home))
        known = set(bases.names("public"))
        order = (home, *(name for name in names if name != home))
        return cls(
            home,
            {name: bases.open(name, "internal") for name in order},
            {name: bases.open(name, "public") for name in order if name in known},
        )

    @property
    def assistant(self) -> Assistant:
        """That over the conversation's own base."""
        return self.assistants[self.home]

    def retrieve(self, text: str, k: int, context: str = "") -> list[Passage]:
        """The k best passages of the own base and a few of each other. A further base that cannot be searched is left out, and
        the log says so. `context` is of a follow-up, as `Retriever.retrieve` has it.
        """
        found = self._of(self.home, text, k, context)
        for name in self.assistants:
            if name != self.home:
                try:
                    found += self._of(name, text, min(k, _ELSEWHERE), context)
                except RagError as error:
                    log.warning("the base %s is not searched for an agent: %s", name, error)
        return found

    def _of(self, name: str, text: str, k: int, context: str) -> list[Passage]:
        found = self.assistants[name].base.retrieve(text, k, context=context)
        return [replace(one, chunk=replace(one.chunk, document=f"{name}/{one.chunk.document}")) for one in found]

    def is_internal(self, name: str) -> bool:
        """Whether customers may not read a document, called "base/document"."""
        base, document = split(name)
        if base not in self.public:
            return True
        if name not in self._internal:
            try:
                self.public[base].document(document)
                self._internal[name] = False
            except NotFoundError:
                self._internal[name] = True
        return self._internal[name]

    @cached_property
    def _internal(self) -> dict[str, bool]:
        return {}

    def document(self, name: str) -> Document:
        """A document called "base/document"; raises NotFoundError."""
        base, document = split(name)
        if base not in self.assistants:
            raise NotFoundError(texts.NO_BASE.format(name=base))
        return self.assistants[base].document(document)

    def standing(self, sources: Iterable[Source]) -> list[Source]:
        """Those that still say at their places what they said, to the same readers: documents are corrected, deleted, and made
        internal. Each document is read once.
        """
        read: dict[str, str | None] = {}
        found = []
        for source in sources:
            name, said = f"{source.base}/{source.document}", source.text if source.verbatim else source.own
            if name not in read:
                try:
                    read[name] = self.document(name).text
                except NotFoundError:
                    read[name] = None
            text = read[name]
            if text is not None and text[source.start : source.end] == said and self.is_internal(name) == source.internal:
                found.append(source)
        return found

    def sources(self, passage: Chunk | Citation) -> list[Source]:
        """What a passage says: its text, and each row of its tables as a sentence."""
        base, document = split(passage.document)
        internal = self.is_internal(passage.document)
        whole = Source(base, document, passage.title, passage.start, passage.end, passage.text, internal)
        return [whole, *rows_said(base, document, passage.title, passage.start, passage.text, passage.blocks, internal)]

    def place(self, passage: Chunk | Citation) -> Place:
        """Where a passage stands, whole."""
        base, document = split(passage.document)
        internal = self.is_internal(passage.document)
        return Place(base, document, passage.title, passage.start, passage.end, passage.text, internal)

    def look_up(self, sentence: str) -> list[Source]:
        """What the passages nearest to a sentence say."""
        text = fit_window(sentence, self.assistant.models.embedder)
        return [source for passage in self.retrieve(text, _ELSEWHERE) for source in self.sources(passage.chunk)]


def split(name: str) -> tuple[str, str]:
    """ "base/document" as both: a base's name has no "/"."""
    base, _, document = name.partition("/")
    return base, document
