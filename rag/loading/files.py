"""Which files there are below a folder, and whether one may be read at all."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from rag.errors import LoadError
from rag.loading.rules import NAME as RULES

_SKIPPED_FOLDERS = frozenset(("node_modules", "__pycache__"))
_SKIPPED_PREFIXES = (".", "~$")  # Hidden files, and the lock files of Office.
_MB = 1 << 20


def discover(root: Path) -> list[tuple[Path, str]]:
    """Files below a folder (or the file itself), with their names relative to it, by name.

    Left out are hidden files and folders, lock files of Office, `node_modules`, `__pycache__`, links that lead out, and rules
    (`footnote.toml`).
    """
    if root.is_file():
        return [(root, _name(root.name))]
    home = root.resolve()
    found = [(path, _name(path.relative_to(root).as_posix())) for path in _walk(root) if path.resolve().is_relative_to(home)]
    return sorted(found, key=lambda pair: pair[1])


def check(path: Path, name: str, suffixes: Collection[str], max_mb: float) -> None:
    """Raise LoadError for a file that need not be opened to see that it cannot be read."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise LoadError("unreadable", f"{name} cannot be read: {error.strerror or error}") from error
    if not path.is_file():
        raise LoadError("unreadable", f"{name} is no file")
    if path.suffix.lower() not in suffixes:
        seen = f"{path.suffix} files" if path.suffix else "files without a suffix"
        raise LoadError("unknown type", f"{name}: cannot read {seen}, only {' '.join(sorted(suffixes))}")
    if not size:
        raise LoadError("empty", f"{name} is empty (0 bytes); fill or remove it")
    if size > max_mb * _MB:
        raise LoadError(
            "too large", f"{name} has {size / _MB:,.1f} MB, the limit is {max_mb:g} MB; split it or raise RAG_MAX_UPLOAD_MB"
        )


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _SKIPPED_FOLDERS and not name.startswith(_SKIPPED_PREFIXES)]
        paths = (Path(folder, name) for name in files if not name.startswith(_SKIPPED_PREFIXES) and name != RULES)
        yield from (path for path in paths if path.is_file())


def _name(path: str) -> str:
    """A name that can be stored and shown: bytes that are no UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")
