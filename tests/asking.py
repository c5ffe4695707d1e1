"""A server with its API over real bases, a generator that can be slow, and clients of OpenAI's: helpers of the API's tests."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import openai

from rag.apps.turns import Turns
from rag.checking import ExactChecker
from rag.config import load_settings
from rag.index.bases import create_base, set_base_audience
from rag.reading import LateInteractionReader
from rag.served import Bases
from rag.service import Models
from rag.types import Message
from tests.fakes import SPEC, FakeEmbedder
from tests.serving import PROXY, Served, server

ASKED = "How long can I return an item?"
ANSWER = "You can return an item within 30 days of delivery. Send the item in the box that it came in."
SECRET = "goodwill"
HOSTILE = "<img src=x onerror=alert(1)> </script><script>alert(2)</script> {{7*7}} ${alert(3)}"
FILES = {
    "returns.md": f"# Returns\n\n{ANSWER}\n",
    "shipping/austria.md": "# Parcels\n\nA parcel to Austria takes 4 working days and costs 9 pounds.\n",
    "hostile.txt": f"Quokka manual\n\nThe quokka says {HOSTILE} twice a day.\n",
    "staff/handbook.md": f"# Handbook\n\nStaff only\n\nAn agent may give {SECRET} of 40 for one order.\n",
    "faq.csv": "question,answer\nDo you sell lamps?,Yes lamps in all colours.\nDo you sell ropes?,No ropes here.\n",
}


class Writer:
    """Writes `text`, in pieces of a word, each after `delay` seconds; says when it was stopped or had ended."""

    name, window = "writer", 4096

    def __init__(self) -> None:
        self.text, self.delay, self.begun, self.closed = "", 0.0, 0, 0

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(message.content.split()) for message in messages)

    def stream(self, messages: Sequence[Message], max_tokens: int) -> Iterator[str]:
        self.begun += 1
        try:
            for n, piece in enumerate(self.text.split(" ")):
                time.sleep(self.delay)
                yield piece if n == 0 else " " + piece
        finally:
            self.closed += 1


@dataclass
class Api:
    """The server, its bases and what writes its answers."""

    served: Served
    bases: Bases
    writer: Writer
    keys: list[str] = field(default_factory=list)

    def key(self, *scopes: str, **limits: Any) -> str:
        """A key with these scopes, by default to ask."""
        made = self.served.app.state.visitors.keys.add("program", scopes or ["ask"], **{"per_minute": 100_000, **limits})
        return str(made)

    def openai(self, key: str | None = None) -> openai.OpenAI:
        return openai.OpenAI(api_key=key or self.key(), base_url=f"{self.served.url}v1", max_retries=0, timeout=20)

    def http(self, key: str | None = None) -> httpx.Client:
        return self.served.client(Authorization=f"Bearer {key or self.key()}")

    @contextmanager
    def turns(self, turns: Turns) -> Iterator[Turns]:
        """Other limits of the queue, while the block runs."""
        visitors = self.served.app.state.visitors
        before, visitors.turns = visitors.turns, turns
        try:
            yield turns
        finally:
            visitors.turns = before

    @contextmanager
    def writing(self, text: str, delay: float = 0.0) -> Iterator[Writer]:
        """The language model writes this, while the block runs."""
        self.writer.text, self.writer.delay, self.writer.begun, self.writer.closed = text, delay, 0, 0
        try:
            yield self.writer
        finally:
            self.writer.text, self.writer.delay = "", 0.0


def models(writer: Writer) -> Models:
    """Models that tell words apart and nothing else, without weights; `writer` is the language model."""
    embedder = FakeEmbedder()
    reader = LateInteractionReader(embedder.embed_tokens)
    return Models(embedder, embedder.tokenize, SPEC, [reader], lambda: writer, ExactChecker(), {})


@contextmanager
def api(folder: Path, **settings: Any) -> Iterator[Api]:
    """The base `default`, of which a handbook is for staff, and the base `staff`, which is for staff alone."""
    read, writer = load_settings({"data_dir": folder / "data", "refuse_below": 0.3, "port": 0}), Writer()
    with closing(Bases(read, models(writer))) as bases:
        for base, files in {"default": FILES, "staff": {"rota.md": f"# Rota\n\nThe {SECRET} is kept.\n"}}.items():
            if base != "default":
                create_base(read.data_dir, base)
                set_base_audience(read.data_dir, base, "internal")
            for name, text in files.items():
                path = folder / base / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            bases.open(base, "internal").ingest([folder / base])
        with server(read.data_dir, bases, **PROXY, **settings) as served:
            yield Api(served, bases, writer)
