"""Who works at the desk: one of its agents for each person who may, as long as it is on."""

import time
from typing import Annotated, Any, Final

from fastapi import Depends, Request

from rag.apps.access import NotAllowedError, Person, Visit
from rag.apps.server.allow import allow, visitors_of
from rag.desk.assist import Assist
from rag.desk.desk import Desk
from rag.desk.values import Agent
from rag.errors import NotFoundError
from rag.languages.spoken import desk_texts as t

AtDesk = Annotated[Visit[Any], Depends(allow("desk"))]
HERE: Final = "local"
"""The agent who sits at a machine where nobody has an account."""
_RENEWED = 20.0  # seconds between two notes that somebody is here


def desk_of(request: Request) -> Desk:
    """The desk; raises NotFoundError where it is off, and nothing is left to do."""
    visitors = visitors_of(request)
    if not visitors.desk_is_served():
        raise NotFoundError(t.NOT_ON)
    return visitors.desk


def assist_of(request: Request) -> Assist:
    """What helps agents with a conversation."""
    return visitors_of(request).assist


def by_script(request: Request) -> bool:
    """Whether the page's script asks, and not a form that leads to another page."""
    return "application/json" in request.headers.get("accept", "")


def agent_of(request: Request, visit: Visit[Any]) -> Agent:
    """Who asks, as an agent who is here now; raises NotAllowedError for programs, NotFoundError where the desk is off."""
    desk, person = desk_of(request), visit.person
    if person.key is not None or not (person.local or person.account is not None):
        raise NotAllowedError("desk", known=True)
    return desk.agents.get(note_here(request, person))


def note_here(request: Request, person: Person) -> str:
    """The desk of this person is open; returns who they are as an agent."""
    id = HERE if person.local else person.actor
    noted = _noted(request)
    if time.monotonic() - noted.get(id, -_RENEWED) >= _RENEWED:
        noted[id] = time.monotonic()
        visitors_of(request).desk.agents.here(id, person.name.partition("@")[0] or t.LOCAL)
    return id


def _noted(request: Request) -> dict[str, float]:
    """When it was last noted of each agent that they are here."""
    state = request.app.state
    if not hasattr(state, "desk_noted"):
        state.desk_noted = {}
    found: dict[str, float] = state.desk_noted
    return found
