"""What an agent sends: once, to whom it was written, and only where nothing happened that they have not seen."""

from typing import Any

from rag.database import Connection, Row
from rag.desk import agents
from rag.desk.canned import unfilled
from rag.desk.drafts import Drafts
from rag.desk.errors import DeskError, KeyUsedError, WrongRecipientError
from rag.desk.store import FREE, Store, clean, line
from rag.desk.values import Message, message_of
from rag.kept.events import tell
from rag.languages.spoken import texts

_SENT = "SELECT * FROM desk_messages WHERE author = :author AND client_key = :key"


class Replies:
    """Agents' public messages."""

    def __init__(self, store: Store, drafts: Drafts) -> None:
        self._store = store
        self._drafts = drafts

    def send(
        self,
        conversation: str,
        agent: str,
        text: str,
        *,
        version: int,
        key: str,
        recipient: str,
        evidence: Any = None,
        proposal: int | None = None,
        revision: int | None = None,
    ) -> Message:
        """Sends a reply, and takes the conversation with it where nobody has it or the bot has.

        `version` is the one that the agent saw, `key` one that the composer made for this message: sent again, the message that
        was sent first is returned, and there is no second. `recipient` is the one that was shown beside the composer; it stays
        with the message, which goes nowhere else. `evidence` is what the reply rests on, as plain values, `proposal` the id of
        what it was made from. `revision` is that of the draft it was written from, as in `Drafts.save`.

        The text is kept as the agent's draft first, and is no draft any more once it is sent: whatever happens meanwhile, it is
        one or the other. Raises ChangedError (a colleague answered, the customer wrote), NotYoursError, FullError for who has
        enough and would take it with the reply, WrongRecipientError, KeyUsedError, IllegalMoveError, NotFoundError, DeskError
        for an empty or too long text and for one with a variable of a canned reply that is not filled in.
        """
        kept, key = clean(text), line("key", key, 100)
        with self._store.write() as connection:
            self._store.row(connection, conversation)
            if sent := self._sent(connection, conversation, agent, kept, key):
                self._drafts.end_sent(connection, conversation, agent, kept)  # kept again while its arrival was not known
                return sent
            self._drafts.put(connection, conversation, agent, kept, revision)
        with self._store.write() as connection:
            if sent := self._sent(connection, conversation, agent, kept, key):
                return sent
            if left := unfilled(kept):
                raise DeskError(texts.UNFILLED.format(variable=left[0]))
            row = self._store.row(connection, conversation)
            by = agents.known(connection, agent)
            self._store.expect(connection, row, version)
            self._store.require_own(row, agent)
            if row["agent"] != agent:  # it is taken by the reply
                agents.require_room(connection, self._store, by)
            if recipient != row["recipient"]:
                raise WrongRecipientError(texts.WRONG_RECIPIENT.format(shown=recipient[:200], recipient=row["recipient"]))
            at = self._store.stamp()
            beside = {"key": key, "recipient": recipient, "evidence": evidence, "proposal": proposal}
            id = self._store.say(connection, conversation, "out", agent, by.name, kept, at, **beside)
            changes = {**FREE, "agent": agent, "first_reply_at": row["first_reply_at"] or at, "resolved_at": None, "code": ""}
            if row["agent"] != agent:
                changes["claimed_at"] = at
            self._store.move(connection, row, "reply", by, "open", changes=changes, message=id)
            self._drafts.end_sent(connection, conversation, agent, kept)
            found = connection.execute("SELECT * FROM desk_messages WHERE id = :id", {"id": id}).fetchone()
        return message_of(found)

    def sent(self, conversation: str, agent: str, text: str, key: str) -> Message | None:
        """What an agent sent with this key; None where nothing was. Raises KeyUsedError where it was another text."""
        named = {"author": agent, "key": line("key", key, 100)}
        return _same(next(iter(self._store.read(_SENT, named)), None), conversation, clean(text), key)

    def undelivered(self) -> list[Message]:
        """Replies to addresses (`recipient` begins with "mail:") that are still to be taken there, the oldest first."""
        sql = """SELECT * FROM desk_messages WHERE kind = 'out' AND delivered_at IS NULL AND recipient LIKE 'mail:%'
            ORDER BY id"""
        return [message_of(row) for row in self._store.read(sql)]

    def delivered(self, message: int) -> bool:
        """A reply has reached its recipient, or their mail server; False where it was known."""
        at = self._store.stamp()
        with self._store.write() as connection:
            sql = "UPDATE desk_messages SET delivered_at = :at WHERE id = :id AND delivered_at IS NULL RETURNING conversation"
            row = connection.execute(sql, {"at": at, "id": message}).fetchone()
            if row is not None:
                tell(connection, row["conversation"], "delivered", "clock", at, message=message)
        return row is not None

    def reached(self, conversation: str) -> None:
        """The customer's page or widget has all that was replied in it so far; what goes by mail, where mail is sent, is
        delivered by mail alone.
        """
        here = "AND recipient NOT LIKE 'mail:%'" if self._store.mails else ""
        which = f"conversation = :id AND kind = 'out' AND delivered_at IS NULL {here}"
        named = {"id": conversation, "at": self._store.stamp()}
        if not self._store.read(f"SELECT 1 FROM desk_messages WHERE {which} LIMIT 1", named):  # noqa: S608
            return
        with self._store.write() as connection:
            sql = f"UPDATE desk_messages SET delivered_at = :at WHERE {which} RETURNING id"  # noqa: S608
            for row in connection.execute(sql, named).fetchall():
                tell(connection, conversation, "delivered", "clock", named["at"], message=row["id"])

    @staticmethod
    def _sent(connection: Connection, conversation: str, agent: str, text: str, key: str) -> Message | None:
        return _same(connection.execute(_SENT, {"author": agent, "key": key}).fetchone(), conversation, text, key)


def _same(row: Row | None, conversation: str, text: str, key: str) -> Message | None:
    """The message that has the key already; raises KeyUsedError for another text or conversation."""
    if row is None:
        return None
    if (row["conversation"], row["text"]) != (conversation, text):
        raise KeyUsedError(texts.KEY_USED.format(key=key))
    return message_of(row)
