"""Zip containers (Word, PowerPoint, Excel, EPUB), opened only when what they inflate to is bounded and their names are tame."""

from pathlib import Path, PureWindowsPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from rag.errors import LoadError

_MOST_ENTRIES = 10_000
_MOST_MB = 400
# Real sheets reach 50 to 1; deflate's limit is 1032 to 1. Small containers may repeat themselves as they like.
_MOST_RATIO = 200
_RATIO_FROM_MB = 16
_MB = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1


def open_archive(path: Path, name: str, kind: str, member: str) -> ZipFile:
    """The checked container; `member` is the part that makes it a `kind`.

    Raises LoadError: "encrypted", "too large" for a bomb, "damaged" for anything that is no such container.
    """
    try:
        archive = ZipFile(path)
    except BadZipFile:
        raise _not_a_zip(path, name, kind) from None
    try:
        _check(archive.infolist(), name)
        if member not in archive.namelist():
            raise LoadError("damaged", f"{name} is a zip file but no {kind}: it has no {member}; check its suffix")
    except LoadError:
        archive.close()
        raise
    return archive


def _check(entries: list[ZipInfo], name: str) -> None:
    # Reading an entry stops at its declared size, so the declared sizes are a bound even where they lie.
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > _MOST_ENTRIES:
        raise LoadError("too large", f"{name} holds {len(entries):,} files; the limit is {_MOST_ENTRIES:,}")
    if inflated > _MOST_MB * _MB:
        raise LoadError("too large", f"{name} inflates to {inflated / _MB:,.0f} MB; the limit is {_MOST_MB} MB")
    if inflated > _RATIO_FROM_MB * _MB and inflated > _MOST_RATIO * packed:
        raise LoadError(
            "too large",
            f"{name} inflates {inflated // max(1, packed):,} times, as only a zip bomb does; the limit is {_MOST_RATIO}",
        )
    for entry in entries:
        inside = PureWindowsPath(entry.filename)  # Knows drives and either slash.
        if inside.anchor or ".." in inside.parts:
            raise LoadError("damaged", f"{name} holds a file named {entry.filename!r}, outside of itself; it is not opened")
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise LoadError("encrypted", f"{name} needs a password; save a copy without one")


def _not_a_zip(path: Path, name: str, kind: str) -> LoadError:
    data = path.read_bytes()
    if data.startswith(_OLE) and _OLE_ENCRYPTED in data:
        return LoadError("encrypted", f"{name} needs a password; save a copy without one")
    if data.startswith(_OLE):
        return LoadError("damaged", f"{name} is in the format of Office 97-2003 under a new suffix; save it as a {kind} again")
    if data.startswith(b"%PDF"):
        return LoadError("damaged", f"{name} is a PDF, not a {kind}; rename it to end in .pdf")
    return LoadError("damaged", f"{name} is no {kind}: it begins with {data[:8]!r}, or its end is missing; get a new copy")
