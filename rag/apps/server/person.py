"""`/person`: whether there is something new of people in a conversation; the page asks that now and then."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.apps.server.problem import Json
from rag.errors import NotFoundError
from rag.languages.spoken import texts

router = APIRouter()


@router.get("/person")
def person(visit: Annotated[Visit[Any], Depends(allow("ask"))], c: str = "") -> Response:
    """`mark` changes with whatever is to be drawn anew; 404 for what is not theirs."""
    if visit.people is None:
        raise NotFoundError(texts.NO_CONVERSATION)
    return Json({"mark": visit.people.look(c[:64]).mark}, headers={"Cache-Control": "no-store"})
