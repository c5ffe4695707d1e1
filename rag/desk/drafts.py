"""Drafts: one of each agent for each conversation, kept here and not in a browser. Only erasing the conversation loses one."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from rag.database import Connection, Row
from rag.desk.store import LONGEST_TEXT, Store
from rag.desk.values import Draft, DraftKind, draft_of
from rag.errors import NotFoundError
from rag.kept.events import stamp
from rag.languages.formats import lasting
from rag.languages.spoken import texts
from rag.text import replace_lone_surrogates

WRITING: Final = timedelta(minutes=3)
"""So long after a draft was last saved, its agent counts as writing it."""
_BEING_WRITTEN = (
    "SELECT * FROM desk_drafts WHERE conversation = :conversation AND agent = :agent AND kind = :kind AND ended_at IS NULL"
)


class Drafts:
    """The drafts of all agents. They outlive a change of owner, signing out and a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(
        self, conversation: str, agent: str, text: str, revision: int | None = None, *, kind: DraftKind = "reply"
    ) -> Draft | None:
        """Keeps what is being written; an empty text discards it (None), to be had back.

        `revision` is that of the draft which the text was written over: where another tab has saved since, its text is set
        aside ("replaced") and can be had back, as `other` of what is returned; an empty text leaves it as it is. Raises
        NotFoundError, and keeps at most 50,000 characters.
        """
        with self._store.write() as connection:
            self._store.row(connection, conversation)
            return self.put(connection, conversation, agent, text, revision, kind=kind)

    def put(
        self,
        connection: Connection,
        conversation: str,
        agent: str,
        text: str,
        revision: int | None = None,
        *,
        kind: DraftKind = "reply",
    ) -> Draft | None:
        """As `save`, in a transaction of the caller's."""
        text = replace_lone_surrogates(text)[:LONGEST_TEXT]
        named = {"conversation": conversation, "agent": agent, "kind": kind, "text": text, "at": self._store.stamp()}
        row = connection.execute(_BEING_WRITTEN, named).fetchone()
        stale = row is not None and revision is not None and row["revision"] != revision and row["text"] != text
        if not text.strip():
            if not stale:
                self._end(connection, row, "discarded")
            return None
        other = draft_of(row) if stale else None
        if stale:
            self._end(connection, row, "replaced")
            row = None
        if row is None:  # with a revision that no draft before it had: a tab that saw one of those must not write over this
            sql = """INSERT INTO desk_drafts (conversation, agent, kind, text, revision, updated_at, ended)
                VALUES (:conversation, :agent, :kind, :text, (SELECT coalesce(max(revision), 0) + 1 FROM desk_drafts
                    WHERE conversation = :conversation AND agent = :agent AND kind = :kind), :at, '') RETURNING *"""
            return replace(draft_of(connection.execute(sql, named).fetchone()), other=other)
        change = "UPDATE desk_drafts SET text = :text, revision = revision + 1, updated_at = :at WHERE id = :id RETURNING *"
        return draft_of(connection.execute(change, {**named, "id": row["id"]}).fetchone())

    def get(self, conversation: str, agent: str, kind: DraftKind = "reply") -> Draft | None:
        """What this agent is writing there."""
        rows = self._store.read(_BEING_WRITTEN, {"conversation": conversation, "agent": agent, "kind": kind})
        return draft_of(rows[0]) if rows else None

    def writing(self, agent: str) -> list[Draft]:
        """All that an agent is writing, the last changed first."""
        sql = "SELECT * FROM desk_drafts WHERE agent = :agent AND ended_at IS NULL ORDER BY updated_at DESC, id DESC"
        return [draft_of(row) for row in self._store.read(sql, {"agent": agent})]

    def being_written(self) -> frozenset[tuple[str, str]]:
        """In which conversation which agent is writing."""
        sql = "SELECT DISTINCT conversation, agent FROM desk_drafts WHERE ended_at IS NULL AND updated_at > :since"
        return frozenset((row["conversation"], row["agent"]) for row in self._store.read(sql, {"since": self._since()}))

    def others(self, conversation: str, agent: str) -> list[str]:
        """The names of colleagues who are writing there."""
        sql = """SELECT DISTINCT name FROM desk_drafts JOIN desk_agents ON desk_agents.id = desk_drafts.agent
            WHERE conversation = :conversation AND agent <> :agent AND ended_at IS NULL AND updated_at > :since ORDER BY name"""
        named = {"conversation": conversation, "agent": agent, "since": self._since()}
        return [row["name"] for row in self._store.read(sql, named)]

    def discard(self, conversation: str, agent: str, kind: DraftKind = "reply") -> None:
        """Sets the draft aside; nothing where there is none."""
        self.save(conversation, agent, "", kind=kind)

    def ended(self, conversation: str, agent: str) -> list[Draft]:
        """What can be had back, the last first."""
        sql = """SELECT * FROM desk_drafts WHERE conversation = :conversation AND agent = :agent AND ended_at IS NOT NULL
            ORDER BY ended_at DESC, id DESC"""
        return [draft_of(row) for row in self._store.read(sql, {"conversation": conversation, "agent": agent})]

    def restore(self, draft: int, agent: str) -> Draft:
        """Writes on with one that ended, or is being written; what else is being written is set aside. Raises NotFoundError."""
        with self._store.write() as connection:
            found = connection.execute(
                "SELECT * FROM desk_drafts WHERE id = :id AND agent = :agent", {"id": draft, "agent": agent}
            ).fetchone()
            if found is None:
                raise NotFoundError(texts.NO_DRAFT.format(days=lasting(self._store.settings().draft_days, "day")))
            if found["ended_at"] is None:
                return draft_of(found)
            restored = self.put(connection, found["conversation"], agent, found["text"], revision=0, kind=found["kind"])
        assert restored is not None  # an empty text is never kept
        return restored

    def end_sent(self, connection: Connection, conversation: str, agent: str, text: str, *, kind: DraftKind = "reply") -> None:
        """The draft with this text became a message or note, in the transaction that made it one; nothing where it reads
        otherwise.
        """
        row = connection.execute(_BEING_WRITTEN, {"conversation": conversation, "agent": agent, "kind": kind}).fetchone()
        if row is not None and row["text"].split() == text.split():
            self._end(connection, row, "sent")

    def forget_old(self) -> int:
        """Deletes what ended longer ago than drafts can be had back; returns how many."""
        before = stamp(self._store.now() - timedelta(days=self._store.settings().draft_days))
        with self._store.write() as connection:
            return connection.execute("DELETE FROM desk_drafts WHERE ended_at < :before", {"before": before}).rowcount

    def _since(self) -> str:
        return stamp(self._store.now() - WRITING)

    def _end(self, connection: Connection, row: Row | None, how: str) -> None:
        if row is not None:
            sql = "UPDATE desk_drafts SET ended = :how, ended_at = :at WHERE id = :id"
            connection.execute(sql, {"how": how, "at": self._store.stamp(), "id": row["id"]})
