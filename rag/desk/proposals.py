"""Proposals for what a customer last asked: kept, and thrown away when anything is said meanwhile."""

import hashlib
import json
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from rag.database import Connection, Row
from rag.desk import proof
from rag.desk.composing import Suggestion, suggest
from rag.desk.library import Library
from rag.desk.store import Store
from rag.desk.thread import read_thread
from rag.errors import NotFoundError
from rag.languages.spoken import texts
from rag.text import replace_lone_surrogates

State = Literal["open", "taken", "discarded"]
_FRESH = 60.0  # seconds for which what was looked up is taken to be so
_KEPT = 256  # sentences


@dataclass(frozen=True, slots=True)
class Proposal:
    """What could be answered, in the state `mark` of the conversation (which changes with every public statement).

    `version` is the conversation's when it was made; `agent` who took it into their composer.
    """

    id: int
    conversation: str
    mark: str
    version: int
    found: Suggestion
    state: State
    agent: str
    at: datetime


class Proposals:
    """The proposals of all conversations. Safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked: dict[tuple[tuple[str, ...], str], tuple[float, list[proof.Source]]] = {}

    def make(self, conversation: str, library: Library) -> Proposal | None:
        """A proposal for what the customer last asked and no agent has answered; one that is still good is given again.

        None where something was said while it was composed: what was composed is thrown away, and can be asked for again.
        Raises NotFoundError, RagError.
        """
        if known := self.current(conversation, library):
            return known
        version = self._store.case(conversation).version
        thread = read_thread(self._store, conversation)
        asked = thread.open(lambda text: _asks(library, text))
        found = suggest(library, asked.text, thread.history(asked)) if asked else Suggestion("nothing asked")
        return self._keep(conversation, thread.mark, version, replace(found, bases=tuple(library.assistants)))

    def current(self, conversation: str, library: Library | None = None) -> Proposal | None:
        """The proposal that is good now; None where none was made, or something was said since.

        With the library of who looks: one that was made from other bases is none to them, and none is good that read what its
        documents do not say any more.
        """
        sql = "SELECT * FROM desk_proposals WHERE conversation = :id AND state <> 'discarded' ORDER BY id DESC"
        mark = read_thread(self._store, conversation).mark
        for row in self._store.read(sql, {"id": conversation}):
            proposal = _proposal(row)
            if proposal is not None and row["mark"] == mark and _may_see(proposal, library):
                return proposal
        return None

    def get(self, id: int, conversation: str) -> Proposal:
        """One of a conversation, whatever was said since; raises NotFoundError."""
        sql = "SELECT * FROM desk_proposals WHERE id = :id AND conversation = :conversation"
        found = next(map(_proposal, self._store.read(sql, {"id": id, "conversation": conversation})), None)
        if found is None:
            raise NotFoundError(texts.PROPOSAL_GONE)
        return found

    def take(self, id: int, agent: str) -> Proposal:
        """The proposal, taken into the composer of an agent. Raises NotFoundError where something was said since."""
        with self._store.write() as connection:
            row = connection.execute("SELECT * FROM desk_proposals WHERE id = :id", {"id": id}).fetchone()
            if row is None or row["state"] == "discarded" or row["mark"] != self._mark(row["conversation"]):
                raise NotFoundError(texts.PROPOSAL_GONE)
            sql = "UPDATE desk_proposals SET state = 'taken', agent = :agent, taken_at = :at WHERE id = :id RETURNING *"
            taken = connection.execute(sql, {"id": id, "agent": agent, "at": self._store.stamp()}).fetchone()
        found = _proposal(taken)
        if found is None:
            raise NotFoundError(texts.PROPOSAL_GONE)
        return found

    def taken(self, conversation: str, agent: str) -> int | None:
        """The id of the proposal that an agent took for what was last said; None where they took none."""
        sql = """SELECT id FROM desk_proposals WHERE conversation = :id AND agent = :agent AND mark = :mark AND state = 'taken'
            ORDER BY taken_at DESC, id DESC LIMIT 1"""
        rows = self._store.read(sql, {"id": conversation, "agent": agent, "mark": self._mark(conversation)})
        return int(rows[0]["id"]) if rows else None

    def discard(self, conversation: str) -> None:
        """No proposal of this conversation is good any more."""
        with self._store.write() as connection:
            _discard(connection, conversation, "")

    def check(self, conversation: str, text: str, library: Library) -> tuple[proof.Sentence, ...]:
        """A reply's sentences with their places: in what its proposals read, then wherever the bases say them."""
        return proof.check(text, self.sources(conversation, library), library.assistant.models.checker, self._looking(library))

    def _looking(self, library: Library) -> proof.LookUp:
        """Looks a sentence up once in a minute: what is typed is checked again and again."""

        def look_up(sentence: str) -> list[proof.Source]:
            key, now = (tuple(library.assistants), sentence), time.monotonic()
            at, found = self._looked.get(key, (-_FRESH, []))
            if now - at >= _FRESH:
                found = library.look_up(sentence)
                fresh = {one: kept for one, kept in list(self._looked.items())[-_KEPT:] if now - kept[0] < _FRESH}
                self._looked = {**fresh, key: (now, found)}
            return found

        return look_up

    def sources(self, conversation: str, library: Library) -> list[proof.Source]:
        """What the proposals of a conversation read, of bases that the library has, and as far as it still stands there."""
        sql = "SELECT * FROM desk_proposals WHERE conversation = :id ORDER BY id DESC LIMIT 3"
        found = (_proposal(row) for row in self._store.read(sql, {"id": conversation}))
        every = [source for one in found if one for source in one.found.sources if source.base in library.assistants]
        return library.standing(dict.fromkeys(every))

    def _keep(self, conversation: str, mark: str, version: int, found: Suggestion) -> Proposal | None:
        with self._store.write() as connection:
            self._store.row(connection, conversation)  # it may have been erased
            if self._mark(conversation) != mark:
                return None
            _discard(connection, conversation, mark)
            values = {
                "conversation": conversation,
                "mark": mark,
                "version": version,
                "question": replace_lone_surrogates(found.question),
                "text": replace_lone_surrogates(found.text),
                "found": replace_lone_surrogates(json.dumps(_adapter().dump_python(found), ensure_ascii=False)),
                "at": self._store.stamp(),
            }
            sql = """INSERT INTO desk_proposals (conversation, mark, version, question, text, found, state, at)
                VALUES (:conversation, :mark, :version, :question, :text, :found, 'open', :at) RETURNING *"""
            return _proposal(connection.execute(sql, values).fetchone())

    def _mark(self, conversation: str) -> str:
        return read_thread(self._store, conversation).mark


def evidence_of(checked: Collection[proof.Sentence]) -> list[dict[str, object]]:
    """The places of a reply's sentences as plain values, to be kept with the message that is sent.

    `sha256` is of what the place says, which itself is kept where it is public only: a text for staff lies beside no message.
    """
    return [
        {
            "start": one.start,
            "end": one.end,
            "base": one.place.base,
            "document": one.place.document,
            "title": one.place.title,
            "from": one.place.start,
            "to": one.place.end,
            "internal": one.place.internal,
            "sha256": hashlib.sha256(replace_lone_surrogates(one.place.text).encode()).hexdigest(),
            **({} if one.place.internal else {"text": one.place.text}),
        }
        for one in checked
        if one.place is not None
    ]


def _asks(library: Library, text: str) -> bool:
    return bool(text.strip()) and library.assistant.models.router.route(text).kind == "question"


def _may_see(proposal: Proposal, library: Library | None) -> bool:
    if library is None:
        return True
    read = list(dict.fromkeys(proposal.found.sources))
    return proposal.found.bases == tuple(library.assistants) and library.standing(read) == read


def _discard(connection: Connection, conversation: str, mark: str) -> None:
    """Those that were made in another state of the conversation; one that was taken stays known as that."""
    sql = "UPDATE desk_proposals SET state = 'discarded' WHERE conversation = :id AND state = 'open' AND mark <> :mark"
    connection.execute(sql, {"id": conversation, "mark": mark})


@cache
def _adapter() -> TypeAdapter[Suggestion]:
    return TypeAdapter(Suggestion)


def _proposal(row: Row) -> Proposal | None:
    """The proposal of a row; None where a later or damaged program wrote it."""
    try:
        found = _adapter().validate_json(row["found"])
    except ValidationError:
        return None
    kept = (row["id"], row["conversation"], row["mark"], row["version"])
    return Proposal(*kept, found, row["state"], row["agent"] or "", datetime.fromisoformat(row["at"]))
