"""Who asks, and what they may: roles, scopes, and the bases and documents that reach them. The page and the server's routes
share these rules; nothing here knows of HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, Protocol, TypeVar, get_args

from rag.about import Audience
from rag.apps.line import Line
from rag.errors import NotFoundError, RagError
from rag.index.audit import VISITOR
from rag.kept.conversations import Own
from rag.languages import en as texts

Role = Literal["visitor", "agent", "editor", "admin"]
Scope = Literal["ask", "desk", "manage", "admin"]
"""`ask`: questions, searches, feedback, cited documents. `desk`: customers' conversations. `manage`: the list of documents,
adding and deleting. `admin`: accounts and keys."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
SCOPES_OF: Final[Mapping[Role, frozenset[Scope]]] = {role: frozenset(SCOPES[: n + 1]) for n, role in enumerate(ROLES)}


class NotAllowedError(RagError):
    """The person may not do this; `known` says whether they have signed in already."""

    def __init__(self, scope: Scope, *, known: bool) -> None:
        super().__init__(texts.NOT_ALLOWED if known else texts.SIGN_IN_FIRST)
        self.scope = scope
        self.known = known


class TooOftenError(RagError):
    """A key has been used more often than it may; `seconds` until it may be again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(texts.TOO_OFTEN.format(seconds=seconds))
        self.seconds = seconds


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
    def actor(self) -> str:
        """Who they are in the audit log: an id, no name."""
        return f"account:{self.account}" if self.account is not None else f"key:{self.key}" if self.key else VISITOR

    @property
    def owner(self) -> str:
        """Whose conversations are theirs; "" where none are kept: of programs, and of visitors without a cookie."""
        if self.account is not None:
            return f"account:{self.account}"
        return f"visitor:{self.visitor}" if self.visitor and not self.key else ""

    @property
    def client(self) -> str:
        """Whose questions wait in one line: those of an account, of a key, or of an address."""
        return self.actor if self.known else f"address:{self.address}"

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def require(self, scope: Scope) -> None:
        """Raises NotAllowedError."""
        if not self.may(scope):
            raise NotAllowedError(scope, known=self.known)


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
    """One request of a person, the bases as they see them, and the line in which their questions wait. `kept` are their
    conversations, None where none are kept; `conversation` is the id of the one that the page's address names.
    """

    person: Person
    bases: Bases[A]
    line: Line = field(default_factory=Line, compare=False)
    kept: Own | None = None
    conversation: str = ""

    def names(self) -> list[str]:
        """The bases that this person may know of."""
        found = self.bases.names(self.person.audience)
        return [name for name in found if self.person.bases is None or name in self.person.bases]

    def open(self, name: str) -> A:
        """The assistant over one of `names`, as this person may ask it; raises NotFoundError for any other name."""
        if self.person.bases is not None and name not in self.person.bases:
            raise NotFoundError(texts.NO_BASE.format(name=name))
        return self.bases.open(name, self.person.audience)
