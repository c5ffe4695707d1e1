"""The desk of a data folder, put together: agents' moves, replies, drafts, lists, and the customers' side."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rag.desk.agents import Agents
from rag.desk.canned import CannedReplies
from rag.desk.cases import Cases
from rag.desk.clockwork import Clockwork
from rag.desk.customers import Customer
from rag.desk.drafts import Drafts
from rag.desk.events import Events
from rag.desk.hours import DeskSettings, Hours
from rag.desk.notes import Notes
from rag.desk.queue import Queue
from rag.desk.replies import Replies
from rag.desk.store import Store, utc_now
from rag.kept.conversations import Own
from rag.kept.database import ConversationsFile
from rag.kept.events import tell


class Desk:
    """One for a process; safe for threads, and beside other processes over the same file.

    `agents` who is there; `cases` who has a conversation; `replies` what is sent; `drafts` what is being written; `notes` what
    agents keep about it; `queue` lists, counts, search; `events` what happened since; `canned` replies to insert; `clockwork`
    what happens by itself.
    """

    def __init__(self, file: ConversationsFile, clock: Callable[[], datetime] = utc_now, *, mails: bool = False) -> None:
        """The desk in the file of conversations, which stays the caller's to close. `mails`: replies to addresses are sent by
        mail; otherwise customers cannot leave one.
        """
        self.store = Store(file, clock, mails=mails)
        self.agents = Agents(self.store)
        self.cases = Cases(self.store)
        self.drafts = Drafts(self.store)
        self.replies = Replies(self.store, self.drafts)
        self.notes = Notes(self.store, self.drafts)
        self.queue = Queue(self.store)
        self.events = Events(self.store)
        self.canned = CannedReplies(self.store)
        self.clockwork = Clockwork(self.store, self.drafts)

    @classmethod
    def of(cls, data_dir: Path) -> "Desk":
        """The one of a data folder, made if missing; `close` it. Raises StoreError."""
        return cls(ConversationsFile.of(data_dir))

    def customer(self, own: Own) -> Customer:
        """The side of who has these conversations."""
        return Customer(self.store, own)

    def settings(self) -> DeskSettings:
        """Hours, targets and the like."""
        return self.store.settings()

    def hours(self) -> Hours:
        """The opening hours of the settings."""
        return self.store.hours()

    def set_settings(self, settings: DeskSettings, actor: str) -> None:
        """Other settings; targets that were set already stay."""
        with self.store.write() as connection:
            sql = """INSERT INTO desk_settings (name, value) VALUES ('desk', :value)
                ON CONFLICT (name) DO UPDATE SET value = :value"""
            connection.execute(sql, {"value": settings.model_dump_json()})
            tell(connection, None, "settings", actor, self.store.stamp())

    def close(self) -> None:
        self.store.file.close()
