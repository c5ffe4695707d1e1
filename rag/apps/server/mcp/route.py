"""`/mcp`: the Model Context Protocol over HTTP, without sessions, so that any process can answer any request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import Response
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.apps.server.mcp.tools import make_server

router = APIRouter()
Asker = Annotated[Visit[Any], Depends(allow("ask"))]


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[None]:
    """Within it, the application answers on `/mcp`."""
    server = make_server()
    server.streamable_http_app(
        stateless_http=True,  # for clients of before 2026-07-28, which would open sessions
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # Guard has looked at both
    )
    async with server.session_manager.run():
        app.state.mcp = server.session_manager
        yield


class Handed(Response):
    """An answer that the protocol's own library writes."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


@router.post("/mcp")
def call(request: Request, visit: Asker) -> Response:
    return Handed(request.app.state.mcp)


@router.get("/mcp")
def listen(visit: Asker) -> Response:
    """There is nothing to listen to; the protocol has clients go on without."""
    raise HTTPException(405, headers={"Allow": "POST"})


@router.delete("/mcp")
def end_session(visit: Asker) -> Response:
    return listen(visit)
