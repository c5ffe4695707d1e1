"""One conversation: everything that was said in it, by whom, and where to answer."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag.apps.access import Visit
from rag.apps.server.desk.html import desk_page, zone_of
from rag.apps.server.desk.lists import beside, rows
from rag.apps.server.desk.proposing import NOT_CHECKED, base_choice
from rag.apps.server.desk.words import clock, name_of
from rag.apps.server.desk.words import shown as shown_text
from rag.apps.server.desk.work import AtDesk, agent_of, desk_of
from rag.apps.server.passage import link
from rag.desk.events import Entry
from rag.desk.store import LONGEST_TEXT
from rag.desk.values import Case, Draft, Event, Message
from rag.kept.conversations import Asked
from rag.languages.spoken import desk_texts as t
from rag.languages.spoken import texts
from rag.types import Citation

router = APIRouter()
_EXCERPT = 240  # characters of a source
_HAD_BACK = 20  # drafts that are offered


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline: `kind` is "in", "out", "note" or "activity"; `author` an agent's id, "" for all others."""

    kind: str
    id: str
    author: str
    name: str
    text: str
    at: datetime
    time: str
    bot: bool = False
    status: str = ""
    sources: tuple[dict[str, str], ...] = ()


@router.get("/desk/c/{id}")
def conversation(request: Request, visit: AtDesk, id: str, view: str = "") -> Response:
    """The conversation, as one of a queue."""
    return shown(request, visit, id, view)


def shown(
    request: Request,
    visit: Visit[Any],
    id: str,
    view: str,
    status: int = 200,
    proof: dict[str, Any] | None = None,
    anyway: tuple[str, dict[str, str]] | None = None,
    **said: str,
) -> Response:
    """The page of a conversation, with the `proof` of what the agent wrote where that was asked for; `anyway` is a step that
    can be taken although it was refused, with its fields. Raises NotFoundError.
    """
    desk, me = desk_of(request), agent_of(request, visit)
    seen = desk.events.last()
    case = desk.cases.get(id)
    lines = timeline(request, case)
    answered = next((line for line in reversed(lines) if line.kind == "out" and not line.bot), None)
    written = next((line for line in reversed(lines) if line.kind == "in"), None)
    previous, following = beside(request, visit, view, id)
    agents = desk.agents.all()
    reply, note = desk.drafts.get(id, me.id, "reply"), desk.drafts.get(id, me.id, "note")
    revisions = {"reply": reply.revision if reply else 0, "note": note.revision if note else 0}
    return desk_page(
        request,
        visit,
        "conversation.html",
        name_of(case),
        view,
        status,
        case=case,
        row=rows(request, [case])[0],
        view=view if view in t.VIEWS else "mine",
        address=f"{request.scope.get('root_path', '')}/desk/c/{id}?view={view}",
        here=f"{request.scope.get('root_path', '')}/desk/c/{id}",
        previous=previous,
        next=following,
        timeline=lines,
        answered=answered,
        written=written,
        others=desk.drafts.others(id, me.id),
        agents=agents,
        teams=desk.agents.teams(),
        labels=sorted({*desk.notes.labels(), *case.labels}),
        draft=reply.text if reply else "",
        note_draft=note.text if note else "",
        revisions=json.dumps(revisions),
        kept_drafts=_had_back(desk.drafts.ended(id, me.id)),
        recipient=_recipient(case, mails=desk.store.mails),
        history=rows(request, desk.queue.of_customer(id)),
        longest=LONGEST_TEXT,
        key=secrets.token_hex(16),
        conflict="",
        seen=seen,
        bases=base_choice(visit),
        proof=proof or NOT_CHECKED,
        anyway=anyway,
        **said,
    )


def timeline(request: Request, case: Case) -> list[Line]:
    """What was said and done, the oldest first."""
    desk, zone, now = desk_of(request), zone_of(request), datetime.now(UTC)
    names = {agent.id: agent.name for agent in desk.agents.all()}

    entries = desk.events.timeline(case.id)
    last = max((entry.asked.id for entry in entries if entry.asked), default=0)

    def lines(entry: Entry) -> Iterator[Line]:
        event = entry.event
        if event and (what := _done(event, names)):
            yield Line("activity", f"e{event.id}", event.actor, what, what, event.at, clock(event.at, now, zone))
        if entry.asked:
            writing = case.state == "bot" and entry.asked.id == last
            yield from _exchange(request, case, entry.asked, lambda at: clock(at, now, zone), writing=writing)
        elif entry.message and entry.message.kind != "status":
            one = entry.message
            name = one.name or (name_of(case) if one.kind == "in" else t.AGENT_IS_GONE)
            author = one.author if one.kind == "out" else ""
            status = _way(one, mails=desk.store.mails) if one.kind == "out" else ""
            yield Line(
                one.kind, f"m{one.id}", author, name, shown_text(one.text), one.at, clock(one.at, now, zone), status=status
            )
        elif entry.note:
            note = entry.note
            yield Line("note", f"n{note.id}", note.author, note.name, note.text, note.at, clock(note.at, now, zone))

    return [line for entry in entries for line in lines(entry)]


def _exchange(request: Request, case: Case, asked: Asked, time: Any, *, writing: bool) -> list[Line]:
    """A question to the bot, and its answer with the passages that it rests on; where it has none and none is being written,
    that it has none.
    """
    at = asked.asked_at
    said = Line("in", f"q{asked.id}", "", name_of(case), asked.question, at, time(at))
    if not asked.text and asked.answer is None:
        none = t.ANSWERS["none"]
        return [said] if writing else [said, Line("activity", f"a{asked.id}", "", none, none, at, time(at))]
    answer = asked.answer
    found = answer.citations if answer and answer.citations else answer.closest if answer else ()
    status = t.ANSWERS.get(answer.status, "") if answer else ""
    sources = tuple(source_of(request, case.base, citation) for citation in found[:5])
    return [said, Line("out", f"a{asked.id}", "", t.BOT, asked.text, at, time(at), bot=True, status=status, sources=sources)]


def source_of(request: Request, base: str, citation: Citation) -> dict[str, str]:
    """A cited passage, shortened, with its address."""
    text = citation.text if len(citation.text) <= _EXCERPT else citation.text[:_EXCERPT] + "…"
    return {"title": citation.title or citation.document, "text": text, "url": link(request, base, citation)}


def _done(event: Event, names: dict[str, str]) -> str:
    """What was done, as a sentence; "" for what is of no use to read."""
    reopens = event.kind == "reply" and event.details.get("from") == "resolved"
    said = t.DONE.get("reopen" if reopens else event.kind, "")
    if event.kind == "mail" and not event.details.get("aside"):  # the message itself is shown
        return ""
    who = names.get(event.actor) or (t.THE_CUSTOMER if event.actor == "customer" else t.BY_ITSELF)
    to = names.get(str(event.details.get("agent", "")), texts.SOMEBODY)
    if event.kind == "assign" and event.details.get("agent") == event.actor:
        said = t.TAKEN_OVER
    reason = t.REASONS.get(str(event.details.get("reason", "")), "")
    return said.format(who=who, to=to, reason=reason, value=event.details.get("to", event.details.get("rating", "")))


def _had_back(ended: list[Draft]) -> list[Draft]:
    """The drafts that can be written on with, of replies and notes: each text once, the last first."""
    found: dict[tuple[str, str], Draft] = {}
    for one in ended:
        if one.ended != "sent":
            found.setdefault((one.kind, one.text), one)
    return list(found.values())[:_HAD_BACK]


def _way(reply: Message, *, mails: bool) -> str:
    """How far a reply has come."""
    if reply.delivered_at is not None:
        return t.DELIVERED
    return t.NOT_MAILED if reply.recipient.startswith("mail:") and not mails else t.WAITING_TO_SEE


def _recipient(case: Case, *, mails: bool) -> str:
    kind, _, where = case.recipient.partition(":")
    if kind != "mail":
        return name_of(case)
    return f"{name_of(case)} ({where if mails else t.NO_MAIL_TO.format(address=where)})"
