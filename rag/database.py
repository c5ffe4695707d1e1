"""A SQLite file that is brought up to date step by step: safe reading and writing from several threads and processes."""

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from rag.errors import StoreError

log = logging.getLogger(__name__)
Connection: TypeAlias = sqlite3.Connection
Row: TypeAlias = sqlite3.Row
IntegrityError = sqlite3.IntegrityError

PATIENCE = 30.0  # seconds to wait for others who write: staging a file of 100 MB takes some
_RETRY = 0.01  # seconds between two tries where SQLite does not wait by itself

Step = Callable[[sqlite3.Connection, Path], None]
"""One change of a schema, given the folder of the file. It is never changed once released."""


class Database:
    """One connection for reading and one for writing, so that a search never waits for a running ingestion."""

    steps: Sequence[Step] = ()
    remedy = "put a copy of it back"
    """What to do about a damaged file."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file, and brings an older one up to date.

        Where nothing can be written, `only_read` is set, and `write` raises StoreError. Raises StoreError where it is damaged,
        out of reach, or of a newer version.
        """
        self.path = path
        self.only_read, self._why = False, ""
        self.folder = path.parent.resolve()
        with ExitStack() as opened:
            try:
                make_private(path.parent)
                if not path.exists():
                    path.touch(mode=0o600)  # SQLite gives the files beside it the same permissions
                self._writer = opened.enter_context(closing(_connect(path)))
                migrate(self._writer, path, self.steps)
                self._reader = opened.enter_context(closing(_connect(path)))
                self._reader.execute("PRAGMA query_only = ON")
            except (OSError, sqlite3.Error) as error:
                opened.close()
                said = f"{path} cannot be opened ({error}); {self._advice(error)}"
                self._writer = self._reader = opened.enter_context(closing(self._opened_to_read(error, said)))
                self.only_read, self._why = True, said
                log.warning("%s. It is only read until then", said)
            opened.pop_all()
        self._reading, self._writing = threading.Lock(), threading.Lock()

    def _opened_to_read(self, error: Exception, said: str) -> sqlite3.Connection:
        """A file of this version in a folder that cannot be written, or on a full disk; raises StoreError for any other."""
        code = getattr(error, "sqlite_errorname", "")
        denied = isinstance(error, OSError) or code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN"))
        full = code.startswith(("SQLITE_FULL", "SQLITE_IOERR"))
        log_of_writes = self.path.with_name(f"{self.path.name}-wal")
        # Read as a file that nobody changes: so nobody else may have it open. On a full disk, this try has left an empty log.
        still = not log_of_writes.exists() or (full and not log_of_writes.stat().st_size)
        if not (denied or full) or not still or not self.path.exists():
            raise StoreError(said) from error
        try:
            connection = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA query_only = ON")
            if _version(connection) == len(self.steps):
                return connection
            connection.close()
        except sqlite3.Error:
            pass
        raise StoreError(said) from error

    def read(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[sqlite3.Row]:
        """All rows of one statement; it sees every commit made before it. Raises StoreError."""
        with self._border(), self._reading:
            return self._reader.execute(sql, parameters or {}).fetchall()

    @contextmanager
    def write(self, patience: float = PATIENCE) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk afterwards, or, when anything is raised, none.

        Raises StoreError, also where other threads and processes write for longer than `patience` seconds.
        """
        if self.only_read:  # what SQLite says of the way it was opened would be the wrong advice on a full disk
            raise StoreError(self._why)
        if not self._writing.acquire(timeout=patience):
            raise StoreError(f"{self.path} is being written for over {patience:g} s; try again later")
        try:
            with self._border():
                _begin(self._writer, patience)
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
            raise StoreError(f"{self.path} cannot be used ({error}); {self._advice(error)}") from error

    def leave_no_trace(self, patience: float = PATIENCE, *, anew: bool = False) -> None:
        """Empties the log of writes, so that what was deleted is in no file; `anew` writes the whole file anew as well, which
        drops what programs before this one deleted without overwriting it.

        Raises StoreError where another thread writes, or another process reads or writes, for longer than `patience` seconds.
        """
        busy = not self._writing.acquire(timeout=patience)  # before others are kept from reading
        if not busy:
            try:
                with self._border(), self._reading:
                    self._writer.execute(f"PRAGMA busy_timeout = {int(1000 * patience)}")
                    if anew:
                        self._writer.execute("VACUUM")
                    busy, *_ = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self._writing.release()
        if busy:
            raise StoreError(
                f"{self.path} is in use, so what was deleted may still be read in {self.path.name}-wal: "
                "stop whoever has it open, and run `rag privacy erase` again"
            )

    def check(self) -> None:
        """Looks through the whole file; 75 MB take 0.2 s. Raises StoreError where its structure is damaged."""
        (found, *_), *_ = self.read("PRAGMA quick_check(1)")
        if found != "ok":
            raise StoreError(f"{self.path} cannot be used ({' '.join(found.split())[:200]}); it is damaged: {self.remedy}")

    def close(self) -> None:
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()

    def _advice(self, error: Exception) -> str:
        code = getattr(error, "sqlite_errorname", "")
        if code == "SQLITE_FULL":
            return "the disk is full: make room, and try again"
        if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return "another process is writing: try again when it has ended"
        if code.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
            return "see whether the disk is full or failing, and whether the folder may be written"
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or not isinstance(error, sqlite3.OperationalError | OSError):
            return f"it is damaged: {self.remedy}"
        return "correct its permissions, or set RAG_DATA_DIR to another folder"


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> None:
    """Takes those of `steps` that the file at `path` lacks, in one transaction; `PRAGMA user_version` counts the steps taken.

    Raises StoreError for a file of a newer version. The transaction is the lock: of two processes that open an old file at
    once, the second finds it done.
    """
    if _version(connection) == len(steps):  # the usual case waits for nobody who writes
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection)
        if found > len(steps):
            raise StoreError(
                f"{path} was made by a newer version (format {found}, this one knows {len(steps)}); "
                "upgrade, or set RAG_DATA_DIR to another folder"
            )
        for step in steps[found:]:
            step(connection, path.parent.resolve())
        connection.execute(f"PRAGMA user_version = {len(steps)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def copy_whole(source: Path, target: Path) -> None:
    """Copies a file as it is at one moment, whoever writes it meanwhile, into one file without a log beside it.

    Raises StoreError where it is damaged, out of reach, or has no table: opened, that would be made anew, and nobody notices.
    """
    try:
        with closing(sqlite3.connect(source, timeout=PATIENCE)) as read, closing(sqlite3.connect(target)) as written:
            read.backup(written)
            written.execute("PRAGMA journal_mode = DELETE")
            (found, *_), *_ = written.execute("PRAGMA integrity_check(1)").fetchall()
            if not written.execute("SELECT 1 FROM sqlite_master").fetchone():
                found = "it is empty"
    except sqlite3.Error as error:
        raise StoreError(f"{source} cannot be copied ({error})") from error
    if found != "ok":
        raise StoreError(f"{source} is damaged ({' '.join(str(found).split())[:200]}), and is not kept as a backup")


def replace_contents(source: Path, live: Database) -> None:
    """All that is in `live` becomes that of another file, in one transaction; who has it open reads the new from then on.

    Raises StoreError, where others read or write for longer than PATIENCE too.
    """
    try:
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(live.path, timeout=PATIENCE)) as written:
            read.backup(written)
    except sqlite3.Error as error:
        raise StoreError(f"{live.path} is not replaced ({error}); try again when nobody writes") from error


def schema_of(path: Path) -> set[tuple[str, str, str]]:
    """The tables, indexes, triggers and views of a file as it is, as (type, name, SQL). Raises StoreError."""
    made = "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite@_%' ESCAPE '@'"
    try:
        with closing(sqlite3.connect(path)) as connection:
            return {(kind, name, " ".join(sql.split())) for kind, name, sql in connection.execute(made)}
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read ({error})") from error


def make_private(folder: Path) -> None:
    """The folder, with those above it, made where they are missing: what is in it is for its owner only."""
    for one in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        one.mkdir(mode=0o700, exist_ok=True)


def close_to_others(folder: Path) -> None:
    """A folder of this program's that others may look into, as earlier versions made them, is closed to them."""
    mode = folder.stat().st_mode
    if mode & 0o077:
        with suppress(OSError):  # another user's, or on a file system that has no permissions
            folder.chmod(mode & 0o700)


def _begin(connection: sqlite3.Connection, patience: float) -> None:
    """Begins a transaction that writes, as soon as nobody else does.

    SQLite itself asks ever less often the longer it waits, up to 0.1 s: beside processes that write without a pause, one that
    waits hardly ever finds the moment between two of their transactions.
    """
    until = time.monotonic() + patience
    connection.execute("PRAGMA busy_timeout = 0")
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
        time.sleep(random.uniform(0.001, 0.005))  # noqa: S311 - so that those who wait do not ask at one moment
    connection.execute(f"PRAGMA busy_timeout = {int(1000 * patience)}")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    try:
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits when the power fails
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Has the file keep a write-ahead log, for good.

    The first change to it needs the file alone, and SQLite does not wait for that as it does elsewhere: of several that open a
    new file at once, all but one are told "database is locked" at once.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
        time.sleep(_RETRY)
