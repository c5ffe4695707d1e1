"""What an agent does about a conversation: each a form that is posted, with the version that they saw."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.allow import visitors_of
from rag.apps.server.desk.conversation import shown
from rag.apps.server.desk.html import ZONE_COOKIE, zone_of
from rag.apps.server.desk.lists import beside
from rag.apps.server.desk.words import local, zone_named
from rag.apps.server.desk.work import AtDesk, agent_of, desk_of
from rag.apps.server.login import to_page
from rag.apps.server.numbers import Number
from rag.apps.server.problem import Json
from rag.desk.desk import Desk
from rag.desk.errors import DeskError, FullError
from rag.languages.spoken import desk_texts as t

router = APIRouter(prefix="/desk")
Version = Annotated[Number, Form()]
View = Annotated[str, Form(max_length=20)]
Line = Annotated[str, Form(max_length=200)]
_YEAR: Final = 365 * 24 * 60 * 60
_MORNING: Final = 9  # o'clock, when what was put off for a day comes back
_HOURS: Final = {"hour": 1, "afternoon": 4}
_DAYS: Final = {"tomorrow": 1, "week": 7}


@router.post("/presence")
def presence(request: Request, visit: AtDesk, away: Line = "") -> Response:
    me = agent_of(request, visit)
    desk_of(request).agents.set_away(me.id, bool(away))
    return to_page(request, "/desk")


@router.post("/zone")
def keep_zone(request: Request, visit: AtDesk, zone: Line) -> Response:
    """Keeps the time zone of this browser, which the page's script tells once."""
    agent_of(request, visit)
    if zone_named(zone) is None:
        return Json({"zone": None}, 422)
    response = Json({"zone": zone})
    response.set_cookie(ZONE_COOKIE, zone, max_age=_YEAR, **visitors_of(request).cookie(request))
    return response


@router.post("/c/{id}/claim")
def claim(
    request: Request, visit: AtDesk, id: str, version: Version, view: View = "", over: Line = "", beyond: Line = ""
) -> Response:
    """Takes it; with `over` from whoever has it, with `beyond` also where the agent has enough."""

    def act(desk: Desk, me: str) -> object:
        if over:
            return desk.cases.assign(id, me, me, version, beyond=bool(beyond))
        return desk.cases.claim(id, me, version, beyond=bool(beyond))

    return done(request, visit, id, view, act, again={"over": over})


@router.post("/c/{id}/assign")
def assign(
    request: Request, visit: AtDesk, id: str, version: Version, to: Line, view: View = "", beyond: Line = ""
) -> Response:
    def act(desk: Desk, me: str) -> object:
        return desk.cases.assign(id, to, me, version, beyond=bool(beyond))

    return done(request, visit, id, view, act, again={"to": to})


@router.post("/c/{id}/release")
def release(request: Request, visit: AtDesk, id: str, version: Version, view: View = "") -> Response:
    return done(request, visit, id, view, lambda desk, me: desk.cases.release(id, me, version))


@router.post("/c/{id}/bot")
def give_back(request: Request, visit: AtDesk, id: str, version: Version, view: View = "") -> Response:
    return done(request, visit, id, view, lambda desk, me: desk.cases.give_back(id, me, version))


@router.post("/c/{id}/snooze")
def snooze(
    request: Request,
    visit: AtDesk,
    id: str,
    version: Version,
    view: View = "",
    choice: Line = "",
    until: Line = "",
    zone: Line = "",
) -> Response:
    """For a while, until a time of the zone that stood beside it, or until a reply."""

    def act(desk: Desk, me: str) -> object:
        try:
            at = _until(choice, until, datetime.now(UTC), zone_named(zone) or zone_of(request))
        except (ValueError, OverflowError) as error:
            raise DeskError(t.NO_TIME.format(value=until)) from error
        return desk.cases.snooze(id, me, at, version)

    return done(request, visit, id, view, act)


@router.post("/c/{id}/wake")
def wake(request: Request, visit: AtDesk, id: str, version: Version, view: View = "") -> Response:
    return done(request, visit, id, view, lambda desk, me: desk.cases.wake(id, me, version))


@router.post("/c/{id}/resolve")
def resolve(request: Request, visit: AtDesk, id: str, version: Version, view: View = "", next: Line = "") -> Response:
    """Closes it; with `next` the one after it in the queue is opened."""
    _, after = beside(request, visit, view, id)
    answer = done(request, visit, id, view, lambda desk, me: desk.cases.resolve(id, me, version=version))
    if next and answer.status_code < 400:
        return to_page(request, f"/desk/c/{after}?view={view}" if after else f"/desk?view={view}")
    return answer


@router.post("/c/{id}/reopen")
def reopen(request: Request, visit: AtDesk, id: str, version: Version, view: View = "", beyond: Line = "") -> Response:
    def act(desk: Desk, me: str) -> object:
        return desk.cases.reopen(id, me, version, beyond=bool(beyond))

    return done(request, visit, id, view, act, again={})


def _until(choice: str, until: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """When what is put off comes back; None: with a reply. Raises ValueError, OverflowError for what is no time."""
    if choice in _HOURS:
        return now + timedelta(hours=_HOURS[choice])
    if choice in _DAYS:
        day = now.astimezone(zone) + timedelta(days=_DAYS[choice])
        return day.replace(hour=_MORNING, minute=0, second=0, microsecond=0)
    return local(until, zone, now) if until else None


def done(
    request: Request,
    visit: Visit[Any],
    id: str,
    view: str,
    act: Callable[[Desk, str], object],
    again: Mapping[str, str] | None = None,
) -> Response:
    """Does it, and shows the conversation as it is then; what the desk refuses is said there. With `again`, the fields of the
    form, who has enough can have it done all the same.
    """
    desk, me = desk_of(request), agent_of(request, visit)
    try:
        act(desk, me.id)
    except DeskError as error:
        step = request.url.path.rsplit("/", 1)[1]
        anyway = (step, {**again, "beyond": "yes"}) if again is not None and isinstance(error, FullError) else None
        return shown(request, visit, id, view, 409, anyway=anyway, problem=str(error))
    return to_page(request, f"/desk/c/{id}?view={view}")
