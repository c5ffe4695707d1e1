"""The desk's rows: read, and moved by the table of states with the event and what the customer sees in one transaction."""

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, get_type_hints

from rag.database import Connection, Row
from rag.desk.errors import ChangedError, DeskError, NotYoursError
from rag.desk.hours import DeskSettings, Hours
from rag.desk.states import By, Move, State, check
from rag.desk.values import Case, when
from rag.errors import NotFoundError
from rag.kept.database import ConversationsFile
from rag.kept.events import stamp, tell
from rag.languages.formats import away, number
from rag.languages.spoken import desk_texts, texts
from rag.text import replace_lone_surrogates

LONGEST_TEXT: Final = 50_000  # characters of a message, note or draft
_CASES = """SELECT desk_cases.*, conversations.base, conversations.owner, conversations.title,
    (SELECT name FROM desk_agents WHERE desk_agents.id = desk_cases.agent) AS agent_name
    FROM desk_cases JOIN conversations ON conversations.id = desk_cases.conversation"""
_MADE = frozenset(("id", "agent_name", "labels", "overdue"))  # what a Case has that is no column
_COLUMNS = {name: kind in (datetime, datetime | None) for name, kind in get_type_hints(Case).items() if name not in _MADE}


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a move: what they are to the desk, who they are in its events, and their name for people."""

    kind: By
    id: str
    name: str = ""


CLOCK: Final = Actor("clock", "clock")
FREE: Final[Mapping[str, Any]] = {
    "waiting_since": None,
    "due_at": None,
    "due_from": None,
    "due_kind": "",
    "reply_by": None,
    "snoozed_until": None,
}
"""What a conversation is where nobody owes the customer anything."""


class Store:
    """The file of conversations, as the parts of the desk use it. Safe for threads and processes."""

    def __init__(self, file: ConversationsFile, clock: Callable[[], datetime] = utc_now, *, mails: bool = False) -> None:
        """`mails`: replies to addresses are sent by mail."""
        self.file = file
        self.mails = mails
        self._clock = clock
        self._settings: tuple[str, DeskSettings] = ("", DeskSettings())

    def now(self) -> datetime:
        """UTC."""
        return self._clock().astimezone(UTC)

    def stamp(self) -> str:
        return stamp(self.now())

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[Row]:
        return self.file.read(sql, parameters)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction. Raises StoreError. It waits as long as any file of SQLite: where many processes write all the time,
        one may wait for seconds, and what an agent sent is not refused for that.
        """
        with self.file.write() as connection:
            yield connection

    def settings(self) -> DeskSettings:
        """Those in the file, or the defaults."""
        row = next(iter(self.read("SELECT value FROM desk_settings WHERE name = 'desk'")), None)
        text = str(row["value"]) if row else ""
        if text != self._settings[0]:
            self._settings = (text, DeskSettings.parse(text) if text else DeskSettings())
        return self._settings[1]

    def hours(self) -> Hours:
        return Hours(self.settings())

    def cases(self, which: str, parameters: Mapping[str, Any]) -> list[Case]:
        """The conversations of a condition, with ORDER and LIMIT where it has them."""
        rows = self.read(f"{_CASES} {which}", parameters)
        ids = {f"id{n}": row["conversation"] for n, row in enumerate(rows)}
        labels: dict[str, list[str]] = {id: [] for id in ids.values()}
        if ids:
            named = ", ".join(f":{name}" for name in ids)
            for row in self.read(f"SELECT * FROM desk_labels WHERE conversation IN ({named}) ORDER BY label", ids):  # noqa: S608
                labels[row["conversation"]].append(row["label"])
        return [self._case(row, labels[row["conversation"]]) for row in rows]

    def case(self, conversation: str) -> Case:
        """One of them; raises NotFoundError."""
        found = self.cases("WHERE desk_cases.conversation = :id", {"id": conversation})
        if not found:
            raise NotFoundError(texts.NO_CASE)
        return found[0]

    def row(self, connection: Connection, conversation: str) -> Row:
        """The row of a conversation in the transaction that is going to change it; raises NotFoundError."""
        row: Row | None = connection.execute(f"{_CASES} WHERE desk_cases.conversation = :id", {"id": conversation}).fetchone()
        if row is None:
            raise NotFoundError(texts.NO_CASE)
        return row

    def expect(self, connection: Connection, row: Row, version: int | None) -> None:
        """Raises ChangedError where the conversation is not of that version any more; None is any."""
        if version is None or row["version"] == version:
            return
        sql = """SELECT * FROM desk_events WHERE conversation = :id AND moves = 1 AND version > :version
            ORDER BY CASE kind WHEN 'reply' THEN 0 WHEN 'write' THEN 1 ELSE 2 END, id DESC LIMIT 1"""
        event = connection.execute(sql, {"id": row["conversation"], "version": version}).fetchone()
        kind, actor = (event["kind"], event["actor"]) if event else ("unknown", "")
        at = datetime.fromisoformat(event["at"] if event else row["changed_at"])
        name = self.name_of(connection, actor) or (desk_texts.THE_CUSTOMER if kind == "write" else texts.SOMEBODY)
        text = {"reply": texts.ANSWERED_FIRST, "write": texts.WROTE_FIRST}.get(kind, texts.CHANGED_FIRST)
        seconds = max(1, round((self.now() - at).total_seconds()))
        message = text.format(name=name, time=away(-seconds, "second"))
        raise ChangedError(message, actor=actor, name=name, kind=kind, at=at, version=row["version"])

    @staticmethod
    def require_own(row: Row, agent: str) -> None:
        """Raises NotYoursError where another agent has it."""
        if row["state"] in {"open", "snoozed"} and row["agent"] not in {None, agent}:
            raise NotYoursError(texts.NOT_YOURS.format(name=row["agent_name"] or texts.SOMEBODY), row["agent"])

    def move(
        self,
        connection: Connection,
        row: Row,
        move: Move,
        by: Actor,
        target: State,
        *,
        changes: Mapping[str, Any] | None = None,
        status: str = "",
        message: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Makes a move: the row, the event, and (`status`) what the customer is told of it. Returns the new version.

        Raises IllegalMoveError.
        """
        check(move, by.kind, row["state"], target)
        at = self.stamp()
        values = {**(changes or {}), "state": target, "changed_at": at}
        sets = ", ".join(f"{name} = :{name}" for name in values)
        named = {**values, "id": row["conversation"], "seen": row["version"]}
        sql = f"UPDATE desk_cases SET {sets}, version = version + 1 WHERE conversation = :id AND version = :seen"  # noqa: S608
        if not connection.execute(sql, named).rowcount:
            self.expect(connection, self.row(connection, row["conversation"]), row["version"])
        connection.execute("UPDATE conversations SET changed_at = :at WHERE id = :id", {"at": at, "id": row["conversation"]})
        version = int(row["version"]) + 1
        if status:
            message = self.say(connection, row["conversation"], "status", by.id, by.name, status, at)
        told = {"from": row["state"], "to": target, **(details or {})}
        tell(connection, row["conversation"], move, by.id, at, version=version, moves=True, message=message, details=told)
        return version

    def say(
        self,
        connection: Connection,
        conversation: str,
        kind: str,
        author: str,
        name: str,
        text: str,
        at: str,
        *,
        key: str | None = None,
        recipient: str = "",
        evidence: Any = None,
        proposal: int | None = None,
    ) -> int:
        """Adds a message that the customer reads; its event is for who calls."""
        sql = """INSERT INTO desk_messages (conversation, kind, author, name, text, evidence, client_key, recipient, at,
            proposal) VALUES (:conversation, :kind, :author, :name, :text, :evidence, :key, :recipient, :at, :proposal)
            RETURNING id"""
        values = {
            "conversation": conversation,
            "kind": kind,
            "author": author,
            "name": name,
            "text": text,
            "evidence": "" if evidence is None else replace_lone_surrogates(json.dumps(evidence, ensure_ascii=False)),
            "key": key,
            "recipient": recipient,
            "at": at,
            "proposal": proposal,
        }
        return int(connection.execute(sql, values).fetchone()["id"])

    def owed(self, row: Row, *, begins: bool = False) -> dict[str, Any]:
        """The target of a reply that is owed, where none runs. `begins`: the customer waits from now on, if they did not."""
        since = row["waiting_since"] or (self.stamp() if begins else None)
        if since is None or row["due_at"] is not None:
            return {}
        settings = self.settings()
        kind, minutes = ("next", settings.next_minutes) if row["first_reply_at"] else ("first", settings.first_minutes)
        return {"waiting_since": since, "due_at": self.after(minutes), "due_from": self.stamp(), "due_kind": kind}

    def awaited(self, row: Row) -> dict[str, Any]:
        """When a conversation goes back to the queue unless its agent replies, where the customer waits for one."""
        return {"reply_by": self.after(self.settings().assign_minutes)} if row["waiting_since"] else {}

    @staticmethod
    def name_of(connection: Connection, agent: str | None) -> str:
        """An agent's name, "" for who is none."""
        row = connection.execute("SELECT name FROM desk_agents WHERE id = :id", {"id": agent}).fetchone()
        return str(row["name"]) if row else ""

    def after(self, minutes: int, at: datetime | None = None) -> str | None:
        """A target: so many minutes of opening hours from now; None for 0."""
        found = self.hours().after(at or self.now(), minutes) if minutes else None
        return stamp(found) if found else None

    def _case(self, row: Row, labels: Iterable[str]) -> Case:
        values: dict[str, Any] = {name: when(row[name]) if is_time else row[name] for name, is_time in _COLUMNS.items()}
        overdue = row["due_at"] is not None and row["due_at"] <= self.stamp()
        return Case(id=row["conversation"], agent_name=row["agent_name"] or "", labels=tuple(labels), overdue=overdue, **values)


def clean(text: str) -> str:
    """A text as it is kept, without control characters but tabs and line ends; raises DeskError for an empty or long one."""
    kept = replace_lone_surrogates(
        "".join(c for c in text.replace("\r\n", "\n") if c in "\n\t" or unicodedata.category(c) != "Cc")
    )
    if not kept.strip():
        raise DeskError(texts.TEXT_EMPTY)
    if len(kept) > LONGEST_TEXT:
        raise DeskError(texts.TEXT_TOO_LONG.format(n=number(len(kept)), most=number(LONGEST_TEXT)))
    return kept.strip("\n")


def line(what: str, value: str, most: int, *, empty: bool = False) -> str:
    """A value of one line, without what cannot be printed; raises DeskError. `what` it is: one of `texts.LINES`."""
    kept = " ".join("".join(c for c in " ".join(value.split()) if c.isprintable()).split())
    if len(kept) > most or not (kept or empty):
        raise DeskError(texts.LINE.format(what=texts.LINES[what], value=kept[:most], most=most))
    return kept
