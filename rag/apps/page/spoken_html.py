"""Gradio's HTML in the language spoken: of its components' texts Gradio takes the browser's, which may ask for another."""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Send

from rag.languages.spoken import LANGUAGES, texts

_HEAD: Final = b"<head>"
_LANGUAGE: Final = b'lang="en"'
# Of each text that stands there in all languages (`bridge.in_all`), the one in the page's is shown.
_SHOWN: Final = ", ".join(f"html:lang({one}) .said:lang({one})" for one in LANGUAGES)
# Gradio heads each notice with an English word, to which its CSS for a page does not reach.
_INSERTED: Final = (
    "<script>for (const [name, value] of [['language', '{tag}'], ['languages', ['{tag}']]])"
    " Object.defineProperty(navigator, name, {{ get: () => value }});</script>"
    "<style>.said {{ display: none }} {shown} {{ display: inline }}"
    " .toast-title-row > span.toast-title {{ display: none }}"
    " .toast-title-row::before {{ content: '{notice}'; font-weight: 600 }}</style>"
)


def in_language(send: Send) -> Send:
    """`send` for an answer that is HTML and not compressed: it is sent whole, with the language spoken in it."""
    begun: list[Message] = []
    parts: list[bytes] = []

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            begun.append(message)
        elif message["type"] == "http.response.body" and begun:
            parts.append(message.get("body", b""))
            if not message.get("more_body"):
                await _send(send, begun[0], _with_language(b"".join(parts)))
        else:
            await send(message)

    return answer


def _is_html(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")


def _with_language(html: bytes) -> bytes:
    inserted = _INSERTED.format(tag=texts.TAG, shown=_SHOWN, notice=texts.NOTICE).encode()
    html = html.replace(_LANGUAGE, f'lang="{texts.TAG}"'.encode(), 1)
    return html.replace(_HEAD, _HEAD + inserted, 1)


async def _send(send: Send, start: Message, body: bytes) -> None:
    MutableHeaders(scope=start)["content-length"] = str(len(body))
    await send(start)
    await send({"type": "http.response.body", "body": body})
