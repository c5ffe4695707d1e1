"""An answer for a program: its text in pieces that will not change, what it rests on as links, and the whole answer object."""

import re
from collections.abc import AsyncGenerator
from collections.abc import Generator as Stream
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fastapi import Request

from rag.apps.access import Person, Visit
from rag.apps.json_format import answer_json
from rag.apps.server.api.conversation import Conversation
from rag.apps.server.api.recent import Given, recent
from rag.apps.server.api.working import steps
from rag.apps.server.passage import link
from rag.types import Answer, Event, Reading, Verified

if TYPE_CHECKING:
    from rag.service import Assistant

PROBLEM: Final = "The language model gave no answer; the documents are quoted."


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the encoder counts them, of what was asked and what is answered."""

    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to one base; `id` is the answer's."""

    id: str
    base: str
    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Done:
    """The end of an answer. `annotations` are OpenAI's `url_citation`, in characters of the text, `footnote` is the object of
    `rag ask --json`.
    """

    answer: Answer
    annotations: list[dict[str, Any]]
    usage: Usage
    footnote: dict[str, Any]


Piece = Reading | str | Done
"""One Reading, pieces of text which together are the answer's, then Done."""


async def pieces(request: Request, visit: "Visit[Assistant]", asked: Asked) -> AsyncGenerator[Piece]:
    """The answer while it is written; closing it, or a client that goes away, stops the model. Raises as `working.steps`."""

    def work() -> Stream[Event | Usage]:
        assistant = visit.open(asked.base)
        said, count = asked.conversation, assistant.models.embedder.count_tokens
        with closing(assistant.stream(said.message, said.history)) as events:  # type: ignore[type-var] # it is a generator
            for event in events:
                if isinstance(event, Answer):
                    before = [part for turn in said.history for part in turn]
                    yield Usage(sum(count([*before, said.message])), sum(count([event.text])))
                yield event

    text, usage = "", Usage(0, 0)
    async with aclosing(steps(request, visit, work)) as events:
        async for event in events:
            match event:
                case Reading():
                    yield event
                case Usage():
                    usage = event
                case Verified() | Answer():
                    if not event.text.startswith(text):  # it is sent, and cannot be taken back
                        raise ValueError("an answer changed after it was verified")
                    if piece := event.text[len(text) :]:
                        yield piece
                    text = event.text
            if isinstance(event, Answer):
                recent(request).add(asked.id, Given(asked.base, event, visit.person.actor))
                yield Done(event, annotations(request, asked.base, event), usage, footnote(visit.person, event))


def footnote(person: Person, answer: Answer) -> dict[str, Any]:
    """The object of `rag ask --json`; who does not manage the server is not told where its models are."""
    found = answer_json(answer)
    if not person.may("manage"):
        found["models"] = {part: re.split(r"[/\\#]", name)[-1] for part, name in answer.models.items()}
        found["problem"] = PROBLEM if answer.problem else ""
    return found


async def whole(request: Request, visit: "Visit[Assistant]", asked: Asked) -> Done:
    """The answer at once; raises as `working.steps`."""
    async with aclosing(pieces(request, visit, asked)) as found:
        async for piece in found:
            if isinstance(piece, Done):
                return piece
    raise TypeError("the stream ended without an Answer")


def annotations(request: Request, base: str, answer: Answer) -> list[dict[str, Any]]:
    """One for each stretch of the answer that a passage bears out, sorted; the address opens that passage."""
    cited = {citation.n: citation for citation in answer.citations}
    return [
        {
            "type": "url_citation",
            "start_index": support.start,
            "end_index": support.end,
            "title": cited[support.n].title or cited[support.n].document,
            "url": link(request, base, cited[support.n]),
        }
        for support in sorted(answer.support, key=lambda support: support.start)
        if support.n is not None
    ]
