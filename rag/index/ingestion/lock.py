"""The writers' lock: one process or thread at a time, and a second one is told who holds it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rag.errors import IndexBusyError


@contextmanager
def writing(lock: Path, patience: float = 0) -> Iterator[None]:
    """Holds the writers' lock, which ends with the process.

    Raises IndexBusyError after `patience` seconds, saying who holds it.
    """
    from filelock import FileLock, Timeout

    holder = lock.with_suffix(".json")
    try:
        held = FileLock(lock, timeout=patience, poll_interval=0.05).acquire()
    except Timeout as error:
        raise IndexBusyError(f"{_who(holder)} is writing to this index; wait for its end, or stop it, and try again") from error
    with held:
        holder.write_text(json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}))
        yield


def _who(holder: Path) -> str:
    try:
        found = json.loads(holder.read_text())
        return f"process {found['pid']} (since {found['since']})"
    except (OSError, ValueError, KeyError):  # it has just begun
        return "another process"
