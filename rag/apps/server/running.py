"""The application on a port: from the first line that it prints to an orderly end."""

import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn

from rag.apps.page.contracts import Bases
from rag.apps.server.app import create_app
from rag.apps.server.notice import start_notice
from rag.apps.server.place import Place
from rag.apps.server.protocol import patient_for
from rag.config import Settings
from rag.errors import SettingsError
from rag.languages.spoken import texts
from rag.privacy.logs import mask_handlers

LAST_SECONDS = 5  # that answers have to end in, when the server stops
CONNECTIONS = 1000  # at once; beyond, 503


@dataclass(frozen=True, slots=True)
class Running:
    """A server at `url`, in a thread of its own."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread

    def close(self) -> None:
        """Stops serving."""
        self.server.should_exit = True
        self.thread.join()


def launch(
    bases: Bases,
    settings: Settings,
    *,
    block: bool = True,
    started: Callable[[], None] = lambda: None,
    mails: bool = False,
) -> Running | None:
    """Serves the application where the settings say; with `block`, prints its address and returns when stopped.

    `started` is called when it can be reached; `mails` as in `create_app`. Raises SettingsError where the address cannot be
    served on.
    """
    place = Place.of(settings)
    listening = _listen(place.host, settings.port)
    url = _url(place, listening)
    app = create_app(settings, bases, mails=mails)
    mask_handlers()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=LAST_SECONDS,
        ws="none",
        http=patient_for(settings.request_seconds),
        lifespan="on",
    )

    def is_up() -> None:
        if block:
            print("\n".join([f"{texts.NAME} is at {url}", *start_notice(app.state.visitors, url)]), flush=True)
        started()

    def is_ending() -> None:
        app.state.visitors.turns.stop()
        app.state.page.stop()

    server = _Server(config, is_up, is_ending)
    if not block:
        thread = threading.Thread(target=server.run, args=([listening],), name="server", daemon=True)
        thread.start()
        server.is_up.wait()
        return Running(url, server, thread)
    # uvicorn raises the signal that ended it once more: SIGTERM is then as Ctrl-C, so that what is open is closed.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    server.run([listening])
    return None


class _Server(uvicorn.Server):
    """Tells when it is up, and what is to end when it stops."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self.is_up = threading.Event()
        self._started = started
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()
        self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections at the address; raises SettingsError."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise SettingsError(
            f"RAG_HOST={host}, RAG_PORT={port} cannot be served on ({error.strerror}): choose another."
        ) from error


def _url(place: Place, listening: socket.socket) -> str:
    """How a person at this machine reaches it."""
    host, port = listening.getsockname()[:2]
    name = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"http://{f'[{name}]' if ':' in name else name}:{port}{place.base_path}/"
