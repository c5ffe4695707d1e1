"""How often a password may be tried: by one client for one name, by one client, and for one name in all."""

from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

_BOTH, _CLIENT, _NAME = parse("5/5 minutes"), parse("30/5 minutes"), parse("50/5 minutes")
WAIT_MINUTES: Final = 5


class Throttle:
    """Counts tries in the memory of this process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def takes(self, client: str, name: str) -> bool:
        """Whether one more try is taken; it counts then."""
        name = name.casefold()[:64]
        kinds: list[tuple[RateLimitItem, tuple[str, ...]]] = [
            (_CLIENT, ("client", client)),
            (_BOTH, ("both", client, name)),
            (_NAME, ("name", name)),
        ]
        return all(self._limiter.test(limit, *who) for limit, who in kinds) and all(
            self._limiter.hit(limit, *who) for limit, who in kinds
        )
