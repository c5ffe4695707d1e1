"""A customer's conversation with people, as page and widget show it: who has it, what was said, and what they may do."""

from dataclasses import dataclass
from typing import Any

from rag.desk.customers import Said, Standing
from rag.desk.desk import Desk
from rag.desk.errors import IllegalMoveError
from rag.desk.values import Channel
from rag.kept.conversations import Line, Own
from rag.languages.spoken import texts
from rag.types import Answer

PEOPLE = frozenset(("waiting", "open", "snoozed"))
"""States in which people have a conversation, and the bot does not answer in it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How a conversation stands, and what its customer and people said in it, the oldest first. `zone` is that of the desk's
    hours.
    """

    conversation: str
    standing: Standing
    messages: tuple[Line, ...]
    zone: str

    @property
    def mark(self) -> str:
        """Changes whenever there is something new to show."""
        one = self.standing
        last = self.messages[-1].id if self.messages else 0
        return f"{one.version}-{last}-{one.place}-{int(one.is_open)}-{one.rating}-{one.address and len(one.address)}"

    @property
    def with_people(self) -> bool:
        return self.standing.state in PEOPLE


class People:
    """One customer's way to people. What is not theirs raises NotFoundError."""

    def __init__(self, desk: Desk, own: Own, *, takes: bool = True) -> None:
        """`takes`: more is passed on; otherwise what people have goes on until it is closed."""
        self.takes = takes
        self._desk = desk
        self._customer = desk.customer(own)

    def look(self, conversation: str) -> Seen:
        """As it stands. Replies in it have reached the customer by this."""
        standing = self._customer.standing(conversation)
        messages = self._customer.messages(conversation) if standing.state else []
        if messages:
            self._desk.replies.reached(conversation)
        return Seen(conversation, standing, tuple(messages), self._desk.settings().zone)

    def pass_on(self, conversation: str, exchange: int, answer: Answer, channel: Channel, **tried: Any) -> Seen:
        """Keeps an answer that says a person will help, and passes the conversation on, both or neither; `tried` are plain
        values about what the bot did.
        """
        self._customer.answered_by_people(exchange, answer, "customer_request", channel=channel, details=tried)
        return self.look(conversation)

    def say(self, conversation: str, text: str, key: str) -> Said:
        """To people where they have it; otherwise nothing is kept, and the bot is to be asked."""
        return self._customer.say(conversation, text, key)

    def back(self, conversation: str) -> Seen:
        """To the bot again; raises IllegalMoveError where an agent has it."""
        try:
            self._customer.back_to_bot(conversation)
        except IllegalMoveError as error:
            raise IllegalMoveError(texts.NOT_NOW) from error
        return self.look(conversation)

    def leave(self, conversation: str, address: str) -> Seen:
        """Where to be answered; raises DeskError for what is no address, and where no mail is sent."""
        self._customer.leave_address(conversation, address)
        return self.look(conversation)

    def rate(self, conversation: str, rating: int, comment: str = "") -> Seen:
        """How it was, 1 to 5; raises DeskError."""
        self._customer.rate(conversation, rating, comment)
        return self.look(conversation)
