"""From a question that nothing answers to a document that does: written, reviewed, published, and asked again at once."""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz

from rag.about import Audience
from rag.answering import answer
from rag.database import Connection, Row
from rag.desk.composing import to_asker
from rag.desk.errors import ChangedError, DeskError
from rag.desk.gap_values import Again, DuplicateError, GapAnswer, Known, Near, answer_of
from rag.desk.store import Store
from rag.errors import NotFoundError, RagError
from rag.index.audit import acting_as
from rag.index.gaps import Missing
from rag.kept.events import stamp
from rag.languages.formats import number
from rag.languages.spoken import texts
from rag.privacy import Mask, mask
from rag.query import LONGEST_MESSAGE, Query
from rag.service import Assistant
from rag.text import normalise, replace_lone_surrogates, words
from rag.types import ANSWERS, Answer

LONGEST_ANSWER: Final = 20_000
_ASKED = 20  # wordings of a question that are asked again
_ALIKE = 85.0  # of 100: how much of an answer's words a passage has that says the same
_LATELY = timedelta(days=30)
_NAME = 8  # words of a question in its file's name


class GapAnswers:
    """The answers of all bases. `version` is the one that the agent saw: ChangedError where somebody changed it since."""

    def __init__(self, store: Store, hide: Mask = mask) -> None:
        self._store = store
        self._hide = hide

    def all(self, base: str = "") -> list[GapAnswer]:
        """Those of a base, or of all, the last changed first."""
        sql = "SELECT * FROM desk_answers WHERE :base IN ('', base) ORDER BY changed_at DESC, id DESC"
        return [answer_of(row) for row in self._store.read(sql, {"base": base})]

    def get(self, id: int) -> GapAnswer:
        """Raises NotFoundError."""
        rows = self._store.read("SELECT * FROM desk_answers WHERE id = :id", {"id": id})
        if not rows:
            raise NotFoundError(texts.NO_ANSWER)
        return answer_of(rows[0])

    def missing(self, assistant: Assistant) -> list[Missing]:
        """What a base does not answer, without what an answer has been published for since."""
        done = {
            _key(again.question): one.published_at
            for one in self.all(assistant.base.name)
            if one.state == "published" and one.published_at is not None
            for again in one.asked
            if again.answered
        }
        return [
            group
            for group in assistant.base.said.missing()
            if not ((since := done.get(_key(self._hide(group.question)))) and group.newest <= since)
        ]

    def known(self, assistant: Assistant, question: str, text: str) -> Known:
        """What the base has already: the check for duplicates, to be shown before anything is written."""
        found = ask(assistant, question)
        said = found.status in ANSWERS
        near = [
            Near(c.document, c.title, c.start, c.end, c.text, round(alike / 100, 3))
            for passage in (assistant.retrieve(text[:LONGEST_MESSAGE], 5) if text.strip() else [])
            if (alike := fuzz.token_set_ratio(text, (c := passage.chunk).text)) >= _ALIKE
        ]
        return Known(found.text if said else "", found.citations[0].document if said and found.citations else "", tuple(near))

    def write(
        self, base: str, question: str, wordings: Iterable[str], text: str, agent: str, audience: Audience = "public"
    ) -> GapAnswer:
        """A new draft; personal data in the questions, which are customers', is masked. Raises DeskError for an empty or too
        long one.
        """
        at = self._store.stamp()
        values = {**_checked(self._hide(question), text), "base": base, "audience": audience, "agent": agent, "at": at}
        others = [" ".join(replace_lone_surrogates(self._hide(one)).split())[:LONGEST_MESSAGE] for one in wordings]
        values["wordings"] = json.dumps([one for one in dict.fromkeys(others) if one][:_ASKED], ensure_ascii=False)
        sql = """INSERT INTO desk_answers (base, audience, question, wordings, text, state, version, author, reviewer, document,
            asked, created_at, changed_at)
            VALUES (:base, :audience, :question, :wordings, :text, 'draft', 1, :agent, '', '', '[]', :at, :at) RETURNING *"""
        with self._store.write() as connection:
            return answer_of(connection.execute(sql, values).fetchone())

    def from_reply(self, conversation: str, message: int, question: str, agent: str) -> GapAnswer:
        """A draft of what an agent sent, personal data masked; for staff only where a document for staff says any of it, as the
        agent let one customer read that, and not all. Raises NotFoundError.
        """
        sql = """SELECT desk_messages.text, evidence, base FROM desk_messages
            JOIN conversations ON conversations.id = conversation
            WHERE desk_messages.id = :id AND conversation = :conversation AND kind = 'out'"""
        rows = self._store.read(sql, {"id": message, "conversation": conversation})
        if not rows:
            raise NotFoundError(texts.NO_REPLY)
        evidence = json.loads(rows[0]["evidence"] or "[]")
        audience: Audience = "internal" if any(one.get("internal", True) for one in evidence) else "public"
        return self.write(rows[0]["base"], question, (), self._hide(rows[0]["text"]), agent, audience)

    def edit(self, id: int, question: str, text: str, agent: str, version: int) -> GapAnswer:
        """Another text; what was reviewed is a draft again. Raises DeskError for what is published."""
        with self._store.write() as connection:
            row = self._row(connection, id, version)
            if row["state"] == "published":
                raise DeskError(texts.ANSWER_PUBLISHED)
            return self._set(connection, id, **_checked(question, text), state="draft", author=agent, reviewer="")

    def keep(self, id: int, question: str, text: str, agent: str, version: int) -> bool:
        """Edits it where this is another text than the kept one; returns whether it was."""
        kept = self.get(id)
        if as_kept(question, text) == as_kept(kept.question, kept.text):
            return False
        self.edit(id, question, text, agent, version)
        return True

    def review(self, id: int, agent: str, version: int) -> GapAnswer:
        """Somebody else than its author has read it, found it right, and nothing in it that its readers must not know: no mask
        knows all names. Raises DeskError for the author, unless nobody else has been at the desk lately.
        """
        with self._store.write() as connection:
            row = self._row(connection, id, version)
            if row["state"] == "published":
                raise DeskError(texts.ANSWER_PUBLISHED)
            if not self.may_review(answer_of(row), agent):
                raise DeskError(texts.OWN_REVIEW)
            return self._set(connection, id, state="reviewed", reviewer=agent)

    def may_review(self, found: GapAnswer, agent: str) -> bool:
        """Whether they are not its author, or nobody else has been at the desk lately, who could."""
        sql = "SELECT 1 FROM desk_agents WHERE id <> :id AND seen_at > :since LIMIT 1"
        named = {"id": agent, "since": stamp(self._store.now() - _LATELY)}
        return found.author != agent or not self._store.read(sql, named)

    def publish(self, id: int, assistant: Assistant, agent: str, version: int, *, despite: bool = False) -> GapAnswer:
        """What was reviewed becomes a document of the base (`assistant` is that over it, for staff), and the questions are
        asked again, as those ask whom it is for.

        Raises DuplicateError where the base answers the question already, unless `despite`; DeskError for what nobody has
        reviewed or what cannot be read, IndexBusyError. Killed half way, it is published again without becoming two documents.
        """
        with self._store.write() as connection:
            row = self._row(connection, id, version)
        found = answer_of(row)
        if found.state != "reviewed":
            raise DeskError(texts.ANSWER_UNREVIEWED)
        asks = assistant.seen_by(found.audience)
        if not despite:
            self._require_new(asks, found)
        with acting_as(agent):
            file = _upload(assistant, found)
            if row["file"] is not None and row["file"] != file:
                _delete(assistant, row["file"])
        try:
            name = next(one.name for one in assistant.files() if one.id == file)
            again = [_again(asks, question, name) for question in (found.question, *found.wordings)][:_ASKED]
            asked = replace_lone_surrogates(json.dumps([asdict(one) for one in again], ensure_ascii=False))
            with self._store.write() as connection:
                self._row(connection, id, version)
                now = self._store.stamp()
                return self._set(connection, id, state="published", file=file, document=name, asked=asked, published_at=now)
        except RagError:  # edited meanwhile: what was not reviewed answers nobody
            now_has = self._store.read("SELECT file FROM desk_answers WHERE id = :id", {"id": id})
            if all(one["file"] != file for one in now_has):  # a colleague can have published the same
                with acting_as(agent):
                    _delete(assistant, file)
            raise

    def withdraw(self, id: int, assistant: Assistant, agent: str, version: int) -> GapAnswer:
        """Its document is taken out of the base; it is a draft again."""
        with self._store.write() as connection:
            row = self._row(connection, id, version)
        if row["file"] is not None:
            with acting_as(agent):
                _delete(assistant, row["file"])
        with self._store.write() as connection:
            self._row(connection, id, version)
            return self._set(connection, id, state="draft", reviewer="", file=None, document="", asked="[]", published_at=None)

    def _require_new(self, asks: Assistant, found: GapAnswer) -> None:
        known = self.known(asks, found.question, found.text)
        if known.text:
            message = texts.DUPLICATE.format(document=known.document, text=known.text[:200])
            raise DuplicateError(message, known.document)
        if known.near:
            first = known.near[0]
            raise DuplicateError(texts.DUPLICATE.format(document=first.document, text=first.text[:200]), first.document)

    def _row(self, connection: Connection, id: int, version: int) -> Row:
        row: Row | None = connection.execute("SELECT * FROM desk_answers WHERE id = :id", {"id": id}).fetchone()
        if row is None:
            raise NotFoundError(texts.NO_ANSWER)
        if row["version"] != version:
            actor, at = row["reviewer"] or row["author"], datetime.fromisoformat(row["changed_at"])
            raise ChangedError(texts.ANSWER_CHANGED, actor=actor, name="", kind="edit", at=at, version=row["version"])
        return row

    def _set(self, connection: Connection, id: int, **values: str | int | None) -> GapAnswer:
        sets = ", ".join(f"{name} = :{name}" for name in values)
        sql = f"UPDATE desk_answers SET {sets}, version = version + 1, changed_at = :at WHERE id = :id RETURNING *"  # noqa: S608
        return answer_of(connection.execute(sql, {**values, "id": id, "at": self._store.stamp()}).fetchone())


def ask(assistant: Assistant, question: str) -> Answer:
    """What the documents say, in their own words; nothing is noted as a question without an answer."""
    query = to_asker(assistant, Query.of(question, assistant.models.embedder))
    return answer.whole(answer.stream(query, replace(assistant.stages(query), generator=None)))


def _again(assistant: Assistant, question: str, document: str) -> Again:
    found = ask(assistant, question)
    answered = found.status in ANSWERS
    cited = {citation.document for citation in found.citations}
    return Again(question, answered, answered and document in cited, found.text if answered else "", found.confidence)


def _upload(assistant: Assistant, found: GapAnswer) -> int:
    """The number of the file that an answer became; of the same version it is always the same."""
    stem = "-".join(normalise(found.question[a:b]) for a, b in words(found.question)[:_NAME])
    name = f"answer-{found.id}-{found.version}-{stem[:60]}.md"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(f"# {found.question}\n\n{found.text}\n", "utf-8")
        report = assistant.upload([path], audience=found.audience)
    if report.quarantined:
        raise DeskError(texts.NOT_READ.format(message=report.quarantined[0].message))
    return assistant.base.file_named(name).id


def _delete(assistant: Assistant, file: int) -> None:
    if any(one.id == file for one in assistant.files()):
        assistant.delete(file)


def as_kept(question: str, text: str) -> tuple[str, str]:
    """A question and its answer without what a form adds to them."""
    return " ".join(replace_lone_surrogates(question).split()), replace_lone_surrogates(text).replace("\r\n", "\n").strip()


def _checked(question: str, text: str) -> dict[str, str]:
    asked, said = as_kept(question, text)
    if not asked or not said:
        raise DeskError(texts.ANSWER_EMPTY)
    bounds = ((texts.QUESTION_LONG, asked, LONGEST_MESSAGE), (texts.ANSWER_LONG, said, LONGEST_ANSWER))
    for problem, value, most in bounds:
        if len(value) > most:
            raise DeskError(problem.format(n=number(len(value)), most=number(most)))
    return {"question": asked, "text": said}


def _key(question: str) -> str:
    """Equal for questions of the same words."""
    return " ".join(normalise(question[start:end]) for start, end in words(question))
