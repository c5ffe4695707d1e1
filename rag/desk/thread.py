"""What customer, bot and agents said to each other in a conversation, in one order, and which of it is still to be answered."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from rag.desk.store import Store
from rag.types import Turn

Who = Literal["customer", "bot", "agent"]


@dataclass(frozen=True, slots=True)
class Said:
    """One public statement. `id` is "message:7", or "exchange:7" with what the bot was asked, "answer:7" with what it said.

    `status` is that of the bot's answer, as `rag.types.Answer` has it.
    """

    id: str
    who: Who
    text: str
    at: datetime
    status: str = ""


@dataclass(frozen=True, slots=True)
class Thread:
    """All of a conversation since it was last closed, the oldest first. `mark` changes with every public statement."""

    mark: str
    said: tuple[Said, ...]

    def open(self, asks: Callable[[str], bool]) -> Said | None:
        """The last that the customer asked since an agent's last reply; None where nothing of it asks."""
        last = max((n for n, one in enumerate(self.said) if one.who == "agent"), default=-1)
        return next((one for one in reversed(self.said[last + 1 :]) if one.who == "customer" and asks(one.text)), None)

    def history(self, before: Said) -> list[Turn]:
        """The exchanges before a statement: what the customer said, with what was said to them next ("" for nothing)."""
        at = self.said.index(before)
        turns: list[Turn] = []
        for one in self.said[:at]:
            if one.who == "customer":
                turns.append((one.text, ""))
            elif turns:
                question, answer = turns[-1]
                turns[-1] = (question, f"{answer}\n{one.text}".strip())
        return turns

    def first_question(self) -> Said | None:
        """How the customer began."""
        return next((one for one in self.said if one.who == "customer"), None)


def read_thread(store: Store, conversation: str, *, whole: bool = False) -> Thread:
    """The thread of a conversation; `whole` with what stands before it was last closed."""
    named = {"id": conversation}
    exchanges = store.read(
        """SELECT *, json_extract(answer, '$.status') AS status FROM exchanges
        WHERE conversation = :id ORDER BY id""",
        named,
    )
    messages = store.read("SELECT * FROM desk_messages WHERE conversation = :id AND kind <> 'status' ORDER BY id", named)
    since_exchange, since = (0, "") if whole else _closed(store, conversation)
    said = []
    for row in exchanges:
        if row["id"] > since_exchange:
            at = datetime.fromisoformat(row["asked_at"])
            said.append(Said(f"exchange:{row['id']}", "customer", row["question"], at))
            if row["answer"]:
                said.append(Said(f"answer:{row['id']}", "bot", row["text"], at, row["status"] or ""))
    for row in messages:
        if row["at"] > since:
            who: Who = "customer" if row["kind"] == "in" else "agent"
            said.append(Said(f"message:{row['id']}", who, row["text"], datetime.fromisoformat(row["at"])))
    last = exchanges[-1] if exchanges else None
    asked = f"{last['id']}.{int(bool(last['answer']))}" if last else "0"
    return Thread(f"{asked}/{messages[-1]['id'] if messages else 0}", tuple(sorted(said, key=lambda one: one.at)))


def _closed(store: Store, conversation: str) -> tuple[int, str]:
    """Up to which exchange, and which time, all belongs to what was closed."""
    sql = """SELECT since_exchange, coalesce((SELECT max(at) FROM desk_events WHERE desk_events.conversation = :id
        AND kind = 'resolve'), '') AS since FROM desk_cases WHERE conversation = :id"""
    rows = store.read(sql, {"id": conversation})
    return (rows[0]["since_exchange"], rows[0]["since"]) if rows else (0, "")
