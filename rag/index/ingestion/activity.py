"""What a running ingestion is doing, for those who watch it, and their wish that it ends."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

from rag.types import Progress

T = TypeVar("T")
_LOOK = 0.2  # seconds between two looks at whether to end


@dataclass(frozen=True, slots=True)
class Activity:
    """Files done of all that were asked for, passages embedded of those that wait now, and the file or document in work.

    `waits`: nothing is done, as another process is writing.
    """

    done: int = 0
    files: int = 0
    embedded: int = 0
    passages: int = 0
    what: str = ""
    waits: bool = False


class Stopped(Exception):
    """Raised within an ingestion that was asked to end."""


class Watch:
    """One ingestion as others see it. Safe for threads: what is seen is replaced, never changed."""

    def __init__(self, progress: Progress | None) -> None:
        self.activity = Activity()
        self.keeps_pending = True
        self._progress = progress or (lambda done, total, what: None)
        self._ends = False

    def expect(self, files: int) -> None:
        """So many files were asked for."""
        self.activity = replace(self.activity, files=files)

    def reading(self, name: str) -> None:
        """A file is in work; raises Stopped."""
        self._check()
        self.activity = replace(self.activity, what=name)

    def embedding(self, embedded: int, passages: int, document: str) -> None:
        """So many of the waiting passages have vectors, and the next are of `document`; raises Stopped."""
        self._check()
        self.activity = replace(self.activity, embedded=embedded, passages=passages, what=document)
        said = f"embedding passage {embedded + 1} of {passages}"
        self._progress(self.activity.done, self.activity.files, said)

    def embedded_all(self) -> None:
        """No passage waits any more."""
        self.activity = replace(self.activity, embedded=0, passages=0)

    def step(self, name: str) -> None:
        """One file more is done."""
        if self.activity.files:  # not while repairing, when nothing has been asked for yet
            self.activity = replace(self.activity, done=self.activity.done + 1)
            self._progress(self.activity.done, self.activity.files, name)

    def end(self, *, keep_pending: bool) -> None:
        """The ingestion is to end before its next file or group of passages."""
        self.keeps_pending = keep_pending
        self._ends = True

    def wait_for(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises. Raises Stopped at once; `work`, which is bounded, then goes on unheard."""
        done: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

        def call() -> None:
            try:
                done.put((work(), None))
            except BaseException as error:  # raised again where it is waited for
                done.put((None, error))

        threading.Thread(target=call, name="reading", daemon=True).start()
        while True:
            with suppress(Empty):
                result, error = done.get(timeout=_LOOK)
                if error is not None:
                    raise error
                return cast("T", result)
            self._check()

    def _check(self) -> None:
        if self._ends:
            raise Stopped
