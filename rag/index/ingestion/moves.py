"""Files that were moved: the same file at a new place, its old place gone, is known as before and not read again."""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError

if TYPE_CHECKING:
    from rag.index.catalogue import FileRecord


@dataclass(frozen=True, slots=True)
class Moves:
    """What is known of files by their new paths, and what was below a folder that was moved and is not in it any more."""

    files: dict[Path, "FileRecord"]
    gone: tuple["FileRecord", ...] = ()


def fingerprint(path: Path, name: str) -> tuple[int, str]:
    """Size in bytes and sha256; raises LoadError "unreadable"."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise LoadError("unreadable", f"{name} cannot be opened ({error.strerror}); put it back, or let it be read") from error


def find_moves(found: Mapping[Path, str], known: Mapping[Path, "FileRecord"], sha256: Callable[[Path], str | None]) -> Moves:
    """The moves that explain the files found, by their names, at places where they are not known.

    A file has moved where its name and content are known and the old place is gone. A whole folder has where more than half of
    its files are found by name, at least one with the same content, and nothing is left of it: then files that have changed
    since are taken over too. `sha256` gives None for what cannot be read.
    """
    unknown = {name: path for path, name in found.items() if path not in known or _answers_elsewhere(known[path])}
    gone = {file.name: file for path, file in known.items() if not _answers_elsewhere(file) and not path.exists()}
    asked = {unknown[name]: file for name, file in gone.items() if name in unknown}
    moved = {path: file for path, file in asked.items() if file.sha256 and sha256(path) == file.sha256}
    left_behind: list[FileRecord] = []
    for root in {root for file in moved.values() if (root := _root(file)) is not None}:
        below = [file for file in known.values() if _root(file) == root]
        here = {path: file for path, file in asked.items() if _root(file) == root}
        if len(here) * 2 > len(below) and not any(file.path.exists() for file in below):
            moved |= here
            left_behind += [file for file in below if file not in here.values()]
    return Moves(moved, tuple(left_behind))


def _answers_elsewhere(file: "FileRecord") -> bool:
    return file.reason == "name taken"


def _root(file: "FileRecord") -> Path | None:
    """The folder that a file's name counts from."""
    parts = Path(file.name).parts
    return file.path.parents[len(parts) - 1] if file.path.parts[-len(parts) :] == parts else None
