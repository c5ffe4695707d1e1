"""What happens at the desk, to all who have it open: server-sent events, numbered as in the table, so that a broken connection
goes on where it was.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from rag.apps.server.allow import visitors_of
from rag.apps.server.api.sse import EventStream, event
from rag.apps.server.desk.words import name_of
from rag.apps.server.desk.work import AtDesk, agent_of, note_here
from rag.apps.server.sessions import Visitors
from rag.desk.values import Case, Event
from rag.errors import NotFoundError

log = logging.getLogger(__name__)
router = APIRouter()
BEAT: Final = 10.0  # seconds between two signs of life
PATIENCE: Final = 25  # seconds without any, after which a page says that it is old
_POLL = 0.25  # seconds between two looks at the table, however many listen
_KEPT = 2000  # events in memory; who was away for more reads the table
_DIGITS = 18  # of an event's number
_MOST = 500  # events of one look


Writing = tuple[str, str]
"""A conversation, and an agent who is writing in it."""


@dataclass(frozen=True, slots=True)
class News:
    """An event, with its conversation as it is now."""

    event: Event
    case: Case | None


class Feed:
    """The newest events, read once for all who listen. Used in one loop."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._recent: deque[News] = deque(maxlen=_KEPT)
        self._last = -1  # of the events in memory, or before them
        self._writing: frozenset[Writing] = frozenset()
        self._listening = 0
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Condition()
        self._beginning = asyncio.Lock()
        self._failing = False

    async def follow(self, after: int) -> AsyncGenerator[tuple[list[News], frozenset[Writing]]]:
        """The events after a number as they come, and who has begun or ceased to write, which is no event; neither where a
        while was without; ends when the server does.
        """
        self._listening += 1
        writing: frozenset[Writing] = frozenset()
        try:
            async with self._beginning:
                if self._reading is None or self._reading.done():
                    self._last = await run_in_threadpool(self._visitors.desk.events.last)
                    self._recent.clear()
                    self._reading = asyncio.create_task(self._read())
            while not self._visitors.turns.stopping:
                oldest = self._recent[0].event.id if self._recent else self._last + 1
                if after + 1 < oldest and after < self._last:
                    found = await run_in_threadpool(self._load, after)
                else:
                    found = [one for one in self._recent if one.event.id > after]
                changed, writing = writing ^ self._writing, self._writing
                if found or changed:
                    after = found[-1].event.id if found else after
                    yield found, changed
                    continue
                try:
                    async with self._changed:
                        await asyncio.wait_for(self._changed.wait_for(partial(self._is_new, after, writing)), BEAT)
                except TimeoutError:
                    if not self._failing:  # without a sign of life a page says that it is old
                        yield [], frozenset()
        finally:
            self._listening -= 1

    def _is_new(self, after: int, writing: frozenset[Writing]) -> bool:
        return self._last > after or self._writing != writing or self._visitors.turns.stopping

    async def _read(self) -> None:
        while self._listening:
            try:
                found = await run_in_threadpool(self._load, self._last)
                writing = await run_in_threadpool(self._visitors.desk.drafts.being_written)
                self._failing = False
            except Exception:
                log.exception("the desk's events cannot be read")
                self._failing, found, writing = True, [], self._writing
            if found or writing != self._writing or self._visitors.turns.stopping:
                async with self._changed:
                    self._recent += found
                    self._last = found[-1].event.id if found else self._last
                    self._writing = writing
                    self._changed.notify_all()
            if self._visitors.turns.stopping:
                return
            await asyncio.sleep(_POLL)

    def _load(self, after: int) -> list[News]:
        desk = self._visitors.desk
        found = desk.events.after(after, _MOST)
        cases: dict[str, Case] = {}
        for id in {one.conversation for one in found if one.conversation}:
            with suppress(NotFoundError):  # erased since
                cases[id] = desk.cases.get(id)
        return [News(one, cases.get(one.conversation or "")) for one in found]


@router.get("/desk/events")
async def events(request: Request, visit: AtDesk, after: int = 0) -> Response:
    """`news` for each event after a number (`Last-Event-ID` of a connection that goes on), `writing` where a colleague has
    begun or ceased to write, `beat` now and then: `last` is the number of the newest.
    """
    me = await run_in_threadpool(agent_of, request, visit)
    resumed = request.headers.get("last-event-id", "")
    begin = int(resumed) if resumed.isascii() and resumed.isdigit() and len(resumed) <= _DIGITS else after
    return EventStream(_stream(request, me.id, min(max(0, begin), 10**_DIGITS)))


async def _stream(request: Request, me: str, after: int) -> AsyncGenerator[bytes]:
    last, looked = after, time.monotonic()
    yield b"retry: 2000\n\n" + event({"last": last}, "beat")
    async with aclosing(feed_of(request).follow(after)) as coming:
        async for found, changed in coming:
            for one in found:
                last = one.event.id
                yield f"id: {last}\n".encode() + event(_told(one, me), "news")
            for conversation in {one for one, agent in changed if agent != me}:
                yield event({"last": last, "writing": conversation}, "writing")
            if not (found or changed) or time.monotonic() - looked >= BEAT:
                if not await run_in_threadpool(_still_here, request):
                    return
                looked = time.monotonic()
                yield event({"last": last}, "beat")


def _still_here(request: Request) -> bool:
    """Whether who listens may still (signed out, another role, off since); their desk is open then."""
    visitors = visitors_of(request)
    person = visitors.person(request)
    if not person.may("desk") or not visitors.desk_is_served():
        return False
    note_here(request, person)
    return True


def _told(news: News, me: str) -> dict[str, Any]:
    """Ids and kinds: what was said is in the page that is fetched then, for who may read it."""
    one, case = news.event, news.case
    mine = case is not None and case.agent == me and one.actor != me
    return {
        "last": one.id,
        "conversation": one.conversation,
        "kind": one.kind,
        "by": one.actor,
        "mine": mine and one.kind in {"write", "assign", "wake", "reopen"},
        "assigned": mine and one.kind == "assign",
        "name": name_of(case) if case else "",
    }


def feed_of(request: Request) -> Feed:
    """The feed of the application that a request came to."""
    state = request.app.state
    if not hasattr(state, "feed"):
        state.feed = Feed(visitors_of(request))
    found: Feed = state.feed
    return found
