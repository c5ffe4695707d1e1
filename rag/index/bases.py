"""Knowledge bases as folders: each has a catalogue, vectors and uploads of its own in `data_dir/bases/NAME`.

Version 1 had one index, which lay in the data folder itself; `adopt_version_1` makes a base of it.
"""

import os
import shutil
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.about import Audience
from rag.database import close_to_others, make_private
from rag.errors import NotFoundError, RagError, SettingsError
from rag.index.catalogue.database import CATALOGUE, collection_names, put_to_rest
from rag.index.ingestion.lock import writing
from rag.kept import erasing as conversations

DEFAULT = "default"
WRITER_LOCK = "writer.lock"
_FOLDER, _LONGEST, _LONGEST_BYTES = "bases", 64, 200  # a file name has 255 bytes at most
_INTERNAL = "internal"  # a file of this name in a base's folder: the base is for staff; it goes with the folder
_GONE = ".deleted-"  # a base on its way out; no name of a base begins so


def check_name(name: str) -> str:
    """The name in its one spelling (NFC); raises RagError for what is no name of a base."""
    plain = unicodedata.normalize("NFC", name)
    fits = 1 <= len(plain) <= _LONGEST and len(plain.encode("utf-8", "replace")) <= _LONGEST_BYTES
    if not fits or plain[0] in "-_" or not all(map(_in_name, plain)):
        shown = name if len(name) <= _LONGEST else name[:_LONGEST] + "…"
        raise RagError(
            f"{shown!r} is no name of a base: take letters, digits, - and _, at most {_LONGEST}, a letter or digit first"
        )
    return plain


def base_folder(data_dir: Path, name: str) -> Path:
    """Where a base of that name is or would be."""
    return data_dir / _FOLDER / check_name(name)


def list_bases(data_dir: Path, audience: Audience = "internal") -> tuple[str, ...]:
    """The names of all bases that an audience may know of, sorted."""
    folder = data_dir / _FOLDER
    if not folder.is_dir():
        return ()
    seen = (entry for entry in folder.iterdir() if audience == "internal" or not (entry / _INTERNAL).exists())
    return tuple(sorted(entry.name for entry in seen if entry.is_dir() and is_name(entry.name)))


def base_audience(data_dir: Path, name: str) -> Audience:
    """Who a base is for; raises NotFoundError."""
    return "internal" if (find_base(data_dir, name) / _INTERNAL).exists() else "public"


def set_base_audience(data_dir: Path, name: str, audience: Audience) -> None:
    """Says who a base is for: one for staff is not even named to visitors. Raises NotFoundError."""
    mark = find_base(data_dir, name) / _INTERNAL
    if audience == "internal":
        mark.touch(mode=0o600)
    else:
        mark.unlink(missing_ok=True)


def find_base(data_dir: Path, name: str) -> Path:
    """The folder of a base that exists; raises NotFoundError."""
    folder = base_folder(data_dir, name)
    if not folder.is_dir():
        there = ", ".join(list_bases(data_dir)) or "none yet"
        raise NotFoundError(f"no base is named {name!r} (there are: {there}); `rag bases create {folder.name}` makes it")
    return folder


def use_base(data_dir: Path, name: str = DEFAULT) -> Path:
    """The folder of a base to open: an index of version 1 is brought into its place first, and the default base is made where
    it is missing. Raises NotFoundError for any other base that does not exist, SettingsError where no folder can be made.
    """
    adopt_version_1(data_dir)
    if name == DEFAULT:
        folder = base_folder(data_dir, DEFAULT)
        try:
            make_private(folder)
        except OSError as error:
            raise SettingsError(
                f"RAG_DATA_DIR is {data_dir}, where no folder can be made ({error.strerror}): set another."
            ) from error
    else:
        folder = find_base(data_dir, name)
    close_to_others(folder)
    return folder


def create_base(data_dir: Path, name: str) -> Path:
    """The folder of a new, empty base; raises RagError where there is one of that name."""
    folder = base_folder(data_dir, name)
    make_private(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError as error:
        raise _taken(folder.name) from error
    return folder


def rename_base(data_dir: Path, name: str, new_name: str) -> Path:
    """The folder with its new name; raises NotFoundError, RagError for a taken name, IndexBusyError while the base is open."""
    folder, target = find_base(data_dir, name), base_folder(data_dir, new_name)
    if target.exists():
        raise _taken(target.name)
    with _unused(folder):
        folder.rename(target)
    conversations.rename_base(data_dir, folder.name, target.name)
    return target


def delete_base(data_dir: Path, name: str, drop: Callable[[str], None] | None = None) -> None:
    """Removes a base with all that is in it, and conversations with it; raises NotFoundError, IndexBusyError while it is open.

    `drop` is called with each of its collections first: vectors on a server do not go with the folder.
    """
    folder = find_base(data_dir, name)
    with _unused(folder):
        if drop is not None:
            for collection in collection_names(folder / CATALOGUE):
                drop(collection)
        folder.rename(folder.with_name(_GONE + uuid.uuid4().hex))  # from here on it is gone, whenever the rest is removed
    conversations.erase(data_dir, conversations.find(data_dir, folder.name), anew=False)
    conversations.forget_base(data_dir, folder.name)
    for left in folder.parent.glob(_GONE + "*"):
        shutil.rmtree(left, ignore_errors=True)


def adopt_version_1(data_dir: Path) -> Path | None:
    """Moves an index that lies in the data folder itself to a base, and returns its folder; None where there is none.

    The base is `default`, or `default-2` and so on where that has an index already. Killed between two moves, the next call
    goes on. Raises IndexBusyError while another process has the index open.
    """
    from filelock import FileLock

    if not (data_dir / CATALOGUE).exists():
        return None
    with FileLock(data_dir / f"{_FOLDER}.lock"):
        if not (data_dir / CATALOGUE).exists():  # another process was first
            return None
        folder = next(folder for folder in _free(data_dir) if not (folder / CATALOGUE).exists())
        with _unused(data_dir):
            make_private(folder)
            for part in ("uploads", "chroma"):
                _move(data_dir / part, folder / part)
            _move(data_dir / CATALOGUE, folder / CATALOGUE)  # the last: while it is here, there is something left to do
        for rest in (WRITER_LOCK, "writer.json", "chroma.lock"):
            (data_dir / rest).unlink(missing_ok=True)
        return folder


@contextmanager
def _unused(folder: Path) -> Iterator[None]:
    """Nobody writes to the index in `folder` or has its catalogue open; raises IndexBusyError."""
    if not (folder / CATALOGUE).exists():
        yield
        return
    with writing(folder / WRITER_LOCK):
        put_to_rest(folder / CATALOGUE)
        yield


def _free(data_dir: Path) -> Iterator[Path]:
    yield base_folder(data_dir, DEFAULT)
    number = 1
    while True:
        yield base_folder(data_dir, f"{DEFAULT}-{(number := number + 1)}")


def _move(source: Path, target: Path) -> None:
    """Both on one file system. A folder that is there already takes what is in the other."""
    if source.is_dir() and target.is_dir():
        for entry in list(source.iterdir()):
            _move(entry, target / entry.name)
        source.rmdir()
    elif source.exists():
        os.replace(source, target)


def _taken(name: str) -> RagError:
    return RagError(f"there is a base named {name!r} already; take another name, or `rag bases delete {name}` first")


def is_name(name: str) -> bool:
    """Whether it is the name of a base, in its one spelling."""
    try:
        return check_name(name) == name
    except RagError:
        return False


def _in_name(character: str) -> bool:
    """Letters with their marks, digits, - and _."""
    return character in "-_" or unicodedata.category(character)[0] in "LM" or unicodedata.category(character) == "Nd"
