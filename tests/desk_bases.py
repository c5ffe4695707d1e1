"""Two bases, one for staff: catalogues, parsers and Chroma are real, the encoder is a fake and there is no language model."""

from pathlib import Path

from rag.checking import ExactChecker
from rag.config import Settings, load_settings
from rag.conversation.router import Unrouted
from rag.desk.customers import Customer
from rag.desk.desk import Desk
from rag.index.bases import create_base, set_base_audience
from rag.kept.conversations import Conversations
from rag.protocols import Generator
from rag.reading import LateInteractionReader
from rag.served import Bases
from rag.service import Models
from rag.types import Answer
from tests.fakes import SPEC, FakeEmbedder

FILES = {
    "default": {
        "returns.md": "# Returns\n\nItems may be returned within 30 days of delivery. Send them in their box.\n\n"
        "Opened software may not be returned, even within 30 days of delivery.\n",
        "delivery.md": "# Delivery\n\n| Country | Price | Days |\n|---|---|---|\n| Austria | 9 pounds | 4 days |\n"
        "| Sweden | 26 pounds | 3 days |\n",
    },
    "staff": {"goodwill.md": "# Goodwill\n\nA cracked lantern may be replaced once out of goodwill, for 40 pounds at most.\n"},
}


def no_generator() -> Generator:
    raise AssertionError("no text is generated here")


def models() -> Models:
    """Fakes that compare words."""
    embedder = FakeEmbedder()
    return Models(
        embedder=embedder,
        tokenize=embedder.tokenize,
        spec=SPEC,
        readers=[LateInteractionReader(embedder.embed_tokens)],
        generator=no_generator,
        checker=ExactChecker(),
        names={"embedder": "fake", "generator": "none"},
        router=Unrouted(),
    )


def open_bases(folder: Path) -> tuple[Settings, Bases]:
    """The bases with FILES in them; `staff` is internal."""
    settings = load_settings({"data_dir": folder / "data", "refuse_below": 0.3})
    create_base(settings.data_dir, "staff")
    set_base_audience(settings.data_dir, "staff", "internal")
    bases = Bases(settings, models())
    for base, files in FILES.items():
        where = folder / base
        where.mkdir()
        for name, text in files.items():
            (where / name).write_text(text, "utf-8")
        bases.open(base, "internal").ingest([where])
    return settings, bases


def handed_over(desk: Desk, question: str, owner: str = "visitor:1", base: str = "default") -> tuple[Customer, str]:
    """A customer whose question the bot refused, and who asked for people; the conversation waits."""
    own = Conversations(desk.store.file).of(owner)
    conversation, exchange = own.ask("", base, question)
    own.answered(exchange, Answer(question, question, "Nothing.", "refused", 0.1, (), ()))
    customer = desk.customer(own)
    customer.hand_over(conversation, "customer_request")
    return customer, conversation
