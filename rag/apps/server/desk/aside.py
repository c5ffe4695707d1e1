"""`/desk/aside`: mails that became no message, with why; each can be saved whole."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag.apps.server.desk.html import desk_page, zone_of
from rag.apps.server.desk.words import clock
from rag.apps.server.desk.work import AtDesk, agent_of, assist_of
from rag.apps.server.numbers import Number
from rag.languages.spoken import assist_texts as a

router = APIRouter(prefix="/desk/aside")


@router.get("")
def mails(request: Request, visit: AtDesk) -> Response:
    """The newest first."""
    zone, now = zone_of(request), datetime.now(UTC)
    found = [(mail, clock(mail.at, now, zone)) for mail in assist_of(request).files.aside()]
    return desk_page(request, visit, "aside.html", a.ASIDE, "aside", mails=found)


@router.get("/{n}")
def mail(request: Request, visit: AtDesk, n: Number) -> Response:
    """A whole mail as a file, to be opened by a mail program."""
    agent_of(request, visit)
    data = assist_of(request).files.aside_data(n)
    headers = {
        "Content-Disposition": f'attachment; filename="mail-{n}.eml"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(data, media_type="application/octet-stream", headers=headers)
