"""Conversations as those who had them see them: found, renamed, deleted. Whoever asks sees their own and no other."""

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from rag.about import Audience
from rag.database import Connection, Row
from rag.errors import NotFoundError, RagError, StoreError
from rag.index.audit import AuditLog
from rag.kept import answers, events
from rag.kept.database import ConversationsFile
from rag.languages.spoken import texts
from rag.privacy import Mask, mask
from rag.text import replace_lone_surrogates
from rag.types import Answer

log = logging.getLogger(__name__)

LONGEST_TITLE: Final = 80
MOST: Final = 500
"""Conversations kept of one person: with another, the one that was left alone longest goes."""
_PATIENCE = 1.0  # seconds: a person waits for their answer
_OWN = "owner = :owner AND (:staff OR NOT internal)"


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a list says of one. Times are UTC; `questions` counts them."""

    id: str
    base: str
    title: str
    questions: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its answer; None where it was stopped, failed, or can no longer be read: `text` then has its words."""

    id: int
    question: str
    text: str
    answer: Answer | None
    judged: bool
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """What was said with people: `in` by whose conversation it is, `out` by an agent (`name`); `status` says who has it, as a
    key of `PERSON` in the catalogue, after `status-`.
    """

    id: int
    kind: Literal["in", "out", "status"]
    name: str
    text: str
    at: datetime


class Conversations:
    """The conversations of a data folder, for all who had them."""

    def __init__(self, file: ConversationsFile, audit: AuditLog | None = None, hide: Mask = mask) -> None:
        self._file = file
        self._audit = audit
        self._hide = hide

    def of(self, owner: str, audience: Audience = "public", actor: str = "visitor") -> "Own":
        """Those of one owner, as they may see them now: what was asked as staff only while they are staff. `actor` is who they
        are in the audit log."""
        return Own(self._file, self._audit, self._hide, owner, audience == "internal", actor)

    def close(self) -> None:
        self._file.close()


class Own:
    """The conversations of one owner: every statement names the owner, so that none reaches another's. Safe for threads."""

    def __init__(
        self, file: ConversationsFile, audit: AuditLog | None, hide: Mask, owner: str, staff: bool, actor: str
    ) -> None:
        self._file = file
        self._audit = audit
        self._hide = hide
        self.owner = owner
        self._me = {"owner": owner, "staff": staff}
        self._actor = actor

    def ask(self, conversation: str, base: str, question: str, *, instead_of: int | None = None) -> tuple[str, int]:
        """Keeps a question, before it is answered; returns the ids of its conversation and of the exchange.

        A new conversation begins where none of that id is theirs (any more) or it is of another base. The exchange `instead_of`
        is forgotten. Raises WithPeopleError where people have the conversation: it is for them; StoreError.
        """
        text = self._clean(question)
        now = _now()
        with self._file.write(_PATIENCE) as connection:
            named = {**self._me, "id": conversation, "base": base, "now": now}
            touch = f"""UPDATE conversations SET changed_at = :now, internal = internal OR :staff
                WHERE id = :id AND base = :base AND {_OWN}"""  # noqa: S608
            if not connection.execute(touch, named).rowcount:
                named["id"] = secrets.token_urlsafe(16)
                named["title"] = title_of(text)
                make = "INSERT INTO conversations VALUES (:id, :owner, :base, :title, :staff, :now, :now)"
                connection.execute(make, named)
                self._make_room(connection)
            if instead_of is not None:
                connection.execute(
                    "DELETE FROM exchanges WHERE id = :exchange AND conversation = :id", named | {"exchange": instead_of}
                )
            put = "INSERT INTO exchanges (conversation, question, asked_at) VALUES (:id, :question, :now)"
            exchange = connection.execute(put, named | {"question": text}).lastrowid
            assert exchange is not None
            events.bot_moves(connection, str(named["id"]), "asked", self._actor, exchange)
        return str(named["id"]), exchange

    def answered(self, exchange: int, answer: Answer) -> None:
        """Keeps the answer to a question that was kept; nothing where that has been deleted meanwhile.

        Raises WithPeopleError where people have the conversation, or had it since the question: the answer is not kept then,
        and must not be shown. StoreError.
        """
        with self._file.write(_PATIENCE) as connection:
            self.put_answer(connection, exchange, answer)

    def put_answer(self, connection: Connection, exchange: int, answer: Answer) -> str | None:
        """As `answered`, in a transaction of the caller's; returns the conversation, None where that has been deleted."""
        text, kept = replace_lone_surrogates(answer.text), answers.to_json(answer, self._hide)
        conversation = self._change(connection, exchange, "text = :text, answer = :answer", text=text, answer=kept)
        if conversation:
            events.bot_moves(connection, conversation, "answered", "bot", exchange)
        return conversation

    def judged(self, exchange: int) -> None:
        """Remembers that its answer was judged. Raises StoreError."""
        with self._file.write(_PATIENCE) as connection:
            self._change(connection, exchange, "judged = 1")

    def all(self, containing: str = "") -> list[Conversation]:
        """The last changed first; those that contain a text in their title, questions or answers, in whatever case."""
        people = (
            "SELECT group_concat(text, char(10)) FROM desk_messages WHERE conversation = conversations.id AND kind <> 'status'"
        )
        sql = f"""SELECT conversations.*, count(exchanges.id) AS questions,
            coalesce(group_concat(question || char(10) || text, char(10)), '') || char(10) || coalesce(({people}), '') AS said
            FROM conversations LEFT JOIN exchanges ON exchanges.conversation = conversations.id
            WHERE {_OWN} GROUP BY conversations.id ORDER BY changed_at DESC"""  # noqa: S608
        wanted = replace_lone_surrogates(containing).strip().casefold()
        found = self._file.read(sql, self._me)
        return [_conversation(row) for row in found if wanted in f"{row['title']}\n{row['said']}".casefold()]

    def open(self, id: str) -> tuple[Conversation, list[Asked]]:
        """One of them with its exchanges, the oldest first; raises NotFoundError for what is not theirs as for what is not."""
        sql = f"""SELECT *, (SELECT count(*) FROM exchanges WHERE conversation = conversations.id) AS questions
            FROM conversations WHERE id = :id AND {_OWN}"""  # noqa: S608
        row = next(iter(self._file.read(sql, {**self._me, "id": id})), None)
        if row is None:
            raise NotFoundError(texts.NO_CONVERSATION)
        found = self._file.read("SELECT * FROM exchanges WHERE conversation = :id ORDER BY id", {"id": row["id"]})
        return _conversation(row), [asked_of(one) for one in found]

    def has(self, id: str) -> bool:
        """Whether there is one of that id for them, still."""
        return bool(self._file.read(f"SELECT 1 FROM conversations WHERE id = :id AND {_OWN}", {**self._me, "id": id}))  # noqa: S608

    def lines(self, id: str, after: int = 0) -> list[Line]:
        """What they and people said in one of them, the oldest first; those with an id above `after`."""
        own = f"SELECT id FROM conversations WHERE {_OWN}"  # noqa: S608
        sql = f"""SELECT id, kind, name, text, at FROM desk_messages
            WHERE conversation = :id AND id > :after AND conversation IN ({own}) ORDER BY id"""  # noqa: S608
        rows = self._file.read(sql, {**self._me, "id": id, "after": after})
        return [Line(row["id"], row["kind"], row["name"], row["text"], datetime.fromisoformat(row["at"])) for row in rows]

    def latest(self, base: str) -> str:
        """The id of the one with a base that was asked in last; "" where there is none."""
        sql = f"SELECT id FROM conversations WHERE base = :base AND {_OWN} ORDER BY changed_at DESC LIMIT 1"  # noqa: S608
        return next((str(row["id"]) for row in self._file.read(sql, {**self._me, "base": base})), "")

    def rename(self, id: str, title: str) -> None:
        """Another title, one line; raises NotFoundError, RagError for an empty one."""
        if not (line := title_of(self._clean(title))):
            raise RagError(texts.TITLE_EMPTY)
        with self._file.write(_PATIENCE) as connection:
            values = {**self._me, "id": id, "title": line}
            if not connection.execute(f"UPDATE conversations SET title = :title WHERE id = :id AND {_OWN}", values).rowcount:  # noqa: S608
                raise NotFoundError(texts.NO_CONVERSATION)

    def delete(self, id: str) -> None:
        """Deletes one for good; raises NotFoundError."""
        if not self._delete("id = :id", id=id):
            raise NotFoundError(texts.NO_CONVERSATION)

    def delete_all(self) -> int:
        """Deletes all of them for good, also those asked as staff; returns how many there were."""
        return self._delete("1")

    def _delete(self, which: str, **values: str) -> int:
        named = {**self._me, **values}
        with self._file.write(_PATIENCE) as connection:
            sql = f"SELECT id FROM conversations WHERE owner = :owner AND {which}"  # noqa: S608
            gone = [id for (id,) in connection.execute(sql, named).fetchall()]
            events.erased(connection, gone, self._actor)
            connection.execute(f"DELETE FROM conversations WHERE owner = :owner AND {which}", named)  # noqa: S608
        if not gone:
            return 0
        if self._audit:
            self._audit.add_all(self._actor, [("conversation.delete", f"conversations/{id}") for id in gone])
        try:
            self._file.leave_no_trace(_PATIENCE)
        except StoreError as error:  # it is deleted and overwritten; the daily work empties the log of writes again
            log.warning("what was deleted may still be in a log of writes: %s", error)
        return len(gone)

    def _change(self, connection: Connection, exchange: int, change: str, **values: str) -> str | None:
        """Changes an exchange of theirs, and returns the id of its conversation; None where there is none."""
        own = f"SELECT id FROM conversations WHERE {_OWN}"  # noqa: S608
        sql = f"UPDATE exchanges SET {change} WHERE id = :exchange AND conversation IN ({own}) RETURNING conversation"  # noqa: S608
        row = connection.execute(sql, {**self._me, **values, "exchange": exchange}).fetchone()
        return str(row["conversation"]) if row else None

    def _make_room(self, connection: Connection) -> None:
        known = "SELECT conversation FROM desk_cases"
        surplus = f"""SELECT id FROM conversations WHERE owner = :owner AND id NOT IN ({known})
            ORDER BY changed_at DESC LIMIT -1 OFFSET :most"""  # noqa: S608
        connection.execute(f"DELETE FROM conversations WHERE id IN ({surplus})", {**self._me, "most": MOST})  # noqa: S608

    def _clean(self, text: str) -> str:
        return replace_lone_surrogates(self._hide(text))


def title_of(question: str) -> str:
    """A conversation's title: its first question on one line."""
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _conversation(row: Row) -> Conversation:
    created, changed = (datetime.fromisoformat(row[name]) for name in ("created_at", "changed_at"))
    return Conversation(row["id"], row["base"], row["title"], row["questions"], created, changed)


def asked_of(row: Row) -> Asked:
    """An exchange from its row."""
    answer = answers.from_json(row["answer"]) if row["answer"] else None
    asked_at = datetime.fromisoformat(row["asked_at"])
    return Asked(row["id"], row["question"], row["text"], answer, bool(row["judged"]), asked_at)


def _now() -> str:
    return datetime.now(UTC).isoformat()
