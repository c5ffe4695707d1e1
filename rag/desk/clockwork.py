"""What happens by itself: conversations that were put off come back, those that nobody answers go back to the queue."""

from typing import Any

from rag.database import Connection, Row
from rag.desk.agents import is_present
from rag.desk.drafts import Drafts
from rag.desk.store import CLOCK, Store


class Clockwork:
    """To be called every few seconds; several processes may, as each conversation is moved once."""

    def __init__(self, store: Store, drafts: Drafts) -> None:
        self._store = store
        self._drafts = drafts

    def tick(self) -> int:
        """Does what is due; returns how many conversations it moved."""
        return self._wake() + self._time_out()

    def daily(self) -> int:
        """Forgets drafts that ended too long ago to be had back; returns how many."""
        return self._drafts.forget_old()

    def _wake(self) -> int:
        """To who had it, where they are there, otherwise to the queue."""
        woken = 0
        for id in self._due("state = 'snoozed' AND snoozed_until <= :now"):
            with self._store.write() as connection:
                row = self._store.row(connection, id)
                if row["state"] != "snoozed" or (row["snoozed_until"] or "~") > self._store.stamp():
                    continue
                changes = {"snoozed_until": None, **self._store.owed(row)}
                if is_present(connection, self._store, row["agent"]):
                    changes |= self._store.awaited(row)
                    self._store.move(connection, row, "wake", CLOCK, "open", changes=changes)
                else:
                    self._store.move(connection, row, "wake", CLOCK, "waiting", changes={**changes, "agent": None})
                woken += 1
        return woken

    def _time_out(self) -> int:
        """Nobody replied in time: it is for anybody again. Who has replied before keeps it while they are there."""
        moved = 0
        for id in self._due("state = 'open' AND reply_by <= :now"):
            with self._store.write() as connection:
                row = self._store.row(connection, id)
                if row["state"] != "open" or (row["reply_by"] or "~") > self._store.stamp():
                    continue
                if self._is_theirs(connection, row):
                    more = "UPDATE desk_cases SET reply_by = :by WHERE conversation = :id"
                    minutes = self._store.settings().assign_minutes
                    connection.execute(more, {"id": id, "by": self._store.after(minutes)})
                    continue
                changes = {"agent": None, "reply_by": None}
                told: dict[str, Any] = {"status": "released", "details": {"agent": row["agent"]}}
                self._store.move(connection, row, "time_out", CLOCK, "waiting", changes=changes, **told)
                moved += 1
        return moved

    def _is_theirs(self, connection: Connection, row: Row) -> bool:
        """Whether the agent who has it is there, and has replied since they have it."""
        sql = "SELECT 1 FROM desk_messages WHERE conversation = :id AND author = :agent AND kind = 'out' AND at >= :since"
        named = {"id": row["conversation"], "agent": row["agent"], "since": row["claimed_at"] or ""}
        replied = connection.execute(sql, named).fetchone() is not None
        return replied and is_present(connection, self._store, row["agent"])

    def _due(self, condition: str) -> list[str]:
        sql = f"SELECT conversation FROM desk_cases WHERE {condition} ORDER BY conversation"  # noqa: S608
        return [row["conversation"] for row in self._store.read(sql, {"now": self._store.stamp()})]
