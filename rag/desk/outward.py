"""What goes on behind a server: mail is fetched and sent, webhooks are called, each in a thread of its own."""

import threading
from collections.abc import Callable

from rag.config_channels import ChannelSettings
from rag.desk.desk import Desk
from rag.desk.mail.worker import MailWorker
from rag.desk.webhooks import Webhooks


def start(desk: Desk, settings: ChannelSettings, ends: threading.Event, keep_days: int = 0) -> list[threading.Thread]:
    """Starts what the settings name; the threads stop when `ends` is set. Mails of no conversation are kept for `keep_days`.

    Raises SettingsError for what cannot be meant.
    """
    hooks = Webhooks(desk.store, private=settings.webhooks_private)
    work: list[tuple[str, Callable[[threading.Event], None]]] = [("webhooks", hooks.run)]
    if settings.mail_imap or settings.mail_smtp:
        work.append(("mail", MailWorker(desk, settings, keep_days).run))
    threads = [threading.Thread(target=run, args=(ends,), name=name, daemon=True) for name, run in work]
    for thread in threads:
        thread.start()
    return threads
