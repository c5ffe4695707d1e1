"""What agents keep about a conversation: labels, priority, team."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from rag.apps.server.desk.acting import View, done
from rag.apps.server.desk.work import AtDesk

router = APIRouter(prefix="/desk")
_MOST = 50  # labels of one conversation


@router.post("/c/{id}/labels")
def labels(
    request: Request,
    visit: AtDesk,
    id: str,
    label: Annotated[list[str] | None, Form(max_length=_MOST)] = None,
    more: Annotated[str, Form(max_length=200)] = "",
    view: View = "",
) -> Response:
    """These labels and no others."""
    wanted = [*(label or []), *([more] if more.strip() else [])]
    return done(request, visit, id, view, lambda desk, me: desk.notes.set_labels(id, me, wanted))


@router.post("/c/{id}/priority")
def priority(request: Request, visit: AtDesk, id: str, priority: Annotated[int, Form()], view: View = "") -> Response:
    return done(request, visit, id, view, lambda desk, me: desk.notes.set_priority(id, me, priority))


@router.post("/c/{id}/team")
def team(
    request: Request, visit: AtDesk, id: str, team: Annotated[str, Form(max_length=200)] = "", view: View = ""
) -> Response:
    return done(request, visit, id, view, lambda desk, me: desk.notes.set_team(id, me, team))
