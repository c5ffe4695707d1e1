"""`http://host:port/v1#model`: the address of a server that speaks OpenAI's chat completions, as RAG_GENERATOR names it."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from rag.errors import SettingsError

_EXAMPLE = "write it like http://localhost:8080/v1#model"


@dataclass(frozen=True, slots=True)
class Address:
    """`base` is what `/chat/completions` and `/models` lie below, without a slash at its end; `model` "" stands for the only
    one.
    """

    base: str
    model: str = ""

    @property
    def is_local(self) -> bool:
        """Whether what is sent stays on this machine: the host is localhost or a loopback address."""
        host = urlsplit(self.base).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")


def is_address(name: str) -> bool:
    """Whether a generator's name is that of a server."""
    return name.strip().lower().startswith(("http://", "https://"))


def parse(name: str) -> Address:
    """Raises SettingsError for an address that cannot be one; what may be a password in it is not repeated."""
    try:
        parts = urlsplit(name.strip())
        port = parts.port  # read to be checked
    except ValueError as error:
        raise SettingsError(f"RAG_GENERATOR is {_shown(name)!r}: {error}; {_EXAMPLE}.") from error
    problem = _problem(name.strip(), parts, port)
    if problem:
        raise SettingsError(f"RAG_GENERATOR is {_shown(name)!r}: {problem}; {_EXAMPLE}.")
    return Address(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", parts.fragment.strip())


def check_key(key: str) -> str:
    """`key` as a header may carry it; raises SettingsError, which does not repeat it."""
    key = key.strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise SettingsError("RAG_GENERATOR_KEY has blanks, line breaks or letters no key has: copy it again.")
    return key


def _problem(name: str, parts: SplitResult, port: int | None) -> str:
    if "@" in parts.netloc:
        return "a password does not belong in the address, set RAG_GENERATOR_KEY"
    if not parts.hostname:
        return "it has no host"
    if port == 0:
        return "no server listens on port 0"
    if parts.query:
        return "it has a query (?)"
    if not name.isprintable() or any(character.isspace() for character in parts.netloc + parts.path):
        return "it has blanks or control characters"
    return ""


def _shown(name: str) -> str:
    scheme, separator, rest = name.strip().partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{'…@' if '@' in host else ''}{host.rpartition('@')[2]}{slash}{path}"[:300]
