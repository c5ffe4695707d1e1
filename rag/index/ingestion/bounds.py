"""The most that one base holds, and what is left of it: a file for which there is no room is told so, the others are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.errors import LoadError, RagError

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of one base: files, passages, MB of its files on the disk, and MB of uploaded files that it keeps itself."""

    files: int = 50_000
    passages: int = 500_000
    megabytes: int = 10_000
    uploads_mb: int = 1_000


class Room:
    """What files take of the bounds; a file that is read again gives back what it took."""

    def __init__(self, bounds: Bounds, held: dict[Path, tuple[int, int]]) -> None:
        """`held` has the passages and the bytes of each file that the index holds, ready or pending."""
        self._bounds, self._held = bounds, held
        self._passages = sum(passages for passages, _ in held.values())
        self._bytes = sum(size for _, size in held.values())

    def take(self, path: Path, name: str, passages: int, size: int) -> None:
        """Raises LoadError "no room" where a file does not fit; nothing is taken then."""
        old_passages, old_size = self._held.get(path, (0, 0))
        files = len(self._held) + (path not in self._held)
        all_passages = self._passages - old_passages + passages
        all_bytes = self._bytes - old_size + size
        for needed, most, what, setting in (
            (files, self._bounds.files, "files", "RAG_MAX_FILES"),
            (all_passages, self._bounds.passages, "passages", "RAG_MAX_ALL_PASSAGES"),
            (-(-all_bytes // _MB), self._bounds.megabytes, "MB", "RAG_MAX_ALL_MB"),
        ):
            if needed > most:
                raise LoadError(
                    "no room",
                    f"{name} does not fit: with it there would be {needed:,} {what} here, and {setting} is {most:,}; "
                    "delete documents, or raise it",
                )
        self._held[path] = passages, size
        self._passages, self._bytes = all_passages, all_bytes

    def free(self, path: Path) -> None:
        """A file is gone."""
        passages, size = self._held.pop(path, (0, 0))
        self._passages -= passages
        self._bytes -= size


def check_uploads(folder: Path, new: Sequence[Path], bounds: Bounds) -> None:
    """Raises RagError where the folder of uploads would hold more than its bound."""
    kept = sum(file.stat().st_size for file in folder.iterdir() if file.is_file()) if folder.is_dir() else 0
    more = sum(file.stat().st_size for file in new)
    if kept + more > bounds.uploads_mb * _MB:
        raise RagError(
            f"no room for {more / _MB:,.1f} MB more: uploaded documents take {kept / _MB:,.1f} MB, and RAG_MAX_UPLOADS_MB is "
            f"{bounds.uploads_mb:,}; delete uploaded documents, or raise it"
        )
