"""The customer's side: who has their conversation, what they and people said in it. Nothing here reads agents' notes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from rag.database import Connection, Row
from rag.desk import begin
from rag.desk.agents import is_present
from rag.desk.begin import CUSTOMER
from rag.desk.cases import ORDER
from rag.desk.errors import DeskError, KeyUsedError
from rag.desk.states import By, Move, Reason, State
from rag.desk.store import FREE, Actor, Store, clean, line
from rag.desk.values import Channel, Message, message_of, when
from rag.errors import NotFoundError
from rag.kept.conversations import Line, Own
from rag.kept.events import tell
from rag.languages.spoken import texts
from rag.types import Answer

_BY_STATE: Final[Mapping[str, Move]] = {"snoozed": "wake", "resolved": "reopen"}
"""What a customer's message does to a conversation that nobody is working on."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer is told of their conversation. `state` is None where people never had it. `place` counts those that
    wait, the first is 1; `agent` is the name of who has it. `is_open`: people answer at this time of day; `opens_at` is when
    that is next (None: not within a year). `address` is where replies go by mail, "" for nowhere yet, None where no mail
    is sent. `to`: who gets what is written next; "new" where it was closed so long ago that another conversation begins.
    `since_exchange`: questions up to that one belong to what was closed.
    """

    state: State | None
    to: Literal["bot", "people", "new"]
    version: int
    agent: str
    place: int | None
    is_open: bool
    opens_at: datetime | None
    address: str | None
    rating: int | None
    since_exchange: int


@dataclass(frozen=True, slots=True)
class Said:
    """Where a message went. `message` is None where it is for the bot, to be asked in `conversation`, which may be new."""

    conversation: str
    to: Literal["bot", "people"]
    message: Message | None


class Customer:
    """One owner's conversations, as they reach people: every statement names the owner, so that none reaches another's."""

    def __init__(self, store: Store, own: Own) -> None:
        self._store = store
        self._own = own
        self.owner = own.owner

    def standing(self, conversation: str) -> Standing:
        """Who has it; raises NotFoundError for what is not theirs."""
        rows = self._store.read(
            """SELECT conversations.id, desk_cases.*, (SELECT name FROM desk_agents WHERE desk_agents.id = agent) AS agent_name
            FROM conversations LEFT JOIN desk_cases ON desk_cases.conversation = conversations.id
            WHERE conversations.id = :id AND owner = :owner""",
            {"id": conversation, "owner": self.owner},
        )
        if not rows:
            raise NotFoundError(texts.NO_CASE)
        row, now, hours = rows[0], self._store.now(), self._store.hours()
        address = (row["address"] or "") if self._store.mails else None
        if row["state"] is None:
            return Standing(None, "bot", 0, "", None, hours.is_open(now), hours.opens_at(now), address, None, 0)
        return Standing(
            state=row["state"],
            to=self._to(row),
            version=row["version"],
            agent=row["agent_name"] or "",
            place=self._place(row) if row["state"] == "waiting" else None,
            is_open=hours.is_open(now),
            opens_at=hours.opens_at(now),
            address=address,
            rating=row["rating"],
            since_exchange=row["since_exchange"],
        )

    def messages(self, conversation: str, after: int = 0) -> list[Line]:
        """What they and people said, and the status between, the oldest first; those with an id above `after`."""
        return self._own.lines(conversation, after)

    def hand_over(
        self,
        conversation: str,
        reason: Reason,
        *,
        by: By = "customer",
        channel: Channel = "page",
        name: str = "",
        details: dict[str, Any] | None = None,
    ) -> Standing:
        """Passes a conversation with the bot on to people; where they have it already, nothing changes. What the customer is
        told and what agents are told is written in one transaction. `details` are ids and plain values about what was tried.

        Raises NotFoundError for what is not theirs.
        """
        with self._store.write() as connection:
            self._require(connection, conversation)
            self._pass_on(connection, conversation, reason, by, channel, name, details or {})
        return self.standing(conversation)

    def answered_by_people(
        self, exchange: int, answer: Answer, reason: Reason, *, channel: Channel = "page", details: dict[str, Any] | None = None
    ) -> Standing:
        """Keeps the bot's answer that a person will help, and passes the conversation on, in one transaction: neither stands
        without the other. Raises NotFoundError where the question has been deleted, WithPeopleError as `bot_reply` does.
        """
        with self._store.write() as connection:
            conversation = self._own.put_answer(connection, exchange, answer) or ""
            self._require(connection, conversation)
            self._pass_on(connection, conversation, reason, "customer", channel, "", details or {})
        return self.standing(conversation)

    def _pass_on(
        self,
        connection: Connection,
        conversation: str,
        reason: Reason,
        by: By,
        channel: Channel,
        name: str,
        details: dict[str, Any],
    ) -> None:
        row = self._row(connection, conversation) or begin.case(self._store, connection, conversation, "bot", channel, name)
        if row["state"] == "resolved":
            self._store.move(connection, row, "back_to_bot", Actor("customer", CUSTOMER), "bot", changes={"agent": None})
            row = self._store.row(connection, conversation)
        if row["state"] == "bot":
            told = {"reason": reason, **details}
            changes = {"reason": reason, "agent": None, **self._store.owed(row, begins=True)}
            actor = Actor(by, CUSTOMER if by == "customer" else by)
            self._store.move(connection, row, "hand_over", actor, "waiting", changes=changes, status="waiting", details=told)

    def say(self, conversation: str, text: str, key: str) -> Said:
        """What the customer writes, to people where they have the conversation; nothing is kept where it is for the bot.

        A conversation that is put off is taken up again; one that was closed is opened again within the days of the settings,
        and after that another begins, which names it. `key` is one that the customer's page made for this message: sent again,
        there is no second. Raises NotFoundError, KeyUsedError, DeskError for an empty or too long text.
        """
        with self._store.write() as connection:
            row = self._row(connection, conversation)
            if row is None or row["state"] == "bot":
                self._require(connection, conversation)
                return Said(conversation, "bot", None)
            while self._to(row) == "new" and not self._sent(connection, key):  # the one that follows can be closed as well
                following = begin.following(self._store, connection, row["conversation"])
                row = self._store.row(connection, following)
                if row["state"] == "bot":
                    return Said(following, "bot", None)
            message = self._write(connection, row, clean(text), line("key", key, 100))
        return Said(message.conversation, "people", message)

    def begin(
        self,
        base: str,
        text: str,
        key: str,
        *,
        channel: Channel,
        address: str = "",
        name: str = "",
        title: str = "",
        previous: str | None = None,
    ) -> Said:
        """A conversation that people have from its first message on, as a mail; with an `address` replies go there.

        `previous` is one that it follows, also somebody else's: agents see that, the other does not. Raises as `say` does,
        DeskError for what is no address.
        """
        kept = clean(text)
        if address:
            begin.check_address(address)
        with self._store.write() as connection:
            if sent := self._sent(connection, key):
                return Said(sent.conversation, "people", sent)
            id = begin.keep(connection, self.owner, base, clean(title or text), self._store.stamp())
            row = begin.case(
                self._store, connection, id, "waiting", channel, name, address=address, reason="direct", previous=previous
            )
            message = self._write(connection, row, kept, line("key", key, 100))
        return Said(id, "people", message)

    def back_to_bot(self, conversation: str) -> Standing:
        """The customer would rather have the bot again, while nobody has taken the conversation."""
        with self._store.write() as connection:
            row = self._require_case(connection, conversation)
            actor = Actor("customer", CUSTOMER)
            self._store.move(connection, row, "back_to_bot", actor, "bot", changes={**FREE, "agent": None}, status="bot")
        return self.standing(conversation)

    def bot_reply(self, exchange: int, answer: Answer) -> None:
        """Keeps the bot's answer to a question that was kept. Raises WithPeopleError, and keeps nothing, where people have the
        conversation or had it since the question was asked: it must not be shown then.
        """
        self._own.answered(exchange, answer)

    def leave_address(self, conversation: str, address: str, name: str = "") -> None:
        """Where replies reach the customer when they are gone; what an agent had begun to write to them elsewhere is not sent
        before they have seen it. Raises DeskError for what is no address, and where no mail is sent.
        """
        if not self._store.mails:
            raise DeskError(texts.NO_MAIL)
        begin.check_address(address)
        with self._store.write() as connection:
            row = self._require_case(connection, conversation)
            named = line("name", name, 100, empty=True) or row["customer"]
            sql = """UPDATE desk_cases SET address = :address, recipient = :recipient, customer = :name, changed_at = :at
                WHERE conversation = :id"""
            at, recipient = self._store.stamp(), begin.recipient_of(row["channel"], conversation, address)
            values = {"address": address, "recipient": recipient, "name": named, "at": at, "id": conversation}
            connection.execute(sql, values)
            tell(connection, conversation, "address", CUSTOMER, at, version=row["version"])

    def rate(self, conversation: str, rating: int, comment: str = "") -> None:
        """How the customer found it, 1 to 5, once it is closed; they may change their mind. Raises DeskError."""
        if rating not in range(1, 6):
            raise DeskError(texts.RATING_BAD.format(value=rating))
        with self._store.write() as connection:
            row = self._require_case(connection, conversation)
            if row["state"] != "resolved":
                raise DeskError(texts.NOT_RATED)
            values = {"rating": rating, "comment": clean(comment) if comment.strip() else "", "id": conversation}
            sql = "UPDATE desk_cases SET rating = :rating, comment = :comment, changed_at = :at WHERE conversation = :id"
            at = self._store.stamp()
            connection.execute(sql, {**values, "at": at})
            tell(connection, conversation, "rated", CUSTOMER, at, version=row["version"], details={"rating": rating})

    def _write(self, connection: Connection, row: Row, text: str, key: str) -> Message:
        if sent := self._sent(connection, key):
            if sent.text != text:
                raise KeyUsedError(texts.KEY_USED.format(key=key))
            return sent
        conversation, at = row["conversation"], self._store.stamp()
        id = self._store.say(connection, conversation, "in", self.owner, row["customer"], text, at, key=key)
        actor = Actor("customer", CUSTOMER)
        there = is_present(connection, self._store, row["agent"])
        move: Move = _BY_STATE.get(row["state"], "write")
        target: State = row["state"] if move == "write" else "open" if there else "waiting"
        changes = self._store.owed(row, begins=True)
        if move != "write":
            changes |= {"snoozed_until": None, "resolved_at": None, "code": "", "agent": row["agent"] if there else None}
        if target == "open":
            changes["reply_by"] = row["reply_by"] or self._store.after(self._store.settings().assign_minutes)
        self._store.move(connection, row, move, actor, target, changes=changes, message=id)
        return message_of(connection.execute("SELECT * FROM desk_messages WHERE id = :id", {"id": id}).fetchone())

    def _sent(self, connection: Connection, key: str) -> Message | None:
        sql = "SELECT * FROM desk_messages WHERE author = :author AND client_key = :key"
        row = connection.execute(sql, {"author": self.owner, "key": key}).fetchone()
        return message_of(row) if row else None

    def _to(self, row: Row) -> Literal["bot", "people", "new"]:
        if row["state"] == "bot":
            return "bot"
        closed = when(row["resolved_at"]) if row["state"] == "resolved" else None
        days = timedelta(days=self._store.settings().reopen_days)
        return "new" if closed and self._store.now() - closed > days else "people"

    def _place(self, row: Row) -> int:
        """In the order in which agents see the queue; 1 where it has been taken since."""
        sql = f"SELECT conversation FROM desk_cases WHERE state = 'waiting' {ORDER}"  # noqa: S608
        waiting = [one["conversation"] for one in self._store.read(sql, {"now": self._store.stamp()})]
        return 1 + waiting.index(row["conversation"]) if row["conversation"] in waiting else 1

    def _row(self, connection: Connection, conversation: str) -> Row | None:
        sql = "SELECT desk_cases.* FROM desk_cases JOIN conversations ON id = conversation WHERE id = :id AND owner = :owner"
        row: Row | None = connection.execute(sql, {"id": conversation, "owner": self.owner}).fetchone()
        return row

    def _require_case(self, connection: Connection, conversation: str) -> Row:
        row = self._row(connection, conversation)
        if row is None:
            raise NotFoundError(texts.NO_CASE)
        return row

    def _require(self, connection: Connection, conversation: str) -> None:
        sql = "SELECT 1 FROM conversations WHERE id = :id AND owner = :owner"
        if connection.execute(sql, {"id": conversation, "owner": self.owner}).fetchone() is None:
            raise NotFoundError(texts.NO_CASE)
