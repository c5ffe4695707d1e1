"""A widget's conversation and people: who has it, what they said, and what the visitor may do about it."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from rag.apps.access import Visit
from rag.apps.people import People, Seen
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.problem import Json
from rag.apps.server.widget.finding import as_visitor, find
from rag.apps.server.widget.identity import Named
from rag.apps.server.widget.talk import LONGEST_TOKEN, Talk
from rag.errors import NotFoundError, TooOftenError
from rag.languages.spoken import speak, texts
from rag.types import Answer

router = APIRouter()
Asking = Annotated[Visit[Any], Depends(allow("ask"))]
_LOOKS: Final = "look"


class Act(Named):
    """What a visitor does about their conversation; `look` asks only how it stands."""

    token: Annotated[str, Field(max_length=LONGEST_TOKEN)] = ""
    act: Literal["look", "call", "back", "address", "rate"] = _LOOKS
    address: Annotated[str, Field(max_length=300)] = ""
    rating: int = 0
    comment: Annotated[str, Field(max_length=1000)] = ""


@router.post("/embed/{id}/person")
def person(request: Request, visit: Asking, id: str, done: Act) -> Response:
    """How the conversation of a token stands, after what the visitor did; 404 where there is none, or the desk is off."""
    widget = find(request, id)
    speak(widget.language)
    mine = as_visitor(request, visit, widget, done)
    visitors = visitors_of(request)
    talk = Talk.of(visitors.conversations, widget, mine.person, done.token)
    people = people_of(request, talk)
    if people is None or not (people.takes if done.act == "call" else talk.conversation):
        raise NotFoundError(texts.NO_CONVERSATION)
    match done.act:
        case "call":
            wait = visitors.throttle.wait_for_widget(
                widget.id, mine.person.owner or mine.person.client, widget.per_minute, widget.per_day
            )
            if wait:
                raise TooOftenError(wait, texts.WIDGET["often"].format(n=wait))
            seen = _call(talk, people)
        case "back":
            seen = people.back(talk.conversation)
        case "address":
            seen = people.leave(talk.conversation, done.address)
        case "rate":
            seen = people.rate(talk.conversation, done.rating, done.comment)
        case _:
            seen = people.look(talk.conversation)
    return Json({"token": talk.token, **shown_standing(seen)})


def people_of(request: Request, talk: Talk) -> People | None:
    """The visitor's way to people; None where the desk is off, or nothing is kept."""
    visitors = visitors_of(request)
    return visitors.people(talk.own) if visitors.settings.visitor_days else None


def shown_standing(seen: Seen) -> dict[str, Any]:
    """For the frame, which makes text of it."""
    one = seen.standing
    return {
        "mark": seen.mark,
        "state": one.state or "bot",
        "agent": one.agent,
        "place": one.place,
        "open": one.is_open,
        "opens": one.opens_at.isoformat() if one.opens_at else "",
        "address": one.address,
        "rated": one.rating is not None,
        "messages": [
            {"id": message.id, "kind": message.kind, "name": message.name, "text": message.text, "at": message.at.isoformat()}
            for message in seen.messages
        ],
    }


def _call(talk: Talk, people: People) -> Seen:
    """The visitor asks for a person by a button: the same as if they had written it."""
    said = texts.PERSON["asked"]
    talk.ask(said)
    if not talk.conversation or talk.exchange is None:
        raise NotFoundError(texts.NO_CONVERSATION)
    answer = Answer(said, "", texts.REPLIES["handover-desk"], "handover", 1.0, (), ())
    return people.pass_on(talk.conversation, talk.exchange, answer, "widget")
