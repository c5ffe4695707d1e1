"""Server-sent events that end with their connection."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from rag.apps.server.problem import encoded

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # a proxy is to hold nothing back


class EventStream(StreamingResponse):
    """What a generator of bytes gives; it is closed when the answer ends, however that is."""

    def __init__(self, content: AsyncGenerator[bytes]) -> None:
        super().__init__(content, media_type="text/event-stream", headers=HEADERS)
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._content.aclose()


def event(data: Any, name: str = "") -> bytes:
    """One event with a JSON value."""
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + encoded(data) + b"\n\n"


async def begun(pieces: AsyncGenerator[Any]) -> AsyncIterator[Any]:
    """The same pieces, once the first is there: what is wrong with a question is known before a status is sent."""
    first = await anext(pieces)

    async def all_of_it() -> AsyncIterator[Any]:
        try:
            yield first
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    return all_of_it()
