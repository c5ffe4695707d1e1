"""Webhooks: other programs are told of conversations that are new, wait or are closed. The events are the outbox.

What happened is a row of the table of events, written in the transaction that made it so; each hook is told of each row once it
is there, in order, and again with growing pauses until it takes it. A call is a `POST` of JSON, with a signature as in

    Footnote-Signature: t=1764288000,v1=HEX

where HEX is HMAC-SHA256 of "t.body" with the hook's secret: who receives it compares, and refuses a `t` that is older than five
minutes.
"""

import hashlib
import hmac
import ipaddress
import json
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

import httpx

from rag.database import Row
from rag.desk.errors import DeskError
from rag.desk.store import Store
from rag.errors import NotFoundError, RagError
from rag.kept.events import stamp

log = logging.getLogger(__name__)

Kind = Literal["new", "waiting", "resolved"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SIGNATURE: Final = "Footnote-Signature"
SECONDS: Final = 10.0  # that a receiver may take
FRESH: Final = 300  # seconds for which a signature holds
_MINUTES = (1, 5, 15, 60, 180)  # until the next try
_TRIES = 24  # some days
_MOST = 20  # hooks
_AT_ONCE = 200  # events looked at in a round
_NO_ADDRESS = "{url!r} is no address that can be called; write it like https://example.org/desk."
Resolve = Callable[[str, int], Sequence[str]]
"""A host and a port to the addresses behind the name."""


@dataclass(frozen=True, slots=True)
class Hook:
    """Whom to tell: `kinds` of what, at `url`. `waiting` counts calls still to be made, `error` is the last problem."""

    id: int
    url: str
    kinds: tuple[Kind, ...]
    waiting: int
    error: str


class Webhooks:
    """The hooks of a data folder, and the calls to them. Safe for threads; of several processes each call is one's."""

    def __init__(self, store: Store, *, private: bool = False, resolve: Resolve | None = None) -> None:
        """`private`: this machine and private networks may be called."""
        self._store = store
        self._private = private
        self._resolve = resolve or addresses

    def add(self, url: str, kinds: Sequence[Kind]) -> tuple[Hook, str]:
        """A new hook, told of what happens from now on, and its secret, which is shown this once.

        Raises DeskError for an address that cannot be called, or may not.
        """
        wanted = tuple(kind for kind in KINDS if kind in kinds)
        if not wanted or len(wanted) != len(set(kinds)):
            named = ", ".join(map(str, kinds))[:100]
            raise DeskError(f"{named!r} is not what a webhook can be told of: {', '.join(KINDS)}.")
        self._target(url)
        secret = secrets.token_urlsafe(32)
        with self._store.write() as connection:
            if connection.execute("SELECT count(*) FROM desk_hooks").fetchone()[0] >= _MOST:
                raise DeskError(f"There are {_MOST} webhooks already; remove one first.")
            sql = """INSERT INTO desk_hooks (url, secret, kinds, after, created_at)
                VALUES (:url, :secret, :kinds, (SELECT coalesce(max(id), 0) FROM desk_events), :at) RETURNING id"""
            values = {"url": url, "secret": secret, "kinds": json.dumps(wanted), "at": self._store.stamp()}
            id = connection.execute(sql, values).fetchone()["id"]
        return self.get(id), secret

    def all(self) -> list[Hook]:
        """All of them, the oldest first."""
        sql = """SELECT desk_hooks.*,
            (SELECT count(*) FROM desk_calls WHERE hook = desk_hooks.id AND next_at IS NOT NULL) AS waiting,
            coalesce((SELECT error FROM desk_calls WHERE hook = desk_hooks.id AND error <> '' ORDER BY id DESC LIMIT 1), '')
            AS error FROM desk_hooks ORDER BY id"""
        return [
            Hook(row["id"], row["url"], tuple(json.loads(row["kinds"])), row["waiting"], row["error"])
            for row in self._store.read(sql)
        ]

    def get(self, id: int) -> Hook:
        """Raises NotFoundError."""
        found = next((hook for hook in self.all() if hook.id == id), None)
        if found is None:
            raise NotFoundError("There is no such webhook.")
        return found

    def remove(self, id: int) -> None:
        """A hook that nobody is told by any more; nothing where there is none."""
        with self._store.write() as connection:
            connection.execute("DELETE FROM desk_hooks WHERE id = :id", {"id": id})

    def once(self) -> int:
        """Makes the calls that are due; returns how many were taken. Never raises for what a receiver does."""
        self._collect()
        done = 0
        while call := self._next():
            done += self._call(call)
        return done

    def run(self, ends: threading.Event, seconds: float = 2.0) -> None:
        """Rounds until `ends` is set."""
        while not ends.is_set():
            try:
                self.once()
            except RagError as error:
                log.warning("webhooks are not called: %s", error)
            except Exception:  # an error of this program: the events stay, and are told later
                log.exception("a round of webhooks failed")
            ends.wait(seconds)

    def _collect(self) -> None:
        """A call for each event that a hook is to be told of, once."""
        sql = "SELECT 1 FROM desk_hooks WHERE after < (SELECT coalesce(max(id), 0) FROM desk_events) LIMIT 1"
        if not self._store.read(sql):
            return
        with self._store.write() as connection:
            for hook in connection.execute("SELECT * FROM desk_hooks").fetchall():
                sql = """SELECT desk_events.*, desk_cases.state, channel, base FROM desk_events
                    LEFT JOIN desk_cases ON desk_cases.conversation = desk_events.conversation
                    LEFT JOIN conversations ON conversations.id = desk_events.conversation
                    WHERE desk_events.id > :after ORDER BY desk_events.id LIMIT :most"""
                events = connection.execute(sql, {"after": hook["after"], "most": _AT_ONCE}).fetchall()
                for event in events:
                    told = [kind for kind in kinds_of(event) if kind in json.loads(hook["kinds"])]
                    if told:
                        values = {
                            "hook": hook["id"],
                            "event": event["id"],
                            "body": _body(event, told),
                            "at": self._store.stamp(),
                        }
                        insert = """INSERT INTO desk_calls (hook, event, body, tries, next_at, error)
                            VALUES (:hook, :event, :body, 0, :at, '') ON CONFLICT DO NOTHING"""
                        connection.execute(insert, values)
                if events:
                    change = "UPDATE desk_hooks SET after = :after WHERE id = :id"
                    connection.execute(change, {"after": events[-1]["id"], "id": hook["id"]})

    def _next(self) -> Row | None:
        """A call that is due, which is this one's for a minute: of each hook the first that is not done."""
        if not self._store.read("SELECT 1 FROM desk_calls WHERE next_at <= :now LIMIT 1", {"now": self._store.stamp()}):
            return None
        with self._store.write() as connection:
            now = self._store.now()
            sql = """SELECT desk_calls.*, url, secret FROM desk_calls JOIN desk_hooks ON desk_hooks.id = hook
                WHERE next_at <= :now AND NOT EXISTS (SELECT 1 FROM desk_calls AS earlier WHERE earlier.hook = desk_calls.hook
                    AND earlier.id < desk_calls.id AND earlier.next_at IS NOT NULL)
                ORDER BY desk_calls.id LIMIT 1"""
            row: Row | None = connection.execute(sql, {"now": stamp(now)}).fetchone()
            if row is not None:
                lease = {"until": stamp(now + timedelta(minutes=1)), "id": row["id"]}
                connection.execute("UPDATE desk_calls SET next_at = :until WHERE id = :id", lease)
        return row

    def _call(self, call: Row) -> bool:
        try:
            status = self._post(call["url"], call["body"].encode(), call["secret"], call["event"])
            error = "" if 200 <= status < 300 else f"{status}"
        except (DeskError, OSError, httpx.HTTPError, httpx.InvalidURL) as problem:
            error = " ".join(str(problem).split())[:300] or type(problem).__name__
        tries = call["tries"] + 1
        later = self._store.now() + timedelta(minutes=_MINUTES[min(tries, len(_MINUTES)) - 1])
        values = {"id": call["id"], "tries": tries, "error": error, "done": None, "next": None}
        if not error:
            values["done"] = self._store.stamp()
        elif tries < _TRIES:
            values["next"] = stamp(later)
        with self._store.write() as connection:
            sql = "UPDATE desk_calls SET tries = :tries, error = :error, done_at = :done, next_at = :next WHERE id = :id"
            connection.execute(sql, values)
        if error:
            log.warning("the webhook %d did not take event %d: %s", call["hook"], call["event"], error)
        return not error

    def _post(self, url: str, body: bytes, secret: str, event: int) -> int:
        """The status of a call; the name is looked up once, and the connection goes to the address that was looked at."""
        host, port, address = self._target(url)
        parts = urlsplit(url)
        shown = f"[{address}]" if ":" in address else address
        head = {
            "Content-Type": "application/json",
            "Host": parts.netloc,
            "Footnote-Event": str(event),
            SIGNATURE: sign(body, secret, int(self._store.now().timestamp())),
        }
        target = parts._replace(netloc=f"{shown}:{port}", fragment="").geturl()
        with httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False) as client:
            request = client.build_request("POST", target, content=body, headers=head, extensions={"sni_hostname": host})
            answer = client.send(request, stream=True)
            answer.close()
            return answer.status_code

    def _target(self, url: str) -> tuple[str, int, str]:
        """Host, port and address of a URL that may be called; raises DeskError."""
        try:
            parts = urlsplit(url)
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (ValueError, KeyError) as error:
            raise DeskError(_NO_ADDRESS.format(url=url[:200])) from error
        host = parts.hostname or ""
        if not host or "@" in parts.netloc or not url.isprintable() or len(url) > 500 or any(map(str.isspace, url)):
            raise DeskError(_NO_ADDRESS.format(url=url[:200]))
        try:
            found = self._resolve(host, port)
        except OSError as error:
            problem = f"No machine is known as {host[:100]!r}"
            raise DeskError(f"{problem}: correct the address, or try again when its name can be looked up.") from error
        if not self._private and not all(map(is_public, found)):
            problem = f"{host[:100]!r} is this machine or in a private network"
            raise DeskError(f"{problem}; RAG_WEBHOOKS_PRIVATE=true allows that.")
        if parts.scheme != "https" and not self._private:
            raise DeskError(f"{url[:200]!r} is not encrypted: take https. RAG_WEBHOOKS_PRIVATE=true allows http.")
        return host, port, found[0]


def sign(body: bytes, secret: str, at: int) -> str:
    """The signature of a body at a time, in seconds since 1970."""
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"


def verify(signature: str, body: bytes, secret: str, now: int) -> bool:
    """What a receiver does: whether a signature is of this body and secret, and at most five minutes old."""
    at = signature.partition(",")[0].removeprefix("t=")
    fresh = at.isascii() and at.isdigit() and abs(now - int(at)) <= FRESH
    return fresh and hmac.compare_digest(signature.encode(), sign(body, secret, int(at)).encode())


def kinds_of(event: Row) -> list[Kind]:
    """What an event is to those who are told."""
    details = json.loads(event["details"])
    found: list[Kind] = []
    if event["kind"] == "begun":
        found.append("new")
    if event["moves"] and details.get("to") == "waiting" and details.get("from") != "waiting":
        found.append("waiting")
    if event["kind"] == "resolve":
        found.append("resolved")
    return found


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, also where it stands in an IPv6 one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = found.ipv4_mapped or found.sixtofour if isinstance(found, ipaddress.IPv6Address) else None
    return found.is_global and not found.is_multicast and (inner is None or inner.is_global)


def addresses(host: str, port: int) -> list[str]:
    """The addresses behind a name; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def _body(event: Row, kinds: Sequence[Kind]) -> str:
    """Ids and plain values, never what somebody wrote."""
    details = json.loads(event["details"])
    told = {
        "event": event["id"],
        "kinds": list(kinds),
        "conversation": event["conversation"],
        "base": event["base"],
        "channel": event["channel"],
        "state": details.get("to", ""),
        "reason": details.get("reason", ""),
        "at": datetime.fromisoformat(event["at"]).isoformat(timespec="seconds"),
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True)
