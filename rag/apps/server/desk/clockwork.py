"""What the desk does by itself while the server runs: what was put off comes back, what nobody answers waits again."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from fastapi.concurrency import run_in_threadpool

from rag.apps.server.sessions import Visitors

log = logging.getLogger(__name__)
_SECONDS: Final = 5.0
_DAY: Final = 24 * 60 * 60


@asynccontextmanager
async def keep_time(visitors: Visitors) -> AsyncIterator[None]:
    """Looks every few seconds for what is due, while the desk is on."""
    ticking = asyncio.create_task(_tick(visitors))
    try:
        yield
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking


async def _tick(visitors: Visitors) -> None:
    n = 0
    while True:
        try:
            await run_in_threadpool(_look, visitors, daily=n * _SECONDS % _DAY == 0)
        except Exception:
            log.exception("the desk's clock has to wait")
        n += 1
        await asyncio.sleep(_SECONDS)


def _look(visitors: Visitors, *, daily: bool) -> None:
    if visitors.desk_is_served():
        visitors.desk.clockwork.tick()
        if daily:
            visitors.desk.clockwork.daily()
