"""Folders for what comes over the network before it is read, and for a backup in work: for their owner only, and removed at the
end, or when the next one is made.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

ELSEWHERE: Final = "elsewhere"
"""A file in such a folder: it holds the path of an unfinished file outside, which goes with the folder."""
_FOLDER: Final = "temporary"
_VARIABLE: Final = "GRADIO_TEMP_DIR"


@cache
def use_temporary_folder(data_dir: Path) -> Path:
    """Has Gradio keep uploaded files in a folder of this process's own below `data_dir`; where a person has named another by
    GRADIO_TEMP_DIR, in that.
    """
    if named := os.environ.get(_VARIABLE):
        return Path(named)
    held = ExitStack()
    folder = held.enter_context(temporary_folder(data_dir))
    os.environ[_VARIABLE] = str(folder)
    atexit.register(held.close)
    return folder


@contextmanager
def temporary_folder(data_dir: Path) -> Iterator[Path]:
    """A new folder below `data_dir`, there until the block ends. What killed processes left is removed first."""
    sweep(data_dir)
    parent = data_dir / _FOLDER
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent)).resolve()
    lock = FileLock(folder.with_suffix(".lock"))
    lock.acquire()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def sweep(data_dir: Path) -> None:
    """Removes the folders whose processes have ended."""
    for left in (data_dir / _FOLDER).glob("*.lock"):
        _remove(left)


def _remove(lock: Path) -> None:
    """A folder whose process has ended; its lock went with it."""
    folder = lock.with_suffix("")
    try:
        with FileLock(lock, timeout=0):
            with suppress(OSError):  # mostly there is none
                Path((folder / ELSEWHERE).read_text("utf-8")).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)
    except Timeout:
        pass
