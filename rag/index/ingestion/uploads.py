"""Copies of a person's files in the base's own folder: complete or not there, each under a name of its own."""

import filecmp
import os
import re
import shutil
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PARTIAL: Final = re.compile(r"\.[0-9a-f]{32}\.partial")
"""How a copy is called until it is complete."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A copy, and whether it was made now: one of the same content may have been there."""

    path: Path
    new: bool


def keep(file: Path, folder: Path, taken: Collection[str]) -> Upload:
    """A copy of `file` in `folder`, called like it without dots before it, or with a number where other content, or one of
    `taken`, is called so.

    Raises OSError where it cannot be copied; nothing is left then.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _names(file.name.lstrip(".") or "file"):
        target = folder / name
        if target.exists():
            if filecmp.cmp(file, target, shallow=False):
                return Upload(target, new=False)
        elif name not in taken:
            break
    partial = folder / f".{uuid.uuid4().hex}.partial"
    try:
        shutil.copyfile(file, partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return Upload(target, new=True)


def _names(name: str) -> Iterator[str]:
    """`a.md`, `a (2).md`, `a (3).md` and so on."""
    yield name
    number, path = 1, Path(name)
    while True:
        number += 1
        yield f"{path.stem} ({number}){path.suffix}"
