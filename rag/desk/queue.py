"""The lists of an agent: what is theirs, what waits, what is put off, in the order it is to be worked on."""

from collections.abc import Mapping
from typing import Final

from rag.desk.cases import ORDER
from rag.desk.errors import DeskError
from rag.desk.store import Store
from rag.desk.values import Case, View
from rag.languages.spoken import texts

_TEAMS = "(SELECT team FROM desk_members WHERE agent = :agent)"
VIEWS: Final[Mapping[View, str]] = {
    "mine": "state = 'open' AND agent = :agent",
    "waiting": "state = 'waiting'",
    "team": f"state IN ('waiting', 'open', 'snoozed') AND team IN {_TEAMS}",
    "snoozed": "state = 'snoozed'",
    "all": "state IN ('waiting', 'open', 'snoozed')",
}
"""What each list holds, as a condition."""


class Queue:
    """The lists, as they are at the moment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def view(self, view: View, agent: str, *, limit: int = 100, offset: int = 0, label: str = "") -> list[Case]:
        """Overdue first, then priority, then who waits longest; with `label` only those that carry it. Raises DeskError."""
        if view not in VIEWS:
            raise DeskError(texts.NO_VIEW.format(view=view, views=texts.COMMA.join(VIEWS)))
        labelled = (
            "AND EXISTS (SELECT 1 FROM desk_labels WHERE desk_labels.conversation = desk_cases.conversation AND label = :label)"
        )
        which = f"WHERE {VIEWS[view]} {labelled if label else ''} {ORDER} LIMIT :limit OFFSET :offset"
        named = {"agent": agent, "now": self._store.stamp(), "label": label, "limit": limit, "offset": offset}
        return self._store.cases(which, named)

    def counts(self, agent: str) -> dict[str, int]:
        """How many each list has, and "overdue" of all."""
        sums = [f"count(CASE WHEN {condition} THEN 1 END) AS {view}_count" for view, condition in VIEWS.items()]
        sums.append(f"count(CASE WHEN {VIEWS['all']} AND due_at <= :now THEN 1 END) AS overdue_count")
        named = {"agent": agent, "now": self._store.stamp()}
        row = self._store.read(f"SELECT {', '.join(sums)} FROM desk_cases", named)[0]  # noqa: S608
        return {name: int(row[f"{name}_count"]) for name in (*VIEWS, "overdue")}

    def anything(self) -> bool:
        """Whether people have any conversation."""
        return bool(self._store.read("SELECT 1 FROM desk_cases WHERE state IN ('waiting', 'open', 'snoozed') LIMIT 1"))

    def of_customer(self, conversation: str, limit: int = 20) -> list[Case]:
        """Other conversations of the same customer, the last first."""
        which = """WHERE owner = (SELECT owner FROM conversations WHERE id = :id) AND desk_cases.conversation <> :id
            ORDER BY desk_cases.created_at DESC LIMIT :limit"""
        return self._store.cases(which, {"id": conversation, "limit": limit})

    def search(self, text: str, limit: int = 50) -> list[Case]:
        """Conversations in whatever state that contain a text in whatever case, in what was asked, answered, written or noted,
        in title, name, address or labels; the last changed first. An id finds its own.
        """
        wanted = " ".join(text.split()).casefold()
        if not wanted:
            return []
        sql = """SELECT conversation, text AS said FROM desk_messages WHERE kind <> 'status'
            UNION ALL SELECT conversation, text FROM desk_notes
            UNION ALL SELECT conversation, label FROM desk_labels
            UNION ALL SELECT conversation, question FROM exchanges WHERE conversation IN (SELECT conversation FROM desk_cases)
            UNION ALL SELECT conversation, text FROM exchanges WHERE conversation IN (SELECT conversation FROM desk_cases)
            UNION ALL SELECT conversation, customer || ' ' || recipient || ' ' || title || ' ' || conversation
            FROM desk_cases JOIN conversations ON id = conversation"""
        found = {row["conversation"] for row in self._store.read(sql) if wanted in " ".join(row["said"].split()).casefold()}
        order = self._store.read("SELECT conversation FROM desk_cases ORDER BY changed_at DESC, conversation")
        ids = [row["conversation"] for row in order if row["conversation"] in found]
        return [self._store.case(id) for id in ids[:limit]]
