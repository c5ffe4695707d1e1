"""Conversations out of their file for good: found by words, age, base or owner, deleted, and gone from the file as well."""

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from rag.index.catalogue.erasing import Kept
from rag.kept import events
from rag.kept.database import FILE, ConversationsFile
from rag.kept.desk_tables import SAID
from rag.text import replace_lone_surrogates

TABLE = "conversations"
MAILS = "desk_mails"
ANSWERS = "desk_answers"
TABLES = (TABLE, MAILS, ANSWERS)
"""Of the rows that are found."""
OF_BASES = ("desk_answers", "desk_solved", "desk_verdicts")
"""Tables whose rows belong to a base besides."""
VISITORS = "visitor:*"
"""The owners who are known by a cookie only, as `find` takes them."""


_OF_BASE = "(:base = '' OR base = :base) AND base NOT IN (SELECT value FROM json_each(:not_of))"
_AT_DESK = " UNION ALL ".join(
    f"SELECT conversation, {column} AS text FROM {table} WHERE {column} <> ''"  # noqa: S608
    for table, columns in SAID.items()
    for column in columns
)


def find(
    data_dir: Path,
    base: str = "",
    *,
    not_of: Collection[str] = (),
    containing: str = "",
    before: datetime | None = None,
    owner: str = "*",
    with_people: bool = True,
) -> list[Kept]:
    """Conversations with a base (by default all, but for those `not_of`) that contain a text, in whatever case, were last
    changed before a time, and whose owner is of a pattern (GLOB); without `with_people`, only those that nobody at the desk is
    to answer. A whole conversation is found where one part of it is, also in what agents noted or began to write. Raises
    StoreError.
    """
    if not (data_dir / FILE).exists():
        return []
    sql = f"""SELECT conversations.*, group_concat(coalesce(question || char(10) || text || char(10)
        || coalesce(json_extract(answer, '$.left_out'), ''), ''), char(10)) AS said
        FROM conversations LEFT JOIN exchanges ON exchanges.conversation = conversations.id
        WHERE {_OF_BASE} AND owner GLOB :owner AND (:with_people OR conversations.id NOT IN
            (SELECT conversation FROM desk_cases WHERE state IN ('waiting', 'open', 'snoozed')))
        GROUP BY conversations.id ORDER BY changed_at"""  # noqa: S608
    named = {"base": base, "not_of": json.dumps([*not_of]), "owner": owner, "with_people": with_people}
    wanted = replace_lone_surrogates(containing).casefold()
    found = []
    with closing(ConversationsFile.of(data_dir)) as file:
        at_desk: dict[str, list[str]] = {}
        for row in file.read(_AT_DESK):
            at_desk.setdefault(row["conversation"], []).append(row["text"])
        for row in file.read(sql, named):
            texts = (row["title"], row["said"] or "", *at_desk.get(row["id"], ()))
            changed_at = datetime.fromisoformat(row["changed_at"])
            if (before is None or changed_at < before) and any(wanted in text.casefold() for text in texts):
                found.append(Kept(TABLE, row["id"], changed_at, texts))
    return found


def find_mails(data_dir: Path, *, containing: str = "", before: datetime | None = None) -> list[Kept]:
    """Mails that became no message of a conversation, and are of no base, as `find` finds conversations. Their bytes are looked
    through as they came. Raises StoreError.
    """
    sql = """SELECT id, at, subject, sender, folded, problem, message_id, data FROM desk_mails
        WHERE conversation IS NULL ORDER BY id"""
    return _rows(data_dir, MAILS, sql, {}, containing, before)


def find_answers(data_dir: Path, base: str, containing: str, *, not_of: Collection[str] = ()) -> list[Kept]:
    """What agents wrote for a base, as `find` takes it, that contains a text, or was asked in such words: known by its words
    only, as it does not grow old. A document that it became is one of the base's. Raises StoreError.
    """
    sql = f"SELECT id, changed_at, question, wordings, text, asked FROM desk_answers WHERE {_OF_BASE} ORDER BY id"  # noqa: S608
    return _rows(data_dir, ANSWERS, sql, {"base": base, "not_of": json.dumps([*not_of])}, containing, None)


def _rows(
    data_dir: Path, table: str, sql: str, named: Mapping[str, str], containing: str, before: datetime | None
) -> list[Kept]:
    """The rows of a statement for an id, a time and then texts, those that contain one and are older."""
    if not (data_dir / FILE).exists():
        return []
    wanted = replace_lone_surrogates(containing).casefold()
    found = []
    with closing(ConversationsFile.of(data_dir)) as file:
        for id, at, *said in map(tuple, file.read(sql, named)):
            texts = tuple(one.decode("utf-8", "replace") if isinstance(one, bytes) else one or "" for one in said)
            created_at = datetime.fromisoformat(at)
            if (before is None or created_at < before) and any(wanted in text.casefold() for text in texts):
                found.append(Kept(table, id, created_at, texts))
    return found


def erase(data_dir: Path, rows: Sequence[Kept], *, anew: bool = True) -> None:
    """Deletes what was found so that its text is in no file; `anew` also drops what lies in free pages. Raises StoreError."""
    if not (data_dir / FILE).exists():
        return
    with closing(ConversationsFile.of(data_dir)) as file:
        with file.write() as connection:
            events.erased(connection, [str(row.id) for row in rows if row.table == TABLE], "retention")
            for table in TABLES:
                ids = [(row.id,) for row in rows if row.table == table]
                connection.executemany(f"DELETE FROM {table} WHERE id = ?", ids)  # noqa: S608
        if rows or anew:
            file.leave_no_trace(anew=anew)


def rename_base(data_dir: Path, name: str, new_name: str) -> None:
    """Conversations with a base are with it under its new name."""
    if (data_dir / FILE).exists():
        with closing(ConversationsFile.of(data_dir)) as file, file.write() as connection:
            for table in (TABLE, *OF_BASES):
                connection.execute(f"UPDATE {table} SET base = ? WHERE base = ?", (new_name, name))  # noqa: S608


def forget_base(data_dir: Path, name: str) -> None:
    """What the desk learnt for a base that is deleted goes with it."""
    if (data_dir / FILE).exists():
        with closing(ConversationsFile.of(data_dir)) as file, file.write() as connection:
            for table in OF_BASES:
                connection.execute(f"DELETE FROM {table} WHERE base = ?", (name,))  # noqa: S608
