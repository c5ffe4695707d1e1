"""The page in an ASGI application: what Gradio may be asked for, and by whom; the rest of its routes is not there."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import gradio as gr
from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from rag.apps.access import NotAllowedError, Scope
from rag.apps.page.bridge import asset, catalogue
from rag.apps.page.named_files import NotUploadedError, screened
from rag.apps.page.page import build, theme
from rag.apps.page.spoken_html import in_language
from rag.apps.page.tabs import of_person
from rag.apps.temporary import use_temporary_folder
from rag.config import Settings
from rag.errors import TooOftenError
from rag.languages.spoken import texts

log = logging.getLogger(__name__)
ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' font-family='Georgia,serif' fill='white'>"
    "<rect width='32' height='32' rx='7' fill='#1d5680'/><text x='7' y='25' font-size='22'>F</text>"
    "<text x='20' y='15' font-size='12' fill='#ffd36b'>1</text></svg>"
)

ROUTES: Final[dict[tuple[str, str], Scope]] = {
    ("GET", "/"): "ask",
    ("GET", "/config"): "ask",
    ("GET", "/theme.css"): "ask",
    ("GET", "/favicon.ico"): "ask",
    ("GET", "/manifest.json"): "ask",
    ("GET", "/robots.txt"): "ask",
    ("GET", "/static/{path:path}"): "ask",
    ("GET", "/assets/{path:path}"): "ask",
    ("GET", "/svelte/{path:path}"): "ask",
    ("GET", "/gradio_api/app_id"): "ask",
    ("GET", "/gradio_api/startup-events"): "ask",
    ("GET", "/gradio_api/heartbeat/{session_hash}"): "ask",
    ("POST", "/gradio_api/queue/join"): "ask",
    ("GET", "/gradio_api/queue/data"): "ask",
    ("POST", "/gradio_api/cancel"): "ask",
    ("POST", "/gradio_api/reset"): "ask",
    ("POST", "/gradio_api/upload"): "manage",
    ("GET", "/gradio_api/upload_progress"): "manage",
}
"""What the page asks of Gradio, by the path of its route. Each handler behind `queue/join` has a scope of its own."""

UPLOADS: Final = "/gradio_api/upload"
"""The path whose bodies are files."""

Admit = Callable[[HTTPConnection, Scope], object]
"""Finds who asks, puts their Visit into `state.visit`, and raises NotAllowedError where they may not,
TooOftenError where they did too often."""


@dataclass(frozen=True, slots=True)
class Mounted:
    """The page in an application."""

    blocks: gr.Blocks
    application: gr.routes.App

    def stop(self) -> None:
        """Ends what stays open as long as a tab does, so that the server need not wait for it; call it in the server's loop."""
        self.application.stop_event.set()


def mount(app: FastAPI, path: str, settings: Settings, admit: Admit) -> Mounted:
    """Mounts the page on `path` of `app`, behind `admit`; its handlers find in `request.state.visit` what that has put there.

    Off, because several people may share the machine or the browser: run history, monitoring, analytics, API pages.
    """
    uploads = use_temporary_folder(settings.data_dir)
    blocks = _in_a_loop(lambda: _mount(app, path, settings))
    route = app.router.routes[-1]
    assert isinstance(route, Mount)
    assert isinstance(route.app, gr.routes.App)
    route.app.add_exception_handler(Exception, _unreadable)
    mounted = Mounted(blocks, route.app)
    route.app = Guarded(route.app, admit, uploads)
    return mounted


def _unreadable(request: object, error: Exception) -> Response:
    """Gradio raises whatever comes for a request that is not one of its page's: an unknown handler, a file without a name."""
    return JSONResponse({"detail": texts.BAD_REQUEST}, 400)


def _in_a_loop(make: Callable[[], gr.Blocks]) -> gr.Blocks:
    """What `make` gives, with a loop running: for each lock that Gradio makes without one, it leaves one open."""

    async def run() -> gr.Blocks:
        return make()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(run())
    return make()


def _mount(app: FastAPI, path: str, settings: Settings) -> gr.Blocks:
    blocks = build(settings)
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        theme=theme(),
        css=asset("page.css"),
        head=f'<link rel="icon" href="data:image/svg+xml,{quote(ICON)}">',
        i18n=catalogue(),
        max_file_size=f"{settings.max_upload_mb}mb",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        show_error=False,
    )
    blocks.has_launched = True  # or Gradio does not look where a file stands that it is to copy
    return blocks


def not_admitted(request: HTTPConnection, error: NotAllowedError | TooOftenError) -> Response:
    """A person is led to where to sign in, and from there to what they asked for; a program is told."""
    if isinstance(error, TooOftenError):
        return JSONResponse({"detail": str(error)}, 429, {"Retry-After": str(error.seconds)})
    page = request.scope["method"] == "GET" and "text/html" in request.headers.get("accept", "")
    if page and not error.known:
        root, query = request.scope.get("root_path", ""), request.scope["query_string"].decode("latin-1")
        wanted = quote(request.scope["path"].removeprefix(root)) + (f"?{query}" if query else "")
        return RedirectResponse(f"{root}/login{f'?next={quote(wanted)}' if wanted != '/' else ''}", 303)
    headers = {} if error.known else {"WWW-Authenticate": "Bearer"}
    return JSONResponse({"detail": str(error)}, 403 if error.known else 401, headers)


class Guarded:
    """Gradio's application, of which only ROUTES can be reached, each by who may, with no files but those of `uploads`."""

    def __init__(self, app: ASGIApp, admit: Admit, uploads: Path) -> None:
        self.app = app
        self._admit = admit
        self._uploads = uploads

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # nothing of the page is a websocket
            await send({"type": "websocket.close", "code": 1008})
            return
        needed = rule_of(scope["method"], scope["path"].removeprefix(scope.get("root_path", "")))
        if needed is None:
            await JSONResponse({"detail": texts.NO_PAGE}, 404)(scope, receive, send)
            return
        try:
            self._admit(HTTPConnection(scope), needed)
            person = HTTPConnection(scope).state.visit.person
            if scope["method"] == "POST" and not scope["path"].endswith(UPLOADS):
                receive = await screened(receive, self._uploads, person)
        except NotUploadedError:
            await JSONResponse({"detail": texts.BAD_REQUEST}, 400)(scope, receive, send)
            return
        except (NotAllowedError, TooOftenError) as error:
            await not_admitted(HTTPConnection(scope), error)(scope, receive, send)
            return
        # Gradio would let every origin read its answers; origins were checked before.
        page = scope["method"] == "GET" and scope["path"].removeprefix(scope.get("root_path", "")) == "/"
        left_out = {b"origin", b"accept-encoding"} if page else {b"origin"}
        bare = {**scope, "headers": [header for header in scope["headers"] if header[0] not in left_out]}
        own = await of_person(bare, receive, person.owner or person.client)
        try:
            await self.app(*own, in_language(send) if page else send)
        except Exception as error:  # Gradio has answered already, by `_unreadable`
            # Neither path nor error: they hold what was sent. Anybody can send what Gradio cannot read, as often as they like.
            log.warning("a request of the page failed: %s; RAG_LOG=DEBUG shows where", type(error).__name__)
            log.debug("it failed here", exc_info=True)


def rule_of(method: str, path: str) -> Scope | None:
    """What a request needs; None for a route that is not of the page."""
    verb = "GET" if method == "HEAD" else method
    return next((needs for (asked, pattern), needs in ROUTES.items() if asked == verb and _fits(path, pattern)), None)


def _fits(path: str, pattern: str) -> bool:
    """Whether a path is that of a route whose last part may be a variable."""
    fixed, _, variable = pattern.partition("{")
    if not variable:
        return path == pattern
    return path.startswith(fixed) and (variable.endswith(":path}") or "/" not in path[len(fixed) :])
