"""Files compared with the sha256 they must have."""

import hashlib
from pathlib import Path

from rag.errors import ModelError


def expect(file: Path, sha256: str, advice: str) -> None:
    """Raises ModelError, its message ending in the advice, where the file has another sha256."""
    if (seen := sha256_of(file)) != sha256:
        raise ModelError(f"{file} has sha256 {seen}, expected {sha256}; {advice}")


def sha256_of(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
