"""Who did what to which id, and when: rows that are only added, each sealed with the hash of the one before. No text.

It has a file of its own beside the bases, and so outlives what it tells of.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from rag.database import Database

if TYPE_CHECKING:
    from sqlite3 import Connection, Row

AUDIT = "audit.sqlite3"
VISITOR = "visitor"
_LONGEST = 200  # characters of an actor, an action or an id
_ACTOR: ContextVar[str] = ContextVar("actor", default=VISITOR)


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """What is done in the block is done by `actor`: an id such as "cli:0" or "account:7", and no name."""
    token = _ACTOR.set(actor)
    try:
        yield
    finally:
        _ACTOR.reset(token)


def acting() -> str:
    """Who acts now; a visitor of the page where nobody is named."""
    return _ACTOR.get()


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `at` is UTC in ISO 8601; `hash` seals the other fields and, by `previous`, all rows before."""

    id: int
    at: str
    actor: str
    action: str
    subject: str
    previous: str
    hash: str

    def seal(self) -> str:
        """What `hash` has to be."""
        values = [self.id, self.at, self.actor, self.action, self.subject, self.previous]
        return sha256(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Check:
    """How many rows there are, the hash of the last, and what is wrong, "" where nothing is."""

    entries: int
    head: str
    problem: str


@contextmanager
def audited(audit: "AuditLog | None", base: str, versions: Callable[[], Mapping[int, tuple[int, str]]]) -> Iterator[None]:
    """Says in the log which files of a base the block added, replaced, deleted and made for others, also where it fails half
    way.

    `versions` gives by file the version that answers, and whom it was chosen for.
    """
    before = versions()
    try:
        yield
    finally:
        after = versions()
        if audit:
            ids = sorted(before.keys() | after.keys())
            audit.add_all(acting(), [(did, f"{base}/{id}") for id in ids for did in _done(before.get(id), after.get(id))])


def _done(before: tuple[int, str] | None, after: tuple[int, str] | None) -> Iterator[str]:
    """What was done to one file."""
    if after is None:
        yield "document.delete"
    elif before is None:
        yield "document.add"
    else:
        if after[0] != before[0]:
            yield "document.replace"
        if after[1] != before[1]:
            yield f"document.audience.{after[1]}"


class AuditLog:
    """The log of a data folder. Safe for threads and processes; it is opened for each call, and holds nothing between them."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / AUDIT

    def add(self, actor: str, action: str, id: str) -> None:
        """Adds a row that `actor` did `action`, such as "document.delete", to `id`, such as "default/17".

        Raises ValueError for what is no short line, StoreError where it cannot be written.
        """
        self.add_all(actor, [(action, id)])

    def add_all(self, actor: str, done: Sequence[tuple[str, str]]) -> None:
        """Adds rows of (action, id), all or none."""
        for text in (actor, *(part for one in done for part in one)):
            if not text or len(text) > _LONGEST or not text.isprintable():
                raise ValueError(
                    f"{text[:_LONGEST]!r} is no id: the audit log takes one printable line of 1 to {_LONGEST} characters"
                )
        if not done:
            return
        with closing(self._open()) as database, database.write() as connection:
            row = connection.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
            (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'audit'").fetchone()
            previous = row["hash"] if row else ""
            for number, (action, subject) in enumerate(done, last + 1):
                at = datetime.now(UTC).isoformat(timespec="milliseconds")
                open_entry = Entry(number, at, actor, action, subject, previous, "")
                previous = open_entry.seal()
                values = {**asdict(open_entry), "hash": previous}
                connection.execute("INSERT INTO audit VALUES (:id, :at, :actor, :action, :subject, :previous, :hash)", values)

    def entries(self, limit: int = 1000) -> list[Entry]:
        """The newest first."""
        if not self._path.exists():
            return []
        with closing(self._open()) as database:
            return [_entry(row) for row in database.read("SELECT * FROM audit ORDER BY id DESC LIMIT :limit", {"limit": limit})]

    def verify(self, noted: str = "") -> Check:
        """Reads all rows against their hashes. `noted` is a hash that was written down elsewhere: it must be among them.

        Without such a hash, somebody who may write the file and knows this program can make a new log that holds.
        Raises StoreError where the file cannot be read.
        """
        count, head, problem, seen = 0, "", "", not noted
        if self._path.exists():
            with closing(self._open()) as database:
                last = database.read("SELECT coalesce(max(seq), 0) AS seq FROM sqlite_sequence WHERE name = 'audit'")[0]["seq"]
                for entry in map(_entry, database.read("SELECT * FROM audit ORDER BY id")):
                    count += 1
                    problem = problem or _problem(entry, count, head)
                    head = entry.hash
                    seen = seen or entry.hash == noted
            if not problem and last != count:
                problem = f"row {count + 1} is missing: {last} were written"
        if not problem and not seen:
            problem = f"no row has the hash {noted}: rows were removed, or the log was made anew"
        return Check(count, head, problem)

    def _open(self) -> Database:
        return AuditFile(self._path)


def _entry(row: "Row") -> Entry:
    return Entry(**dict(row))


def _problem(entry: Entry, number: int, head: str) -> str:
    if entry.id != number:
        return f"row {number} is missing"
    if entry.previous != head or entry.hash != entry.seal():
        return f"row {number} was changed"
    return ""


def _create(connection: "Connection", folder: Path) -> None:
    """AUTOINCREMENT remembers the last number, so that a removed last row is missed as well."""
    for statement in (
        """CREATE TABLE IF NOT EXISTS audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
            action TEXT NOT NULL, subject TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL)""",
        """CREATE TRIGGER IF NOT EXISTS audit_is_not_changed BEFORE UPDATE ON audit
            BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS audit_is_not_deleted BEFORE DELETE ON audit
            BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END""",
    ):
        connection.execute(statement)


class AuditFile(Database):
    """The file of the log."""

    steps = (_create,)
    remedy = "put a copy of it back, or move it away and keep it"
