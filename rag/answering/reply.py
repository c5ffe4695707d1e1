"""Replies that no document is asked for, and what is said to a person who wants to talk to people."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.answering import answer
from rag.answering.answer import Clock, Stages
from rag.privacy.masking import find
from rag.protocols import Reader
from rag.query import Query
from rag.reading import rank
from rag.types import ANSWERS, Answer, Block, Chunk, Event, Evidence, Mark, Passage, Reading, Span, Status, Support
from rag.units import units

BETWEEN = "\n\n"
_CONTACTS = frozenset(("email", "phone"))
_MOST = 3  # units with a contact that are told
_WIDER = 4  # times as many passages are looked through for a contact as are read for a question


class ContactReader:
    """Reads as another reader does, but only passages that hold an e-mail address or a phone number, and of the best one the
    units that do: what is near a question about contacts is often about something else.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.name = reader.name
        self.refuse_below = reader.refuse_below
        self.candidates = _WIDER * reader.candidates
        self.knows = reader.knows

    def read(self, question: str, passages: Sequence[Passage], before: str = "") -> list[Evidence]:
        """Of the best passage with a contact, or nothing."""
        holding = [(passage, spans) for passage in passages if (spans := contacts(passage.chunk))]
        read = self._reader.read(question, [passage for passage, _ in holding[: self._reader.candidates]], before)
        found = {passage.chunk.id: spans for passage, spans in holding}
        return [replace(item, units=found[item.passage.chunk.id], verdict="") for item in rank(read)[:1]]


def contacts(chunk: Chunk) -> tuple[Span, ...]:
    """The units of a passage that hold an e-mail address or a phone number, the first few."""
    found = [item for item in find(chunk.text) if item.kind in _CONTACTS]
    holding = [
        unit
        for unit in units(chunk.text, chunk.blocks)
        if unit.answers and any(unit.start <= item.start < unit.end for item in found)
    ]
    return tuple(Span(unit.start, unit.end, 1.0) for unit in holding[:_MOST])


def stream(message: str, sure: float, text: str, names: dict[str, str]) -> Iterator[Event]:
    """Nothing read, and an answer that rests on nothing; `sure` is how likely the message is what it was taken for."""
    yield Reading("", ())
    yield replace(_reply(message, sure, text, "social"), timings_ms=Clock().laps(), models=names)


def handed_over(message: str, sure: float, asked: Sequence[tuple[Query, Stages]], lead: str, nothing: str) -> Iterator[Event]:
    """What the documents say about contacts, by the first of the queries `asked` (at least one) that finds any, behind the text
    `lead`; or the text `nothing`.
    """
    for query, stages in asked:
        found, *_, said = answer.stream(query, replace(stages, generator=None, gate=None, reader=ContactReader(stages.reader)))
        if isinstance(said, Answer) and said.status in ANSWERS:
            yield found
            yield handover(message, lead, said)
            return
    yield Reading("", ())
    unknown = _reply(message, sure, nothing, "handover")
    yield replace(unknown, timings_ms=said.timings_ms, models=said.models) if isinstance(said, Answer) else unknown


def handover(message: str, lead: str, found: Answer) -> Answer:
    """What the documents say about contacts, `found`, with a sentence before it; it keeps its citations."""
    ahead = len(lead) + len(BETWEEN)
    blocks = (Block(0, len(lead), "paragraph"), *(_moved_block(block, ahead) for block in found.blocks)) if found.blocks else ()
    return replace(
        found,
        question=message,
        text=lead + BETWEEN + found.text,
        status="handover",
        support=tuple(_moved(item, ahead) for item in found.support),
        blocks=blocks,
        marks=tuple(_moved_mark(mark, ahead) for mark in found.marks),
    )


def _moved(item: Support, by: int) -> Support:
    return replace(item, start=item.start + by, end=item.end + by)


def _moved_mark(mark: Mark, by: int) -> Mark:
    return replace(mark, start=mark.start + by, end=mark.end + by)


def _moved_block(block: Block, by: int) -> Block:
    cells = tuple((start + by, end + by) for start, end in block.cells)
    return replace(block, start=block.start + by, end=block.end + by, cells=cells)


def _reply(message: str, sure: float, text: str, status: Status) -> Answer:
    return Answer(message, "", text, status, round(sure, 3), (), ())
