"""`GET /v1/models`: the bases that who asks may know of, and the encoder."""

import time
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from rag.apps.server.api.asking import NAME, Asking, model_of
from rag.apps.server.problem import ApiError, Json

router = APIRouter()
EMBEDDING: Final = "footnote-embedding"
_STARTED: Final = int(time.time())


@router.get("/v1/models", summary="List what can be asked")
def list_models(visit: Asking) -> Response:
    """`footnote` is the first base, `footnote/NAME` the base of that name, `footnote-embedding` the encoder."""
    return Json({"object": "list", "data": [_model(id) for id in _ids(visit)]})


@router.get("/v1/models/{model:path}", summary="One of them")
def find_model(request: Request, visit: Asking, model: str) -> Response:
    if model not in _ids(visit):
        raise ApiError(404, f"There is no model {model!r}; /v1/models lists those there are.", "model", "model_not_found")
    return Json(_model(model))


def _ids(visit: Asking) -> list[str]:
    names = visit.names()
    return [NAME, *map(model_of, names), EMBEDDING] if names else []


def _model(id: str) -> dict[str, Any]:
    """`created` is when this server began, as a base has no such time."""
    return {"id": id, "object": "model", "created": _STARTED, "owned_by": NAME}
