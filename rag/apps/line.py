"""The line in which questions wait, the page's and those of programs: so many of one client at a time, so many in all."""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Generator as Stream
from types import TracebackType
from typing import Final, Self, TypeVar

from rag.errors import RagError
from rag.languages import en as texts

T = TypeVar("T")
SIDE_BY_SIDE: Final = 2  # answers to one client; see the setting
OF_ONE: Final = 32  # questions of one client, waiting ones included: the line is never full of them
MOST: Final = 64  # questions of all
_LOOK: Final = 0.5  # seconds between two looks whether who waits is still there
_LONGEST_ADVICE: Final = 60  # seconds


class LineFullError(RagError):
    """No more can wait; `seconds` until it is worth another try. `own`: it is the client's own questions that wait."""

    def __init__(self, seconds: int, *, own: bool) -> None:
        super().__init__(texts.LINE_FULL.format(seconds=seconds))
        self.seconds = seconds
        self.own = own


class Line:
    """Who waits, in their order. Safe for threads."""

    def __init__(self, side_by_side: int = SIDE_BY_SIDE, of_one: int = OF_ONE, most: int = MOST) -> None:
        self._side_by_side, self._of_one, self._most = side_by_side, of_one, most
        self._changed = threading.Condition()
        self._waiting: list[Place] = []
        self._running: Counter[str] = Counter()
        self._usual = 1.0  # seconds of an answer

    @property
    def length(self) -> int:
        """How many questions are being answered or wait."""
        with self._changed:
            return len(self._waiting) + self._running.total()

    def join(self, client: str) -> "Place":
        """A place at the end, to be left by its `with`; raises LineFullError."""
        with self._changed:
            own = self._running[client] + sum(place.client == client for place in self._waiting)
            if own >= self._of_one:
                raise LineFullError(self._advice(own / self._side_by_side), own=True)
            if len(self._waiting) + self._running.total() >= self._most:
                raise LineFullError(self._advice(1), own=False)
            self._waiting.append(Place(self, client))
            return self._waiting[-1]

    def in_turn(self, client: str, items: Iterator[T], left: Callable[[], bool]) -> Stream[T]:
        """The items, at the client's turn; none where `left` says that nobody waits any more. Raises LineFullError."""
        with self.join(client) as place:
            if place.wait(left):
                yield from items

    def _advice(self, answers: float) -> int:
        return min(_LONGEST_ADVICE, max(1, math.ceil(answers * self._usual)))

    def _wait(self, place: "Place", left: Callable[[], bool]) -> bool:
        with self._changed:
            while not left():
                first = next(one for one in self._waiting if one.client == place.client)
                if first is place and self._running[place.client] < self._side_by_side:
                    self._waiting.remove(place)
                    self._running[place.client] += 1
                    self._changed.notify_all()
                    return True
                self._changed.wait(_LOOK)
        return False

    def _leave(self, place: "Place", seconds: float | None) -> None:
        """`seconds` it ran, None where it never did."""
        with self._changed:
            if seconds is None:
                self._waiting.remove(place)
            else:
                self._running[place.client] -= 1
                self._running += Counter()  # drops clients with nothing running
                self._usual += 0.1 * (seconds - self._usual)
            self._changed.notify_all()


class Place:
    """One question's place in a line; its `with` ends with the answer."""

    def __init__(self, line: Line, client: str) -> None:
        self.client = client
        self._line = line
        self._began: float | None = None

    def wait(self, left: Callable[[], bool] = lambda: False) -> bool:
        """Waits for the turn; False where `left` says that nobody waits for the answer any more."""
        if not self._line._wait(self, left):
            return False
        self._began = time.monotonic()
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._line._leave(self, None if self._began is None else time.monotonic() - self._began)
