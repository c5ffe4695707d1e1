"""The catalogue's SQLite file: safe reading and writing from several threads and processes."""

import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from rag.errors import IndexBusyError, StoreError
from rag.index.catalogue.migrations import migrate

CATALOGUE = "catalogue.sqlite3"
PATIENCE = 30.0  # seconds to wait for others who write: staging a file of 100 MB takes some
PROCESS = uuid.uuid4().hex  # names this process in `revisions`; a pid would be taken again by a later process


class Database:
    """One connection for reading and one for writing, so that a search never waits for a running ingestion."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection, Path], None] = migrate) -> None:
        """Opens or makes the file; `prepare` makes its tables and brings older ones up to date.

        Raises StoreError where it is damaged, out of reach, or of a newer version.
        """
        self.path = path
        with ExitStack() as opened:
            try:
                make_private(path.parent)
                if not path.exists():
                    path.touch(mode=0o600)  # SQLite gives the files beside it the same permissions
                self.folder = path.parent.resolve()
                self._writer = opened.enter_context(closing(_connect(path)))
                prepare(self._writer, path)
                self._reader = opened.enter_context(closing(_connect(path)))
                self._reader.execute("PRAGMA query_only = ON")
            except (OSError, sqlite3.Error) as error:
                raise StoreError(f"{path} cannot be opened ({error}); {_advice(error, path)}") from error
            opened.pop_all()
        self._reading, self._writing = threading.Lock(), threading.Lock()

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[sqlite3.Row]:
        """All rows of one statement; it sees every commit made before it. Raises StoreError."""
        with self._border(), self._reading:
            return self._reader.execute(sql, parameters or {}).fetchall()

    @contextmanager
    def write(self, patience: float = PATIENCE) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk afterwards, or, when anything is raised, none.

        Raises StoreError, also where other threads and processes write for longer than `patience` seconds.
        """
        if not self._writing.acquire(timeout=patience):
            raise StoreError(f"{self.path} is being written for over {patience:g} s; try again later")
        try:
            with self._border():
                self._writer.execute(f"PRAGMA busy_timeout = {int(1000 * patience)}")
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._writer
                    self._writer.execute("COMMIT")
                except BaseException:
                    if self._writer.in_transaction:  # SQLite ends one by itself where the disk is full
                        self._writer.execute("ROLLBACK")
                    raise
        finally:
            self._writing.release()

    @contextmanager
    def _border(self) -> Iterator[None]:
        """What SQLite cannot do becomes a StoreError that says what to do."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError):  # errors of this program
            raise
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path} cannot be used ({error}); {_advice(error, self.path)}") from error

    def leave_no_trace(self, patience: float = PATIENCE, *, anew: bool = False) -> None:
        """Empties the log of writes, so that what was deleted is in no file; `anew` writes the whole file anew as well, which
        drops what programs before this one deleted without overwriting it.

        Raises StoreError where another process reads or writes for longer than `patience` seconds.
        """
        with self._border(), self._reading, self._writing:
            self._writer.execute(f"PRAGMA busy_timeout = {int(1000 * patience)}")
            if anew:
                self._writer.execute("VACUUM")
            busy, *_ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StoreError(
                f"{self.path} is in use by another process, so what was deleted may still be read in {self.path.name}-wal: "
                "stop the other one, and run `rag privacy erase` again"
            )

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


def make_private(folder: Path) -> None:
    """The folder, with those above it, made where they are missing: what is in it is for its owner only."""
    missing = [folder, *folder.parents]
    for one in reversed([path for path in missing if not path.exists()]):
        one.mkdir(mode=0o700, exist_ok=True)


def _advice(error: Exception, path: Path) -> str:
    code = getattr(error, "sqlite_errorname", "")
    if code == "SQLITE_FULL":
        return "the disk is full: make room, and try again"
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "another process is writing: try again when it has ended"
    if code.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return "see whether the disk is full or failing, and whether the folder may be written"
    if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or not isinstance(error, sqlite3.OperationalError | OSError):
        if path.name != CATALOGUE:
            return "it is damaged: put a copy of it back, or move it away and keep it"
        return (
            "it is damaged: put a copy of it back, or "
            f"`rag bases delete {path.parent.name} --yes` and ingest its documents again"
        )
    return "correct its permissions, or set RAG_DATA_DIR to another folder"


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
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits when the power fails
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    return connection
