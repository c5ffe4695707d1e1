"""Where the server stands: the names it may be reached by, the proxies before it, whether it is this machine's alone."""

import ipaddress
import os
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from rag.config import Settings
from rag.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Place:
    """`hosts` are names in lower case, `*.example.org` for all below. `alone`: it listens to this machine only, and no setting
    says that others reach it through a proxy.
    """

    host: str
    hosts: tuple[str, ...]
    proxies: tuple[Network, ...]
    base_path: str
    space: bool
    alone: bool

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Raises SettingsError for proxies that are no networks."""
        space = "SPACE_ID" in os.environ
        host = "0.0.0.0" if space else settings.host  # noqa: S104 - a Space is reached from outside its container
        hosts = tuple(_parts(settings.trusted_hosts.lower()))
        proxies = tuple(_network(part) for part in _parts(settings.trusted_proxies))
        alone = is_loopback(host) and not hosts and not proxies and not settings.base_path
        if space:
            hosts += (os.environ.get("SPACE_HOST", "").lower(), "*.hf.space")
            proxies += (_network("10.0.0.0/8"), _network("172.16.0.0/12"), _network("192.168.0.0/16"))
        return cls(host, hosts, proxies, settings.base_path, space, alone)

    def is_proxy(self, address: str) -> bool:
        """Whether what this address says of a request's origin counts."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self.proxies)

    def takes(self, host: str) -> bool:
        """Whether a request's `Host` is one of this server's. An IP address always is: no web site has one as its name."""
        name = host_name(host)
        if name is None:
            return False
        if name == "localhost" or _is_address(name) or name == self.host.lower():
            return True
        return any(known in {"*", name} or (known.startswith("*.") and name.endswith(known[1:])) for known in self.hosts)

    @property
    def frames(self) -> str:
        """Whose pages may hold this one in a frame, as `frame-ancestors` says it."""
        return "'self' https://huggingface.co" if self.space else "'self'"


def host_name(host: str) -> str | None:
    """The name in a `Host` header, in lower case, without port and brackets; None for what is none."""
    try:
        parts = urlsplit(f"//{host}")
        if parts.path or parts.query or parts.fragment or parts.username is not None or parts.port == 0:
            return None
        return parts.hostname
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise SettingsError(f"RAG_TRUSTED_PROXIES has {text!r}: give addresses or networks, as 10.0.0.0/8") from error


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
