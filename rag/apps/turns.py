"""Whose question is answered next. Each client has one question answered at a time. Of the networks that clients come from,
the one with the fewest in work comes first, then who was served longest ago: nobody fills the queue for others.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Final, TypeVar

from rag.errors import TooOftenError
from rag.languages.formats import count, lasting
from rag.languages.spoken import texts
from rag.types import Answer

T = TypeVar("T")
RUNNING: Final = 8  # questions in work at once: the language model takes them one by one, what comes before it can overlap
WAITING: Final = 64  # of all clients; beyond, everybody is told at once
_CROWD = 4  # times as many questions as one client's may come from one network: an office, a school
_FIRST_GUESS = 5.0  # seconds an answer takes, before any was given
_WEIGHT = 0.2  # of the newest answer in the mean


class FullError(TooOftenError):
    """It is not this client: the server has no room for anybody's question."""


class StoppingError(FullError):
    """The server ends; another one may be there soon."""

    def __init__(self) -> None:
        super().__init__(60, texts.SERVER_STOPPING)


class Turns:
    """The questions in work and waiting, of all clients. Safe for threads."""

    def __init__(
        self,
        each: int = 8,
        running: int = RUNNING,
        waiting: int = WAITING,
        *,
        wait: Callable[[str], int] = lambda client: 0,
        answered: Callable[[Answer], object] = lambda answer: None,
        refused: Callable[[str], object] = lambda reason: None,
    ) -> None:
        """`each`: the most questions of one client, in work and waiting. `wait` gives the seconds until a client may ask once
        more, and counts it where that is 0. `answered` and `refused` are told what happens.
        """
        self.each, self._running, self._waiting = each, running, waiting
        self._wait, self._answered, self._refused = wait, answered, refused
        self._changed = threading.Condition()
        self._turns: list[Ticket] = []  # in the order they came
        self._served: dict[str, float] = {}  # when the last question of a client or network began, of those who have one here
        self._seconds = _FIRST_GUESS
        self.stopping = False

    def join(self, client: str, network: str = "") -> "Ticket":
        """A place in the queue; raises TooOftenError where the client, all of its network, or everybody has too many."""
        network = network or client
        with self._changed:
            if self.stopping:
                raise StoppingError
            own = sum(turn.client == client for turn in self._turns)
            near = sum(turn.network == network for turn in self._turns)
            if own >= self.each or near >= _CROWD * self.each:
                own = own if own >= self.each else near
                self._refused("client")
                seconds = max(1, round(self._seconds))
                raise TooOftenError(seconds, count(texts.TOO_MANY_WAITING, own, seconds=lasting(seconds, "second")))
            if len(self._turns) >= self._running + self._waiting:
                self._refused("full")
                seconds = max(1, round(self._seconds * len(self._turns) / self._running))
                raise FullError(seconds, texts.QUEUE_FULL.format(seconds=lasting(seconds, "second")))
            if seconds := self._wait(network):
                self._refused("rate")
                raise TooOftenError(seconds, texts.TOO_MANY_ASKED.format(seconds=lasting(seconds, "second")))
            turn = Ticket(self, client, network)
            self._turns.append(turn)
            return turn

    def depth(self) -> tuple[int, int]:
        """How many are in work, and how many wait."""
        with self._changed:
            running = sum(turn.begun is not None for turn in self._turns)
            return running, len(self._turns) - running

    def is_full(self) -> bool:
        """Whether a question of a new client would be refused."""
        return self.stopping or sum(self.depth()) >= self._running + self._waiting

    def stop(self) -> None:
        """Ends every question, those in work at their next word."""
        with self._changed:
            self.stopping = True
            self._changed.notify_all()

    def begin(self, turn: "Ticket") -> bool:
        """Waits until it is this one's turn; False where it has been given up meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self.stopping or turn not in self._turns or self._next() is turn)
            if self.stopping:
                raise StoppingError
            if turn not in self._turns:
                return False
            turn.begun = self._served[turn.client] = self._served[turn.network] = time.monotonic()
            self._changed.notify_all()  # there may be room for another
            return True

    def end(self, turn: "Ticket", answer: Answer | None = None) -> None:
        """Leaves; once is enough."""
        with self._changed:
            if turn in self._turns:
                self._turns.remove(turn)
                here = {name for other in self._turns for name in (other.client, other.network)}
                for name in {turn.client, turn.network} - here:
                    self._served.pop(name, None)
                self._changed.notify_all()
            if answer and turn.begun is not None:
                self._seconds += _WEIGHT * (time.monotonic() - turn.begun - self._seconds)
        if answer:
            self._answered(answer)

    def _next(self) -> "Ticket | None":
        begun = [turn for turn in self._turns if turn.begun is not None]
        if len(begun) >= self._running:
            return None
        busy, crowd = {turn.client for turn in begun}, Counter(turn.network for turn in begun)

        def order(turn: Ticket) -> tuple[int, float, float]:
            return crowd[turn.network], self._served.get(turn.network, 0.0), self._served.get(turn.client, 0.0)

        able = [turn for turn in self._turns if turn.begun is None and turn.client not in busy]
        return min(able, key=order, default=None)  # of equals the first that came


class Ticket:
    """One question's place."""

    def __init__(self, turns: Turns, client: str, network: str) -> None:
        self.client, self.network = client, network
        self.begun: float | None = None
        self._turns = turns

    def run(self, events: Iterator[T]) -> Generator[T]:
        """The events of an answer, begun when it is this question's turn; none where it has been given up by then.

        Raises StoppingError where the server stops.
        """
        answer = None
        try:
            if not self._turns.begin(self):
                return
            with closing(_closable(events)) as steps:
                for event in steps:
                    if isinstance(event, Answer):
                        answer = event
                    elif self._turns.stopping:
                        raise StoppingError
                    yield event
        finally:
            self._turns.end(self, answer)

    def give_up(self) -> None:
        """It is not waited for any more; what is in work ends by itself."""
        if self.begun is None:
            self._turns.end(self)


def _closable(events: Iterator[T]) -> Generator[T]:
    """The same as a generator: closing it closes what makes the events, and so the model."""
    yield from events
