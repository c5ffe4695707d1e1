"""The application, put together from its parts: a new part is a router more, or a mount."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from rag.apps import page
from rag.apps.access import Scope
from rag.apps.page.contracts import Bases
from rag.apps.server import api, desk, gaps, health, language, login, openid, passage, person, problem, talks
from rag.apps.server.desk.clockwork import keep_time
from rag.apps.server.forwarded import Forwarded
from rag.apps.server.guard import Guard
from rag.apps.server.known_again import KnownAgain
from rag.apps.server.mcp import route as mcp
from rag.apps.server.place import Place
from rag.apps.server.sessions import Visitors
from rag.apps.server.widget import examples
from rag.apps.server.widget import people as widget_people
from rag.apps.server.widget import route as widget
from rag.apps.turns import RUNNING, WAITING
from rag.config import Settings
from rag.errors import RagError

THREADS = RUNNING + WAITING + 40
ROUTERS = (
    health.router,
    login.router,
    openid.router,
    passage.router,
    talks.router,
    language.router,
    gaps.router,
    *api.ROUTERS,
    mcp.router,
    widget.router,
    examples.router,
    widget_people.router,
    person.router,
    *desk.ROUTERS,
)
"""What is served besides the page. Each of their routes has a dependency made by `allow`."""


def create_app(settings: Settings, bases: Bases, *, mails: bool = False) -> FastAPI:
    """The application over these bases; `mails`: replies of the desk to addresses are sent by mail, by who calls.

    Raises SettingsError, and StoreError where the accounts cannot be read.
    """
    place = Place.of(settings)
    visitors = Visitors(settings, place, bases, mails=mails)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Each question that is answered or waits has a thread, and so has each other handler of the page while it runs.
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        async with mcp.serving(app), keep_time(visitors):
            yield
        visitors.close()

    app = FastAPI(openapi_url=None, lifespan=lifespan, redirect_slashes=False)
    app.state.visitors = visitors
    for router in ROUTERS:
        app.include_router(router)
    for kind in (RagError, HTTPException, Exception):
        app.add_exception_handler(kind, problem.of_error)
    app.add_exception_handler(OSError, problem.of_disk_error)  # type: ignore[arg-type] # its own kind alone
    app.add_exception_handler(RequestValidationError, problem.unreadable)  # type: ignore[arg-type] # its own kind alone

    def admit(request: HTTPConnection, scope: Scope) -> None:
        visit = visitors.admit(request, scope)
        if request.scope["path"].removeprefix(request.scope.get("root_path", "")) == page.UPLOADS:
            visitors.count_upload(request, visit.person)

    app.state.page = page.mount(app, "/", settings, admit)  # the last: it takes every path that is left
    app.add_middleware(KnownAgain, visitors=visitors)
    # The one that is added last is the first to see a request.
    bodies = dict.fromkeys((page.UPLOADS, api.UPLOADS), 1_000_000 * settings.max_uploads_mb)
    app.add_middleware(Guard, place=place, bodies=bodies, seconds=settings.request_seconds)
    app.add_middleware(language.Speaks, settings=settings)
    app.add_middleware(Forwarded, place=place)
    return app
