"""Who has a conversation: taken, passed on, given back, put off, closed and opened again. Every move names the version seen."""

from datetime import datetime
from typing import Any

from rag.database import Connection, Row
from rag.desk import agents
from rag.desk.errors import DeskError
from rag.desk.states import CODES, Code, Move, State
from rag.desk.store import FREE, Actor, Store
from rag.desk.values import Case
from rag.kept.events import stamp
from rag.languages.formats import moment, zone_name
from rag.languages.spoken import texts

ORDER = """ORDER BY CASE WHEN due_at <= :now THEN 0 ELSE 1 END, priority DESC,
    CASE WHEN waiting_since IS NULL THEN 1 ELSE 0 END, waiting_since, desk_cases.conversation"""
"""Overdue first, then priority, then who waits longest."""


class Cases:
    """The moves of agents. `agent` is who acts, `version` the one that they saw: where it changed since, ChangedError says who
    did what, and nothing is written. Each raises NotFoundError for a conversation that is not (any more) at the desk and for
    an agent who never was, IllegalMoveError for what the table of states does not have.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, conversation: str) -> Case:
        """The conversation as it is; raises NotFoundError."""
        return self._store.case(conversation)

    def claim(self, conversation: str, agent: str, version: int | None = None, *, beyond: bool = False) -> Case:
        """Takes a conversation that waits, or that the bot has; nothing changes where the agent has it.

        Raises NotYoursError where another has it, FullError for an agent who has enough, unless `beyond`.
        """
        with self._store.write() as connection:
            row = self._store.row(connection, conversation)
            if row["state"] == "open" and row["agent"] == agent:
                return self.get(conversation)
            self._store.require_own(row, agent)
            self._store.expect(connection, row, version)
            self._give(connection, row, "claim", agents.known(connection, agent), agent, "open", beyond)
        return self.get(conversation)

    def claim_next(self, agent: str) -> Case | None:
        """Takes the most urgent that waits, of the agent's teams or of none; None where none waits. Raises FullError."""
        with self._store.write() as connection:
            taken = self._claim_next(connection, agent)
        return self.get(taken) if taken else None

    def assign(self, conversation: str, to: str, agent: str, version: int | None = None, *, beyond: bool = False) -> Case:
        """Gives a conversation to an agent, whoever has it; with `to` the same as `agent` it is taken over.

        Raises FullError for an agent who has enough, unless `beyond`.
        """
        with self._store.write() as connection:
            row = self._store.row(connection, conversation)
            self._store.expect(connection, row, version)
            target: State = "snoozed" if row["state"] == "snoozed" else "open"
            self._give(connection, row, "assign", agents.known(connection, agent), to, target, beyond)
        return self.get(conversation)

    def release(self, conversation: str, agent: str, version: int | None = None) -> Case:
        """Back to the queue, for anybody to take."""
        return self._move(
            conversation, agent, version, "release", "waiting", "released", agent_=None, reply_by=None, snoozed_until=None
        )

    def give_back(self, conversation: str, agent: str, version: int | None = None) -> Case:
        """Back to the bot, which answers the customer's next question."""
        return self._move(conversation, agent, version, "give_back", "bot", "bot", agent_=None, **FREE)

    def snooze(self, conversation: str, agent: str, until: datetime | None = None, version: int | None = None) -> Case:
        """Put off until a time, or (None) until the customer writes; their message wakes it in either case."""
        if until is not None and until <= self._store.now():
            raise DeskError(texts.UNTIL_PAST.format(until=f"{moment(until)} {zone_name(until)}"))
        later: dict[str, Any] = {"due_at": None, "due_from": None, "due_kind": "", "reply_by": None}
        later["snoozed_until"] = stamp(until) if until else None
        return self._move(conversation, agent, version, "snooze", "snoozed", "", **later)

    def wake(self, conversation: str, agent: str, version: int | None = None) -> Case:
        """Taken up again before its time."""
        return self._move(conversation, agent, version, "wake", "open", "", snoozed_until=None)

    def resolve(self, conversation: str, agent: str, code: Code = "answered", version: int | None = None) -> Case:
        """Closed. What the bot is asked afterwards is not understood by what was said before."""
        if code not in CODES:
            raise DeskError(texts.LINE.format(what=texts.LINES["code"], value=code, most=20))
        done = {**FREE, "resolved_at": self._store.stamp(), "code": code}
        return self._move(conversation, agent, version, "resolve", "resolved", "resolved", **done)

    def reopen(self, conversation: str, agent: str, version: int | None = None, *, beyond: bool = False) -> Case:
        """Opened again by an agent, who has it then. Raises FullError for one who has enough, unless `beyond`."""
        again = {"resolved_at": None, "code": "", "agent_": agent, "claimed_at": self._store.stamp()}
        return self._move(conversation, agent, version, "reopen", "open", "reopened", beyond=beyond, **again)

    def _move(
        self,
        conversation: str,
        agent: str,
        version: int | None,
        move: Move,
        target: State,
        status: str,
        *,
        beyond: bool = True,
        **changes: Any,
    ) -> Case:
        if "agent_" in changes:
            changes["agent"] = changes.pop("agent_")
        with self._store.write() as connection:
            row = self._store.row(connection, conversation)
            self._store.expect(connection, row, version)
            if move == "resolve":
                last = "SELECT coalesce(max(id), 0) AS last FROM exchanges WHERE conversation = :id"
                changes["since_exchange"] = connection.execute(last, {"id": conversation}).fetchone()["last"]
            if move in {"wake", "release"}:
                changes |= self._store.owed(row)
            if move == "wake":
                changes |= self._store.awaited(row)
            by = agents.known(connection, agent)
            if not beyond:
                agents.require_room(connection, self._store, by)
            self._store.move(connection, row, move, by, target, changes=changes, status=status)
        return self.get(conversation)

    def _claim_next(self, connection: Connection, agent: str) -> str | None:
        by = agents.known(connection, agent)
        sql = f"""SELECT conversation FROM desk_cases WHERE state = 'waiting' AND agent IS NULL
            AND (team = '' OR team IN (SELECT team FROM desk_members WHERE agent = :agent)) {ORDER} LIMIT 1"""  # noqa: S608
        found = connection.execute(sql, {"agent": agent, "now": self._store.stamp()}).fetchone()
        if found is None:
            return None
        self._give(connection, self._store.row(connection, found["conversation"]), "claim", by, agent, "open", False)
        return str(found["conversation"])

    def _give(self, connection: Connection, row: Row, move: Move, by: Actor, to: str, target: State, beyond: bool) -> None:
        taker = agents.known(connection, to)
        if not beyond and row["agent"] != to:
            agents.require_room(connection, self._store, taker)
        minutes = self._store.settings().assign_minutes
        reply_by = self._store.after(minutes) if row["waiting_since"] and target == "open" else None
        changes = {"agent": to, "claimed_at": self._store.stamp(), "reply_by": reply_by}
        told = Actor(by.kind, by.id, taker.name)
        self._store.move(connection, row, move, told, target, changes=changes, status="open", details={"agent": to})
