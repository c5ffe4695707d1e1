"""A language model on any server that speaks OpenAI's chat completions (llama-server, Ollama, vLLM), streamed; greedy."""

import logging
from collections.abc import Generator as Stream
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpx

from rag.errors import GeneratorError
from rag.models.generator import sse
from rag.models.generator.address import Address, check_key
from rag.models.generator.control_tokens import neutralise_shapes
from rag.models.generator.server import CONTROL_CHARACTERS, Server
from rag.models.generator.vocabulary import check_window
from rag.privacy import Mask, unmasked
from rag.text import replace_lone_surrogates
from rag.types import Message

log = logging.getLogger(__name__)

DEFAULT_WINDOW = 8192  # tokens, where a server does not tell: what most models of today have, or more
# The vocabulary is not known. English has 4 to 5 bytes a token, Chinese 3 to 5: a prompt is seldom longer than estimated.
BYTES_PER_TOKEN = 3
_TEMPLATE_TOKENS = 8  # what a chat template puts around a message
_LONGEST_TOKEN = 64  # characters, more than a token of text has: a server may ignore how long an answer may be
_NO_LIST = (404, 405, 501)  # statuses of servers that list no models


class RemoteGenerator:
    """One model of a server. Answers may be written at once; closing a stream closes its connection, which stops the model."""

    def __init__(self, server: Server, model: str, window: int = DEFAULT_WINDOW, mask: Mask = unmasked) -> None:
        """`mask` takes out of each message what the server is not to see; what it answers is passed on as it is."""
        self.name = model
        self.window = window
        self._server = server
        self._mask = mask

    @classmethod
    def connect(cls, address: Address, key: str = "", mask: Mask = unmasked) -> "RemoteGenerator":
        """Ask the server what it has; an address without a model stands for the only one. Raises GeneratorError."""
        server = Server(address.base, check_key(key))
        try:
            found = server.get("/models")
        except GeneratorError as error:
            if not address.model or error.status not in _NO_LIST:
                raise
            found = None
        listed = _listed(found)
        model = address.model or _only(server, listed)
        window = _window(server, next((entry for entry in listed if entry["id"] == model), {}))
        log.info("%s answers at %s with a window of %d tokens", model, address.base, window)
        return cls(server, model, window, mask)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Estimated, rather too high: bytes by BYTES_PER_TOKEN, rounded up, and what a template puts around each message."""
        sizes = (len(neutralise_shapes(message.content).encode("utf-8", "replace")) for message in messages)
        return -(-sum(sizes) // BYTES_PER_TOKEN) + _TEMPLATE_TOKENS * len(messages)

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Stream[str, None, None]:
        """Pieces of the answer, whole characters each.

        Raises ModelError if prompt and answer exceed the window, as far as that can be told, and GeneratorError.
        """
        check_window(self.name, self.window, self.count_tokens(messages), max_tokens)
        body = {
            "model": self.name,
            "messages": [{"role": m.role, "content": self._content(m)} for m in messages],
            "max_tokens": max_tokens,
            "temperature": 0,
            "stream": True,
        }
        with self._server.post("/chat/completions", body) as response:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "text/event-stream":
                pieces = self._deltas(response, max_tokens)
            elif kind == "application/json":  # a server that does not stream
                pieces = iter([self._text(self._server.json(response), "message")[0]])
            else:
                what = f"answered with {self._server.shown(kind) or 'no content type'} instead of events"
                raise self._server.error(f"{what}: most addresses end with /v1")
            yield from printable(_first(pieces, max_tokens * _LONGEST_TOKEN))

    def _content(self, message: Message) -> str:
        return neutralise_shapes(self._mask(replace_lone_surrogates(message.content)))

    def _deltas(self, response: httpx.Response, max_tokens: int) -> Iterator[str]:
        """The text of each event, up to the end of the answer or so many pieces: one is a token or more."""
        pieces, finished = 0, False
        for data in sse.events(self._server.chunks(response)):
            if data.strip() == b"[DONE]":
                return
            text, ends = self._text(self._server.parsed(data), "delta")
            finished = finished or ends
            if text:
                yield text
                pieces += 1
                if pieces >= max_tokens:
                    return
        if not finished:
            raise self._server.error(f"broke off after {pieces} pieces of the answer: look at its log, and ask again")

    def _text(self, found: Any, place: str) -> tuple[str, bool]:
        """The text in an event or a whole answer, and whether it says that the answer is finished."""
        if isinstance(found, dict) and found.get("error"):
            raise self._server.error(f"stopped with an error{self._server.message(found)}: look at its log, and ask again")
        choices = found.get("choices") if isinstance(found, dict) else None
        if choices == []:  # an event that only counts tokens
            return "", False
        choice = choices[0] if isinstance(choices, list) else None
        part = choice.get(place) if isinstance(choice, dict) else None
        text = part.get("content") if isinstance(part, dict) else 0
        if not isinstance(choice, dict) or not isinstance(text, str | None):
            raise self._server.error(f"sent {self._server.shown(repr(found))} where text was expected: look at its log")
        return text or "", bool(choice.get("finish_reason"))


def printable(pieces: Iterable[str]) -> Iterator[str]:
    """Whole characters that a terminal may be given, without white space at either end; halves of a character are joined."""
    waiting, begun = "", False
    for piece in pieces:
        text = waiting + piece.translate(CONTROL_CHARACTERS)
        text = text if begun else text.lstrip()
        kept = text.rstrip()
        if "\ud800" <= kept[-1:] <= "\udbff":  # the first half of a surrogate pair
            kept = kept[:-1]
        waiting = text[len(kept) :]
        if kept:
            begun = True
            yield replace_lone_surrogates(kept)
    if rest := replace_lone_surrogates(waiting).rstrip():
        yield rest


def _first(pieces: Iterable[str], most: int) -> Iterator[str]:
    """The pieces, up to so many characters."""
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return


def _listed(found: Any) -> list[dict[str, Any]]:
    """The models in what `/models` answers."""
    data = found.get("data") if isinstance(found, dict) else None
    entries = data if isinstance(data, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]


def _only(server: Server, listed: Sequence[dict[str, Any]]) -> str:
    """The one model there is; raises GeneratorError where there are more or none."""
    if len(listed) == 1:
        model: str = listed[0]["id"]
        return model
    names = server.shown(", ".join(entry["id"] for entry in listed)) or "no model"
    example = f"{server.base}#{server.shown(listed[0]['id']) if listed else 'model'}"
    raise server.error(f"has {names}: name one in RAG_GENERATOR, like {example}")


def _window(server: Server, entry: dict[str, Any]) -> int:
    """The tokens of prompt and answer together, as vLLM and others list them, or as llama-server tells beside its `/v1`."""
    found = entry.get("max_model_len") or entry.get("context_length")
    if not found and entry.get("owned_by") == "llamacpp":
        try:
            properties = server.get("/props", server.base.removesuffix("/v1"))
            found = properties["default_generation_settings"]["n_ctx"]
        except (GeneratorError, KeyError, TypeError):
            found = None
    return found if isinstance(found, int) and found > 0 else DEFAULT_WINDOW
