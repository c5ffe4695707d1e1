"""A small file system in memory, and one that is full: for tests of what happens when nothing can be written."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SIZE = 48_000_000  # bytes of the file system


@contextmanager
def small_disk() -> Iterator[Path]:
    """A folder on a file system of its own; raises CalledProcessError or OSError where none may be mounted."""
    with tempfile.TemporaryDirectory(prefix="full-disk-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True, capture_output=True)
        try:
            yield Path(folder)
        finally:
            # what a library of this process still has open, keeps it until that ends
            subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def full(folder: Path, free: int) -> Iterator[None]:
    """All but so many bytes are taken."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    os.truncate(ballast, max(0, ballast.stat().st_size - free))
    try:
        yield
    finally:
        ballast.unlink()
