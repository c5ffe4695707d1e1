"""`/widget.js` for other sites' pages, `/embed/ID` for the frame that it opens there, and what the frame asks."""

import json
import secrets
from collections.abc import AsyncGenerator
from collections.abc import Generator as Stream
from contextlib import aclosing
from functools import partial
from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from rag.apps.access import Visit
from rag.apps.server.allow import allow, visitors_of
from rag.apps.server.api.sse import EventStream, event
from rag.apps.server.api.working import steps
from rag.apps.server.html import page
from rag.apps.server.passage import link
from rag.apps.server.problem import Json, told
from rag.apps.server.widget.finding import as_visitor, find
from rag.apps.server.widget.identity import Named
from rag.apps.server.widget.people import people_of, shown_standing
from rag.apps.server.widget.shown import shown_answer
from rag.apps.server.widget.talk import LONGEST_TOKEN, Talk
from rag.apps.server.widget.widgets import Widget, origin_of
from rag.languages.spoken import speak, texts, texts_in
from rag.query import LONGEST_MESSAGE, checked
from rag.types import Answer, Event, Reading, Verified

router = APIRouter()
Anyone = Annotated[Visit[Any], Depends(allow(None))]
Asking = Annotated[Visit[Any], Depends(allow("ask"))]
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self' {sites}"
)
_CACHED = {"Cache-Control": "max-age=300"}  # seconds: what `rag widgets change` says is there soon


class Question(Named):
    question: Annotated[str, Field(max_length=2 * LONGEST_MESSAGE)]
    token: Annotated[str, Field(max_length=LONGEST_TOKEN)] = ""
    key: Annotated[str, Field(max_length=100)] = ""


class Held(Named):
    """What leads back to a conversation; whom the site names needs nothing."""

    token: Annotated[str, Field(max_length=LONGEST_TOKEN)] = ""


@router.get("/widget.js")
def script(request: Request, visit: Anyone, id: str = "") -> Response:
    """The button of one widget: the script, and what it is called with."""
    widget = find(request, id)
    said = texts_in(widget.language).WIDGET
    settings = {
        "id": widget.id,
        "name": widget.name,
        "language": widget.language,
        "colour": widget.colour,
        "on": widget.on_colour,
        "said": {what: said[what] for what in ("open", "close", "unread")},
    }
    text = f"{_asset('widget.js').rstrip()}({json.dumps(settings)});\n"
    return Response(text, media_type="text/javascript", headers={**_CACHED, "Cross-Origin-Resource-Policy": "cross-origin"})


@router.get("/embed/frame.js")
def frame_script(visit: Anyone) -> Response:
    return Response(_asset("frame.js"), media_type="text/javascript", headers=_CACHED)


@router.get("/embed/frame.css")
def frame_style(visit: Anyone) -> Response:
    return Response(_asset("frame.css"), media_type="text/css", headers=_CACHED)


@router.get("/embed/{id}")
def frame(request: Request, visit: Asking, id: str) -> Response:
    """The chat, for the sites of the widget: browsers show it nowhere else, by `frame-ancestors`."""
    widget = find(request, id)
    referrer = request.headers.get("referer")
    if referrer is not None and origin_of(referrer) not in {*widget.sites, origin_of(str(request.base_url))}:
        return page(request, "message.html", widget.name, 403, problem=texts_in(widget.language).WIDGET["gone"])
    own = texts_in(widget.language)
    settings = {
        "id": widget.id,
        "sites": [*widget.sites, origin_of(str(request.base_url))],  # the last for the page at /widgets/ID
        "colour": widget.colour,
        "on": widget.on_colour,
        "said": own.WIDGET,
        "between": {"colon": own.COLON, "space": own.SPACE},
        "person": own.PERSON if _desk_is_on(request) else None,
    }
    shown = page(
        request,
        "embed.html",
        widget.name,
        widget=widget,
        said=own.WIDGET,
        settings=json.dumps(settings),
        longest=LONGEST_MESSAGE,
    )
    shown.headers["Content-Security-Policy"] = POLICY.format(sites=" ".join(widget.sites))
    return shown


@router.post("/embed/{id}/ask")
async def ask(request: Request, visit: Asking, id: str, asked: Question) -> Response:
    """Events: `kept` (the token that leads back), `reading`, `verified` (the answer's beginning), `person` (how it stands with
    people), `answer` or `problem`; where people have the conversation, `person` alone.
    """
    widget = await run_in_threadpool(find, request, id)
    speak(widget.language)
    question = checked(asked.question)  # before anything of it is kept
    visitors = visitors_of(request)
    mine = await run_in_threadpool(as_visitor, request, visit, widget, asked)
    client = mine.person.owner or mine.person.client
    wait = visitors.throttle.wait_for_widget(widget.id, client, widget.per_minute, widget.per_day)
    if wait:
        detail = texts_in(widget.language).WIDGET["often"].format(n=wait)
        return JSONResponse({"detail": detail}, 429, {"Retry-After": str(wait)})
    if widget.base not in await run_in_threadpool(mine.names):
        raise HTTPException(404, texts.NO_PAGE)
    talk = Talk.of(visitors.conversations, widget, mine.person, asked.token)
    return EventStream(_events(request, mine, widget, talk, question, asked.key or secrets.token_hex(16)))


@router.post("/embed/{id}/resume")
def resume(request: Request, visit: Asking, id: str, held: Held) -> Response:
    """The conversation that a token leads to, or the last of whom the site names; 404 where it is not there (any more)."""
    widget = find(request, id)
    speak(widget.language)
    mine = as_visitor(request, visit, widget, held)
    talk = Talk.of(visitors_of(request).conversations, widget, mine.person, held.token)
    shown = partial(link, request, widget.base)
    exchanges = [
        {
            "question": one.question,
            "answer": shown_answer(one.answer, shown) if one.answer else None,
            "at": one.asked_at.isoformat(),
        }
        for one in talk.resume()
    ]
    people = people_of(request, talk)
    return Json(
        {
            "token": talk.token,
            "exchanges": exchanges,
            "person": shown_standing(people.look(talk.conversation)) if people else None,
        }
    )


@router.post("/embed/{id}/forget")
def forget(request: Request, visit: Asking, id: str, held: Held) -> Response:
    """Deletes the conversation that a token leads to."""
    widget = find(request, id)
    speak(widget.language)
    mine = as_visitor(request, visit, widget, held)
    Talk.of(visitors_of(request).conversations, widget, mine.person, held.token).forget()
    return Response(status_code=204)


async def _events(
    request: Request, visit: Visit[Any], widget: Widget, talk: Talk, question: str, key: str
) -> AsyncGenerator[bytes]:
    keeps = visitors_of(request).settings.visitor_days > 0
    people = people_of(request, talk)

    def work() -> Stream[bytes | Event]:
        if people and talk.goes_to(people, question, key):
            yield event(shown_standing(people.look(talk.conversation)), "person")
            return
        assistant = visit.open(widget.base)
        history = talk.ask(question) if keeps else []
        if talk.token and talk.exchange is not None:  # where it is not kept, nobody is told that it is
            yield event({"token": talk.token}, "kept")
        takes = people is not None and people.takes and talk.exchange is not None
        for one in assistant.stream(question, history, desk=takes):
            if isinstance(one, Answer):
                if one.status == "handover" and people and takes and talk.exchange is not None:
                    seen = people.pass_on(talk.conversation, talk.exchange, one, "widget")
                    yield event(shown_standing(seen), "person")
                else:
                    talk.answered(one)
            yield one

    try:
        async with aclosing(steps(request, visit, work)) as coming:
            async for one in coming:
                match one:
                    case bytes():
                        yield one
                    case Reading():
                        yield event({}, "reading")
                    case Verified():
                        yield event({"text": one.text}, "verified")
                    case Answer():
                        yield event(shown_answer(one, partial(link, request, widget.base)), "answer")
    except Exception as error:
        _, message, _, _ = told(request, error)
        yield event({"detail": message}, "problem")


def _desk_is_on(request: Request) -> bool:
    visitors = visitors_of(request)
    return visitors.settings.visitor_days > 0 and visitors.desk_is_served()


def _asset(name: str) -> str:
    return files("rag.apps.server").joinpath("pages", name).read_text("utf-8")
