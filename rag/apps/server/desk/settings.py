"""What can be set: own canned replies for every agent; hours, targets and teams for editors and administrators."""

import json
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.allow import allow
from rag.apps.server.desk.html import desk_page
from rag.apps.server.desk.work import AtDesk, agent_of, desk_of
from rag.apps.server.login import to_page
from rag.apps.server.numbers import Number
from rag.desk.errors import DeskError
from rag.desk.hours import DAYS, DeskSettings
from rag.desk.store import LONGEST_TEXT
from rag.errors import NotFoundError
from rag.languages.spoken import desk_texts as t

router = APIRouter(prefix="/desk/settings")
Manages = Annotated[Visit[Any], Depends(allow("manage"))]
Line = Annotated[str, Form(max_length=200)]
_SPAN: Final = re.compile(r"\s*(\d\d:\d\d)\s*[-–]\s*(\d\d:\d\d)\s*")
_NUMBERS: Final = ("first_minutes", "next_minutes", "assign_minutes", "reopen_days", "capacity")


@router.get("")
def settings(request: Request, visit: AtDesk, saved: str = "") -> Response:
    """`saved` is the part that was, which says so."""
    return _page(request, visit, saved=saved)


@router.post("/hours")
async def hours(request: Request, visit: Manages) -> Response:
    """Opening hours, holidays and targets."""
    form = await request.form()
    given = {name: str(form.get(name, ""))[:4000] for name in ("zone", "holidays", *DAYS, *_NUMBERS)}
    return await run_in_threadpool(_set_hours, request, visit, given)


@router.post("/canned")
def save_canned(
    request: Request,
    visit: AtDesk,
    shortcode: Line,
    text: Annotated[str, Form(max_length=2 * LONGEST_TEXT)],
    scope: Line = "own",
    id: Annotated[Number | None, Form()] = None,
) -> Response:
    """A canned reply: an agent's own, or, for who manages the desk, one of all or of a team."""
    desk, me = desk_of(request), agent_of(request, visit)
    typed = {"id": id, "shortcode": shortcode, "text": text, "scope": scope}
    scope = f"agent:{me.id}" if scope == "own" else scope
    if scope != f"agent:{me.id}":
        visit.person.require("manage")
    try:
        if id is not None:
            _require_own(request, visit, id)
        desk.canned.save(shortcode.strip().lstrip("/"), text, scope, id)
    except DeskError as error:
        return _page(request, visit, 400, typed=typed, problem=str(error))
    return _saved(request, "canned")


@router.post("/canned/{id}/delete")
def delete_canned(request: Request, visit: AtDesk, id: Number) -> Response:
    _require_own(request, visit, id)
    desk_of(request).canned.delete(id)
    return _saved(request, "canned")


@router.post("/name")
def name(request: Request, visit: AtDesk, shown: Annotated[str, Form(max_length=400)] = "") -> Response:
    """What customers call the agent who asks."""
    me = agent_of(request, visit)
    try:
        desk_of(request).agents.set_shown(me.id, shown)
    except DeskError as error:
        return _page(request, visit, 400, problem=str(error))
    return _saved(request, "name")


@router.post("/agent")
def agent(
    request: Request, visit: Manages, agent: Line, teams: Annotated[str, Form(max_length=1000)] = "", capacity: Line = ""
) -> Response:
    """The teams an agent is of, and how many conversations they take."""
    desk = desk_of(request)
    try:
        desk.agents.set_teams(agent, [team for team in teams.split(",") if team.strip()])
        desk.agents.set_capacity(agent, _number(capacity) if capacity.strip() else None)
    except (DeskError, ValueError) as error:
        return _page(request, visit, 400, problem=str(error))
    return _saved(request, "agents")


def _set_hours(request: Request, visit: Visit[Any], given: dict[str, str]) -> Response:
    desk = desk_of(request)
    try:
        values = desk.settings().model_dump() | {name: _number(given[name]) for name in _NUMBERS}
        values["zone"] = given["zone"].strip()
        values["hours"] = [[_span(part) for part in given[day].split(",") if part.strip()] for day in DAYS]
        values["holidays"] = given["holidays"].split()
        desk.set_settings(DeskSettings.parse(json.dumps(values, default=str)), visit.person.actor)
    except (DeskError, ValueError) as error:
        problem = str(error) if isinstance(error, DeskError) else t.NOT_SET.format(problem=error)
        return _page(request, visit, 400, given=given, problem=problem)
    return _saved(request, "hours")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValueError(t.NO_NUMBER.format(value=text.strip()[:40])) from error


def _span(text: str) -> tuple[str, str]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(t.NO_SPAN.format(value=text.strip()[:40]))
    return found[1], found[2]


def _require_own(request: Request, visit: Visit[Any], id: int) -> None:
    """Raises NotFoundError, NotAllowedError for a canned reply of others."""
    me = agent_of(request, visit)
    found = next((one for one in desk_of(request).canned.all() if one.id == id), None)
    if found is None:
        raise NotFoundError(t.NO_CANNED)
    if found.scope != f"agent:{me.id}":
        visit.person.require("manage")


def _saved(request: Request, part: str) -> Response:
    """To the part of the page that was saved, which says so."""
    return to_page(request, f"/desk/settings?saved={part}#{part}")


def _page(
    request: Request,
    visit: Visit[Any],
    status: int = 200,
    *,
    typed: dict[str, Any] | None = None,
    given: dict[str, str] | None = None,
    saved: str = "",
    **said: str,
) -> Response:
    """The settings as they are; where they were refused, with the canned reply that was `typed` or the hours `given`."""
    desk, me = desk_of(request), agent_of(request, visit)
    now = desk.settings()
    shown = given or {
        "zone": now.zone,
        "holidays": " ".join(map(str, now.holidays)),
        **{day: ", ".join("-".join(span) for span in spans) for day, spans in zip(DAYS, now.hours, strict=True)},
        **{name: str(getattr(now, name)) for name in _NUMBERS},
    }
    return desk_page(
        request,
        visit,
        "settings.html",
        t.SETTINGS,
        "settings",
        status,
        address=f"{request.scope.get('root_path', '')}/desk/settings",
        saved=saved,
        usual=now.capacity,
        given=shown,
        days=DAYS,
        numbers=[(name, t.TARGETS[name]) for name in _NUMBERS],
        typed=typed,
        canned=[one for one in desk.canned.all() if visit.person.may("manage") or one in desk.canned.of(me.id)],
        own=f"agent:{me.id}",
        teams=desk.agents.teams(),
        agents=desk.agents.all(),
        longest=LONGEST_TEXT,
        **said,
    )
