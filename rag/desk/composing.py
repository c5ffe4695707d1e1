"""What an agent could answer: composed from the bases that they may read, each sentence with its place."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from rag.answering import answer
from rag.desk.exception_guard import Offer, offers
from rag.desk.library import Library, split
from rag.desk.proof import Place, Sentence, Source, check
from rag.errors import NotFoundError
from rag.languages.spoken import is_spoken
from rag.query import LONGEST_MESSAGE, Query
from rag.service import Assistant
from rag.types import ANSWERS, Answer, Citation, Turn

Outcome = Literal["composed", "nothing asked", "no answer"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A reply in the documents' own words, and all that is known of it. `text` is "" where there is nothing to propose.

    `question` is what was searched for. `sources` are what was read, which an edited reply is checked against; `closest` the
    beginnings of what came near and is not said. `internal`: it quotes what only staff may read. `bases` are those that were
    looked into, the conversation's own first.
    """

    outcome: Outcome
    question: str = ""
    text: str = ""
    sentences: tuple[Sentence, ...] = ()
    offers: tuple[Offer, ...] = ()
    sources: tuple[Source, ...] = ()
    closest: tuple[Place, ...] = ()
    confidence: float = 0.0
    timings_ms: dict[str, float] = field(default_factory=dict)
    bases: tuple[str, ...] = ()

    @property
    def internal(self) -> bool:
        return any(one.place is not None and one.place.internal for one in self.sentences)


def suggest(library: Library, message: str, history: Sequence[Turn] = ()) -> Suggestion:
    """A reply to a customer's message. Of one that is longer than a question, the beginning is read. Nothing is asked back:
    the agent, who knows the customer, has the sentences and adds what they would ask.

    Raises RagError as `rag.service.Assistant.stream` does.
    """
    assistant = library.assistant
    typed = message.strip()[:LONGEST_MESSAGE]
    if not typed or assistant.models.router.route(typed).kind != "question":
        return Suggestion("nothing asked", typed)
    query = to_asker(assistant, assistant.query(typed, history))
    search = partial(library.retrieve, query.search_text, context=query.context)
    stages = replace(assistant.stages(query), retrieve=search, generator=None, gate=None)
    return _suggestion(library, answer.whole(answer.stream(query, stages)))


def to_asker(assistant: Assistant, query: Query) -> Query:
    """The query with its answer framed in the language of its message, where that can be told: the agent's may be another."""
    language = assistant.models.router.route(query.message).language
    return replace(query, language=language) if is_spoken(language) else query


def checked(library: Library, text: str, sources: Sequence[Source]) -> tuple[Sentence, ...]:
    """A text's sentences against sources alone."""
    return check(text, sources, library.assistant.models.checker)


def _suggestion(library: Library, found: Answer) -> Suggestion:
    read = [source for citation in (*found.citations, *found.closest) for source in library.sources(citation)]
    near = tuple(library.place(citation) for citation in found.closest)
    if found.status not in ANSWERS:
        return Suggestion(
            "no answer", found.searched, sources=tuple(read), closest=near, confidence=found.confidence,
            timings_ms=found.timings_ms,
        )  # fmt: skip
    sources = (*read, *_composed(library, found))
    sentences = checked(library, found.text, sources)
    return Suggestion(
        "composed",
        found.searched,
        found.text,
        sentences,
        tuple(_offers(library, found, sentences)),
        sources,
        near,
        found.confidence,
        found.timings_ms,
    )


def _composed(library: Library, found: Answer) -> list[Source]:
    """Stretches of an answer that are not as the document writes them: rows with the cells that were asked for."""
    cited = {citation.n: citation for citation in found.citations}
    said = []
    for support in found.support:
        text = found.text[support.start : support.end]
        citation = cited.get(support.n or 0)
        if citation is not None and text not in citation.text:
            base, document = split(citation.document)
            start, end = _row(citation, text) or (citation.start, citation.end)
            internal = library.is_internal(citation.document)
            own = citation.text[start - citation.start : end - citation.start]
            said.append(Source(base, document, citation.title, start, end, text, internal, verbatim=False, own=own))
    return said


def _row(citation: Citation, said: str) -> tuple[int, int] | None:
    """The row of a citation that was said: the one that most of its filled cells are of."""
    rows = [block for block in citation.blocks if block.kind == "row" and block.cells]

    def held(cells: Sequence[tuple[int, int]]) -> int:
        filled = [citation.text[a:b] for a, b in cells if citation.text[a:b].strip()]
        return sum(cell in said for cell in filled)

    best = max(rows, key=lambda block: (held(block.cells), -block.start), default=None)
    return (citation.start + best.start, citation.start + best.end) if best and held(best.cells) else None


def _offers(library: Library, found: Answer, sentences: Sequence[Sentence]) -> list[Offer]:
    quoted, documents = [], []
    for one in sentences:
        if one.place is not None:
            try:
                documents.append(library.document(f"{one.place.base}/{one.place.document}"))
            except NotFoundError:  # deleted since it was read
                continue
            quoted.append(one.place)
    return offers(found.searched, found.text, quoted, documents, library.assistant.models.reader(found.searched))
