"""Mails out of a mailbox by IMAP: each is marked as read after it is in the desk's file, and none is deleted."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rag.config_channels import LOOPBACK, ChannelSettings, address_of, folder_of
from rag.desk.desk import Desk
from rag.desk.mail.intake import Intake, Place, Taken
from rag.desk.mail.sending import SECONDS

_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
_UIDNEXT: Final = re.compile(rb"UIDNEXT (\d+)")


class MailboxError(OSError):
    """The mail server refuses, or answers with something else; the message says to what."""


class Fetcher:
    """The mailbox of the settings."""

    def __init__(self, desk: Desk, settings: ChannelSettings) -> None:
        """Raises SettingsError for an address that cannot be one."""
        self._settings = settings
        self._store = desk.store
        self._intake = Intake(desk, settings)
        self._parts = address_of("mail_imap", settings.mail_imap, ("imaps", "imap"))
        self._mailbox = f"{settings.mail_user}@{self._parts.hostname}/{folder_of(self._parts)}"

    def fetch(self) -> list[Taken]:
        """Takes what came since the last time; of a mailbox that was never looked into, what nobody has read.

        Raises MailboxError, OSError, StoreError; what was taken until then is there.
        """
        with self._connected() as server:
            validity, following = self._select(server)
            known = self._last(validity)
            if known is None:
                taken = [self._take(server, validity, uid, noted=False) for uid in self._search(server, "UNSEEN")]
                self._see(validity, max(0, following - 1))
                return taken
            found = (uid for uid in self._search(server, f"UID {known + 1}:*") if uid > known)
            return [self._take(server, validity, uid, noted=True) for uid in found]

    def _take(self, server: imaplib.IMAP4, validity: int, uid: int, *, noted: bool) -> Taken:
        place = Place(self._mailbox, validity, uid) if noted else None
        size = self._size(server, uid)
        if size > 1_000_000 * self._settings.mail_mb:
            return self._intake.take(self._body(server, uid, "BODY.PEEK[HEADER]"), place, left=size)
        taken = self._intake.take(self._body(server, uid, "BODY.PEEK[]"), place)
        server.uid("STORE", str(uid), "+FLAGS", r"(\Seen)")
        return taken

    @contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        host, context = self._parts.hostname or "", ssl.create_default_context()
        try:
            if self._parts.scheme == "imaps":
                server: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, self._parts.port or 993, ssl_context=context, timeout=SECONDS)
            else:
                server = imaplib.IMAP4(host, self._parts.port or 143, timeout=SECONDS)
            try:
                if self._parts.scheme == "imap" and ("STARTTLS" in server.capabilities or host not in LOOPBACK):
                    server.starttls(context)
                password = self._settings.mail_password
                server.login(self._settings.mail_user, password.get_secret_value() if password else "")
                yield server
            finally:
                server.shutdown()
        except imaplib.IMAP4.error as error:
            raise MailboxError(f"the mailbox {self._mailbox} refuses: {_line(error)}") from error

    def _select(self, server: imaplib.IMAP4) -> tuple[int, int]:
        """UIDVALIDITY and UIDNEXT of the folder."""
        folder = '"' + folder_of(self._parts).replace("\\", "").replace('"', "") + '"'
        status, said = server.select(folder)
        if status != "OK":
            raise MailboxError(f"the mailbox {self._mailbox} cannot be opened: {_line(said)}")
        (validity,) = server.response("UIDVALIDITY")[1]
        _, counted = server.status(folder, "(UIDNEXT)")
        following = _UIDNEXT.search(counted[0] if counted and isinstance(counted[0], bytes) else b"")
        if not validity or not following:
            raise MailboxError(f"the mailbox {self._mailbox} does not number its mails (UIDVALIDITY, UIDNEXT)")
        return int(validity), int(following[1])

    def _search(self, server: imaplib.IMAP4, what: str) -> list[int]:
        status, found = server.uid("SEARCH", what)
        if status != "OK":
            raise MailboxError(f"the mailbox {self._mailbox} cannot be searched")
        return sorted(int(uid) for uid in (found[0] or b"").split())

    def _size(self, server: imaplib.IMAP4, uid: int) -> int:
        _, said = server.uid("FETCH", str(uid), "(RFC822.SIZE)")
        found = _SIZE.search(b" ".join(part if isinstance(part, bytes) else part[0] for part in said if part))
        return int(found[1]) if found else 0

    def _body(self, server: imaplib.IMAP4, uid: int, what: str) -> bytes:
        status, said = server.uid("FETCH", str(uid), f"({what})")
        data = next((part[1] for part in said if isinstance(part, tuple)), None)
        if status != "OK" or not isinstance(data, bytes):
            raise MailboxError(f"the mailbox {self._mailbox} does not give mail {uid}")
        return data

    def _last(self, validity: int) -> int | None:
        sql = "SELECT max(uid) AS last FROM desk_mail_seen WHERE mailbox = :mailbox AND validity = :validity"
        found = self._store.read(sql, {"mailbox": self._mailbox, "validity": validity})[0]["last"]
        return None if found is None else int(found)

    def _see(self, validity: int, uid: int) -> None:
        with self._store.write() as connection:
            named = {"mailbox": self._mailbox, "validity": validity, "uid": uid, "at": self._store.stamp()}
            connection.execute(
                "INSERT INTO desk_mail_seen VALUES (:mailbox, :validity, :uid, :at) ON CONFLICT DO NOTHING", named
            )
            before = "DELETE FROM desk_mail_seen WHERE mailbox = :mailbox AND (validity <> :validity OR uid < :uid)"
            connection.execute(before, named)


def _line(said: object) -> str:
    return " ".join(str(said).split())[:200]
