"""A mail into the desk: a message of a conversation, or set aside with what is wrong with it. Taken twice, it is there once."""

import hashlib
import logging
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import parseaddr
from typing import Final, Literal

from rag.config_channels import ChannelSettings
from rag.database import Connection
from rag.desk.customers import Customer
from rag.desk.desk import Desk
from rag.desk.errors import DeskError
from rag.desk.mail.folding import Folded
from rag.desk.mail.problems import Problem, in_words, kept, problem
from rag.desk.mail.reading import OWN, Mail, Part, read
from rag.desk.values import Case
from rag.errors import StoreError
from rag.kept.conversations import Conversations
from rag.kept.events import stamp, tell
from rag.languages.spoken import texts
from rag.text import replace_lone_surrogates

log = logging.getLogger(__name__)

Kind = Literal["in", "automatic", "held"]
"""A person's; a program's; one that became no message, for a reason."""
WHOLE: Final = "mail.eml"
"""The name of the whole mail among the files of a conversation."""
_MOST_AN_HOUR = 30  # mails of one sender that are taken: more are a loop, or meant to be one
_REPORTED = 200_000  # bytes of a report of delivery in which the Message-ID of the reply is looked for
_IDS = re.compile(rb"<[^<>\s]{1,250}>")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a mail. `conversation` "" where it is of none; `problem` is what was wrong, "" for nothing.

    `again`: it was known already.
    """

    kind: Kind
    message_id: str
    conversation: str = ""
    message: int | None = None
    problem: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail stands: a mailbox, the UIDVALIDITY of it, and the mail's UID."""

    mailbox: str
    validity: int
    uid: int


class Intake:
    """Mails of a mailbox to conversations about one base. Safe for threads and processes."""

    def __init__(self, desk: Desk, settings: ChannelSettings) -> None:
        self._desk = desk
        self._store = desk.store
        self._settings = settings
        self._own = parseaddr(settings.mail_from)[1].lower()

    def take(self, data: bytes, place: Place | None = None, *, left: int = 0) -> Taken:
        """Takes a mail. Whatever is in it, it becomes a message or is set aside, with its bytes kept.

        `left` is the size of a mail that is too large, of which `data` is the head alone. Raises StoreError.
        """
        try:
            return self._take(data, place, left)
        except (StoreError, OSError):
            raise
        except Exception as error:  # an error of this program: that mail is set aside, and the next one is taken
            log.exception("a mail is set aside")
            bare = Mail(_own_id(data), "", "", (), "", (), None, Folded(""), (), "", ())
            return self._set_aside(data, bare, place, problem("failed", kind=type(error).__name__))

    def _take(self, data: bytes, place: Place | None, left: int) -> Taken:
        mail = read(data)
        if not mail.message_id or self._is_of_another(mail):
            mail = replace(mail, message_id=_own_id(data))
        if left:
            large = problem("large", mb=left / 1e6, most=str(self._settings.mail_mb))
            mail = replace(mail, problems=(large, *mail.problems))
        if known := self._known(mail.message_id):
            self._see(place)
            return known
        reason = self._held(mail)
        if mail.automatic or reason:
            return self._set_aside(data, mail, place, reason)
        try:
            conversation, message = self._say(mail)
        except DeskError as error:
            return self._set_aside(data, mail, place, problem("refused", problem=str(error)))
        return self._keep(data, mail, place, conversation, message)

    def _held(self, mail: Mail) -> Problem | None:
        """Why a person's mail becomes no message, None where it does."""
        if not mail.sender:
            return problem("nobody")
        if mail.automatic == OWN or mail.sender == self._own:
            return problem("own")
        since = stamp(self._store.now() - timedelta(hours=1))
        sql = "SELECT count(*) AS n FROM desk_mails WHERE sender = :sender AND kind = 'in' AND at > :since"
        if self._store.read(sql, {"sender": mail.sender, "since": since})[0]["n"] >= _MOST_AN_HOUR:
            return problem("loop", sender=mail.sender, most=_MOST_AN_HOUR)
        return None

    def _say(self, mail: Mail) -> tuple[str, int]:
        """The mail as a message: of the conversation it answers, where that is this address's own, otherwise of a new one.

        What was written in the page or a widget is its visitor's, who may have left anybody's address there: a mail from it
        begins a conversation that follows that one, which the visitor does not see.
        """
        key = hashlib.sha256(mail.message_id.encode()).hexdigest()
        text = mail.body.text or texts.MAIL_EMPTY
        customer = self._customer(f"mail:{hashlib.sha256(mail.sender.encode()).hexdigest()[:32]}")
        answered = self._with_sender(mail)
        if own := self._own_of(answered, customer.owner):
            said = customer.say(own, text, key)
            if said.message is not None:
                return said.conversation, said.message.id
        name = "".join(c for c in mail.name if c.isprintable())
        said = customer.begin(
            answered.base if answered else self._settings.mail_base,
            text,
            key,
            channel="mail",
            address=mail.sender,
            name=name,
            title=mail.subject or text,
            previous=answered.id if answered else None,
        )
        assert said.message is not None
        return said.conversation, said.message.id

    def _customer(self, owner: str) -> Customer:
        return self._desk.customer(Conversations(self._store.file).of(owner))

    def _with_sender(self, mail: Mail) -> Case | None:
        """The conversation that a mail answers, where it is with this sender: who got a mail passed on adds nothing to it."""
        answered = self._answered(mail)
        case = self._desk.cases.get(answered) if answered else None
        return case if case and case.address.lower() == mail.sender else None

    def _own_of(self, answered: Case | None, owner: str) -> str:
        """What a mail is added to: the conversation it answers, or the one by mail that follows it; "" for neither."""
        if answered is None or answered.owner == owner:
            return answered.id if answered else ""
        which = "WHERE previous = :id AND owner = :owner ORDER BY desk_cases.created_at DESC LIMIT 1"
        return next((one.id for one in self._store.cases(which, {"id": answered.id, "owner": owner})), "")

    def _answered(self, mail: Mail) -> str:
        """The conversation of the nearest mail that this one answers."""
        for id in reversed(mail.references):
            rows = self._store.read("SELECT conversation FROM desk_mails WHERE message_id = :id", {"id": id})
            if rows and rows[0]["conversation"]:
                return str(rows[0]["conversation"])
        return ""

    def _keep(self, data: bytes, mail: Mail, place: Place | None, conversation: str, message: int) -> Taken:
        """The mail and its files beside the message, which is there already."""
        files = [Part(WHOLE, "message/rfc822", data), *mail.files[: self._settings.mail_files]]
        wrong = kept(mail.problems)
        if len(mail.files) > self._settings.mail_files:
            many = problem("files", n=len(mail.files), most=self._settings.mail_files)
            wrong = kept((*mail.problems, many))
        with self._store.write() as connection:
            if known := self._known(mail.message_id):
                return known
            id = self._note(connection, mail, "in", conversation, message, wrong, None)
            for part in files:
                self._add_file(connection, conversation, id, part)
            details = {"mail": id, "message": message, "files": len(files), "problem": bool(wrong)}
            tell(connection, conversation, "mail", "clock", self._store.stamp(), details=details)
            self._mark(connection, place)
        return Taken("in", mail.message_id, conversation, message, in_words(wrong))

    def _set_aside(self, data: bytes, mail: Mail, place: Place | None, reason: Problem | None) -> Taken:
        """A mail that becomes no message: an event tells of it, in the conversation where a program answers a mail of that."""
        kind: Kind = "held" if reason else "automatic"
        conversation = "" if reason else self._answered(mail) or self._reported(data)
        wrong = kept([reason or problem("automatic", header=mail.automatic)])
        with self._store.write() as connection:
            if known := self._known(mail.message_id):
                return known
            id = self._note(connection, mail, kind, conversation or None, None, wrong, data)
            details = {"mail": id, "automatic": kind == "automatic", "aside": True}
            tell(connection, conversation or None, "mail", "clock", self._store.stamp(), details=details)
            self._mark(connection, place)
        return Taken(kind, mail.message_id, conversation, None, in_words(wrong))

    def _reported(self, data: bytes) -> str:
        """The conversation of the reply that a report of delivery is about: it holds the Message-ID."""
        for id in dict.fromkeys(_IDS.findall(data[:_REPORTED])):
            sql = "SELECT conversation FROM desk_mails WHERE message_id = :id AND kind = 'out'"
            rows = self._store.read(sql, {"id": id.decode("latin-1")})
            if rows and rows[0]["conversation"]:
                return str(rows[0]["conversation"])
        return ""

    def _is_of_another(self, mail: Mail) -> bool:
        """Whether a mail that is certainly not this one has its Message-ID: some programs use one for all."""
        rows = self._store.read("SELECT * FROM desk_mails WHERE message_id = :id", {"id": mail.message_id})
        return (
            bool(rows) and rows[0]["kind"] != "out" and (rows[0]["sender"], rows[0]["subject"]) != (mail.sender, mail.subject)
        )

    def _known(self, message_id: str) -> Taken | None:
        rows = self._store.read("SELECT * FROM desk_mails WHERE message_id = :id", {"id": message_id})
        if not rows:
            return None
        row = rows[0]
        kind: Kind = "held" if row["kind"] == "out" else row["kind"]
        return Taken(kind, message_id, row["conversation"] or "", row["message"], in_words(row["problem"]), again=True)

    def _note(
        self,
        connection: Connection,
        mail: Mail,
        kind: Kind,
        conversation: str | None,
        message: int | None,
        wrong: str,
        data: bytes | None,
    ) -> int:
        sql = """INSERT INTO desk_mails (message_id, kind, conversation, message, sender, subject, folded, problem, data, at)
            VALUES (:id, :kind, :conversation, :message, :sender, :subject, :folded, :problem, :data, :at) RETURNING id"""
        values = {
            "id": mail.message_id,
            "kind": kind,
            "conversation": conversation,
            "message": message,
            "sender": replace_lone_surrogates(mail.sender),
            "subject": mail.subject,
            "folded": mail.body.folded,
            "problem": wrong,
            "data": data,
            "at": self._store.stamp(),
        }
        return int(connection.execute(sql, values).fetchone()["id"])

    def _add_file(self, connection: Connection, conversation: str, mail: int, part: Part) -> None:
        values = {
            "conversation": conversation,
            "mail": mail,
            "name": part.name,
            "type": replace_lone_surrogates(part.type)[:100],
            "size": len(part.data),
            "sha256": hashlib.sha256(part.data).hexdigest(),
            "data": part.data,
            "at": self._store.stamp(),
        }
        sql = """INSERT INTO desk_files (conversation, mail, name, type, size, sha256, data, at)
            VALUES (:conversation, :mail, :name, :type, :size, :sha256, :data, :at)"""
        connection.execute(sql, values)

    def _see(self, place: Place | None) -> None:
        with self._store.write() as connection:
            self._mark(connection, place)

    def _mark(self, connection: Connection, place: Place | None) -> None:
        if place is not None:
            sql = """INSERT INTO desk_mail_seen VALUES (:mailbox, :validity, :uid, :at) ON CONFLICT DO NOTHING"""
            named = {"mailbox": place.mailbox, "validity": place.validity, "uid": place.uid, "at": self._store.stamp()}
            connection.execute(sql, named)


def _own_id(data: bytes) -> str:
    """A Message-ID for a mail that has none of its own."""
    return f"<{hashlib.sha256(data).hexdigest()[:40]}@none>"
