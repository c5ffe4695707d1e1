"""The body of a request: read whole, and given once more to who reads it next."""

from starlette.types import Message, Receive


async def whole(receive: Receive) -> tuple[bytes, Message | None]:
    """The body, and the message that ended the request where that was no part of it."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts), message
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts), None


def again(body: bytes, ended: Message | None, receive: Receive) -> Receive:
    """Receives a body, then what ended the request, then what comes."""
    coming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    coming += [ended] if ended else []

    async def received() -> Message:
        return coming.pop(0) if coming else await receive()

    return received
