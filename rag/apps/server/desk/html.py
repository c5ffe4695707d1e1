"""The desk's pages: templates that escape by themselves, and one script from a file."""

import json
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rag.apps.access import Visit
from rag.apps.server.allow import visitors_of
from rag.apps.server.desk.events import PATIENCE
from rag.apps.server.desk.words import zone_named
from rag.apps.server.desk.work import AtDesk, agent_of, assist_of, desk_of
from rag.apps.server.html import CHOICES
from rag.desk.store import LONGEST_TEXT
from rag.languages.formats import count, lasting, number, percent, week
from rag.languages.spoken import assist_texts as a
from rag.languages.spoken import desk_texts as t
from rag.languages.spoken import texts

router = APIRouter()
ZONE_COOKIE: Final = "footnote_zone"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {frames}"
)
_KINDS: Final = {
    "desk.css": "text/css",
    "desk.js": "text/javascript",
    "assist.css": "text/css",
    "assist.js": "text/javascript",
}
_TEMPLATES = Environment(loader=PackageLoader("rag.apps.server.desk", "pages"), autoescape=True, undefined=StrictUndefined)


def shape(name: str) -> Markup:
    """A drawing beside a word that says the same."""
    return Markup('<svg class="shape" aria-hidden="true"><use href="#shape-{}"/></svg>').format(name)


_TEMPLATES.globals.update(
    t=t, a=a, texts=texts, languages=CHOICES, count=count, lasting=lasting, percent=percent, week=week, shape=shape
)


def desk_page(
    request: Request, visit: Visit[Any], template: str, title: str, where: str, status: int = 200, **values: Any
) -> Response:
    """A page of the desk for who is there, with the queues beside it. `where` is what it is one of; `address` among the values
    is where it can be had again, of what answers a form.
    """
    desk, me = desk_of(request), agent_of(request, visit)
    seen = desk.events.last()  # before anything is read: what happens meanwhile is told again
    counts = desk.queue.counts(me.id)
    given = {
        "base": request.scope.get("root_path", ""),
        "title": title,
        "where": where,
        "me": me,
        "manages": visit.person.may("manage"),
        "counts": counts,
        "aside": assist_of(request).files.has_aside(),
        "late": counts["overdue"],
        "zone": zone_of(request).key,
        "patience": PATIENCE,
        "words": json.dumps(_said()),
        "address": "",
        "problem": "",
        "said": "",
        "seen": seen,
        **values,
    }
    return part(request, template, status, **given)


def _said() -> dict[str, str]:
    """What the script says, by its own names."""
    return {
        "reply": t.REPLY,
        "note": t.NOTE,
        "replyHint": t.REPLY_HINT,
        "noteHint": t.NOTE_HINT,
        "send": t.SEND,
        "addNote": t.ADD_NOTE,
        "noCanned": t.CANNED_NONE,
        "saved": t.DRAFT_SAVED,
        "unsaved": t.DRAFT_UNSAVED,
        "tooLong": t.DRAFT_LONG.format(most=number(LONGEST_TEXT)),
        "sending": t.SENDING,
        "sent": t.SENT,
        "noted": t.NOTED,
        "failed": t.FAILED,
        "unsure": t.UNSURE,
        "answered": t.ANSWERED,
        "written": t.CUSTOMER_WROTE,
        "readdressed": t.READDRESSED,
        "elsewhere": t.ELSEWHERE,
        "takeOther": t.TAKE_OTHER,
        "keepMine": t.KEEP_MINE,
        "deleted": t.DELETED,
        "read": t.READ,
        "back": t.BACK_AGAIN,
        "assigned": t.ASSIGNED,
        "searchFor": t.SEARCH_FOR,
        "looking": a.LOOKING,
        "noProposal": a.FAILED,
        "taken": a.TAKEN,
        "inserted": a.INSERTED,
        "wrongNoted": a.WRONG_NOTED,
        "unchecked": a.UNCHECKED,
    }


def part(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """What a template says, as it is: the page's script puts it into its place."""
    headers = {
        "Content-Security-Policy": _POLICY.format(frames=visitors_of(request).place.frames),
        "Cache-Control": "no-store",
    }
    return HTMLResponse(_TEMPLATES.get_template(template).render(values), status, headers)


def zone_of(request: Request) -> ZoneInfo:
    """The time zone of the browser; of the desk's hours where it has not said."""
    return zone_named(request.cookies.get(ZONE_COOKIE, "")) or ZoneInfo(desk_of(request).settings().zone)


@router.get("/desk/desk.css")
@router.get("/desk/assist.css")
@router.get("/desk/desk.js")
@router.get("/desk/assist.js")
def asset(request: Request, visit: AtDesk) -> Response:
    """The style and the script of the pages."""
    name = request.url.path.rsplit("/", 1)[1]
    text = files(__package__).joinpath("pages", name).read_text("utf-8")
    return Response(text, media_type=_KINDS[name], headers={"Cache-Control": "no-cache"})
