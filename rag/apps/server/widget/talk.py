"""One visitor's conversation in a widget, and the token that leads back to it.

The page around the frame keeps the token, so that no cookie of this server is needed there; what was said is kept where all
conversations are.
"""

import logging
import re
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from rag.apps.access import Person
from rag.apps.people import People
from rag.apps.server.widget.widgets import Widget
from rag.errors import NotFoundError, StoreError
from rag.kept.conversations import Asked, Conversations, Own
from rag.types import Answer, Turn

log = logging.getLogger(__name__)
LONGEST_TOKEN: Final = 200  # characters
_TOKEN: Final = re.compile(r"([\w-]{43})?\.([\w-]{1,64})", re.ASCII)
MOST_TURNS: Final = 8  # earlier exchanges that a question is understood by


@dataclass(slots=True)
class Talk:
    """`token` leads back to it: a secret of 256 bits, "" for whom the site names, and the id of the conversation; "" before the
    first question. `since` is the last exchange that belongs to what people have closed.
    """

    own: Own
    base: str
    secret: str
    conversation: str = ""
    exchange: int | None = None
    since: int = 0

    @classmethod
    def of(cls, kept: Conversations, widget: Widget, person: Person, token: str) -> Self:
        """The one that a token leads to, or a new one for what is none. Whom the site names needs no secret."""
        parts = _TOKEN.fullmatch(token)
        secret, conversation = parts.groups("") if parts else ("", "")
        if person.visitor:
            return cls(kept.of(person.owner, person.audience), widget.base, "", "" if secret else conversation)
        if not secret:
            secret, conversation = secrets.token_urlsafe(32), ""
        owner = sha256(f"{widget.id}:{secret}".encode()).hexdigest()
        return cls(kept.of(f"visitor:{owner}", person.audience), widget.base, secret, conversation)

    @property
    def token(self) -> str:
        return f"{self.secret}.{self.conversation}" if self.conversation else ""

    def resume(self) -> list[Asked]:
        """As `exchanges`; whom the site names comes back to their last conversation, on another device too."""
        if not self.secret and not self.conversation:
            self.conversation = self.own.latest(self.base)
        return self.exchanges()

    def exchanges(self) -> list[Asked]:
        """The oldest first; raises NotFoundError where it is not there any more."""
        return self.own.open(self.conversation)[1]

    def goes_to(self, people: People, text: str, key: str) -> bool:
        """Whether people have the conversation, and so what was typed."""
        if not self.conversation:
            return False
        try:
            said = people.say(self.conversation, text, key)
        except NotFoundError:  # it has expired
            return False
        self.conversation = said.conversation
        self.since = people.look(said.conversation).standing.since_exchange
        return said.to == "people"

    def ask(self, question: str) -> list[Turn]:
        """Keeps a question, and gives the turns before it. What cannot be kept is answered all the same."""
        history: list[Turn] = []
        try:
            if self.conversation:
                history = [(one.question, one.text) for one in self.exchanges() if one.answer and one.id > self.since][
                    -MOST_TURNS:
                ]
        except NotFoundError:
            pass  # it has expired, or the visitor's other tab has begun anew
        except StoreError as error:
            log.warning("a conversation cannot be read: %s", error)
        try:
            self.conversation, self.exchange = self.own.ask(self.conversation, self.base, question)
        except StoreError as error:
            log.warning("a question is not kept: %s", error)
        return history

    def answered(self, answer: Answer) -> None:
        """Keeps the answer, where the question is kept."""
        if self.exchange is None:
            return
        try:
            self.own.answered(self.exchange, answer)
        except StoreError as error:
            log.warning("an answer is not kept: %s", error)

    def forget(self) -> None:
        """Deletes it; raises NotFoundError where it is not there."""
        self.own.delete(self.conversation)
