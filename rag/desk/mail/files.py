"""The files of a conversation, and mails that became no message, as agents see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from rag.database import Row
from rag.desk.mail.problems import in_words
from rag.desk.store import Store
from rag.errors import NotFoundError
from rag.kept.events import stamp
from rag.languages.spoken import texts

SHOWN: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"))
"""Types that a browser may show; all others are only to be saved, whatever they say of themselves."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a conversation. `type` is what the mail says it is, and not to be believed. `size` is in bytes."""

    id: int
    conversation: str
    name: str
    type: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Aside:
    """A mail that became no message: `kind` automatic or held, `problem` why. `conversation` "" where it is of none."""

    id: int
    kind: str
    conversation: str
    sender: str
    subject: str
    problem: str
    at: datetime


class Files:
    """What came with mails. Safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, conversation: str) -> list[File]:
        """The files of a conversation, the oldest first."""
        sql = "SELECT id, conversation, name, type, size, at FROM desk_files WHERE conversation = :id ORDER BY id"
        return [_file(row) for row in self._store.read(sql, {"id": conversation})]

    def data(self, conversation: str, id: int) -> tuple[File, bytes]:
        """One of them with its bytes; raises NotFoundError, also for a file of another conversation."""
        sql = "SELECT * FROM desk_files WHERE id = :id AND conversation = :conversation"
        for row in self._store.read(sql, {"id": id, "conversation": conversation}):
            return _file(row), bytes(row["data"])
        raise NotFoundError(texts.NO_FILE)

    def folded(self, message: int) -> str:
        """What stands below a message in its mail: quotes and signature; "" where nothing does."""
        rows = self._store.read("SELECT folded FROM desk_mails WHERE message = :id AND kind = 'in'", {"id": message})
        return str(rows[0]["folded"]) if rows else ""

    def has_aside(self) -> bool:
        """Whether any mail became no message."""
        return bool(self._store.read("SELECT 1 FROM desk_mails WHERE kind IN ('automatic', 'held') LIMIT 1"))

    def aside(self, limit: int = 100) -> list[Aside]:
        """Mails that became no message, the newest first."""
        sql = """SELECT id, kind, coalesce(conversation, '') AS conversation, sender, subject, problem, at FROM desk_mails
            WHERE kind IN ('automatic', 'held') ORDER BY id DESC LIMIT :limit"""
        return [_aside(row) for row in self._store.read(sql, {"limit": limit})]

    def aside_data(self, id: int) -> bytes:
        """The whole of such a mail; raises NotFoundError."""
        rows = self._store.read("SELECT data FROM desk_mails WHERE id = :id AND data IS NOT NULL", {"id": id})
        if not rows:
            raise NotFoundError(texts.NO_FILE)
        return bytes(rows[0]["data"])

    def forget_old(self, days: int) -> int:
        """Deletes mails of no conversation that are older; returns how many. Those of a conversation go with it."""
        before = stamp(self._store.now() - timedelta(days=days))
        with self._store.write() as connection:
            sql = "DELETE FROM desk_mails WHERE conversation IS NULL AND at < :before"
            return connection.execute(sql, {"before": before}).rowcount


def _file(row: Row) -> File:
    at = datetime.fromisoformat(row["at"])
    return File(row["id"], row["conversation"], row["name"], row["type"], row["size"], at)


def _aside(row: Row) -> Aside:
    at = datetime.fromisoformat(row["at"])
    return Aside(row["id"], row["kind"], row["conversation"], row["sender"], row["subject"], in_words(row["problem"]), at)
