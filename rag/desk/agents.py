"""Agents: who is at the desk, how much they take, and which teams they are of."""

from datetime import timedelta
from typing import Final

from rag.database import Connection, Row
from rag.desk.errors import FullError
from rag.desk.store import Actor, Store, line
from rag.desk.values import Agent
from rag.errors import NotFoundError
from rag.kept.events import stamp, tell
from rag.languages.spoken import texts

PRESENT: Final = timedelta(seconds=60)
"""An agent whose desk has not been heard of for so long is not there; it says every 25 s that it is."""


class Agents:
    """The agents of a data folder. Their ids are those of the audit log, as "account:7"."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def here(self, id: str, name: str) -> None:
        """The desk of this agent is open; they are known from the first time on. For each sign-in and heartbeat."""
        values = {"id": line("id", id, 200), "name": line("name", name, 100), "at": self._store.stamp()}
        with self._store.write() as connection:
            known = connection.execute("SELECT seen_at FROM desk_agents WHERE id = :id", values).fetchone()
            connection.execute(
                """INSERT INTO desk_agents (id, name, away, seen_at) VALUES (:id, :name, 0, :at)
                ON CONFLICT (id) DO UPDATE SET name = CASE shown WHEN '' THEN :name ELSE shown END, seen_at = :at""",
                values,
            )
            if known is None or (known["seen_at"] or "") <= self._absent():
                self._tell(connection, id, "here")

    def set_shown(self, id: str, shown: str) -> None:
        """What customers and colleagues call them from now on; "" is the account's name again, with the next heartbeat."""
        named = line("name", shown, 100, empty=True)
        self._change(id, "shown = :shown, name = CASE :shown WHEN '' THEN name ELSE :shown END", "named", shown=named)

    def gone(self, id: str) -> None:
        """The desk of this agent was closed."""
        self._change(id, "seen_at = NULL", "gone")

    def set_away(self, id: str, away: bool) -> None:
        """The desk stays open, but nothing is given to them."""
        self._change(id, f"away = {int(away)}", "away" if away else "here")

    def set_capacity(self, id: str, capacity: int | None) -> None:
        """How many open conversations they take; None as the settings say."""
        self._change(id, "capacity = :capacity", "capacity", capacity=None if capacity is None else max(0, min(capacity, 1000)))

    def set_teams(self, id: str, teams: list[str]) -> None:
        """The teams they are of, and no others."""
        names = sorted({line("team", team, 40) for team in teams})
        with self._store.write() as connection:
            known(connection, id)
            connection.execute("DELETE FROM desk_members WHERE agent = :id", {"id": id})
            for team in names:
                connection.execute("INSERT INTO desk_members (agent, team) VALUES (:id, :team)", {"id": id, "team": team})
            self._tell(connection, id, "teams")

    def all(self) -> list[Agent]:
        """All who were ever at the desk, by name."""
        members: dict[str, list[str]] = {}
        for row in self._store.read("SELECT * FROM desk_members ORDER BY team"):
            members.setdefault(row["agent"], []).append(row["team"])
        sql = """SELECT desk_agents.*, (SELECT count(*) FROM desk_cases WHERE agent = desk_agents.id AND state = 'open') AS open
            FROM desk_agents ORDER BY name, id"""
        return [self._agent(row, members.get(row["id"], [])) for row in self._store.read(sql)]

    def get(self, id: str) -> Agent:
        """One of them; raises NotFoundError."""
        found = next((agent for agent in self.all() if agent.id == id), None)
        if found is None:
            raise NotFoundError(texts.NO_AGENT.format(id=id))
        return found

    def teams(self) -> list[str]:
        """All teams that anybody is of."""
        return [row["team"] for row in self._store.read("SELECT DISTINCT team FROM desk_members ORDER BY team")]

    def _agent(self, row: Row, teams: list[str]) -> Agent:
        capacity = self._store.settings().capacity if row["capacity"] is None else row["capacity"]
        present = not row["away"] and (row["seen_at"] or "") > self._absent()
        return Agent(row["id"], row["name"], capacity, bool(row["away"]), present, row["open"], tuple(teams))

    def _absent(self) -> str:
        return stamp(self._store.now() - PRESENT)

    def _change(self, id: str, change: str, what: str, **values: int | str | None) -> None:
        with self._store.write() as connection:
            known(connection, id)
            connection.execute(f"UPDATE desk_agents SET {change} WHERE id = :id", {"id": id, **values})  # noqa: S608
            self._tell(connection, id, what)

    def _tell(self, connection: Connection, id: str, what: str) -> None:
        tell(connection, None, "presence", id, self._store.stamp(), details={"now": what})


def known(connection: Connection, id: str) -> Actor:
    """An agent as who makes a move; raises NotFoundError for who was never at the desk."""
    name = Store.name_of(connection, id)
    if not name:
        raise NotFoundError(texts.NO_AGENT.format(id=id))
    return Actor("agent", id, name)


def require_room(connection: Connection, store: Store, taker: Actor) -> None:
    """Raises FullError for an agent who has as many conversations open as they take."""
    sql = """SELECT capacity, (SELECT count(*) FROM desk_cases WHERE agent = :id AND state = 'open') AS open
        FROM desk_agents WHERE id = :id"""
    row = connection.execute(sql, {"id": taker.id}).fetchone()
    capacity = store.settings().capacity if row["capacity"] is None else row["capacity"]
    if row["open"] >= capacity:
        raise FullError(texts.DESK_FULL.format(name=taker.name, open=row["open"], capacity=capacity))


def is_present(connection: Connection, store: Store, id: str | None) -> bool:
    """Whether an agent's desk is open and they are not away."""
    sql = "SELECT 1 FROM desk_agents WHERE id = :id AND away = 0 AND seen_at > :absent"
    return connection.execute(sql, {"id": id, "absent": stamp(store.now() - PRESENT)}).fetchone() is not None
