"""The answers that were given lately, so that what somebody thinks of one is kept with what it really said."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


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

    def take(self, id: str, actor: str, erased_at: datetime | None = None) -> Given:
        """The answer, which can be judged once; raises ApiError for one that this actor was not given, not lately, or before
        something was erased.
        """
        with self._lock:
            if erased_at:
                for old in [old for old, given in self._given.items() if given.at <= erased_at]:
                    del self._given[old]
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
