"""The queues, and the search."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.desk.html import desk_page, zone_of
from rag.apps.server.desk.words import ago, clock, due, name_of, shown, span
from rag.apps.server.desk.work import AtDesk, agent_of, desk_of
from rag.desk.queue import VIEWS
from rag.desk.values import PRIORITIES, Case, View
from rag.languages.spoken import desk_texts as t

router = APIRouter()
SHOWN: Final = 50
"""Conversations on one page of a queue."""
_MOST: Final = 1000
_LONGEST_SEARCH: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation in a list: its times as words, "" where there is none to tell."""

    case: Case
    name: str
    excerpt: str
    priority: str
    ago: str
    waits: str
    overdue: str
    due: str
    until: str


@router.get("/desk")
def queue(request: Request, visit: AtDesk, view: str = "", most: Annotated[int, Query(ge=1, le=_MOST)] = SHOWN) -> Response:
    """One of the queues; by default what is the agent's, or what waits where they have nothing."""
    me = agent_of(request, visit)
    desk = desk_of(request)
    if view not in VIEWS:
        counts = desk.queue.counts(me.id)
        view = "mine" if counts["mine"] or not counts["waiting"] else "waiting"
    found = desk.queue.view(cast("View", view), me.id, limit=most + 1)
    more = min(2 * most, _MOST) if len(found) > most else None
    listed = rows(request, found[:most])
    return desk_page(request, visit, "queue.html", t.VIEWS[view], view, view=view, rows=listed, more=more)


@router.get("/desk/search")
def search(request: Request, visit: AtDesk, q: Annotated[str, Query(max_length=_LONGEST_SEARCH)] = "") -> Response:
    """Conversations of every state that contain a text."""
    found = rows(request, desk_of(request).queue.search(q)) if q.strip() else []
    return desk_page(request, visit, "search.html", t.SEARCH, "search", q=q, rows=found)


def rows(request: Request, cases: list[Case]) -> list[Row]:
    """Cases as they are listed now."""
    zone, now = zone_of(request), datetime.now(UTC)

    def row(case: Case) -> Row:
        late = (now - case.due_at).total_seconds() if case.due_at else None
        until = t.UNTIL.format(time=clock(case.snoozed_until, now, zone)) if case.snoozed_until else t.UNTIL_REPLY
        return Row(
            case=case,
            name=name_of(case),
            excerpt=shown(case.title),
            priority=PRIORITIES[case.priority],
            ago=ago(case.changed_at, now, zone),
            waits=span((now - case.waiting_since).total_seconds()) if case.waiting_since else "",
            overdue=span(late) if late is not None and late >= 0 else "",
            due=due(-late) if late is not None and late < 0 else "",
            until=until if case.state == "snoozed" else "",
        )

    return [row(case) for case in cases]


def beside(request: Request, visit: Visit[Any], view: str, id: str) -> tuple[str, str]:
    """The ids before and after a conversation in a queue; "" where there is none, or it is no queue."""
    if view not in VIEWS:
        return "", ""
    ids = [case.id for case in desk_of(request).queue.view(cast("View", view), agent_of(request, visit).id, limit=_MOST)]
    if id not in ids:
        return "", ids[0] if ids else ""
    at = ids.index(id)
    return ids[at - 1] if at else "", ids[at + 1] if at + 1 < len(ids) else ""
