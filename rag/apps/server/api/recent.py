"""The answers that were given lately, so that what somebody thinks of one is kept with what it really said."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from rag.apps.server.problem import ApiError
from rag.types import Answer

MOST: Final = 500  # some 20 kB each


@dataclass(frozen=True, slots=True)
class Given:
    """An answer of one base, and who was given it."""

    base: str
    answer: Answer
    actor: str


class Recent:
    """In the memory of this process. Safe for threads."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, Given] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, id: str, given: Given) -> None:
        with self._lock:
            self._given[id] = given
            while len(self._given) > MOST:
                self._given.popitem(last=False)

    def take(self, id: str, actor: str) -> Given:
        """The answer, which can be judged once; raises ApiError for one that this actor was not given, or not lately."""
        with self._lock:
            given = self._given.get(id)
            if given is None or given.actor != actor:
                raise ApiError(404, f"No answer {id!r} was given to you lately, or it was judged already.", "id", "not_found")
            return self._given.pop(id)


def recent(request: Request) -> Recent:
    """The answers of the application that a request came to."""
    state = request.app.state
    if not hasattr(state, "recent"):
        state.recent = Recent()
    found: Recent = state.recent
    return found
