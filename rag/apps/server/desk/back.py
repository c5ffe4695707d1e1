"""Where a form was sent to, opened as a page: it leads back to the page that the form stands on."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag.apps.server.desk.work import AtDesk
from rag.apps.server.login import to_page

router = APIRouter(prefix="/desk")


@router.get("/c/{id}/{step}")
def to_conversation(request: Request, visit: AtDesk, id: str, step: str) -> Response:
    return to_page(request, f"/desk/c/{id}")


@router.get("/gaps/{n}/{step}")
def to_answer(request: Request, visit: AtDesk, n: str, step: str) -> Response:
    return to_page(request, f"/desk/gaps/{n}")


@router.get("/settings/{step:path}")
def to_settings(request: Request, visit: AtDesk, step: str) -> Response:
    return to_page(request, "/desk/settings")
