"""`/desk/gaps`: what the documents do not answer, and where an answer to it is written."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.desk.answers import Line, Text, known_of
from rag.apps.server.desk.conversation import shown
from rag.apps.server.desk.html import desk_page
from rag.apps.server.desk.work import AtDesk, agent_of, assist_of, desk_of
from rag.apps.server.login import to_page
from rag.apps.server.numbers import Number
from rag.desk.errors import DeskError
from rag.desk.thread import read_thread
from rag.errors import NotFoundError
from rag.index.gaps import Missing
from rag.languages.spoken import assist_texts as a
from rag.languages.spoken import texts
from rag.query import LONGEST_MESSAGE

router = APIRouter(prefix="/desk")
SHOWN: Final = 20
"""Groups on one page."""
_ANSWERS: Final = 50
_OTHERS: Final = 10  # wordings of a group that are listed


@router.get("/gaps")
def gaps(request: Request, visit: AtDesk, base: str = "", after: Annotated[int, Query(ge=0, le=100_000)] = 0) -> Response:
    """The groups of a base, by default the first, from number `after` on; and the answers that are being written."""
    agent_of(request, visit)
    names = visit.names()
    if not names:
        raise NotFoundError(texts.NO_PUBLIC_BASE)
    chosen = base if base in names else names[0]
    groups = _missing(request, visit, chosen)
    return desk_page(
        request,
        visit,
        "gaps.html",
        a.GAPS,
        "gaps",
        names=names,
        chosen=chosen,
        groups=groups[after : after + SHOWN],
        others=_OTHERS,
        more=after + SHOWN if after + SHOWN < len(groups) else None,
        answers=assist_of(request).answers.all(chosen)[:_ANSWERS],
    )


@router.get("/gaps/new")
def new(
    request: Request, visit: AtDesk, base: str, question: Annotated[str, Query(max_length=LONGEST_MESSAGE)] = ""
) -> Response:
    """Where an answer is written; what the base has already stands beside it."""
    return _form(request, visit, base, question)


@router.post("/gaps/new")
def write(request: Request, visit: AtDesk, base: Line, question: Text, text: Text = "", audience: Line = "public") -> Response:
    """Keeps a draft of an answer, with the other wordings of the question."""
    me = agent_of(request, visit)
    wordings = next((one.others for one in _missing(request, visit, base) if one.question == question), ())
    try:
        kept = assist_of(request).answers.write(
            base, question, wordings, text, me.id, "internal" if audience == "internal" else "public"
        )
    except DeskError as error:
        return _form(request, visit, base, question, 400, text=text, problem=str(error))
    return to_page(request, f"/desk/gaps/{kept.id}")


@router.post("/c/{id}/keep")
def keep(request: Request, visit: AtDesk, id: str, message: Annotated[Number, Form()], view: Line = "") -> Response:
    """What was replied becomes a draft of an answer to what the customer had asked; raises NotFoundError."""
    me, assist = agent_of(request, visit), assist_of(request)
    said = read_thread(desk_of(request).store, id, whole=True).said
    at = next((n for n, one in enumerate(said) if one.id == f"message:{message}"), 0)
    asked = next((one.text for one in reversed(said[:at]) if one.who == "customer"), "")
    try:
        kept = assist.answers.from_reply(id, message, asked[:LONGEST_MESSAGE], me.id)
    except DeskError as error:
        return shown(request, visit, id, view, 409, problem=str(error))
    return to_page(request, f"/desk/gaps/{kept.id}")


def _missing(request: Request, visit: Visit[Any], base: str) -> list[Missing]:
    """The groups of a base; raises NotFoundError for one that this person may not know of."""
    if base not in visit.names():
        raise NotFoundError(texts.NO_BASE.format(name=base))
    return assist_of(request).answers.missing(visit.open(base))


def _form(
    request: Request, visit: Visit[Any], base: str, question: str, status: int = 200, text: str = "", **said: str
) -> Response:
    agent_of(request, visit)
    if base not in visit.names():
        raise NotFoundError(texts.NO_BASE.format(name=base))
    known = known_of(request, visit, base, question, text)
    values = {"gap_base": base, "question": question, "text": text, "known": known}
    return desk_page(request, visit, "gap.html", a.WRITE_ANSWER, "gaps", status, answer=None, **values, **said)
