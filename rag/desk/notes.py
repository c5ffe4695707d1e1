"""What agents keep about a conversation: notes for colleagues, labels, priority, team. None of it reaches the customer."""

from rag.database import Connection
from rag.desk import agents
from rag.desk.drafts import Drafts
from rag.desk.errors import DeskError
from rag.desk.store import Store, clean, line
from rag.desk.values import PRIORITIES, Note, note_of
from rag.kept.events import tell
from rag.languages.spoken import texts


class Notes:
    """Notes, labels, priority and team. None of them changes the version: an agent who is writing need not look again."""

    def __init__(self, store: Store, drafts: Drafts) -> None:
        self._store = store
        self._drafts = drafts

    def add(self, conversation: str, agent: str, text: str, key: str = "", revision: int | None = None) -> Note:
        """Writes a note, which is no draft any more then; raises DeskError for an empty or too long one. `key` is one that the
        composer made for it: the same text sent again with it is the note that is there. `revision` is that of the draft it
        was written from, as in `Drafts.save`.
        """
        kept, key = clean(text), line("key", key, 100, empty=True)
        with self._store.write() as connection:
            row = self._store.row(connection, conversation)
            by, at = agents.known(connection, agent), self._store.stamp()
            if key and (sent := self._sent(connection, conversation, agent, kept, key)):
                self._drafts.end_sent(connection, conversation, agent, kept, kind="note")
                return sent
            self._drafts.put(connection, conversation, agent, kept, revision, kind="note")
            self._drafts.end_sent(connection, conversation, agent, kept, kind="note")
            sql = """INSERT INTO desk_notes (conversation, author, name, text, at)
                VALUES (:conversation, :author, :name, :text, :at) RETURNING *"""
            values = {"conversation": conversation, "author": agent, "name": by.name, "text": kept, "at": at}
            note = note_of(connection.execute(sql, values).fetchone())
            told = {"key": key} if key else None
            tell(connection, conversation, "noted", agent, at, version=row["version"], note=note.id, details=told)
        return note

    @staticmethod
    def _sent(connection: Connection, conversation: str, agent: str, text: str, key: str) -> Note | None:
        sql = """SELECT desk_notes.* FROM desk_events JOIN desk_notes ON desk_notes.id = desk_events.note
            WHERE desk_events.conversation = :id AND kind = 'noted' AND author = :agent AND text = :text
            AND json_extract(details, '$.key') = :key"""
        row = connection.execute(sql, {"id": conversation, "agent": agent, "text": text, "key": key}).fetchone()
        return note_of(row) if row else None

    def of(self, conversation: str) -> list[Note]:
        """The oldest first."""
        sql = "SELECT * FROM desk_notes WHERE conversation = :id ORDER BY id"
        return [note_of(row) for row in self._store.read(sql, {"id": conversation})]

    def set_labels(self, conversation: str, agent: str, labels: list[str]) -> None:
        """These labels and no others."""
        wanted = {line("label", label, 40) for label in labels}
        with self._store.write() as connection:
            row = self._store.row(connection, conversation)
            named = {"id": conversation}
            had = {one["label"] for one in connection.execute("SELECT label FROM desk_labels WHERE conversation = :id", named)}
            for label in had - wanted:
                connection.execute(
                    "DELETE FROM desk_labels WHERE conversation = :id AND label = :label", named | {"label": label}
                )
            for label in wanted - had:
                connection.execute(
                    "INSERT INTO desk_labels (conversation, label) VALUES (:id, :label)", named | {"label": label}
                )
            if wanted != had:
                tell(connection, conversation, "labelled", agent, self._store.stamp(), version=row["version"])

    def labels(self) -> list[str]:
        """All labels that any conversation carries."""
        return [row["label"] for row in self._store.read("SELECT DISTINCT label FROM desk_labels ORDER BY label")]

    def set_priority(self, conversation: str, agent: str, priority: int) -> None:
        """0 low, 1 normal, 2 high, 3 urgent; raises DeskError."""
        if priority not in range(len(PRIORITIES)):
            raise DeskError(texts.BAD_PRIORITY.format(value=priority))
        self._set(conversation, agent, "priority", priority)

    def set_team(self, conversation: str, agent: str, team: str) -> None:
        """The team it is for; "" for all."""
        self._set(conversation, agent, "team", line("team", team, 40, empty=True))

    def _set(self, conversation: str, agent: str, column: str, value: int | str) -> None:
        with self._store.write() as connection:
            row = self._store.row(connection, conversation)
            if row[column] != value:
                connection.execute(
                    f"UPDATE desk_cases SET {column} = :value WHERE conversation = :id",  # noqa: S608
                    {"value": value, "id": conversation},
                )
                tell(
                    connection, conversation, column, agent, self._store.stamp(), version=row["version"], details={"to": value}
                )
