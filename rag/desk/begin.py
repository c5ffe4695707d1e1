"""How a conversation comes to the desk: passed on by the bot, as a mail, or after one that was closed long ago."""

import re
import secrets
from typing import Final

from rag.database import Connection, Row
from rag.desk.errors import DeskError
from rag.desk.states import State
from rag.desk.store import Store, line
from rag.desk.values import Channel
from rag.kept.conversations import title_of
from rag.kept.events import tell
from rag.languages.spoken import texts

CUSTOMER: Final = "customer"
"""Who a customer is in events; whose conversation it is says the kept conversation's owner."""
_ADDRESS: Final = re.compile(r"[^\s@<>\"'(),:;\\]{1,64}@[^\s@<>\"'(),:;\\]{1,190}")


def check_address(address: str) -> None:
    """Raises DeskError for what is no e-mail address."""
    if not _ADDRESS.fullmatch(address):
        raise DeskError(texts.NO_ADDRESS.format(address=address[:100]))


def recipient_of(channel: Channel, conversation: str, address: str) -> str:
    """Where replies go, as it is shown beside the composer: "mail:anna@example.com", or the conversation itself, "page:ID"."""
    return f"mail:{address}" if address else f"{channel}:{conversation}"


def keep(connection: Connection, owner: str, base: str, title: str, at: str) -> str:
    """A new kept conversation without any question yet; returns its id."""
    id = secrets.token_urlsafe(16)
    values = {"id": id, "owner": owner, "base": base, "title": title_of(title), "at": at}
    connection.execute("INSERT INTO conversations VALUES (:id, :owner, :base, :title, 0, :at, :at)", values)
    return id


def case(
    store: Store,
    connection: Connection,
    conversation: str,
    state: State,
    channel: Channel,
    name: str,
    *,
    reason: str = "",
    previous: str | None = None,
    address: str = "",
) -> Row:
    """The desk knows a kept conversation from now on; replies go to `address`, or only into the conversation itself."""
    at = store.stamp()
    values = {
        "conversation": conversation,
        "state": state,
        "reason": reason,
        "channel": channel,
        "recipient": recipient_of(channel, conversation, address),
        "customer": line("name", name, 100, empty=True),
        "address": address,
        "previous": previous,
        "at": at,
    }
    connection.execute(
        """INSERT INTO desk_cases (conversation, state, version, reason, team, priority, channel, recipient, customer, address,
            previous, due_kind, code, since_exchange, comment, created_at, changed_at)
        VALUES (:conversation, :state, 1, :reason, '', 1, :channel, :recipient, :customer, :address,
            :previous, '', '', 0, '', :at, :at)""",
        values,
    )
    told = {"to": state, "reason": reason, "previous": previous}
    tell(connection, conversation, "begun", CUSTOMER, at, version=1, moves=True, details=told)
    return store.row(connection, conversation)


def following(store: Store, connection: Connection, conversation: str) -> str:
    """The conversation that follows one that was closed long ago, and names it: made once. A mail is for people, all else for
    the bot first.
    """
    old = store.row(connection, conversation)
    sql = """SELECT conversation FROM desk_cases JOIN conversations ON id = conversation WHERE previous = :id AND owner = :owner
        ORDER BY desk_cases.created_at DESC LIMIT 1"""
    known = connection.execute(sql, {"id": conversation, "owner": old["owner"]}).fetchone()
    if known is not None:  # one of another owner that follows it is a mail from the address that was left there
        return str(known["conversation"])
    mail = old["channel"] == "mail"
    id = keep(connection, old["owner"], old["base"], old["title"], store.stamp())
    case(
        store,
        connection,
        id,
        "waiting" if mail else "bot",
        old["channel"],
        old["customer"],
        reason="direct" if mail else "",
        previous=conversation,
        address=old["address"],
    )
    return id
