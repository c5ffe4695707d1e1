"""What was trained here: a folder for each version of a model in the data folder, and the file that says which is in use."""

import os
import shutil
from pathlib import Path
from typing import Literal

from rag.errors import ModelError, RagError

Kind = Literal["reader", "generator", "embedder", "matcher", "router"]
TRAINED = "trained"
_CURRENT = "current"


def find(name: str, kind: Kind, data_dir: Path, shipped: Path | None = None) -> str:
    """`name`, or the folder that `trained` stands for: the version in use, or else the one that comes with the package.

    Raises ModelError for `trained` where neither is there.
    """
    if name != TRAINED:
        return name
    pointer = _home(kind, data_dir) / _CURRENT
    if pointer.is_file():
        return str(pointer.parent / pointer.read_text("utf-8").strip())
    if shipped is None:
        raise ModelError(f"No {kind} was trained in {data_dir}: run `rag train {kind}` first, or name another.")
    return str(shipped)


def install(folder: Path, kind: Kind, data_dir: Path) -> Path:
    """Move a model's folder in as the newest version, and use it from now on."""
    home = _home(kind, data_dir)
    number = max((int(path.name) for path in home.glob("[0-9]*")), default=0) + 1
    place = home / f"{number:04}"
    shutil.move(folder, place)
    _use(home, place.name)
    return place


def roll_back(kind: Kind, data_dir: Path) -> Path | None:
    """Use the version that was used before; None where that is none of one's own. Raises RagError where none is in use."""
    home = _home(kind, data_dir)
    pointer = home / _CURRENT
    if not pointer.exists():
        raise RagError(f"No {kind} of your own is in use: there is nothing to roll back.")
    earlier = sorted(path.name for path in home.glob("[0-9]*") if path.name < pointer.read_text("utf-8").strip())
    if earlier:
        _use(home, earlier[-1])
        return home / earlier[-1]
    pointer.unlink()
    return None


def _home(kind: Kind, data_dir: Path) -> Path:
    return data_dir / kind


def _use(home: Path, name: str) -> None:
    waiting = home / f"{_CURRENT}.new"
    waiting.write_text(name, "utf-8")
    os.replace(waiting, home / _CURRENT)
