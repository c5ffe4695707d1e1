"""Who asks: found for each request from its cookie or key, or from where it comes."""

import secrets
from hashlib import sha256
from typing import Any, Final

from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from rag.apps.access import SCOPES_OF, Bases, NotAllowedError, Person, Scope, Visit
from rag.apps.people import People
from rag.apps.server.accounts.accounts import Account, Accounts
from rag.apps.server.accounts.database import AccountsFile
from rag.apps.server.accounts.keys import Keys
from rag.apps.server.metrics import Metrics
from rag.apps.server.place import Place, host_name, is_loopback
from rag.apps.server.provider import Provider
from rag.apps.server.setup_link import SetupLink
from rag.apps.server.throttle import Throttle
from rag.apps.server.widget.widgets import Widgets
from rag.apps.turns import Turns
from rag.config import Settings
from rag.desk.assist import Assist
from rag.desk.desk import Desk
from rag.errors import TooOftenError
from rag.index.audit import AuditLog
from rag.index.retention import erased_at
from rag.kept.conversations import Conversations, Own
from rag.kept.database import ConversationsFile
from rag.languages.formats import lasting, number
from rag.languages.spoken import spoken, texts
from rag.privacy import mask, unmasked

COOKIE: Final = "footnote_session"
VISITOR_COOKIE: Final = "footnote_visitor"
_LONGEST_ID = 64  # characters of a conversation's id
_DAY = 24 * 60 * 60  # seconds


class Visitors:
    """Knows people by their cookies and keys."""

    def __init__(self, settings: Settings, place: Place, bases: Bases[Any], *, mails: bool = False) -> None:
        """`mails`: replies of the desk to addresses are sent by mail.

        Raises StoreError where the file of accounts cannot be used, SettingsError for half a provider.
        """
        self.settings = settings
        self.place = place
        self.bases = bases
        self.file = AccountsFile.of(settings.data_dir)
        self.accounts = Accounts(self.file)
        self.keys = Keys(self.file)
        self.widgets = Widgets(self.file)
        secret = settings.secret.get_secret_value().encode() if settings.secret else self.accounts.secret()
        self.signer = URLSafeTimedSerializer(secret, salt="session")
        self.throttle = Throttle()
        self.setup = SetupLink()
        self.metrics = Metrics()
        self.turns = Turns(
            settings.client_questions,
            wait=self._wait_to_ask,
            answered=self.metrics.answered,
            refused=self.metrics.refused,
        )
        self.metrics.watch(self.turns, bases)
        self.provider = Provider.of(settings)
        self._seconds = int(3600 * settings.session_hours)
        kept = ConversationsFile.of(settings.data_dir)
        self.conversations = Conversations(kept, AuditLog(settings.data_dir), mask if settings.mask else unmasked)
        self.desk = Desk(kept, mails=mails)
        self.assist = Assist(self.desk, bases, mask if settings.mask else unmasked)
        self.drafting = Turns(each=4, running=2)  # replies that are composed for agents: the rate of questions is customers'
        self._visitor_signer = URLSafeTimedSerializer(secret, salt="visitor")
        self._visitor_seconds = _DAY * settings.visitor_days

    def _wait_to_ask(self, client: str) -> int:
        """Seconds until a client may ask once more; a key's own limit was counted with its request."""
        if client.startswith("key:"):
            return 0
        return self.throttle.wait(client, "question", self.settings.questions_per_minute)

    def count(self, person: Person, what: str) -> None:
        """One more of what a client may do `requests_per_minute` times; raises TooOftenError beyond."""
        if wait := self.throttle.wait(person.client, what, self.settings.requests_per_minute):
            self.metrics.refused("requests")
            raise TooOftenError(wait, texts.TOO_MANY_REQUESTS.format(seconds=lasting(wait, "second")))

    def count_upload(self, request: HTTPConnection, person: Person) -> None:
        """The body of this request counts to what a client may upload in a day.

        Raises TooOftenError beyond, HTTPException where it is not said how large it is.
        """
        length, most = request.headers.get("content-length", ""), self.settings.max_uploads_mb
        if not length:
            raise HTTPException(411, texts.UPLOAD_WITHOUT_LENGTH, {"Connection": "close"})
        megabytes = min(1 + int(length) // 1_000_000, most)  # the guard has looked at it
        if not person.local and (wait := self.throttle.wait_to_upload(person.client, megabytes, most)):
            self.metrics.refused("uploads")
            minutes = lasting(-(-wait // 60), "minute")
            raise TooOftenError(wait, texts.TOO_MANY_UPLOADED.format(most=number(most), minutes=minutes))

    def admit(self, request: HTTPConnection, scope: Scope | None) -> Visit[Any]:
        """Who asks, kept in `request.state.visit`; raises NotAllowedError where they may not do this."""
        person = self.person(request)
        own = self.conversations.of(person.owner, person.audience, person.actor) if person.owner else None
        people = self.people(own) if own else None
        conversation = request.query_params.get("c", "")[:_LONGEST_ID]
        visit = Visit(person, self.bases, self.turns, own, conversation, people, spoken(), erased_at(self.settings.data_dir))
        request.state.visit = visit
        if request.scope.get("method") == "POST" and not person.local:
            self.count(person, "request")
        if scope is not None:
            visit.person.require(scope)
        return visit

    def desk_is_on(self) -> bool:
        """Whether people take conversations: as the setting says, otherwise as soon as an account is an agent's."""
        return self.accounts.have_agent() if self.settings.desk is None else self.settings.desk

    def desk_is_served(self) -> bool:
        """Whether there is a desk to work at: what people have is theirs until it is closed, also where no more is taken."""
        return self.desk_is_on() or self.desk.queue.anything()

    def people(self, own: Own) -> People | None:
        """The way to people of who had these conversations; None where there is no desk."""
        takes = self.desk_is_on()
        return People(self.desk, own, takes=takes) if takes or self.desk.queue.anything() else None

    def person(self, request: HTTPConnection) -> Person:
        """Who asks; raises NotAllowedError for a key that is none, TooOftenError."""
        address = request.client.host if request.client else ""
        kind, _, shown = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            key = self.keys.find(shown.strip())
            if key is None:
                raise NotAllowedError("ask", known=False)
            if wait := self.throttle.wait(key.id, "key", key.per_minute):
                self.metrics.refused("key")
                raise TooOftenError(wait, texts.TOO_OFTEN.format(seconds=lasting(wait, "second")))
            return Person(key.scopes, key.audience, key.name, key=key.id, bases=key.bases, address=address)
        account = self.account(request)
        if account is not None:
            scopes = SCOPES_OF[account.role]
            audience = "internal" if "desk" in scopes else self.settings.audience
            return Person(scopes, audience, account.name, account.id, address=address)
        if self._sits_here(request, address):
            scopes, local = SCOPES_OF["admin"], True
        else:
            scopes, local = SCOPES_OF["visitor"] if self.settings.visitors == "ask" else frozenset(), False
        visitor = sha256(self._visitor(request).encode()).hexdigest() if self._visitor(request) else ""
        return Person(scopes, self.settings.audience, local=local, address=address, visitor=visitor)

    def account(self, request: HTTPConnection) -> Account | None:
        """The account whose session the cookie names, while that lasts."""
        try:
            id, session = self.signer.loads(request.cookies.get(COOKIE, ""), max_age=self._seconds)
        except (BadData, ValueError, TypeError):
            return None
        found = self.accounts.by_id(id) if isinstance(id, int) else None
        return found if found and not found.disabled and found.session == session else None

    def _sits_here(self, request: HTTPConnection, address: str) -> bool:
        """Whether this is the person at this machine, who needs no account while there is none."""
        direct = is_loopback(address) and not request.scope["state"].get("proxied")
        named_here = is_loopback(host_name(request.headers.get("host", "")) or "")
        return self.place.alone and direct and named_here and not self.accounts.exist()

    def begin(self, request: HTTPConnection, response: Response, account: Account) -> None:
        """The answer signs this account in."""
        value = self.signer.dumps([account.id, account.session])
        response.set_cookie(COOKIE, value, max_age=self._seconds, **self.cookie(request))

    def end(self, request: HTTPConnection, response: Response, account: Account | None) -> None:
        """The answer signs out; all other sessions of the account end too, in case somebody has its cookie."""
        if account is not None:
            self.accounts.end_sessions(account.id)
        response.delete_cookie(COOKIE, **self.cookie(request))

    def _visitor(self, request: HTTPConnection) -> str:
        """The secret of the cookie by which a visitor is known again, while that lasts; "" without one."""
        try:
            found = self._visitor_signer.loads(request.cookies.get(VISITOR_COOKIE, ""), max_age=self._visitor_seconds)
        except (BadData, ValueError, TypeError):
            return ""
        return found if self._visitor_seconds and isinstance(found, str) else ""

    def recognise(self, request: HTTPConnection, response: Response) -> None:
        """The answer has the browser of a visitor known again, for some days from now on."""
        if self._visitor_seconds and not self.account(request) and "authorization" not in request.headers:
            value = self._visitor_signer.dumps(self._visitor(request) or secrets.token_urlsafe(32))
            response.set_cookie(VISITOR_COOKIE, value, max_age=self._visitor_seconds, **self.cookie(request))

    def cookie(self, request: HTTPConnection) -> dict[str, Any]:
        """How cookies are set. A Space is shown in a frame of another site."""
        secure = self.settings.secure_cookies
        if secure is None:
            secure = self.place.space or request.scope["scheme"] in {"https", "wss"}
        same = "none" if self.place.space and secure else "lax"
        return {"path": self.place.base_path or "/", "httponly": True, "secure": secure, "samesite": same}

    def close(self) -> None:
        self.file.close()
        self.conversations.close()
