"""The catalogue's SQLite file: its schema, and safe reading and writing from several threads and processes."""

import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rag.errors import StoreError

VERSION = 1
PROCESS = uuid.uuid4().hex  # names this process in `revisions`; a pid would be taken again by a later process

SCHEMA = (
    """CREATE TABLE indexes (id INTEGER PRIMARY KEY, collection TEXT NOT NULL UNIQUE, spec TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('building', 'active', 'retired')))""",
    "CREATE UNIQUE INDEX one_active ON indexes (state) WHERE state = 'active'",
    # Paths are bytes: a POSIX file name need not be UTF-8. `sha256` is the content last seen.
    """CREATE TABLE files (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, name TEXT NOT NULL, size INTEGER NOT NULL,
        sha256 TEXT, deleted INTEGER NOT NULL DEFAULT 0, reason TEXT, message TEXT)""",
    "CREATE UNIQUE INDEX name_owner ON files (name) WHERE NOT deleted AND reason IS NOT 'name taken'",
    """CREATE TABLE versions (id INTEGER PRIMARY KEY, file INTEGER NOT NULL REFERENCES files ON DELETE CASCADE,
        index_id INTEGER NOT NULL REFERENCES indexes ON DELETE CASCADE, sha256 TEXT NOT NULL, ready INTEGER NOT NULL,
        title TEXT NOT NULL, documents INTEGER NOT NULL, chunks INTEGER NOT NULL, UNIQUE (file, index_id, ready))""",
    "CREATE INDEX versions_of_index ON versions (index_id)",
    """CREATE TABLE documents (id INTEGER PRIMARY KEY, version INTEGER NOT NULL REFERENCES versions ON DELETE CASCADE,
        name TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, sections TEXT NOT NULL, UNIQUE (version, name))""",
    "CREATE INDEX documents_by_name ON documents (name)",
    # A chunk's text is a slice of its document's; kept again because slicing a 10 MB document for each passage costs more.
    """CREATE TABLE chunks (id INTEGER PRIMARY KEY, hash TEXT NOT NULL,
        document INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE, title TEXT NOT NULL, text TEXT NOT NULL,
        start INTEGER NOT NULL, stop INTEGER NOT NULL, headings TEXT NOT NULL, page INTEGER)""",
    "CREATE INDEX chunks_by_hash ON chunks (hash)",
    "CREATE INDEX chunks_of_document ON chunks (document)",
    "CREATE VIRTUAL TABLE keywords USING fts5 (context, text, tokenize = 'porter unicode61 remove_diacritics 2')",
    """CREATE TRIGGER forget_keywords AFTER DELETE ON chunks
        BEGIN DELETE FROM keywords WHERE rowid = old.id; END""",
    # What questions may see: ready versions of the active index.
    """CREATE VIEW ready_versions AS SELECT versions.* FROM versions JOIN indexes ON indexes.id = versions.index_id
        WHERE versions.ready AND indexes.state = 'active'""",
    "CREATE TABLE revisions (process TEXT PRIMARY KEY, revision INTEGER NOT NULL)",
    """CREATE TABLE feedback (id INTEGER PRIMARY KEY, question TEXT NOT NULL, answer TEXT NOT NULL, documents TEXT NOT NULL,
        liked INTEGER, reason TEXT NOT NULL, comment TEXT NOT NULL, created_at TEXT NOT NULL)""",
    "CREATE TABLE gaps (id INTEGER PRIMARY KEY, question TEXT NOT NULL, confidence REAL NOT NULL, created_at TEXT NOT NULL)",
)


class Database:
    """One connection for reading and one for writing, so that a search never waits for a running ingestion."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file; raises StoreError where it is damaged, out of reach, or of a newer version."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = _connect(path)
            self._reader = _connect(path)
            self._migrate()
            self._reader.execute("PRAGMA query_only = ON")
        except (OSError, sqlite3.Error) as error:
            advice = "correct its permissions, or set RAG_DATA_DIR to another folder"
            raise StoreError(f"{path} cannot be opened ({error}); {advice}") from error
        self._reading, self._writing = threading.Lock(), threading.Lock()

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[sqlite3.Row]:
        """All rows of one statement; it sees every commit made before it."""
        with self._reading:
            return self._reader.execute(sql, parameters or {}).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk afterwards, or, when anything is raised, none."""
        with self._writing:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def close(self) -> None:
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()

    def _migrate(self) -> None:
        self._writer.execute("BEGIN IMMEDIATE")  # two processes may open a new file at once
        (found,) = self._writer.execute("PRAGMA user_version").fetchone()
        if found == 0:
            for statement in SCHEMA:
                self._writer.execute(statement)
            self._writer.execute(f"PRAGMA user_version = {VERSION}")
        self._writer.execute("COMMIT")
        if found > VERSION:
            raise StoreError(
                f"{self.path} was made by a newer version (format {found}, this one knows {VERSION}); "
                "upgrade, or set RAG_DATA_DIR to another folder"
            )


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits when the power fails
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
