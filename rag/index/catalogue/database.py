"""The catalogue's SQLite file, and what can be done with it while it is closed."""

import json
import os
import sqlite3
import time
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from rag import database
from rag.errors import IndexBusyError, StoreError
from rag.index.catalogue.mapping import RESTORE
from rag.index.catalogue.migrations import STEPS

CATALOGUE = "catalogue.sqlite3"
PROCESS = uuid.uuid4().hex  # names this process in `revisions`; a pid would be taken again by a later process


class Database(database.Database):
    """The catalogue of one base."""

    steps = STEPS

    def __init__(self, path: Path) -> None:
        """Raises StoreError also where the catalogue of a base that had documents is gone or empty."""
        base = path.parent.name
        self.remedy = f"{RESTORE}, or `rag bases delete {base} --yes` and ingest its documents again"
        self._manifest = path.with_suffix(".json")
        if self._manifest.exists() and not (path.is_file() and path.stat().st_size):
            raise StoreError(
                f"{path} is {'empty' if path.exists() else 'gone'}, though this base had documents: {RESTORE}. Without one, "
                f"delete {self._manifest}: what was uploaded is then read again, and is public until you say otherwise"
            )
        super().__init__(path)

    def note_documents(self) -> None:
        """From now on an empty catalogue here is a lost one."""
        if not self._manifest.exists():
            note = {"catalogue": self.path.name, "since": datetime.now(UTC).isoformat()}
            self._manifest.write_text(json.dumps(note), "utf-8")

    def stored_path(self, path: Path) -> bytes:
        """How a file's absolute path is kept: from the catalogue's folder on where it lies in it, so that this may be moved."""
        return os.fsencode(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path)

    def file_path(self, stored: bytes) -> Path:
        """The absolute path that `stored_path` kept."""
        return self.folder / os.fsdecode(stored)


def move_revision(path: Path) -> None:
    """Has every process that knows another catalogue in the place of this one read anew what it keeps of it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO revisions VALUES (?, ?)", (uuid.uuid4().hex, time.time_ns() // 1000))


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
