"""The page's own answer has the browser of a visitor known again, so that what they asked is still theirs after a reload."""

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.apps.server.sessions import Visitors


class KnownAgain:
    """Sets the cookie of a visitor with the page, and with nothing else."""

    def __init__(self, app: ASGIApp, visitors: Visitors) -> None:
        self.app = app
        self._visitors = visitors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or _path(scope) != "/":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                carrier = Response()
                self._visitors.recognise(HTTPConnection(scope), carrier)
                cookies = [header for header in carrier.raw_headers if header[0] == b"set-cookie"]
                others = [header for header in message["headers"] if header[0].lower() != b"cache-control"]
                # a proxy that kept the page would make all its visitors one
                message = {**message, "headers": [*others, (b"cache-control", b"private, no-cache"), *cookies]}
            await send(message)

        await self.app(scope, receive, answer)


def _path(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(scope.get("root_path", "")) or "/"
