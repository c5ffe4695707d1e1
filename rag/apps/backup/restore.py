"""A backup back into a data folder, which may be in use meanwhile."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rag.apps.backup.archive import unpack
from rag.apps.backup.contents import MODELS, OF_ALL_BASES, databases
from rag.apps.backup.save import save
from rag.apps.temporary import temporary_folder
from rag.database import make_private, replace_contents
from rag.errors import RagError
from rag.index.audit import AUDIT, AuditLog, acting
from rag.index.bases import WRITER_LOCK, base_folder, list_bases
from rag.index.catalogue.database import CATALOGUE, Database, move_revision
from rag.index.ingestion.lock import writing
from rag.kept import events
from rag.kept.database import FILE as CONVERSATIONS

BEFORE = "before-restore.zip"
_PATIENCE = 30.0  # seconds to wait for an ingestion


@dataclass(frozen=True, slots=True)
class Restored:
    """When the backup was made, its bases, those that were not in it (or lost, or damaged) and stay, and where the state before
    is kept.
    """

    made: datetime
    bases: tuple[str, ...]
    kept: tuple[str, ...]
    before: Path | None


def restore(data_dir: Path, archive: Path) -> Restored:
    """Everything is checked first, and the present state saved to `before-restore.zip`; then each SQLite file is replaced in
    one transaction, which a running server sees, and uploads become those of the backup. Vectors are missing until the next
    ingestion.

    The audit log stays as it is, where there is one. Raises BackupError where nothing was changed, IndexBusyError while another
    process reads documents, RagError, OSError; where the present state cannot be saved, nothing was changed either.
    """
    make_private(data_dir)
    with temporary_folder(data_dir) as staged:
        made = unpack(archive, staged)
        before = _save_before(data_dir, staged / BEFORE)
        bases = tuple(base for base in list_bases(staged) if (base_folder(staged, base) / CATALOGUE).exists())
        for base in bases:
            _restore_base(base_folder(staged, base), base_folder(data_dir, base))
        for file, kind in OF_ALL_BASES.items():
            if (staged / file).exists():
                with closing(kind(data_dir / file)) as live:
                    seen = events.last(live) if file == CONVERSATIONS else 0
                    replace_contents(staged / file, live)
                    if file == CONVERSATIONS:
                        events.restored(live, seen)
        for model in MODELS:
            _restore_model(staged / model, data_dir / model)
        if (staged / AUDIT).exists() and not (data_dir / AUDIT).exists():
            os.replace(staged / AUDIT, data_dir / AUDIT)
        AuditLog(data_dir).add(acting(), "restore", made.isoformat(timespec="seconds"))
    return Restored(made, bases, tuple(sorted(set(list_bases(data_dir)) - set(bases))), before)


def restore_newest(data_dir: Path, archives: list[Path], told: Callable[[str], object]) -> Restored | None:
    """The newest intact of several backups; `told` is what is wrong with newer ones."""
    for archive in sorted(archives, key=lambda path: path.name, reverse=True):
        try:
            return restore(data_dir, archive)
        except (RagError, OSError) as error:
            told(f"{archive.name} is not restored: {error}")
    return None


def _save_before(data_dir: Path, staged: Path) -> Path | None:
    """What is there, damaged files as they are; None where there is nothing yet."""
    if not any(databases(data_dir)):
        return None
    save(data_dir, staged, damaged_too=True)
    os.replace(staged, data_dir / BEFORE)
    return data_dir / BEFORE


def _restore_base(staged: Path, folder: Path) -> None:
    make_private(folder)
    move_revision(staged / CATALOGUE)
    internal = (staged / "internal").exists()
    with writing(folder / WRITER_LOCK, _PATIENCE):
        if internal:  # before anybody can see what is in it
            os.replace(staged / "internal", folder / "internal")
        with _opened(folder) as live:
            replace_contents(staged / CATALOGUE, live)
        _mirror(staged / "uploads", folder / "uploads")
        if (staged / "catalogue.json").exists():
            os.replace(staged / "catalogue.json", folder / "catalogue.json")
        else:
            (folder / "catalogue.json").unlink(missing_ok=True)
        if not internal:
            (folder / "internal").unlink(missing_ok=True)


@contextmanager
def _opened(folder: Path) -> Iterator[Database]:
    """The catalogue to be replaced; a damaged or lost one makes way."""
    try:
        live = Database(folder / CATALOGUE)
    except RagError:
        for left in (*folder.glob(f"{CATALOGUE}*"), folder / "catalogue.json"):
            left.unlink(missing_ok=True)
        live = Database(folder / CATALOGUE)
    with closing(live):
        yield live


def _mirror(staged: Path, folder: Path) -> None:
    """The uploads are those of the backup: others would be read as new, and as public."""
    names = {path.name for path in staged.iterdir()} if staged.is_dir() else set()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in names and path.is_file():
            path.unlink()
    if names:
        make_private(folder)
    for name in names:
        os.replace(staged / name, folder / name)


def _restore_model(staged: Path, folder: Path) -> None:
    """Versions that are there stay; which is in use is as the backup says."""
    if not staged.is_dir():
        return
    make_private(folder)
    for version in staged.iterdir():
        if version.is_dir() and not (folder / version.name).exists():
            shutil.move(version, folder / version.name)
    if (staged / "current").is_file() and (folder / (staged / "current").read_text("utf-8").strip()).is_dir():
        os.replace(staged / "current", folder / "current")
