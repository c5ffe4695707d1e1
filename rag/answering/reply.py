"""Replies that no document is asked for, and what is said to a person who wants to talk to people."""

from collections.abc import Iterator
from dataclasses import replace

from rag.answering import answer
from rag.answering.answer import Clock, Stages
from rag.query import Query
from rag.types import ANSWERS, Answer, Block, Event, Mark, Reading, Status, Support

BETWEEN = "\n\n"
# Confidence from which what was found about contacts is told: a wrong number is worse than none.
CONTACT_SURE = 0.3


def stream(message: str, sure: float, text: str, names: dict[str, str]) -> Iterator[Event]:
    """Nothing read, and an answer that rests on nothing; `sure` is how likely the message is what it was taken for."""
    yield Reading("", ())
    yield replace(_reply(message, sure, text, "social"), timings_ms=Clock().laps(), models=names)


def handed_over(message: str, sure: float, stages: Stages, query: Query, lead: str, nothing: str) -> Iterator[Event]:
    """What the documents say about contacts, as asked by `query`, behind the text `lead`; or the text `nothing`."""
    found, *_, said = answer.stream(query, replace(stages, generator=None))
    if not isinstance(said, Answer):
        raise TypeError(f"the stream ended with {type(said).__name__}, not with an Answer")
    if said.status in ANSWERS and said.confidence >= CONTACT_SURE:
        yield found
        yield handover(message, lead, said)
        return
    yield Reading("", ())
    yield replace(_reply(message, sure, nothing, "handover"), timings_ms=said.timings_ms, models=said.models)


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
