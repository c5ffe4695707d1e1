"""Backups that a server makes by itself in a folder, as a mounted bucket: the disk of a Space is emptied by each restart."""

import logging
import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rag.apps.backup.contents import databases
from rag.apps.backup.restore import Restored, restore_newest
from rag.apps.backup.save import save
from rag.database import make_private
from rag.errors import RagError, StoreError

log = logging.getLogger(__name__)
KEPT: Final = 5
_NAME = "footnote-{at:%Y%m%dT%H%M%S%fZ}.zip"


class Snapshots:
    """The snapshots of a data folder in `folder`, one each `each` seconds."""

    each: Final = 3600.0

    def __init__(self, data_dir: Path, folder: Path) -> None:
        self._data_dir = data_dir
        self._folder = folder
        self._last: list[tuple[str, int, int]] = []
        self._turn = threading.Lock()

    def take(self) -> Path | None:
        """Makes one where something has changed since the last, and removes the oldest beyond KEPT; what fails is logged."""
        with self._turn:  # the last one, at the server's end, waits for one in work
            return self._take()

    def _take(self) -> Path | None:
        state = list(self._state())
        if not state or state == self._last:
            return None
        target = self._folder / _NAME.format(at=datetime.now(UTC))
        try:
            make_private(self._folder)
            for left in self._folder.glob(".footnote-*.partial"):  # of a process that was killed
                left.unlink(missing_ok=True)
            save(self._data_dir, target)
        except (RagError, OSError) as error:
            log.error("no snapshot was made in %s: %s", self._folder, error)
            return None
        self._last = state
        for old in self._found()[:-KEPT]:
            old.unlink(missing_ok=True)
        return target

    def restore(self) -> Restored | None:
        """Where the data folder holds nothing yet, the newest intact snapshot is put there.

        Raises StoreError where none of them can be: a server that begins with nothing would replace them by snapshots of that.
        """
        if any(databases(self._data_dir)):
            return None
        found = self._found()
        done = restore_newest(self._data_dir, found, lambda problem: log.error("%s", problem))
        if found and done is None:
            for _, begun in databases(self._data_dir):  # so that the next start does not take it for what there is
                begun.unlink(missing_ok=True)
            raise StoreError(f"none of {len(found)} snapshots in {self._folder} can be restored; mend that, or move them away")
        return done

    def _found(self) -> list[Path]:
        return sorted(self._folder.glob("footnote-*.zip"))

    def _state(self) -> Iterator[tuple[str, int, int]]:
        for name, path in databases(self._data_dir):
            for file in (path, path.with_name(f"{path.name}-wal")):
                try:
                    found = os.stat(file)
                except FileNotFoundError:
                    continue
                yield name, found.st_size, found.st_mtime_ns
