"""A person's conversations: a page to find, rename, export and delete them."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.html import page
from rag.apps.server.login import to_page
from rag.apps.server.problem import told
from rag.errors import NotFoundError, RagError
from rag.kept import export
from rag.kept.conversations import LONGEST_TITLE, Own
from rag.languages.formats import lasting
from rag.languages.spoken import texts

router = APIRouter()
Asker = Annotated[Visit[Any], Depends(allow("ask"))]
_LONGEST_SEARCH = 200  # characters


@router.get("/conversations")
def conversations(
    request: Request, visit: Asker, q: Annotated[str, Query(max_length=_LONGEST_SEARCH)] = "", gone: str = ""
) -> Response:
    """The list, or those of it that contain `q`; `gone`: all have just been deleted, which is said where there are none."""
    return _list(request, visit, q, gone=bool(gone))


@router.post("/conversations/delete")
def delete_all(request: Request, visit: Asker) -> Response:
    gone = visit.kept.delete_all() if visit.kept else 0
    return to_page(request, f"/conversations{'?gone=1' if gone else ''}")


@router.post("/conversations/{id}/rename")
def rename(request: Request, visit: Asker, id: str, title: Annotated[str, Form(max_length=1000)]) -> Response:
    try:
        _own(visit).rename(id, title)
    except RagError as error:
        return _failed(request, visit, error)
    return to_page(request, "/conversations")


@router.post("/conversations/{id}/delete")
def delete(request: Request, visit: Asker, id: str) -> Response:
    try:
        _own(visit).delete(id)
    except RagError as error:  # it may be gone by another tab
        return _failed(request, visit, error)
    return to_page(request, "/conversations")


@router.get("/conversations/{id}.json")
def as_json(visit: Asker, id: str) -> Response:
    """All that is kept of one, for programs."""
    own = _own(visit)
    return _file(export.as_json(*own.open(id), own.lines(id)), "application/json", f"{id}.json")


@router.get("/conversations/{id}.txt")
def as_text(visit: Asker, id: str) -> Response:
    """Questions, answers and sources, to read."""
    own = _own(visit)
    return _file(export.as_text(*own.open(id), own.lines(id)), "text/plain; charset=utf-8", f"{id}.txt")


def _own(visit: Visit[Any]) -> Own:
    """Raises NotFoundError for who has none: no account, and no cookie."""
    if visit.kept is None:
        raise NotFoundError(texts.NO_CONVERSATION)
    return visit.kept


def _failed(request: Request, visit: Visit[Any], error: RagError) -> Response:
    """The list, with what could not be done."""
    status, message, _, _ = told(request, error)
    return _list(request, visit, "", status, problem=message)


def _list(request: Request, visit: Visit[Any], q: str, status: int = 200, *, gone: bool = False, **shown: str) -> Response:
    settings = visitors_of(request).settings
    found = visit.kept.all(q) if visit.kept else []
    how = (
        texts.KEPT_ACCOUNT
        if visit.person.account is not None
        else texts.KEPT_VISITOR.format(days=lasting(settings.visitor_days, "day"))
    )
    if gone and not (found or q):  # what an address says is no fact
        shown["said"] = texts.DELETED_ALL
    given = {"found": found, "q": q, "kept": visit.kept is not None, "how": how, "several": len(visit.names()) > 1}
    return page(request, "conversations.html", texts.CONVERSATIONS, status, longest=LONGEST_TITLE, **given, **shown)


def _file(text: str, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}", "Cache-Control": "no-store"}
    return Response(text.encode("utf-8"), media_type=kind, headers=headers)
