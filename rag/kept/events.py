"""What happened at the desk, as rows of one table: written in the transaction that makes it so, or not at all."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rag.database import Connection, Database
from rag.errors import WithPeopleError
from rag.languages.spoken import texts


def stamp(when: datetime | None = None) -> str:
    """A time as the desk's tables have it: they sort as texts."""
    return (when or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")


def tell(
    connection: Connection,
    conversation: str | None,
    kind: str,
    actor: str,
    at: str,
    *,
    version: int = 0,
    moves: bool = False,
    message: int | None = None,
    note: int | None = None,
    exchange: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Adds an event and returns its id. `details` are ids and plain values, never what somebody wrote."""
    row = connection.execute(
        """INSERT INTO desk_events (conversation, kind, actor, version, moves, message, note, exchange, details, at)
        VALUES (:conversation, :kind, :actor, :version, :moves, :message, :note, :exchange, :details, :at) RETURNING id""",
        {
            "conversation": conversation,
            "kind": kind,
            "actor": actor,
            "version": version,
            "moves": int(moves),
            "message": message,
            "note": note,
            "exchange": exchange,
            "details": json.dumps(dict(details or {}), ensure_ascii=False),
            "at": at,
        },
    ).fetchone()
    return int(row["id"])


def bot_moves(connection: Connection, conversation: str, kind: str, actor: str, exchange: int) -> None:
    """A question to the bot, or its answer, in a conversation that the desk knows; nothing where it does not.

    Raises WithPeopleError where people have the conversation, or where somebody moved it since the question was asked: the
    answer is then not written.
    """
    case = connection.execute("SELECT state FROM desk_cases WHERE conversation = :id", {"id": conversation}).fetchone()
    if case is None:
        return
    asked = (
        """SELECT coalesce(max(id), 0) FROM desk_events WHERE conversation = :id AND exchange = :exchange AND kind = 'asked'"""
    )
    moved = f"""SELECT 1 FROM desk_events WHERE conversation = :id AND moves = 1 AND kind NOT IN ('asked', 'answered')
        AND id > ({asked}) LIMIT 1"""  # noqa: S608
    named = {"id": conversation, "exchange": exchange}
    if case["state"] != "bot" or (kind == "answered" and connection.execute(moved, named).fetchone()):
        raise WithPeopleError(texts.WITH_PEOPLE)
    at = stamp()
    up = "UPDATE desk_cases SET version = version + 1, changed_at = :at WHERE conversation = :id RETURNING version"
    version = connection.execute(up, {"id": conversation, "at": at}).fetchone()["version"]
    tell(connection, conversation, kind, actor, at, version=version, moves=True, exchange=exchange)


def erased(connection: Connection, conversations: Sequence[str], actor: str) -> None:
    """Those of them that the desk knows are about to be deleted: whoever follows the events is told which."""
    for id in conversations:
        if connection.execute("SELECT 1 FROM desk_cases WHERE conversation = :id", {"id": id}).fetchone():
            tell(connection, None, "erased", actor, stamp(), details={"conversation": id})


def last(database: Database) -> int:
    """The highest id that an event had, also of one that was erased; 0 where there was none."""
    rows = database.read("SELECT seq FROM sqlite_sequence WHERE name = 'desk_events'")
    return int(rows[0]["seq"]) if rows else 0


def restored(database: Database, before: int) -> None:
    """All is as a backup has it: an event says so, with an id above all that anybody saw before, so that none is used again."""
    with database.write() as connection:
        tell(connection, None, "restored", "clock", stamp())
        top = max(before, last(database)) + 1
        connection.execute("UPDATE desk_events SET id = :top WHERE id = (SELECT max(id) FROM desk_events)", {"top": top})
        connection.execute("UPDATE sqlite_sequence SET seq = :top WHERE name = 'desk_events'", {"top": top})
