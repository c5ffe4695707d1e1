"""Whether the files of a folder of vectors can be read: found out in a child process, as a damaged one ends the process.

A digest of the files is kept beside the folder; while they fit it, nothing needs to be tried. Reading a folder of 3,400 vectors
in which 4 kB were changed ended in a segmentation fault, gave wrong neighbours or an error, depending on the place
(Chroma 1.5.9). Chroma uses these files from 1,000 vectors on; what is damaged in its SQLite file it says itself.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from rag.errors import DamagedIndexError, StoreError

LONGEST = 600  # seconds that reading may take: 500,000 vectors are about 1 GB
_PAGE, _EACH = 2000, 20  # vectors looked at at once; one of so many is searched for
_UNIT = 0.01  # how far from 1 rounding may bring the length of a vector
_DAMAGED = 3  # what the child ends with where it found damage without dying of it


def check(folder: Path) -> None:
    """Raises DamagedIndexError for files that cannot be read, StoreError where that cannot be found out.

    No other process may write meanwhile (`Chroma.alone`).
    """
    if not (files := _files(folder)) or _noted(folder) == (found := _digest(files)):
        return
    command = [sys.executable, "-c", "from rag.index.soundness import probe; probe()", str(folder)]
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreError(f"whether the vectors in {folder} can be read was not found out ({error}); try again") from error
    if ended.returncode == -getattr(signal, "SIGKILL", 9):
        raise StoreError(f"there is no memory to read the vectors in {folder}: end other programs, and try again")
    if ended.returncode == 1:  # an error that says nothing of the files
        lines = ended.stderr.decode(errors="replace").split("\n")
        raise StoreError(f"the vectors in {folder} cannot be read: {' '.join(lines[-2:]).strip()[:500]}")
    if ended.returncode:
        raise DamagedIndexError(
            f"the vectors in {folder} are damaged (code {ended.returncode}); `rag documents retry` makes them again"
        )
    _write(folder, found)


def note(folder: Path) -> None:
    """The files are as this process has just written them; nothing is done where they have not changed since."""
    if (files := _files(folder)) and _seen.get(folder) != (stamp := _stamp(files)):
        _write(folder, _digest(files))
        _seen[folder] = stamp


def forget(folder: Path) -> None:
    """The files are gone."""
    _note(folder).unlink(missing_ok=True)
    _seen.pop(folder, None)


_seen: dict[Path, list[tuple[str, int, int]]] = {}


def probe() -> None:
    """What the child does: reads every vector of every collection, as a search would, and says by its end what it found."""
    import chromadb
    import numpy as np
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    client = chromadb.PersistentClient(sys.argv[1], settings=Settings(anonymized_telemetry=False))
    try:
        for collection in client.list_collections():
            for at in range(0, collection.count(), _PAGE):
                vectors = np.asarray(collection.get(limit=_PAGE, offset=at, include=["embeddings"])["embeddings"])
                lengths = np.linalg.norm(vectors, axis=1)
                of_one_length = abs(np.median(lengths) - 1) < _UNIT  # as vectors are that are compared by cosine
                if not np.isfinite(lengths).all() or not lengths.all() or (of_one_length and (abs(lengths - 1) > _UNIT).any()):
                    os._exit(_DAMAGED)
                collection.query(query_embeddings=vectors[::_EACH], n_results=10, include=["distances"])
    except ChromaError as error:
        if "(code: " in str(error):  # of SQLite, which says itself whether it is damage
            raise
        os._exit(_DAMAGED)
    os._exit(0)  # without ending Chroma in order, which takes longer than all of this


def _files(folder: Path) -> list[Path]:
    """Those that make a process end; none below 1,000 vectors."""
    return sorted(path for path in folder.glob("*/*") if path.is_file())


def _stamp(files: list[Path]) -> list[tuple[str, int, int]]:
    return [(str(file), (found := file.stat()).st_size, found.st_mtime_ns) for file in files]


def _digest(files: list[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            whole.update(f"{file.parent.name}/{file.name}\0".encode() + hashlib.file_digest(opened, "sha256").digest())
    return whole.hexdigest()


def _note(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


def _noted(folder: Path) -> str:
    try:
        return str(json.loads(_note(folder).read_text("utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write(folder: Path, digest: str) -> None:
    """Lost or half written, it only costs another look."""
    try:
        _note(folder).write_text(json.dumps({"sha256": digest}), "utf-8")
    except OSError:
        _note(folder).unlink(missing_ok=True)
