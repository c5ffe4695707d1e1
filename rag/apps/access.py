"""Who asks, and what they may: roles, scopes, and the bases and documents that reach them. The page and the server's routes
share these rules; nothing here knows of HTTP."""

import errno
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final, Generic, Literal, Protocol, TypeVar, get_args

from rag.about import Audience
from rag.apps.people import People
from rag.apps.turns import Ticket, Turns
from rag.errors import (
    IndexBusyError,
    IndexMismatchError,
    MissingExtraError,
    ModelError,
    NotFoundError,
    RagError,
    RulesError,
    SettingsError,
    StoreError,
)
from rag.index.audit import VISITOR
from rag.kept.conversations import Own
from rag.languages.spoken import Language, texts

log = logging.getLogger(__name__)
OF_OPERATORS = (
    StoreError,
    ModelError,
    SettingsError,
    MissingExtraError,
    IndexMismatchError,
    IndexBusyError,
    RulesError,
)
"""Errors that whoever hosts the server can do something about, and nobody else."""

Role = Literal["visitor", "agent", "editor", "admin"]
Scope = Literal["ask", "desk", "manage", "admin"]
"""`ask`: questions, searches, feedback, cited documents. `desk`: customers' conversations. `manage`: the list of documents,
adding and deleting. `admin`: accounts and keys."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
OF_KEYS: Final[tuple[Scope, ...]] = tuple(scope for scope in SCOPES if scope != "desk")
"""What a key can be for: at the desk people work."""
SCOPES_OF: Final[Mapping[Role, frozenset[Scope]]] = {role: frozenset(SCOPES[: n + 1]) for n, role in enumerate(ROLES)}


NO_SCOPE: Final = "This key has not the scope `{scope}`: `rag keys add` makes one that has."


class NotAllowedError(RagError):
    """The person may not do this; `known` says whether they have signed in already, `key` whether they came with a key."""

    def __init__(self, scope: Scope, *, known: bool, key: bool = False) -> None:
        super().__init__(NO_SCOPE.format(scope=scope) if key else texts.NOT_ALLOWED if known else texts.SIGN_IN_FIRST)
        self.scope = scope
        self.known = known


_OF_DISK: Final = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def of_disk(error: Exception) -> Exception:
    """The error, or StoreError for what a full or failing disk does to an upload: who hosts it can make room."""
    if isinstance(error, OSError) and error.errno in _OF_DISK:
        return StoreError(f"{error.filename or 'a file'} cannot be written ({error.strerror}): make room, and try again")
    return error


def told(error: Exception, person: "Person | None") -> str:
    """What a person may know of an error: paths, process numbers and what to do about files are for administrators.

    It is logged where it is not told.
    """
    error = of_disk(error)
    if not isinstance(error, RagError):
        return texts.UNEXPECTED
    if person and person.may("admin"):
        return str(error)
    if isinstance(error, OF_OPERATORS):
        log.error("%s", error)
        return texts.WRITING if isinstance(error, IndexBusyError) else texts.UNAVAILABLE
    if isinstance(error, NotFoundError) and "`rag " in str(error):  # how to look for it on the command line
        return texts.NOT_THERE
    return str(error)


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. `account` and `key` are the numbers of the account or API key they showed, None for a visitor; `name` is for
    people. `bases` limits them to these, None to no few. `local`: nobody has an account, and they sit at the machine. `visitor`
    is a hash of the cookie that a visitor is known again by, "" for who has none.
    """

    scopes: frozenset[Scope] = SCOPES_OF["visitor"]
    audience: Audience = "public"
    name: str = ""
    account: int | None = None
    key: str | None = None
    bases: frozenset[str] | None = None
    local: bool = False
    address: str = ""
    visitor: str = ""

    @property
    def known(self) -> bool:
        """Whether they have shown who they are."""
        return self.account is not None or self.key is not None

    @property
    def client(self) -> str:
        """Whose limits count: the account's, the key's, or those of the network."""
        return self.actor if self.known else self.network

    @property
    def network(self) -> str:
        """The address; of IPv6 the network of 64 bits, as one has many addresses."""
        try:
            found = ip_address(self.address)
        except ValueError:
            return self.address
        return str(ip_network((found, 64), strict=False)) if found.version == 6 else self.address

    @property
    def actor(self) -> str:
        """Who they are in the audit log: an id, no name."""
        return f"account:{self.account}" if self.account is not None else f"key:{self.key}" if self.key else VISITOR

    @property
    def owner(self) -> str:
        """Whose conversations are theirs; "" where none are kept: of programs, and of visitors without a cookie."""
        if self.account is not None:
            return f"account:{self.account}"
        return f"visitor:{self.visitor}" if self.visitor and not self.key else ""

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raises NotAllowedError."""
        if not self.may(scope):
            raise NotAllowedError(scope, known=self.known, key=self.key is not None)


A_co = TypeVar("A_co", covariant=True)


class Bases(Protocol[A_co]):
    """The knowledge bases by name: at least one for each audience, the first is what a visitor begins with."""

    def names(self, audience: Audience | None = None) -> list[str]: ...

    def open(self, name: str, audience: Audience | None = None) -> A_co:
        """The assistant over one base, as an audience may ask it; raises RagError for a name that is none to it."""
        ...


A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Visit(Generic[A]):
    """One request of a person, and the bases as they see them. All questions of a server go through its `turns`. `kept` are
    their conversations, None where none are kept; `conversation` is the id of the one that the page's address names. `people`
    is their way to people, None where there is none: the desk is off, or nothing is kept. `language` is the one they are
    spoken to in. What was answered up to `erased_at` and is not kept may be erased.
    """

    person: Person
    bases: Bases[A]
    turns: Turns = field(default_factory=Turns, compare=False)
    kept: Own | None = None
    conversation: str = ""
    people: People | None = None
    language: Language = "en"
    erased_at: datetime | None = None

    def ticket(self) -> Ticket:
        """A place in the queue for one question, taken before anything of it is kept; raises TooOftenError."""
        person = self.person
        return self.turns.join(person.owner or person.client, person.client)

    def names(self) -> list[str]:
        """The bases that this person may know of."""
        found = self.bases.names(self.person.audience)
        return [name for name in found if self.person.bases is None or name in self.person.bases]

    def open(self, name: str) -> A:
        """The assistant over one of `names`, as this person may ask it; raises NotFoundError for any other name."""
        if self.person.bases is not None and name not in self.person.bases:
            raise NotFoundError(texts.NO_BASE.format(name=name))
        return self.bases.open(name, self.person.audience)
