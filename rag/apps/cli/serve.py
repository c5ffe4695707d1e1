"""`rag serve`: the server over the bases, and the knowledge folder into the index behind it."""

import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from rag.apps.cli.opening import settings_for_command
from rag.apps.cli.printing import err, plain
from rag.apps.cli.progress import lines, progress_bar
from rag.config import Settings
from rag.errors import RagError, SettingsError
from rag.extras import explain_missing_extra

if TYPE_CHECKING:
    from rag.apps.backup.snapshots import Snapshots
    from rag.config_channels import ChannelSettings
    from rag.index.knowledge_base import KnowledgeBase

log = logging.getLogger(__name__)
LAST_SECONDS = 10.0  # that the group of passages in work has to end in, when the server stops


def serve(
    host: Annotated[str | None, typer.Option(help="Address to serve on; by default that of RAG_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; by default that of RAG_PORT.")] = None,
) -> None:
    """Serve the page and the API, and read RAG_KNOWLEDGE meanwhile."""
    overrides = {key: value for key, value in {"host": host, "port": port}.items() if value is not None}
    run(settings_for_command(overrides))


def run(settings: Settings) -> None:
    """Open the bases and serve the page until interrupted; the base in use is brought up to date while it can be asked."""
    from rag.desk import outward
    from rag.desk.desk import Desk
    from rag.index import retention
    from rag.models import files
    from rag.served import Bases
    from rag.service import load_models

    with explain_missing_extra():
        from rag.apps.server.running import launch
    snapshots, channels = _snapshots(settings), _channels(settings)
    with progress_bar() as progress:
        bases = Bases(settings, load_models(settings, progress))
        assistant = bases.open(settings.base, "internal")
        progress(0, 1, f"Loading {settings.generator}")
        assistant.warm_up()
        assistant.retriever()  # an index that does not fit the settings is told now
    if not settings.knowledge.is_dir():
        err.print(plain(f"RAG_KNOWLEDGE is {settings.knowledge}, which is no folder; serving what the index holds."))
    ends = threading.Event()
    retention.daily(lambda: retention.delete_expired(settings.data_dir, settings.keep_days, settings.visitor_days), ends)
    retention.daily(lambda: files.check_fetched(settings.models_dir), ends)
    if snapshots:
        retention.daily(snapshots.take, ends, snapshots.each)
    reading = threading.Thread(target=_update, args=(assistant.base, settings, ends), name="update", daemon=True)
    with closing(bases), closing(Desk.of(settings.data_dir)) as desk:
        workers = outward.start(desk, channels, ends, settings.keep_days)
        try:
            launch(bases, settings, started=reading.start, mails=bool(channels.mail_smtp))
        finally:
            ends.set()
            assistant.base.pause()
            for thread in (reading, *workers):
                if thread.ident is not None:
                    thread.join(LAST_SECONDS)
            if snapshots:
                snapshots.take()


def _snapshots(settings: Settings) -> "Snapshots | None":
    """Those of the settings; an empty data folder begins with the newest."""
    if settings.snapshots is None:
        return None
    from rag.apps.backup.snapshots import Snapshots

    snapshots = Snapshots(settings.data_dir, settings.snapshots)
    if done := snapshots.restore():
        err.print(plain(f"restored the snapshot of {done.made.isoformat(timespec='minutes')}"))
    return snapshots


def _channels(settings: Settings) -> "ChannelSettings":
    """Those of mail and webhooks; raises SettingsError for mails about a base that is not there."""
    from rag.config_channels import load_channels
    from rag.index.bases import list_bases

    channels, there = load_channels(), {*list_bases(settings.data_dir), settings.base}
    if channels.mail_imap and channels.mail_base not in there:
        raise SettingsError(
            f"RAG_MAIL_BASE is {channels.mail_base!r}, which is no base: set one of {', '.join(sorted(there))}."
        )
    return channels


def _update(base: "KnowledgeBase", settings: Settings, ends: threading.Event) -> None:
    """Goes on with what a killed process left, then reads uploads that were lost and the knowledge folder."""
    folder = [settings.knowledge] if settings.knowledge.is_dir() else []
    try:
        report = base.ingest_when_free([*base.unknown_uploads(), *folder], ends, lines())
    except Exception as error:
        if not ends.is_set():
            if isinstance(error, RagError):
                err.print(plain(f"rag: the documents are not brought up to date: {error}"))
            else:
                log.exception("the documents are not brought up to date")
        return
    for file in report.quarantined:
        err.print(plain(f"not read: {file.name}: {file.message}"))
