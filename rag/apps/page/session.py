"""One browser tab's conversation: what was asked, what has arrived so far, and the running answer that can be stopped."""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from queue import SimpleQueue

from rag.about import Audience
from rag.apps.page.contracts import PageAssistant
from rag.apps.people import Seen
from rag.apps.turns import Ticket
from rag.errors import ModelError, RagError
from rag.languages.spoken import texts
from rag.types import Answer, Citation, Delta, Event, Reading, Turn, Verified

log = logging.getLogger(__name__)

UPDATE_SECONDS = 0.08  # 12 updates a second: smooth to read, and each one costs a message and a repaint


@dataclass(slots=True)
class Exchange:
    """One question and what has come of it; `answer`, `problem` or neither (stopped) once it no longer runs.

    `kept` is its number where it is kept, `conversation` the id of what it is kept in, `at` when it was asked.
    """

    question: str
    running: bool = True
    reading: Reading | None = None
    draft: str = ""
    verified: str = ""
    answer: Answer | None = None
    problem: str = ""
    judged: bool = False
    kept: int | None = None
    conversation: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def take(self, event: Event) -> None:
        """Adds what one event of the stream says."""
        match event:
            case Reading():
                self.reading = event
            case Delta():
                self.draft += event.text
            case Verified():
                self.verified = event.text
            case Answer():
                self.answer = event

    def citation(self, n: int, *, used: bool) -> Citation:
        """Citation `n` as the page shows it: of those the answer rests on (or was read for it), or of those that came close."""
        if self.answer:
            shown = self.answer.citations if used else self.answer.closest
        else:
            shown = self.reading.citations if self.reading else ()
        return next(citation for citation in shown if citation.n == n)


class Lock:
    """A lock that a copy of its owner does not share: Gradio copies the first value of a state for each tab."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __deepcopy__(self, memo: object) -> "Lock":
        return Lock()


@dataclass(slots=True)
class Session:
    """The exchanges of one browser tab with one knowledge base, oldest first; on the server, shared with no other tab.

    `writing`: files that this tab has brought are being read. `pending` are the ids of waiting files as this tab lists them.
    `owner` is whose conversation it is, answered for `audience`; `seen` how it stands with people; `begun` is the id of one
    that is kept and in which nothing was asked yet. `wanted` is what the list of files is filtered by.
    """

    base: str = ""
    owner: str = ""
    audience: Audience = "public"
    exchanges: list[Exchange] = field(default_factory=list)
    busy: bool = False
    stopping: bool = False
    writing: bool = False
    pending: set[int] = field(default_factory=set)
    seen: Seen | None = None
    begun: str = ""
    wanted: str = ""
    _begins: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def conversation(self) -> str:
        """The id of what it is kept in, "" where it is not."""
        return next((one.conversation for one in self.exchanges if one.conversation), self.begun)

    def history(self) -> list[Turn]:
        """The answered exchanges since people closed it last, as the assistant takes them."""
        since = self.seen.standing.since_exchange if self.seen else 0
        answered = [done for done in self.exchanges if done.answer and (done.kept is None or done.kept > since)]
        return [(done.question, done.answer.text) for done in answered if done.answer]

    def ask(
        self,
        assistant: PageAssistant,
        question: str,
        *,
        replace: bool = False,
        desk: bool = False,
        ticket: Ticket | None = None,
        told: Callable[[Exception], str] = str,
        staff: bool = True,
    ) -> Iterator[Exchange]:
        """Asks, in place of the last question with `replace`, and yields whenever there is something new to show; nothing while
        another answer is running. The question waits until its `ticket` is called; `told` is what the person may know of an
        error, and only `staff` sees what the model wrote that no source says; `desk`: who wants a person is handed over to one.
        """
        with self._begins:
            if self.busy:
                if ticket:
                    ticket.give_up()
                return
            self.busy, self.stopping = True, False
        if replace:
            del self.exchanges[-1:]
        history = self.history()
        exchange = Exchange(question)
        self.exchanges.append(exchange)
        try:
            yield exchange
            events = assistant.stream(question, history, desk=desk)
            with closing(paced(ticket.run(events) if ticket else events, UPDATE_SECONDS)) as batches:
                for batch in batches:
                    if self.stopping:
                        break
                    for event in batch:
                        exchange.take(_told(event, told, staff))
                    if batch:
                        yield exchange
        except RagError as error:
            exchange.problem = told(error)
        except Exception:
            log.exception("answering failed")
            exchange.problem = texts.UNEXPECTED
        finally:
            self.busy = exchange.running = False
            if ticket:
                ticket.give_up()
        yield exchange

    def stop(self) -> None:
        """Ends the running answer, if there is one, at its next update."""
        self.stopping = True

    def clear(self) -> None:
        """Forgets everything, and stops the running answer."""
        self.stop()
        self.exchanges, self.seen, self.begun = [], None, ""

    def switch(self, base: str) -> None:
        """Goes over to another knowledge base, in a new conversation."""
        self.clear()
        self.base = base


def _told(event: Event, told: Callable[[Exception], str], staff: bool) -> Event:
    """The event, with what the person may know of the problem that it names, and of what was left out of the answer."""
    if isinstance(event, Answer) and event.problem:
        event = replace(event, problem=told(ModelError(event.problem)))
    return event if staff or not isinstance(event, Answer) else replace(event, left_out="")


def paced(events: Iterator[Event], seconds: float) -> Generator[list[Event]]:
    """What has arrived since the last batch, every `seconds`; an empty batch while nothing has.

    The events come from a thread of their own, so that a person can stop an answer that still waits for the model.
    Closing the batches closes `events` at its next one.
    """
    arrived: SimpleQueue[Event | Exception | None] = SimpleQueue()
    abandoned = threading.Event()

    def pump() -> None:
        try:
            for event in events:
                arrived.put(event)
                if abandoned.is_set():
                    break
        except Exception as error:  # raised again where the batches are consumed
            arrived.put(error)
        finally:
            if isinstance(events, Generator):
                events.close()
            arrived.put(None)

    threading.Thread(target=copy_context().run, args=(pump,), name="answer", daemon=True).start()
    try:
        while True:
            time.sleep(seconds)
            batch: list[Event] = []
            while not arrived.empty():
                item = arrived.get()
                if isinstance(item, Exception):
                    raise item
                if item is None:
                    yield batch
                    return
                batch.append(item)
            yield batch
    finally:
        abandoned.set()
