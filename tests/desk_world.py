"""A desk to try things at: real files, a clock that stands until it is moved, two agents and a customer."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from rag.desk.customers import Customer
from rag.desk.desk import Desk
from rag.desk.hours import DeskSettings
from rag.desk.values import Case, Message
from rag.kept.conversations import Conversations, Own
from rag.kept.database import ConversationsFile

ANNA, BEN = "account:1", "account:2"
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ALWAYS = DeskSettings(hours=((("00:00", "24:00"),),) * 7)


class Clock:
    """Stands at a Monday at ten, and goes on by a microsecond each time somebody looks."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def go(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


class World:
    """`desk`, its clock, and what a test needs most: a conversation in a state, and a reply to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.file = ConversationsFile.of(folder)
        self.desk = Desk(self.file, self.clock, mails=True)
        self.desk.set_settings(ALWAYS, "cli:0")
        self.talks = Conversations(self.file)
        self.desk.agents.here(ANNA, "Anna")
        self.desk.agents.here(BEN, "Ben")
        self._keys = count()

    def own(self, who: str = "carla") -> Own:
        return self.talks.of(f"visitor:{who}")

    def customer(self, who: str = "carla") -> Customer:
        return self.desk.customer(self.own(who))

    def key(self) -> str:
        return f"key{next(self._keys)}"

    def asked(self, who: str = "carla", question: str = "Where is my parcel?") -> str:
        """A conversation with the bot, which the desk does not know of."""
        return self.own(who).ask("", "shop", question)[0]

    def waiting(self, who: str = "carla", question: str = "Where is my parcel?") -> str:
        conversation = self.asked(who, question)
        self.customer(who).hand_over(conversation, "customer_request")
        return conversation

    def open(self, agent: str = ANNA, who: str = "carla") -> str:
        conversation = self.waiting(who)
        self.desk.cases.claim(conversation, agent, beyond=True)
        return conversation

    def say(self, conversation: str, text: str = "Hello?", who: str = "carla") -> Message | None:
        return self.customer(who).say(conversation, text, self.key()).message

    def get(self, conversation: str) -> Case:
        return self.desk.cases.get(conversation)

    def reply(self, conversation: str, text: str = "It is on its way.", agent: str = ANNA, **given: object) -> Message:
        case = self.get(conversation)
        values = {"version": case.version, "key": self.key(), "recipient": case.recipient, **given}
        return self.desk.replies.send(conversation, agent, text, **values)  # type: ignore[arg-type]

    def kinds(self, conversation: str) -> list[str]:
        return [event.kind for event in self.desk.events.of(conversation)]


@contextmanager
def world(folder: Path) -> Iterator[World]:
    made = World(folder)
    with closing(made.file):
        yield made
