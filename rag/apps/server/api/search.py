"""`POST /v1/search`: the passages nearest to a question, with their places; nothing is written."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from rag.apps.json_format import citation_json
from rag.apps.server.api.asking import Asking, Name, base_named
from rag.apps.server.api.working import result
from rag.apps.server.passage import link
from rag.apps.server.problem import ApiError, Json
from rag.errors import NotFoundError
from rag.types import Citation

if TYPE_CHECKING:
    from rag.service import Assistant

router = APIRouter()
Names = Annotated[list[Name], Field(max_length=100)]


class SearchRequest(BaseModel):
    """`documents` and `folders` limit where it is searched, by the names that `/v1/documents` lists."""

    query: str
    base: Name | None = None
    k: Annotated[int, Field(ge=1, le=50)] = 6
    documents: Names = []
    folders: Names = []


@router.post("/v1/search", summary="Find passages")
async def search(request: Request, visit: Asking, body: SearchRequest) -> Response:
    """Best first; each is what `rag search --json` gives, with `url`, where a person can read it in its place."""
    base = base_named(visit, body.base)

    def found() -> tuple[Citation, ...]:
        assistant: Assistant = visit.open(base)
        try:
            return assistant.search(body.query, body.k, documents=body.documents, folders=body.folders)
        except NotFoundError as error:
            param = "folders" if not body.documents else "documents" if not body.folders else None
            told = f"{param or 'documents, folders'}: {base} has none of such a name; /v1/documents lists its files."
            raise ApiError(404, told, param, "not_found") from error

    passages = await result(request, visit, found)
    data = [citation_json(passage) | {"url": link(request, base, passage)} for passage in passages]
    return Json({"object": "list", "base": base, "query": body.query, "data": data})
