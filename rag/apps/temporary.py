"""The folder for what comes over the network before it is read: for its owner only, and emptied at start and end."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

_FOLDER: Final = "temporary"
_VARIABLE: Final = "GRADIO_TEMP_DIR"


@cache
def use_temporary_folder(data_dir: Path) -> Path:
    """Has Gradio keep uploaded files in a folder of this process's own below `data_dir`; where a person has named another by
    GRADIO_TEMP_DIR, in that. What killed processes left is removed.
    """
    if named := os.environ.get(_VARIABLE):
        return Path(named)
    parent = data_dir / _FOLDER
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in parent.glob("*.lock"):
        _remove(left)
    folder = Path(tempfile.mkdtemp(dir=parent)).resolve()
    lock = FileLock(folder.with_suffix(".lock"))
    lock.acquire()
    os.environ[_VARIABLE] = str(folder)

    def leave() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)

    atexit.register(leave)
    return folder


def _remove(lock: Path) -> None:
    """A folder whose process has ended; its lock went with it."""
    try:
        with FileLock(lock, timeout=0):
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
    except Timeout:
        pass
