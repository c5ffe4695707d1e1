"""What happened, by ids that only grow: whoever was away asks for all after the last one they saw, and misses none."""

from dataclasses import dataclass
from typing import Literal

from rag.desk.store import Store
from rag.desk.values import Event, Message, Note, event_of, message_of, note_of
from rag.kept.conversations import Asked, asked_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a conversation as agents see it: what the bot was asked and said (`asked`), what others said, notes,
    and what was done. `event` is None for what was asked before the desk knew of it.
    """

    kind: Literal["exchange", "message", "note", "event"]
    event: Event | None
    asked: Asked | None = None
    message: Message | None = None
    note: Note | None = None


class Events:
    """The events of all conversations."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last(self) -> int:
        """The id of the newest; 0 where there is none."""
        return int(self._store.read("SELECT coalesce(max(id), 0) AS last FROM desk_events")[0]["last"])

    def after(self, id: int, limit: int = 500) -> list[Event]:
        """Those with an id above `id`, the oldest first; where it gives `limit` of them, there may be more. Who comes with an
        id above `last` saw a file that is not there any more, and begins anew.
        """
        sql = "SELECT * FROM desk_events WHERE id > :id ORDER BY id LIMIT :limit"
        return [event_of(row) for row in self._store.read(sql, {"id": id, "limit": limit})]

    def of(self, conversation: str) -> list[Event]:
        """All of a conversation."""
        sql = "SELECT * FROM desk_events WHERE conversation = :id ORDER BY id"
        return [event_of(row) for row in self._store.read(sql, {"id": conversation})]

    def timeline(self, conversation: str) -> list[Entry]:
        """All of a conversation for agents, with notes; for customers there is `Customer.messages`."""
        named = {"id": conversation}
        asked = {
            row["id"]: row for row in self._store.read("SELECT * FROM exchanges WHERE conversation = :id ORDER BY id", named)
        }
        said = {row["id"]: row for row in self._store.read("SELECT * FROM desk_messages WHERE conversation = :id", named)}
        noted = {row["id"]: row for row in self._store.read("SELECT * FROM desk_notes WHERE conversation = :id", named)}
        events = self.of(conversation)
        known = {event.exchange for event in events if event.kind == "asked"}
        entries = [Entry("exchange", None, asked=asked_of(row)) for id, row in asked.items() if id not in known]
        for event in events:
            if event.kind == "asked" and event.exchange in asked:
                entries.append(Entry("exchange", event, asked=asked_of(asked[event.exchange])))
            elif event.message in said and event.kind != "delivered":
                entries.append(Entry("message", event, message=message_of(said[event.message])))
            elif event.note in noted:
                entries.append(Entry("note", event, note=note_of(noted[event.note])))
            elif event.kind not in {"asked", "answered", "delivered", "begun"}:
                entries.append(Entry("event", event))
        return entries
