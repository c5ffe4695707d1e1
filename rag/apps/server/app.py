"""The application, put together from its parts: a new part is a router more, or a mount."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response

from rag.apps import page
from rag.apps.access import NotAllowedError, TooOftenError
from rag.apps.page.contracts import Bases
from rag.apps.page.mount import not_admitted
from rag.apps.server import gaps, health, login, openid, talks
from rag.apps.server.forwarded import Forwarded
from rag.apps.server.guard import Guard
from rag.apps.server.known_again import KnownAgain
from rag.apps.server.place import Place
from rag.apps.server.sessions import Visitors
from rag.config import Settings
from rag.errors import NotFoundError, RagError
from rag.languages import en as texts

ROUTERS = (health.router, login.router, openid.router, talks.router, gaps.router)
"""What is served besides the page. Each of their routes has a dependency made by `allow`."""


def create_app(settings: Settings, bases: Bases) -> FastAPI:
    """The application over these bases; raises SettingsError, and StoreError where the accounts cannot be read."""
    place = Place.of(settings)
    visitors = Visitors(settings, place, bases)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        visitors.close()

    app = FastAPI(openapi_url=None, lifespan=lifespan, redirect_slashes=False)
    app.state.visitors = visitors
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(NotAllowedError, _not_admitted)
    app.add_exception_handler(TooOftenError, _not_admitted)
    app.add_exception_handler(Exception, _failed)
    app.add_exception_handler(RagError, _problem)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.state.page = page.mount(app, "/", settings, visitors.admit)  # the last: it takes every path that is left
    app.add_middleware(KnownAgain, visitors=visitors)
    # The one that is added last is the first to see a request.
    app.add_middleware(
        Guard, place=place, bodies={page.UPLOADS: 1_000_000 * settings.max_uploads_mb}, seconds=settings.request_seconds
    )
    app.add_middleware(Forwarded, place=place)
    return app


def _not_admitted(request: Request, error: Any) -> Response:
    return not_admitted(request, error)


def _failed(request: Request, error: Any) -> Response:
    """An error of this program; the server logs it."""
    return JSONResponse({"detail": texts.UNEXPECTED}, 500)


def _problem(request: Request, error: Any) -> Response:
    return JSONResponse({"detail": str(error)}, 404 if isinstance(error, NotFoundError) else 400)


def _unreadable(request: Request, error: Any) -> Response:
    """Without what was sent, which may be a password."""
    fields = sorted({str(one["loc"][-1]) for one in error.errors()})
    return JSONResponse({"detail": texts.BAD_FIELDS.format(fields=", ".join(fields)[:200])}, 422)
