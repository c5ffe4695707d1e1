"""Folders that are made from other folders of weights, once, and kept beside them."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock


def key(version: str, *folders: Path) -> str:
    """What a derived folder depends on: the files' names, sizes and times, and the version of what makes it."""
    digest = hashlib.sha256(version.encode())
    for folder in folders:
        for path in sorted(folder.resolve().iterdir()):
            if path.suffix in {".json", ".safetensors"}:
                state = path.stat()
                digest.update(f"{path.name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def once(place: Path, make: Callable[[Path], None]) -> Path:
    """`place`, which one process makes where it is missing: in another folder, moved there as the last step."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{place}.lock"):
        if not place.is_dir():
            work = place.with_suffix(".partial")
            shutil.rmtree(work, ignore_errors=True)
            make(work)
            os.replace(work, place)
    return place
