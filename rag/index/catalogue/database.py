"""The catalogue's SQLite file: safe reading and writing from several threads and processes."""

import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from rag.errors import IndexBusyError, StoreError
from rag.index.catalogue.migrations import migrate

CATALOGUE = "catalogue.sqlite3"
PROCESS = uuid.uuid4().hex  # names this process in `revisions`; a pid would be taken again by a later process


class Database:
    """One connection for reading and one for writing, so that a search never waits for a running ingestion."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file, and brings an older one up to date.

        Raises StoreError where it is damaged, out of reach, or of a newer version.
        """
        self.path = path
        with ExitStack() as opened:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self.folder = path.parent.resolve()
                self._writer = opened.enter_context(closing(_connect(path)))
                migrate(self._writer, path)
                self._reader = opened.enter_context(closing(_connect(path)))
                self._reader.execute("PRAGMA query_only = ON")
            except (OSError, sqlite3.Error) as error:
                advice = "correct its permissions, or set RAG_DATA_DIR to another folder"
                if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                    advice = (
                        f"put a copy of it back, or `rag bases delete {path.parent.name} --yes` and ingest its documents again"
                    )
                raise StoreError(f"{path} cannot be opened ({error}); {advice}") from error
            opened.pop_all()
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

    def stored_path(self, path: Path) -> bytes:
        """How a file's absolute path is kept: from the catalogue's folder on where it lies in it, so that this may be moved."""
        return os.fsencode(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    def file_path(self, stored: bytes) -> Path:
        """The absolute path that `stored_path` kept."""
        return self.folder / os.fsdecode(stored)

    def close(self) -> None:
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()


def put_to_rest(path: Path) -> None:
    """Makes the catalogue one file, with no log beside it, that may be moved; raises IndexBusyError while it is open."""
    if not path.is_file():
        return
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # which needs the file for itself alone
        except sqlite3.OperationalError as error:
            raise IndexBusyError(
                f"{path} is open in another process ({error}); stop that, for example `rag serve`, and try again"
            ) from error
        except sqlite3.DatabaseError:  # what is damaged can still be moved and deleted
            return


def collection_names(path: Path) -> list[str]:
    """The Chroma collections that the catalogue at `path` knows of; none where it cannot be read."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return [name for (name,) in connection.execute("SELECT collection FROM indexes")]
    except sqlite3.DatabaseError:
        return []


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits when the power fails
    connection.execute("PRAGMA foreign_keys = ON")
    return connection
