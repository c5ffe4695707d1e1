"""What a route computes, in a thread of its own: it waits for its turn, and ends where the client goes away."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from collections.abc import Generator as Stream
from contextlib import aclosing, closing, suppress
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from starlette.exceptions import HTTPException

from rag.apps.access import Visit
from rag.index.audit import acting_as

T = TypeVar("T")
CLIENT_LEFT = 499  # nobody reads it


@dataclass(frozen=True, slots=True)
class _Item(Generic[T]):
    value: T


class _End:
    """Nothing more comes."""


async def steps(request: Request, visit: Visit[Any], work: Callable[[], Stream[T]]) -> AsyncGenerator[T]:
    """What `work` gives, which is closed at its next step once the client has gone or nobody takes more.

    Raises what it raises, TooOftenError, and HTTPException where the client has gone.
    """
    loop, arrived = asyncio.get_running_loop(), asyncio.Queue[_Item[T] | Exception | _End]()
    gone = threading.Event()
    ticket = visit.ticket()

    def put(item: _Item[T] | Exception | _End) -> None:
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(arrived.put_nowait, item)

    def run() -> None:
        try:
            with acting_as(visit.person.actor), closing(ticket.run(work())) as items:
                for item in items:
                    put(_Item(item))
                    if gone.is_set():
                        break
        except Exception as error:
            put(error)
        finally:
            put(_End())

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone.set()
        ticket.give_up()
        arrived.put_nowait(HTTPException(CLIENT_LEFT))

    try:
        threading.Thread(target=copy_context().run, args=(run,), name="api", daemon=True).start()
    except RuntimeError:  # the process may have no more threads
        ticket.give_up()
        raise
    watching = asyncio.create_task(watch())
    try:
        while not isinstance(item := await arrived.get(), _End):
            if isinstance(item, Exception):
                raise item
            yield item.value
    finally:
        gone.set()
        ticket.give_up()
        watching.cancel()


async def result(request: Request, visit: Visit[Any], work: Callable[[], T]) -> T:
    """What `work` returns; see `steps`."""

    def once() -> Stream[T]:
        yield work()

    async with aclosing(steps(request, visit, once)) as found:
        return await anext(found)
