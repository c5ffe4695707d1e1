"""What people said is kept for some days, and not longer."""

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.errors import RagError
from rag.index.audit import AuditLog
from rag.index.bases import base_folder, list_bases
from rag.index.catalogue.database import CATALOGUE, Database
from rag.index.catalogue.erasing import TABLES, Kept, erase, forget_deleted, kept
from rag.kept import erasing as conversations

log = logging.getLogger(__name__)
NO_BASE = ""
"""Where `find` has what is of no base: mails that became no message, and conversations about a base that is not there."""
ERASED = "erased"
"""A file in the data folder whose time is that of the last erasure."""
DAY = 24 * 60 * 60.0  # seconds


def find(
    data_dir: Path, bases: Sequence[str], *, containing: str = "", before: datetime | None = None
) -> dict[str, list[Kept]]:
    """By base what is kept of people's questions, feedback and conversations there; raises NotFoundError, StoreError.

    What agents wrote as answers is found by its words only. NO_BASE is one of the bases where what is of none is looked for.
    """
    found = {}
    for base in bases:
        others = list_bases(data_dir) if base == NO_BASE else ()
        if base == NO_BASE:
            found[base] = conversations.find_mails(data_dir, containing=containing, before=before)
        else:
            with closing(Database(base_folder(data_dir, base) / CATALOGUE)) as database:
                found[base] = kept(database, containing=containing, before=before)
        found[base] += conversations.find(data_dir, base, not_of=others, containing=containing, before=before)
        if containing and before is None:
            found[base] += conversations.find_answers(data_dir, base, containing, not_of=others)
    return found


def erase_in(data_dir: Path, found: dict[str, list[Kept]], actor: str, *, anew: bool = True) -> None:
    """Erases what `find` found, and says so in the audit log."""
    audit = AuditLog(data_dir)
    for base, rows in found.items():
        try:
            if base != NO_BASE:
                with closing(Database(base_folder(data_dir, base) / CATALOGUE)) as database:
                    erase(database, [row for row in rows if row.table in TABLES], anew=anew)
            conversations.erase(data_dir, [row for row in rows if row.table in conversations.TABLES], anew=anew)
        finally:
            audit.add_all(actor, [("erase", f"{base}/{row.table}/{row.id}") for row in rows])


def forget_what_is_open(data_dir: Path) -> None:
    """A server keeps nothing from now on of what it answered before, but what it finds in the files again."""
    file = data_dir / ERASED
    file.touch(mode=0o600)
    os.utime(file, (now := time.time(), now))  # the clock of the answers; that of the file system is coarser


def erased_at(data_dir: Path) -> datetime | None:
    """When somebody erased last; None for never."""
    try:
        return datetime.fromtimestamp((data_dir / ERASED).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def erase_conversations(data_dir: Path, rows: Sequence[Kept], actor: str) -> None:
    """Erases conversations, and says so in the audit log."""
    if rows:
        try:
            conversations.erase(data_dir, rows, anew=False)
        finally:
            AuditLog(data_dir).add_all(actor, [("erase", f"{row.table}/{row.id}") for row in rows])


def delete_expired(data_dir: Path, days: int, visitor_days: int | None = None, now: datetime | None = None) -> int:
    """Deletes what is older than `days` in all bases and in none, for good; returns how many rows. 0 days keep all of it.

    Conversations of visitors go after `visitor_days`: by then nobody has the cookie that leads to them. Those that people are
    to answer stay until they are closed.
    """
    now = now or datetime.now(UTC)
    deleted = 0
    if visitor_days is not None:
        try:
            old = now - timedelta(days=visitor_days)
            theirs = conversations.find(data_dir, before=old, owner=conversations.VISITORS, with_people=False)
            erase_conversations(data_dir, theirs, "retention")
            deleted += len(theirs)
        except RagError as error:
            log.warning("conversations of visitors of over %d days ago are not yet deleted: %s", visitor_days, error)
    _forget_deleted(data_dir)
    if not days:
        return deleted
    before = now - timedelta(days=days)
    for base in (*list_bases(data_dir), NO_BASE):
        try:
            found = find(data_dir, [base], before=before)
            if found[base]:
                erase_in(data_dir, found, "retention", anew=False)
        except RagError as error:  # one base that is damaged or in use does not keep the others'
            log.warning("what people asked over %d days ago is not yet deleted in %s: %s", days, base or "-", error)
            continue
        deleted += len(found[base])
    return deleted


def _forget_deleted(data_dir: Path) -> None:
    """What was deleted in the middle of other work goes out of the logs of writes."""
    for base in list_bases(data_dir):
        try:
            with closing(Database(base_folder(data_dir, base) / CATALOGUE)) as database:
                forget_deleted(database)
        except RagError as error:
            log.warning("what was deleted may still be in a log of writes of %s: %s", base, error)


def daily(work: Callable[[], object], ends: threading.Event, seconds: float = DAY) -> threading.Thread:
    """Calls `work` at once and then each day, in a thread that stops when `ends` is set."""

    def run() -> None:
        while not ends.is_set():
            try:
                work()
            except Exception:
                log.exception("the daily work failed; it is tried again tomorrow")
            ends.wait(seconds)

    thread = threading.Thread(target=run, name="retention", daemon=True)
    thread.start()
    return thread
