"""Canned replies: texts by a shortcode, with variables, for all, a team or one agent."""

import re
from typing import Final

from rag.database import IntegrityError, Row
from rag.desk.errors import DeskError
from rag.desk.store import Store, clean
from rag.desk.values import Canned, Case
from rag.errors import NotFoundError
from rag.languages.spoken import texts

_SHORTCODE: Final = re.compile(r"[\w-]{1,40}")
_SCOPE: Final = re.compile(r"all|team:\S.{0,39}|agent:\S{1,200}")
_VARIABLE: Final = re.compile(r"\{(customer|agent|conversation|base)\}")


class CannedReplies:
    """The canned replies of a data folder."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, shortcode: str, text: str, scope: str = "all", id: int | None = None) -> Canned:
        """A new one, or (`id`) another text of one; raises DeskError for a shortcode that is taken or none, NotFoundError."""
        if not _SHORTCODE.fullmatch(shortcode):
            raise DeskError(texts.SHORTCODE.format(code=shortcode[:60]))
        if not _SCOPE.fullmatch(scope):
            raise DeskError(texts.SCOPE.format(scope=scope[:60]))
        named = {"id": id, "scope": scope, "code": shortcode, "text": clean(text), "at": self._store.stamp()}
        new = "INSERT INTO desk_canned (scope, shortcode, text, changed_at) VALUES (:scope, :code, :text, :at) RETURNING *"
        change = """UPDATE desk_canned SET scope = :scope, shortcode = :code, text = :text, changed_at = :at
            WHERE id = :id RETURNING *"""
        try:
            with self._store.write() as connection:
                row = connection.execute(new if id is None else change, named).fetchone()
        except IntegrityError as error:
            raise DeskError(texts.SHORTCODE_TAKEN.format(code=shortcode)) from error
        if row is None:
            raise NotFoundError(texts.NO_CANNED)
        return _canned(row)

    def delete(self, id: int) -> None:
        """Raises NotFoundError."""
        with self._store.write() as connection:
            if not connection.execute("DELETE FROM desk_canned WHERE id = :id", {"id": id}).rowcount:
                raise NotFoundError(texts.NO_CANNED)

    def of(self, agent: str, containing: str = "") -> list[Canned]:
        """Those that an agent may use, by shortcode; where several have one, the agent's own comes first, then the team's. With
        `containing`, those that have it in shortcode or text; shortcodes that begin with it come first.
        """
        sql = """SELECT * FROM desk_canned WHERE scope = 'all' OR scope = 'agent:' || :agent
            OR scope IN (SELECT 'team:' || team FROM desk_members WHERE agent = :agent) ORDER BY shortcode, scope"""
        wanted = containing.strip().casefold()
        found = [_canned(row) for row in self._store.read(sql, {"agent": agent})]
        found = [one for one in found if wanted in f"{one.shortcode}\n{one.text}".casefold()]
        return sorted(found, key=lambda one: (not one.shortcode.casefold().startswith(wanted), one.shortcode, _nearness(one)))

    def all(self) -> list[Canned]:
        """All of them, for who sets up the desk."""
        return [_canned(row) for row in self._store.read("SELECT * FROM desk_canned ORDER BY shortcode, scope")]


def fill(text: str, case: Case, agent_name: str) -> str:
    """A canned text with `{customer}`, `{agent}`, `{conversation}` and `{base}` filled in; all else in braces stays as it is.
    What has no value stays too, so that the agent sees it; no reply is sent with it.
    """
    values = {"customer": case.customer, "agent": agent_name, "conversation": case.id, "base": case.base}
    return _VARIABLE.sub(lambda found: values[found[1]] or found[0], text)


def unfilled(text: str) -> list[str]:
    """The variables that a text still has."""
    return [found[0] for found in _VARIABLE.finditer(text)]


def _nearness(one: Canned) -> int:
    return ("agent", "team", "all").index(one.scope.split(":")[0])


def _canned(row: Row) -> Canned:
    return Canned(row["id"], row["scope"], row["shortcode"], row["text"])
