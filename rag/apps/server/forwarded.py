"""What proxies say of a request: taken from trusted ones only, and removed, so that nothing behind it believes it again."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.apps.server.place import Place

_SAYS = frozenset((b"forwarded", b"x-real-ip", b"x-gradio-server"))


class Forwarded:
    """Puts the client's address, the scheme, the host and the base path of the outside into the scope."""

    def __init__(self, app: ASGIApp, place: Place) -> None:
        self.app = app
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"}:
            scope = _with_base_path(_seen_from_outside(scope, self._place), self._place.base_path)
        await self.app(scope, receive, send)


def _seen_from_outside(scope: Scope, place: Place) -> Scope:
    said = Headers(scope=scope)
    kept = [(name, value) for name, value in scope["headers"] if not (name.startswith(b"x-forwarded-") or name in _SAYS)]
    seen: Scope = {**scope, "headers": kept, "state": {**scope.get("state", {}), "proxied": len(kept) < len(scope["headers"])}}
    client = scope.get("client") or ("", 0)
    if not place.is_proxy(client[0]):
        return seen
    if proto := _last(said.get("x-forwarded-proto", "")):
        seen["scheme"] = {"http": "http", "https": "https"}.get(proto.lower(), scope["scheme"])
    if host := _last(said.get("x-forwarded-host", "")):
        seen["headers"] = [(name, value) for name, value in kept if name != b"host"] + [(b"host", host.encode("latin-1"))]
    # From the right: each proxy adds who asked it; the first that is no proxy of ours is the client.
    chain = [part.strip() for part in ",".join(said.getlist("x-forwarded-for")).split(",") if part.strip()]
    outside = next((address for address in reversed(chain) if not place.is_proxy(address)), chain[0] if chain else client[0])
    seen["client"] = (outside[:64], 0)
    return seen


def _last(value: str) -> str:
    """What the nearest proxy said."""
    return value.rpartition(",")[2].strip()


def _with_base_path(scope: Scope, base: str) -> Scope:
    """The path begins with the base path, as ASGI has it, whether or not the proxy took that off."""
    if not base:
        return scope
    path = scope["path"]
    if path != base and not path.startswith(f"{base}/"):
        path = base + path
    return {**scope, "path": path, "raw_path": path.encode(), "root_path": base}
