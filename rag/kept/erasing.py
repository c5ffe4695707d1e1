"""Conversations out of their file for good: found by words, age, base or owner, deleted, and gone from the file as well."""

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from rag.index.catalogue.erasing import Kept
from rag.kept import events
from rag.kept.database import FILE, ConversationsFile
from rag.text import replace_lone_surrogates

TABLE = "conversations"
VISITORS = "visitor:*"
"""The owners who are known by a cookie only, as `find` takes them."""


def find(
    data_dir: Path, base: str = "", *, containing: str = "", before: datetime | None = None, owner: str = "*"
) -> list[Kept]:
    """Conversations with a base (by default all) that contain a text, in whatever case, were last changed before a time, and
    whose owner is of a pattern (GLOB); a whole conversation is found where one part of it is. Raises StoreError.
    """
    if not (data_dir / FILE).exists():
        return []
    sql = """SELECT conversations.*, group_concat(coalesce(question || char(10) || text || char(10)
        || coalesce(json_extract(answer, '$.left_out'), ''), ''), char(10)) AS said
        FROM conversations LEFT JOIN exchanges ON exchanges.conversation = conversations.id
        WHERE (:base = '' OR base = :base) AND owner GLOB :owner
        GROUP BY conversations.id ORDER BY changed_at"""
    wanted = replace_lone_surrogates(containing).casefold()
    found = []
    with closing(ConversationsFile.of(data_dir)) as file:
        for row in file.read(sql, {"base": base, "owner": owner}):
            texts, changed_at = (row["title"], row["said"] or ""), datetime.fromisoformat(row["changed_at"])
            if (before is None or changed_at < before) and any(wanted in text.casefold() for text in texts):
                found.append(Kept(TABLE, row["id"], changed_at, texts))
    return found


def erase(data_dir: Path, rows: Sequence[Kept], *, anew: bool = True) -> None:
    """Deletes conversations so that their text is in no file; `anew` also drops what lies in free pages. Raises StoreError."""
    if not (data_dir / FILE).exists():
        return
    with closing(ConversationsFile.of(data_dir)) as file:
        with file.write() as connection:
            events.erased(connection, [str(row.id) for row in rows])
            connection.executemany(f"DELETE FROM {TABLE} WHERE id = ?", [(row.id,) for row in rows])  # noqa: S608
        if rows or anew:
            file.leave_no_trace(anew=anew)


def rename_base(data_dir: Path, name: str, new_name: str) -> None:
    """Conversations with a base are with it under its new name."""
    if (data_dir / FILE).exists():
        with closing(ConversationsFile.of(data_dir)) as file, file.write() as connection:
            connection.execute(f"UPDATE {TABLE} SET base = ? WHERE base = ?", (new_name, name))  # noqa: S608
