"""What people said, out of the catalogue for good: found by words or age, deleted, and gone from the files as well."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rag.errors import StoreError
from rag.index.catalogue.database import Database
from rag.text import replace_lone_surrogates

log = logging.getLogger(__name__)
_PATIENCE = 0.5  # seconds: a person waits

# Table -> the columns that hold what people said.
TABLES = {"gaps": ("question",), "feedback": ("question", "answer", "reason", "comment", "given")}


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of a table of TABLES, or a conversation. `created_at` is UTC; `texts` are what people said in it."""

    table: str
    id: int | str
    created_at: datetime
    texts: tuple[str, ...]


def kept(database: Database, *, containing: str = "", before: datetime | None = None) -> list[Kept]:
    """The rows that contain a text, in whatever case, and that are older than `before`; both where both are given."""
    wanted = replace_lone_surrogates(containing).casefold()
    found = []
    for table, columns in TABLES.items():
        sql = f"SELECT id, created_at, {', '.join(columns)} FROM {table} ORDER BY id"  # noqa: S608
        for row in database.read(sql):
            created_at = datetime.fromisoformat(row["created_at"])
            texts = tuple(row[column] for column in columns)
            old = before is None or created_at < before
            if old and (not wanted or any(wanted in text.casefold() for text in texts)):
                found.append(Kept(table, row["id"], created_at, texts))
    return found


def forget_deleted(database: Database) -> None:
    """Takes what was deleted, and is overwritten in the file itself, out of the log of writes as well; where somebody reads or
    writes just then, the daily work does.
    """
    try:
        database.leave_no_trace(_PATIENCE)
    except StoreError as error:
        log.warning("what was deleted may still be in a log of writes: %s", error)


def erase(database: Database, rows: Sequence[Kept], *, anew: bool = True) -> None:
    """Deletes rows so that their text is in none of the catalogue's files: overwritten, and out of the log of writes.

    `anew` also drops what earlier deletions left in free pages and in the keyword index, of documents too: the whole file is
    written again, which needs as much room on the disk once more.
    Raises StoreError; the rows are then deleted, but parts of their text may still lie in the files.
    """
    if rows:
        with database.write() as connection:
            for row in rows:
                connection.execute(f"DELETE FROM {row.table} WHERE id = ?", (row.id,))  # noqa: S608 - a name of TABLES
    if anew:
        with database.write() as connection:
            connection.execute("INSERT INTO keywords (keywords) VALUES ('optimize')")
    if rows or anew:
        database.leave_no_trace(anew=anew)
