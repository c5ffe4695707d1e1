"""What a request is told that cannot be answered: in OpenAI's form where the API was asked, otherwise as a detail."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from rag.apps.access import OF_OPERATORS, NotAllowedError, of_disk
from rag.apps.access import told as known_to
from rag.apps.page.mount import not_admitted
from rag.apps.turns import FullError
from rag.errors import IndexBusyError, NotFoundError, RagError, TooOftenError
from rag.languages.spoken import texts

log = logging.getLogger(__name__)
API: Final = "/v1/"
BAD_KEY: Final = "This key is none of this server, or it was revoked or has expired: `rag keys add` makes one."
_TYPES: Final = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_MOST_SHOWN: Final = 500  # characters of a message, which may quote what was sent
_BUSY_SECONDS: Final = 5  # until an index that is being written to is tried again


class ApiError(RagError):
    """What was asked of the API cannot be had: `param` is the field it is about, `code` a word for programs."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code


class Json(JSONResponse):
    """JSON of whatever people and documents hold, half surrogate pairs included."""

    def render(self, content: Any) -> bytes:
        return encoded(content)


def encoded(content: Any) -> bytes:
    """A value as JSON in UTF-8; halves of surrogate pairs, which UTF-8 cannot hold, become question marks."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def error_json(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """OpenAI's error object."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": message[:_MOST_SHOWN], "type": kind, "param": param, "code": code}}


def said(
    scope: Scope,
    status: int,
    message: str,
    headers: Mapping[str, str] | None = None,
    param: str | None = None,
    code: str | None = None,
) -> Response:
    """The answer to a request that fails."""
    content = error_json(status, message, param, code) if is_api(scope) else {"detail": message}
    return Json(content, status, dict(headers or {}))


def is_api(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")).startswith(API)


def of_error(request: HTTPConnection, error: Exception) -> Response:
    """The answer to a request during which this was raised."""
    if isinstance(error, NotAllowedError | TooOftenError) and not is_api(request.scope):
        return not_admitted(request, error)
    status, message, headers, code = told(request, error)
    param = error.param if isinstance(error, ApiError) else None
    return said(request.scope, status, message, headers, param, code)


def of_disk_error(request: HTTPConnection, error: OSError) -> Response:
    """The answer where the disk is full or fails; another error of the system is as unexpected as any."""
    if of_disk(error) is error:
        raise error
    return of_error(request, error)


def told(request: HTTPConnection, error: Exception) -> tuple[int, str, dict[str, str], str | None]:
    """Status, message, headers and code: what who asked may know of an error."""
    visit, error = getattr(request.state, "visit", None), of_disk(error)
    message, headers = str(error), dict[str, str]()
    code: str | None = None
    match error:
        case ApiError():
            status, code = error.status, error.code
        case NotAllowedError():
            status = 403 if error.known else 401
            if not error.known:
                headers, code = {"WWW-Authenticate": "Bearer"}, "invalid_api_key"
                message = BAD_KEY if "authorization" in request.headers else message
        case TooOftenError():
            status, headers = 503 if isinstance(error, FullError) else 429, {"Retry-After": str(error.seconds)}
            code = "rate_limit_exceeded"
        case RagError():
            status = 404 if isinstance(error, NotFoundError) else 503 if isinstance(error, OF_OPERATORS) else 400
            message = known_to(error, visit.person if visit else None)
            code = "not_found" if status == 404 else None
            headers = {"Retry-After": str(_BUSY_SECONDS)} if isinstance(error, IndexBusyError) else headers
        case HTTPException():
            status, message, headers = error.status_code, str(error.detail), dict(error.headers or {})
        case _:
            log.error("a request failed: %s", type(error).__name__, exc_info=error)
            status, message = 500, texts.UNEXPECTED
    return status, message, headers, code


def unreadable(request: HTTPConnection, error: RequestValidationError) -> Response:
    """Without what was sent, which may be a password. OpenAI's status is 400."""
    if is_api(request.scope):
        nearest = max(error.errors(), key=lambda one: len(one["loc"]))  # of the ways to read a field, the one that got furthest
        where = [str(part)[:100] for part in _place(nearest)[1:]]
        message = f"{'.'.join(where) or 'The body'}: {nearest['msg']}"
        return said(request.scope, 400, message, param=where[0] if where else None)
    fields = sorted({str(_place(one)[-1]) for one in error.errors()})
    return said(request.scope, 422, texts.BAD_FIELDS.format(fields=", ".join(fields)[:200]))


def _place(error: Mapping[str, Any]) -> tuple[int | str, ...]:
    """Which field it is about; of what is no JSON, pydantic says at which byte."""
    found: tuple[int | str, ...] = error["loc"]
    return found[:1] if error["type"] == "json_invalid" else found
