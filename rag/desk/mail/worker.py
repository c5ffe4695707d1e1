"""Mail in and out, again and again: what fails is told once, in words, and tried again; nothing stops the rest."""

import logging
import threading
import time
from dataclasses import dataclass, field
from smtplib import SMTPException

from rag.config_channels import ChannelSettings
from rag.desk.desk import Desk
from rag.desk.mail.fetching import Fetcher
from rag.desk.mail.files import Files
from rag.desk.mail.intake import Taken
from rag.desk.mail.sending import Sender
from rag.errors import RagError

log = logging.getLogger(__name__)
_DAY = 24 * 60 * 60.0  # seconds


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did. `problems` are sentences for whoever runs the server."""

    taken: tuple[Taken, ...] = ()
    sent: int = 0
    problems: tuple[str, ...] = ()


@dataclass
class MailWorker:
    """Fetches and sends by the settings; what is not set is left out. `last` is what the last round did.

    Mails of no conversation are forgotten after `keep_days`; 0 keeps them.
    """

    desk: Desk
    settings: ChannelSettings
    keep_days: int = 0
    last: Round = field(default_factory=Round)

    def __post_init__(self) -> None:
        """Raises SettingsError for what cannot be meant."""
        self._fetcher = Fetcher(self.desk, self.settings) if self.settings.mail_imap else None
        self._sender = Sender(self.desk, self.settings) if self.settings.mail_smtp else None

    def once(self) -> Round:
        """One round; never raises for what a mail or a mail server does."""
        taken: list[Taken] = []
        sent, problems = 0, []
        try:
            taken = self._fetcher.fetch() if self._fetcher else []
        except (RagError, OSError) as error:
            problems.append(f"mail is not fetched: {_line(error)}")
        try:
            sent = self._sender.send_due() if self._sender else 0
        except (RagError, OSError, SMTPException) as error:
            problems.append(f"replies are not sent: {_line(error)}")
        problems += [f"the mail {one.message_id}: {one.problem}" for one in taken if one.problem and not one.again]
        found = Round(tuple(taken), sent, tuple(problems))
        for problem in found.problems:
            if problem not in self.last.problems:
                log.warning("%s", problem)
        self.last = found
        return found

    def run(self, ends: threading.Event) -> None:
        """Rounds until `ends` is set."""
        following = time.monotonic()
        while not ends.is_set():
            try:
                self.once()
                if self.keep_days and time.monotonic() >= following:
                    Files(self.desk.store).forget_old(self.keep_days)
                    following += _DAY
            except Exception:  # an error of this program: the mails stay where they are, and are tried again
                log.exception("a round of mail failed")
            ends.wait(self.settings.mail_seconds)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
