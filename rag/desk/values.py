"""The values that the desk gives: conversations as agents see them, messages, notes, drafts, events. Times are UTC."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from rag.database import Row
from rag.desk.states import State

Channel = Literal["page", "widget", "api", "mail"]
MessageKind = Literal["in", "out", "status"]
DraftKind = Literal["reply", "note"]
"""A note that is half written must not come back as a reply."""
View = Literal["mine", "waiting", "team", "snoozed", "all"]
PRIORITIES = ("low", "normal", "high", "urgent")
"""By their number, 0 to 3."""


@dataclass(frozen=True, slots=True)
class Case:
    """A conversation that people have or had; `id` is that of the kept conversation.

    `version` goes up with each move and each thing said. `agent` is who has it, `recipient` where replies go. `waiting_since`
    is None while nothing of the customer's is unanswered. `due_at` is the target of the next reply, `overdue` as it was read.
    `reply_by`: then it goes back to the queue. `previous` is the conversation that this one follows. `since_exchange`: what the
    bot was asked up to that exchange belongs to what was resolved.
    """

    id: str
    state: State
    version: int
    reason: str
    agent: str | None
    agent_name: str
    team: str
    priority: int
    channel: Channel
    recipient: str
    customer: str
    address: str
    previous: str | None
    base: str
    owner: str
    title: str
    labels: tuple[str, ...]
    waiting_since: datetime | None
    due_at: datetime | None
    due_kind: str
    overdue: bool
    first_reply_at: datetime | None
    claimed_at: datetime | None
    reply_by: datetime | None
    snoozed_until: datetime | None
    resolved_at: datetime | None
    code: str
    since_exchange: int
    rating: int | None
    comment: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What was said where the customer reads it: `in` they wrote, `out` an agent replied, `status` says who has the talk
    (`text` is a key of `PERSON` in the catalogue after `status-`, `name` the agent's). `evidence` is what the reply rested on.
    """

    id: int
    conversation: str
    kind: MessageKind
    author: str
    name: str
    text: str
    evidence: Any
    recipient: str
    at: datetime
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """What an agent wrote for colleagues. No customer reads it."""

    id: int
    conversation: str
    author: str
    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent is writing, or was (`ended`: "sent", "discarded", "replaced"). `other` is what another tab had saved, where
    this one was saved over it.
    """

    id: int
    conversation: str
    agent: str
    kind: DraftKind
    text: str
    revision: int
    updated_at: datetime
    ended: str
    ended_at: datetime | None
    other: "Draft | None" = None


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: `kind` is a Move of `rag.desk.states`, or one of "begun", "asked", "answered" (by the bot), "noted",
    "labelled", "priority", "team", "address", "rated", "delivered", "presence", "settings", "restored",
    "erased" (its id is in `details`).

    `moves`: the version went up to `version` with it. `message`, `note` and `exchange` are ids of what was said.
    """

    id: int
    conversation: str | None
    kind: str
    actor: str
    version: int
    moves: bool
    message: int | None
    note: int | None
    exchange: int | None
    details: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody at the desk. `present`: their desk is open and they are not away; `open` counts what they have."""

    id: str
    name: str
    capacity: int
    away: bool
    present: bool
    open: int
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Canned:
    """A reply to insert by its shortcode; `scope` is "all", "team:NAME" or "agent:ID"."""

    id: int
    scope: str
    shortcode: str
    text: str


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def message_of(row: Row) -> Message:
    return Message(
        id=row["id"],
        conversation=row["conversation"],
        kind=row["kind"],
        author=row["author"],
        name=row["name"],
        text=row["text"],
        evidence=json.loads(row["evidence"]) if row["evidence"] else None,
        recipient=row["recipient"],
        at=datetime.fromisoformat(row["at"]),
        delivered_at=when(row["delivered_at"]),
    )


def note_of(row: Row) -> Note:
    return Note(row["id"], row["conversation"], row["author"], row["name"], row["text"], datetime.fromisoformat(row["at"]))


def draft_of(row: Row) -> Draft:
    return Draft(
        id=row["id"],
        conversation=row["conversation"],
        agent=row["agent"],
        kind=row["kind"],
        text=row["text"],
        revision=row["revision"],
        updated_at=datetime.fromisoformat(row["updated_at"]),
        ended=row["ended"],
        ended_at=when(row["ended_at"]),
    )


def event_of(row: Row) -> Event:
    return Event(
        id=row["id"],
        conversation=row["conversation"],
        kind=row["kind"],
        actor=row["actor"],
        version=row["version"],
        moves=bool(row["moves"]),
        message=row["message"],
        note=row["note"],
        exchange=row["exchange"],
        details=json.loads(row["details"]),
        at=datetime.fromisoformat(row["at"]),
    )
