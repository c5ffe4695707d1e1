"""A server with a desk, agents and customers who were handed over: helpers of the desk's tests."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rag.desk.customers import Customer
from rag.desk.desk import Desk
from rag.types import Answer
from tests.serving import PASSWORD, Served

QUESTION = "My lamp came in pieces"
SAID = "You may send it back within 30 days."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A customer, and their conversation that waits for people."""

    customer: Customer
    id: str

    def writes(self, text: str) -> None:
        self.customer.say(self.id, text, secrets.token_hex(8))

    def reads(self) -> list[str]:
        return [line.text for line in self.customer.messages(self.id) if line.kind != "status"]


def desk_of(served: Served) -> Desk:
    desk: Desk = served.app.state.visitors.desk
    return desk


def agent(served: Served, name: str, role: Any = "agent") -> str:
    """An account at the desk; its id there."""
    account = served.app.state.visitors.accounts.add(name, role, PASSWORD)
    desk_of(served).agents.here(f"account:{account.id}", name)
    return f"account:{account.id}"


def agent_id(served: Served, name: str) -> str:
    """The id at the desk of an agent who was there."""
    return next(one.id for one in desk_of(served).agents.all() if one.name == name)


def sign_in(chromium: Any, served: Served, name: str) -> Any:
    """What a browser keeps of an agent's signing in."""
    context = chromium.new_context()
    form = {"name": name, "password": PASSWORD}
    assert context.request.post(f"{served.url}login", form=form, max_redirects=0).status == 303
    kept = context.storage_state()
    context.close()
    return kept


@contextmanager
def pages(chromium: Any, served: Served) -> Iterator[Callable[..., Any]]:
    """Opens the page at a path, with the options of a browser context; at the end nothing may have failed or run in any."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_page(path: str, **options: Any) -> Any:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security" in said.text else None)
        page.goto(f"{served.url}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def waiting(served: Served, question: str = QUESTION, name: str = "") -> Waiting:
    """Somebody new, handed over after one answer of the bot."""
    own = served.app.state.visitors.conversations.of(f"visitor:{secrets.token_hex(8)}")
    id, exchange = own.ask("", "shop", question)
    own.answered(exchange, Answer(question, question, SAID, "answered", 0.9, (), ()))
    customer = desk_of(served).customer(own)
    customer.hand_over(id, "customer_request", name=name)
    return Waiting(customer, id)
