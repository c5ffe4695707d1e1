"""In which language a request is answered: the one chosen here before, the server's, or the one its browser asks for."""

from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.apps.access import Visit
from rag.apps.server.allow import allow, visitors_of
from rag.config import Settings
from rag.languages.spoken import Language, accepted, is_spoken, speaking, texts

router = APIRouter()
COOKIE: Final = "footnote_language"
_SECONDS: Final = 365 * 24 * 60 * 60


def language_for(request: HTTPConnection, settings: Settings) -> Language:
    """English where none of the three is one that there are texts in."""
    for wanted in (request.cookies.get(COOKIE), settings.language, accepted(request.headers.get("accept-language", ""))):
        if is_spoken(wanted):
            return wanted
    return "en"


class Speaks:
    """Has everything behind it speak the language of the request."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with speaking(language_for(HTTPConnection(scope), self._settings)):
            await self.app(scope, receive, send)


@router.get("/language/{language}")
def choose(request: Request, visit: Annotated[Visit[Any], Depends(allow(None))], language: str) -> Response:
    """Keeps the language for this browser, and leads back to the page that it was chosen on."""
    if not is_spoken(language):
        raise HTTPException(404, texts.NO_PAGE)
    response = RedirectResponse(_back(request), 303, {"Cache-Control": "no-store"})
    response.set_cookie(COOKIE, language, max_age=_SECONDS, **visitors_of(request).cookie(request))
    return response


def _back(request: Request) -> str:
    """The page of this server that led here, else the first: never to another site."""
    root = request.scope.get("root_path", "")
    came = urlsplit(request.headers.get("referer", ""))
    if came.netloc != request.headers.get("host") or not came.path.startswith(f"{root}/") or came.path.startswith("//"):
        return f"{root}/"
    return f"{came.path}?{came.query}" if came.query else came.path
