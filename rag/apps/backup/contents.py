"""What a backup holds: by the paths below the data folder. Vectors are not in it, as the catalogue gives them again."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rag.apps.server.accounts.database import FILE as ACCOUNTS
from rag.apps.server.accounts.database import AccountsFile
from rag.database import Database
from rag.index.audit import AUDIT, AuditFile
from rag.index.bases import list_bases
from rag.index.catalogue.database import CATALOGUE
from rag.index.catalogue.database import Database as Catalogue
from rag.index.ingestion.uploads import PARTIAL
from rag.kept.database import FILE as CONVERSATIONS
from rag.kept.database import ConversationsFile

FORMAT: Final = 1
MANIFEST: Final = "footnote.json"
"""The first member: `format`, `made` (ISO 8601, UTC), `files` with the SHA-256 and the bytes of every other member."""

OF_ALL_BASES: Final[Mapping[str, type[Database]]] = {ACCOUNTS: AccountsFile, CONVERSATIONS: ConversationsFile}
"""SQLite files beside the bases, and how they are read; the audit log is apart, as it is never replaced."""

DAMAGED: Final = ".damaged"
"""Behind the path of a SQLite file that is kept as it was found. Nothing reads it, and no restore puts it back."""

MODELS: Final = ("reader", "generator", "embedder", "matcher", "router")
_BASE = r"bases/(?P<base>[^/]+)/"
_UPLOAD = re.compile(_BASE + r"uploads/(?P<name>[^/]+)")
_CATALOGUE = re.compile(_BASE + re.escape(CATALOGUE))
_PART = re.compile(_BASE + r"(?:catalogue\.sqlite3|catalogue\.json|internal)")
_KINDS = r"safetensors|json|jsonl|txt|md|model"  # of files of weights: none of them is executed
_MODEL = re.compile(rf"(?:{'|'.join(MODELS)})/(?:current|\d{{4,}}/(?:[\w-]+/)?[\w.-]+\.(?:{_KINDS}))")


def databases(data_dir: Path) -> Iterator[tuple[str, Path]]:
    """Every SQLite file, by its path in the backup."""
    for name in (AUDIT, *OF_ALL_BASES):
        if (data_dir / name).exists():
            yield name, data_dir / name
    for base in list_bases(data_dir):
        if (path := data_dir / "bases" / base / CATALOGUE).exists():
            yield f"bases/{base}/{CATALOGUE}", path


def files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    """Every other file."""
    for base in list_bases(data_dir):
        folder = data_dir / "bases" / base
        parts = [folder / "catalogue.json", folder / "internal", *sorted(folder.glob("uploads/*"))]
        named = ((f"bases/{base}/{path.relative_to(folder).as_posix()}", path) for path in parts if path.is_file())
        yield from ((name, path) for name, path in named if belongs(name))
    for kind in MODELS:
        for path in sorted((data_dir / kind).rglob("*")):
            name = path.relative_to(data_dir).as_posix()
            if path.is_file() and _MODEL.fullmatch(name):
                yield name, path


def database_of(name: str) -> type[Database] | None:
    """How a SQLite file of that path is read; None for what is none."""
    known: dict[str, type[Database]] = {AUDIT: AuditFile, **OF_ALL_BASES}
    return known.get(name) or (Catalogue if _CATALOGUE.fullmatch(name) else None)


def belongs(name: str) -> bool:
    """Whether a backup may hold a file of that path."""
    if name in {AUDIT, *OF_ALL_BASES} or _PART.fullmatch(name) or _MODEL.fullmatch(name):
        return True
    if upload := _UPLOAD.fullmatch(name):
        whole = upload["name"] not in {".", ".."} and not PARTIAL.fullmatch(upload["name"])
        return whole and "\\" not in name and name.isprintable()
    damaged = name.removesuffix(DAMAGED)
    return damaged != name and database_of(damaged.removesuffix("-wal")) is not None
