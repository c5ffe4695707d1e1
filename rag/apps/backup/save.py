"""A data folder into one file, while it is in use."""

import hashlib
import json
import os
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from rag.apps.backup.contents import DAMAGED, FORMAT, MANIFEST, databases, files
from rag.apps.temporary import ELSEWHERE, temporary_folder
from rag.database import copy_whole
from rag.errors import RagError, StoreError
from rag.types import Progress


def save(
    data_dir: Path, target: Path, progress: Progress = lambda done, total, what: None, *, damaged_too: bool = False
) -> int:
    """Writes the backup to `target`, for its owner only, and returns its bytes; what was there stays until it is complete.

    Each SQLite file is as it was at one moment. Raises StoreError where one is damaged, so that no backup is of damage;
    `damaged_too` keeps it as it is, with DAMAGED behind its name. Raises RagError where there is nothing to keep, OSError where
    there is no room.
    """
    if target.is_dir():
        raise RagError(f"{target} is a folder: name a file, such as {target / 'footnote.zip'}")
    if not target.parent.is_dir():
        raise RagError(f"{target.parent} is no folder: make it, or name another")
    partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}.partial")
    with temporary_folder(_there(data_dir)) as staged:
        (staged / ELSEWHERE).write_text(str(partial.absolute()), "utf-8")
        members: list[tuple[str, Path]] = []
        for number, (name, path) in enumerate(databases(data_dir)):
            progress(number, 0, f"copying {name}")
            copy = staged / str(number)
            try:
                copy_whole(path, copy)
            except StoreError:
                if not damaged_too:
                    raise
                members += [(f"{name}{log}{DAMAGED}", path.with_name(f"{path.name}{log}")) for log in ("", "-wal")]
            else:
                members.append((name, copy))
        if not members:
            raise RagError(f"there is nothing to keep in {data_dir}: no base, no account")
        members += files(data_dir)
        try:
            with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as opened:
                with ZipFile(opened, "w", ZIP_DEFLATED, compresslevel=1) as archive:
                    _write(archive, members, progress)
                opened.flush()
                os.fsync(opened.fileno())
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)
    return target.stat().st_size


def _write(archive: ZipFile, members: list[tuple[str, Path]], progress: Progress) -> None:
    kept: dict[str, dict[str, str | int]] = {}
    for done, (name, path) in enumerate(members):
        progress(done, len(members), name)
        digest, size = hashlib.sha256(), 0
        try:
            opened = path.open("rb")
        except FileNotFoundError:  # deleted meanwhile, or a log that there is not
            continue
        with opened, archive.open(name, "w", force_zip64=True) as member:
            while block := opened.read(1 << 20):
                digest.update(block)
                size += len(block)
                member.write(block)
        kept[name] = {"sha256": digest.hexdigest(), "bytes": size}
    manifest = {"format": FORMAT, "made": datetime.now(UTC).isoformat(timespec="seconds"), "files": kept}
    archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False))


def _there(data_dir: Path) -> Path:
    if not data_dir.is_dir():
        raise RagError(f"RAG_DATA_DIR is {data_dir}, which is no folder: there is nothing to keep")
    if shutil.disk_usage(data_dir).free < 1_000_000:
        raise RagError(f"the disk of {data_dir} is full: make room, and try again")
    return data_dir
