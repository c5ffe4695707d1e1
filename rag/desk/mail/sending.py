"""Replies out as mails: to the recipient that was frozen when an agent sent them, under a Message-ID made of the client key.

A reply that was handed to a server and killed before that was noted is handed over again, under the same Message-ID, by which
mail programs know it again.
"""

import hashlib
import logging
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from typing import Final

from rag.config_channels import LOOPBACK, ChannelSettings, address_of
from rag.database import Connection, Row
from rag.desk.desk import Desk
from rag.desk.mail.reading import OWN, clean, is_address
from rag.desk.states import Move, State
from rag.desk.store import CLOCK
from rag.desk.values import Message
from rag.errors import SettingsError
from rag.kept.events import stamp, tell

log = logging.getLogger(__name__)
SECONDS: Final = 30.0  # that a mail server may take for a step
_MINUTES = (1, 5, 15, 60)  # until the next try; the last for all that follow
_TRIES = 30  # a day and a bit
_WAITS_BY: Final[Mapping[State, Move]] = {"open": "time_out", "snoozed": "wake", "resolved": "reopen"}
_LEASE = timedelta(minutes=10)  # for which another process leaves alone what this one is sending


@dataclass(frozen=True, slots=True)
class Failed:
    """A reply that could not be sent: why, how often it was tried, and when it is tried again (None: not by itself)."""

    message: int
    conversation: str
    error: str
    tries: int
    next_at: datetime | None


class Sender:
    """The replies of conversations by mail. Safe for threads and processes: each is sent by one of them."""

    def __init__(self, desk: Desk, settings: ChannelSettings) -> None:
        """Raises SettingsError where no mail could be sent with these settings."""
        self._desk = desk
        self._store = desk.store
        self._settings = settings
        self._server = address_of("mail_smtp", settings.mail_smtp, ("smtps", "smtp"))
        self._name, self._address = parseaddr(settings.mail_from)
        if not is_address(self._address):
            raise SettingsError(
                f"RAG_MAIL_FROM is {settings.mail_from[:200]!r}, which holds no address; "
                "write it like `Larkfell <help@larkfell.example>`."
            )

    def send_due(self) -> int:
        """Sends what is due; returns how many were taken by the server. Raises OSError where none can be reached."""
        due = [message for message in self._desk.replies.undelivered() if self._take(message.id)]
        if not due:
            return 0
        try:
            server = connect_smtp(self._settings)
        except (OSError, smtplib.SMTPException) as error:
            for message in due:
                self._fail(message, str(error), final=False)
            raise
        with closing(server):
            return sum(self._send(server, message) for message in due)

    def failed(self) -> list[Failed]:
        """What could not be sent so far, the oldest first."""
        sql = """SELECT desk_mail_tries.*, conversation FROM desk_mail_tries JOIN desk_messages ON id = message
            WHERE error <> '' AND delivered_at IS NULL ORDER BY message"""
        return [_failed(row) for row in self._store.read(sql)]

    def retry(self, message: int) -> None:
        """Has a reply that was given up sent again with the next round."""
        with self._store.write() as connection:
            sql = "UPDATE desk_mail_tries SET given_up = 0, tries = 0, next_at = :now WHERE message = :message"
            connection.execute(sql, {"now": self._store.stamp(), "message": message})

    def _take(self, message: int) -> bool:
        """Whether it is due, and nobody else is sending it; it is this one's for some minutes then."""
        with self._store.write() as connection:
            now = self._store.now()
            sql = "SELECT * FROM desk_mail_tries WHERE message = :message"
            row = connection.execute(sql, {"message": message}).fetchone()
            if row is not None and (row["given_up"] or row["next_at"] > stamp(now)):
                return False
            take = """INSERT INTO desk_mail_tries (message, tries, next_at, error, given_up) VALUES (:message, 0, :until, '', 0)
                ON CONFLICT (message) DO UPDATE SET next_at = :until"""
            connection.execute(take, {"message": message, "until": stamp(now + _LEASE)})
        return True

    def _send(self, server: smtplib.SMTP, message: Message) -> bool:
        address = address_in(message)
        if not is_address(address):
            self._fail(message, f"{address[:100]!r} is no address that a mail can be sent to", final=True)
            return False
        try:
            mail = self.compose(message)
            server.send_message(mail, self._address, [address])
            self._sent(message, mail)
            return True
        except smtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[address]
            self._fail(message, _told(code, said), final=code >= 500)
        except smtplib.SMTPResponseException as error:
            self._fail(message, _told(error.smtp_code, error.smtp_error), final=error.smtp_code >= 500)
        except (OSError, smtplib.SMTPException) as error:
            self._fail(message, str(error), final=False)
        except Exception as error:  # an error of this program, or the reply was erased: the others are sent
            log.exception("the reply %d cannot be sent", message.id)
            self._fail(message, type(error).__name__, final=False)
        return False

    def compose(self, message: Message) -> EmailMessage:
        """A reply as a mail, with what it answers in its headers."""
        subject, references = self._thread(message.conversation)
        mail = EmailMessage()
        mail["From"] = formataddr((self._name, self._address))
        mail["To"] = address_in(message)
        mail["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
        mail["Date"] = format_datetime(message.at)
        mail["Message-ID"] = self._id(message)
        if references:
            mail["In-Reply-To"] = references[-1]
            mail["References"] = " ".join(references)
        mail[OWN] = "reply"
        mail.set_content(clean(message.text), cte="quoted-printable")
        return mail

    def _id(self, message: Message) -> str:
        """Of one reply always the same: its author and client key are nobody else's."""
        sql = "SELECT author, client_key FROM desk_messages WHERE id = :id"
        row = self._store.read(sql, {"id": message.id})[0]
        known = hashlib.sha256(f"{row['author']}\0{row['client_key']}\0{message.conversation}".encode()).hexdigest()
        return f"<{known[:40]}@{self._address.rpartition('@')[2]}>"

    def _thread(self, conversation: str) -> tuple[str, list[str]]:
        """The subject of a conversation, and the Message-IDs of its mails, the last last."""
        sql = "SELECT * FROM desk_mails WHERE conversation = :id AND kind IN ('in', 'out') ORDER BY id"
        rows = self._store.read(sql, {"id": conversation})
        first = next((row["subject"] for row in rows if row["kind"] == "in" and row["subject"]), "")
        subject = first or self._desk.cases.get(conversation).title
        incoming = [row["message_id"] for row in rows]
        last_in = max((n for n, row in enumerate(rows) if row["kind"] == "in"), default=-1)
        ordered = [id for n, id in enumerate(incoming) if n != last_in] + ([incoming[last_in]] if last_in >= 0 else [])
        return " ".join(clean(subject).split())[:200], ordered[-20:]

    def _sent(self, message: Message, mail: EmailMessage) -> None:
        with self._store.write() as connection:
            sql = """INSERT INTO desk_mails (message_id, kind, conversation, message, sender, subject, folded, problem, at)
                VALUES (:id, 'out', :conversation, :message, :sender, :subject, '', '', :at) ON CONFLICT DO NOTHING"""
            values = {
                "id": mail["Message-ID"],
                "conversation": message.conversation,
                "message": message.id,
                "sender": self._address,
                "subject": mail["Subject"],
                "at": self._store.stamp(),
            }
            connection.execute(sql, values)
        self._desk.replies.delivered(message.id)

    def _fail(self, message: Message, error: str, *, final: bool) -> None:
        """Notes why, and when it is tried again; what is given up is told in the conversation. Nothing of what was erased."""
        log.warning("the reply %d is not sent yet: %s", message.id, error)
        with self._store.write() as connection:
            sql = "SELECT tries FROM desk_mail_tries WHERE message = :message"
            row = connection.execute(sql, {"message": message.id}).fetchone()
            if row is None:
                return
            tries = row["tries"] + 1
            given_up = final or tries >= _TRIES
            minutes = _MINUTES[min(tries, len(_MINUTES)) - 1]
            change = """UPDATE desk_mail_tries SET tries = :tries, next_at = :next, error = :error, given_up = :given_up
                WHERE message = :message"""
            values = {
                "message": message.id,
                "tries": tries,
                "next": stamp(self._store.now() + timedelta(minutes=minutes)),
                "error": clean(error)[:500],
                "given_up": int(given_up),
            }
            connection.execute(change, values)
            if given_up:
                self._wait_again(connection, message.conversation)
                at = self._store.stamp()
                details = {"message": message.id, "tries": tries}
                tell(connection, message.conversation, "undelivered", "clock", at, details=details)

    def _wait_again(self, connection: Connection, conversation: str) -> None:
        """The customer has not been answered: the conversation is for anybody again, also where it was closed."""
        row = self._store.row(connection, conversation)
        move = _WAITS_BY.get(row["state"])
        if move is not None:
            free = {"agent": None, "reply_by": None, "snoozed_until": None, "resolved_at": None, "code": ""}
            owed = self._store.owed(row, begins=True)
            self._store.move(connection, row, move, CLOCK, "waiting", changes={**free, **owed})


def address_in(message: Message) -> str:
    """The address that a reply was written to."""
    return message.recipient.removeprefix("mail:")


def connect_smtp(settings: ChannelSettings) -> smtplib.SMTP:
    """A connection to the server of the settings, encrypted and signed in. Raises OSError, smtplib.SMTPException."""
    parts = address_of("mail_smtp", settings.mail_smtp, ("smtps", "smtp"))
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS)
    try:
        server.ehlo()
        if parts.scheme == "smtp" and (server.has_extn("starttls") or host not in LOOPBACK):
            server.starttls(context=context)
            server.ehlo()
        if settings.mail_user and (server.has_extn("auth") or host not in LOOPBACK):
            server.login(settings.mail_user, settings.mail_password.get_secret_value() if settings.mail_password else "")
    except BaseException:
        server.close()
        raise
    return server


def _told(code: int, said: bytes | str) -> str:
    return f"{code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"


def _failed(row: Row) -> Failed:
    next_at = None if row["given_up"] else datetime.fromisoformat(row["next_at"])
    return Failed(row["message"], row["conversation"], row["error"], row["tries"], next_at)
