"""Before anything else sees a request: the host it is for, the site it comes from, its size, its pace; and headers for what is
answered."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.apps.server.place import Place
from rag.apps.server.problem import said
from rag.languages.formats import lasting, number
from rag.languages.spoken import texts

log = logging.getLogger(__name__)
LINGER_SECONDS = 5.0
MOST_BODY = 1_000_000  # bytes, of whatever is no file: a question has 4,000 characters
SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_PORTS = {"http": 80, "https": 443}
# Gradio writes its settings into the page as a script, and makes functions of its components' templates.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors {frames}"
)


class Refused(HTTPException):
    """A request is not taken. Raised while a body is read, it becomes the answer of whoever reads it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message, {"Connection": "close"})


class Guard:
    """Refuses what no part of the application is to see."""

    def __init__(self, app: ASGIApp, place: Place, bodies: Mapping[str, int], seconds: float) -> None:
        """`bodies`: the most bytes of a body by its path (below the base path), where that is not MOST_BODY; `seconds`: the
        longest pause in a body.
        """
        self.app = app
        self._place = place
        self._bodies = bodies
        self._seconds = seconds
        self._headers = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
            "Content-Security-Policy": PAGE_POLICY.format(frames=place.frames),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                log.info("%s %s", scope["method"], message["status"])  # no address, no path: it has a session's hash
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope)
            await self.app(scope, self._bounded(scope, receive), answer)
        except Refused as refused:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            elif not begun:
                response = said(scope, refused.status_code, refused.detail, refused.headers)
                await response(scope, receive, _last_after(receive, answer))

    def _check(self, scope: Scope) -> None:
        """Raises Refused."""
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._place.takes(hosts[0]):
            shown = ", ".join(hosts)[:100]
            raise Refused(421, texts.WRONG_HOST.format(host=shown))
        if (scope["type"] == "websocket" or scope["method"] not in SAFE) and not is_own_site(scope, headers):
            raise Refused(403, texts.FOREIGN_SITE)
        if "content-length" in headers and "transfer-encoding" in headers:  # RFC 9112, 6.3: the length need not be the body's
            raise Refused(400, texts.BAD_REQUEST)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit():
            raise Refused(400, texts.BAD_REQUEST)
        if int(length) > self._most(scope):
            raise Refused(413, texts.TOO_LARGE.format(most=number(self._most(scope))))

    def _most(self, scope: Scope) -> int:
        """The most bytes of this request's body."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return self._bodies.get(path, MOST_BODY)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """The body, as far as it keeps to its size and pace; raises Refused."""
        most, seen, more = self._most(scope), 0, scope["type"] == "http"

        async def bounded() -> Message:
            nonlocal seen, more
            if not more:
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), self._seconds)
            except TimeoutError as error:
                raise Refused(408, texts.TOO_SLOW.format(seconds=lasting(self._seconds, "second"))) from error
            seen += len(message.get("body", b""))
            more = message["type"] == "http.request" and bool(message.get("more_body"))
            if seen > most:
                raise Refused(413, texts.TOO_LARGE.format(most=number(most)))
            return message

        return bounded


def _last_after(receive: Receive, send: Send) -> Send:
    """Sends an answer to a request whose body is still coming, and closes when that has come or after some seconds: closed at
    once, a connection is reset, and a client or proxy that is still writing never reads the answer (nginx makes a 502 of it).
    """

    async def sent(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        await send({**message, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body"})

    return sent


def is_own_site(scope: Scope, headers: Headers) -> bool:
    """Whether a request comes from this server's own pages, or from no web site at all.

    Browsers say so in `Sec-Fetch-Site`, older ones only in `Origin`; programs send neither.
    """
    if site := headers.get("sec-fetch-site"):
        return site in {"same-origin", "none"}
    if (origin := headers.get("origin")) is None:
        return True
    try:
        there = urlsplit(origin)
        here = urlsplit(f"//{headers['host']}")
        port = there.port or _PORTS[there.scheme]
        # A proxy that ends TLS may not be a trusted one, and the scheme is http then; the other way round is another site.
        if scope["scheme"] in {"https", "wss"} and there.scheme != "https":
            return False
        return there.hostname == here.hostname and port == (here.port or _PORTS[there.scheme])
    except (ValueError, KeyError):
        return False
