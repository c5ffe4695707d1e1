"""How often a password may be tried (by one client for one name, by one client, for one name by clients that are not known for
it), a key be used, a client ask, also through a widget, and how much it may upload.
"""

import math
import threading
import time
from collections import OrderedDict
from typing import Final

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_BOTH, _CLIENT, _NAME = parse("5/5 minutes"), parse("30/5 minutes"), parse("50/5 minutes")
WAIT_MINUTES: Final = 5
MOST_KNOWN: Final = 10_000


class Throttle:
    """Counts tries in the memory of this process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()

    def takes(self, client: str, name: str) -> bool:
        """Whether one more try is taken; it counts then. A client that has signed in with the name does not wait for what all
        others try: strangers could keep a person out.
        """
        name = name.casefold()[:64]
        kinds: list[tuple[RateLimitItem, tuple[str, ...]]] = [(_CLIENT, ("client", client)), (_BOTH, ("both", client, name))]
        if (client, name) not in self._known:
            kinds.append((_NAME, ("name", name)))
        return all(self._limiter.test(limit, *who) for limit, who in kinds) and all(
            self._limiter.hit(limit, *who) for limit, who in kinds
        )

    def forget(self, client: str, name: str) -> None:
        """The right password was given: the tries before count no more for this client and name, and it is known for it."""
        name = name.casefold()[:64]
        self._limiter.clear(_BOTH, "both", client, name)
        with self._lock:
            self._known[client, name] = None
            self._known.move_to_end((client, name))
            while len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)

    def wait(self, client: str, what: str, per_minute: int) -> int:
        """0 where a client may do what it does once more, which counts; otherwise the seconds until it may. `per_minute` 0 is
        without limit.
        """
        return self._wait([(RateLimitItemPerMinute(per_minute), (what, client))]) if per_minute else 0

    def wait_for_widget(self, widget: str, client: str, per_minute: int, per_day: int) -> int:
        """As `wait`, where one client may ask so many a minute, and all together so many a day."""
        one, all_of_them = RateLimitItemPerMinute(per_minute), RateLimitItemPerDay(per_day)
        return self._wait([(one, ("widget", widget, client)), (all_of_them, ("widgets", widget))])

    def wait_to_upload(self, client: str, megabytes: int, per_day: int) -> int:
        """As `wait`, for so many MB more of the files that a client may send in a day."""
        return self._wait([(RateLimitItemPerDay(per_day), ("upload", client))], megabytes)

    def _wait(self, limits: list[tuple[RateLimitItem, tuple[str, ...]]], cost: int = 1) -> int:
        for limit, who in limits:
            if not self._limiter.test(limit, *who, cost=cost):
                return max(1, math.ceil(self._limiter.get_window_stats(limit, *who).reset_time - time.time()))
        for limit, who in limits:
            self._limiter.hit(limit, *who, cost=cost)
        return 0
