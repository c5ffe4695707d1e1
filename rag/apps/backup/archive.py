"""A backup read with distrust: nothing in it is believed before it was checked, and nothing of it is executed."""

import errno
import hashlib
import json
import shutil
import stat
import zlib
from contextlib import closing
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from rag.apps.backup.contents import FORMAT, MANIFEST, belongs, database_of
from rag.database import make_private, schema_of
from rag.errors import RagError, StoreError
from rag.index.bases import is_name

MOST_FILES: Final = 1_000_000
_NO_ARCHIVE = (
    BadZipFile,
    NotImplementedError,
    EOFError,
    RuntimeError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    zlib.error,
)
"""What reading a file raises that is no archive, or whose list is none."""
_MOST_MANIFEST: Final = 200_000_000  # bytes


class BackupError(RagError):
    """A file that is no backup, or no whole one; nothing has been changed."""


def unpack(archive: Path, folder: Path) -> datetime:
    """Puts what the backup holds into `folder`, and returns when it was made; every file fits its digest then, and every SQLite
    file is whole and has the tables of this program and no others.

    Raises BackupError, and OSError where there is no room.
    """
    try:
        with ZipFile(archive) as opened:
            manifest = _manifest(opened)
            names = _checked(opened, manifest["files"], archive)
            needed, free = sum(info.file_size for info in names), shutil.disk_usage(folder).free
            if needed > free:
                raise BackupError(f"{archive} needs {needed / 1e6:,.0f} MB, and there are {free / 1e6:,.0f} MB free: make room")
            for info in names:
                _extract(opened, info, folder, manifest["files"][info.filename])
        for name in manifest["files"]:
            _check_database(name, folder)
        return datetime.fromisoformat(manifest["made"])
    except (*_NO_ARCHIVE, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:  # what a damaged list of members comes to
            raise
        raise BackupError(f"{archive} is no backup of Footnote, or is damaged ({str(error)[:200]}); take another") from error


def _manifest(opened: ZipFile) -> dict[str, Any]:
    info = opened.getinfo(MANIFEST)
    if info.file_size > _MOST_MANIFEST:
        raise BackupError("its list of files is too long")
    with opened.open(info) as member:
        found: dict[str, Any] = json.loads(member.read(_MOST_MANIFEST))
    if found["format"] != FORMAT:
        raise BackupError(f"it is a backup of format {str(found['format'])[:20]}, and this version reads {FORMAT}: upgrade")
    return found


def _checked(opened: ZipFile, files: dict[str, Any], archive: Path) -> list[ZipInfo]:
    """The members besides the manifest, each once, in it, and where it belongs."""
    infos = [info for info in opened.infolist() if info.filename != MANIFEST]
    names = [info.filename for info in infos]
    if len(names) > MOST_FILES or len(set(names)) < len(names) or set(names) != set(files):
        raise BackupError(f"{archive} is no whole backup: its files are not those of its list")
    for info in infos:
        kind = stat.S_IFMT(info.external_attr >> 16)
        parts = PurePosixPath(info.filename).parts
        if kind not in {0, stat.S_IFREG} or ".." in parts or not belongs(info.filename):
            raise BackupError(f"{archive} holds {info.filename[:100]!r}, which no backup of Footnote does")
        if parts[0] == "bases" and not is_name(parts[1]):
            raise BackupError(f"{archive} holds a base with the name {parts[1][:100]!r}, which is none")
        if int(files[info.filename]["bytes"]) != info.file_size:
            raise BackupError(f"{info.filename[:100]!r} in {archive} is not as large as it should be")
    return infos


def _extract(opened: ZipFile, info: ZipInfo, folder: Path, expected: dict[str, Any]) -> None:
    target = folder / info.filename
    make_private(target.parent)
    digest, left = hashlib.sha256(), info.file_size
    with opened.open(info) as member, target.open("xb") as written:
        while block := member.read(1 << 20):
            left -= len(block)
            if left < 0:
                raise BackupError(f"{info.filename[:100]!r} is larger than it says")
            digest.update(block)
            written.write(block)
    target.chmod(0o600)
    if digest.hexdigest() != expected["sha256"]:
        raise BackupError(f"{info.filename[:100]!r} is damaged: it does not fit its checksum")


def _check_database(name: str, folder: Path) -> None:
    """Opening it brings an older one up to date."""
    if (kind := database_of(name)) is None:
        return
    fresh = folder / "fresh" / name
    try:
        is_empty = not schema_of(folder / name)  # and would be made anew below
        with closing(kind(folder / name)) as found, closing(kind(fresh)):
            found.check()
            had, should = schema_of(folder / name), schema_of(fresh)
        shutil.rmtree(folder / "fresh")
    except StoreError as error:
        raise BackupError(f"{name} in the backup cannot be used: {error}") from error
    if is_empty or had != should:
        raise BackupError(f"{name} in the backup has other tables than this program makes")
