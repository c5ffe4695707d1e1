"""An assistant with the real one's methods and scripted answers, for tests of the page: slow where a model is, no weights."""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rag.about import Audience, LeftOut
from rag.answering.ask_back import behind
from rag.apps.page.contracts import Bases, PageAssistant
from rag.checking import ExactChecker
from rag.config import Settings
from rag.conversation.router import Unrouted
from rag.errors import NotFoundError, RagError
from rag.index.gaps import Missing
from rag.index.ingestion import Activity, IngestReport
from rag.languages import REPLIES
from rag.languages import en as texts
from rag.text import sentences
from rag.types import (
    Answer,
    Block,
    Chunk,
    Citation,
    Delta,
    Document,
    Event,
    FileReport,
    Mark,
    MarkKind,
    Passage,
    Progress,
    Reading,
    Section,
    Span,
    Support,
    Turn,
    Verified,
)
from tests.fakes import SPEC, FakeEmbedder

HOSTILE = (
    "<img src=x onerror=alert(1)> </textarea><script>alert(2)</script> "
    "{{constructor}} ${alert(3)} [a](javascript:alert(4)) `x` | # y"
)

WHICH = "When does my voucher expire?"
"""Asked back about: one of its choices is hostile."""

RETURNS = (
    "Returns\n\nYou may return any item within 30 days of delivery for a full refund if it is unused and in its original "
    "packaging. Sale items are exchanged, not refunded. Return shipping is free within the country; "
    "from abroad the parcel is yours to pay.\n"
)
REFUNDS = (
    "Refunds\n\nOnce your parcel reaches us, the refund arrives within 5 business days on the card you paid with. "
    "Gift cards are credited at once.\n"
)
CHINESE = "退货说明\n\n您可以在收到商品后三十天内退货。退款将在五个工作日内原路退回。促销商品只能换货，不能退款。\n"
HANDBOOK = "".join(
    f"Paragraph {i}. The night shift logs each parcel that the sorter could not read, and why.\n\n" for i in range(400)
)


class Writer:
    """Grows a text with its blocks and marks, as a loader does; `[words](address)` in a text is a link, `**words**` strong."""

    def __init__(self) -> None:
        self.text = ""
        self.blocks: list[Block] = []
        self.marks: list[Mark] = []

    def heading(self, level: int, text: str) -> None:
        self._block(Block(*self._add(text, "\n\n"), "heading", level))

    def paragraph(self, text: str) -> None:
        self._block(Block(*self._add(text, "\n\n"), "paragraph"))

    def item(self, marker: str, text: str, level: int = 0) -> None:
        self._block(Block(*self._add(f"{marker} {text}", "\n"), "item", level, marker))

    def code(self, text: str, caption: str = "") -> None:
        self._block(Block(*self._add(text, "\n\n"), "code", caption=caption))

    def row(self, columns: tuple[str, ...], cells: Sequence[str], caption: str = "", sentence: str = "") -> None:
        """`Column: value; …`, or a sentence that says the cells in their order."""
        said = sentence or "; ".join(f"{column}: {cell}" for column, cell in zip(columns, cells, strict=True))
        start, end = self._add(said, "\n")
        spans, at = [], start
        for cell in cells:
            at = self.text.index(cell, at)
            spans.append((at, at + len(cell)))
            at += len(cell)
        self._block(Block(start, end, "row", columns=columns, cells=tuple(spans), caption=caption))

    def document(self, name: str) -> Document:
        title = self.text.splitlines()[0]
        return Document(name, title, self.text, (Section(0, len(self.text)),), tuple(self.blocks), tuple(self.marks))

    def _block(self, block: Block) -> None:
        self.blocks.append(block)

    def _add(self, source: str, gap: str) -> tuple[int, int]:
        self.text += gap if self.text else ""
        start = len(self.text)
        for part in re.split(r"(\*\*.+?\*\*|`.+?`|\[.+?\]\(.+?\))", source):
            words, target = part, ""
            kind: MarkKind | None = None
            if part.startswith("**"):
                words, kind = part.strip("*"), "strong"
            elif part.startswith("`"):
                words, kind = part.strip("`"), "code"
            elif part.startswith("["):
                words, target = part[1:-1].split("](")
                kind = "link"
            if kind:
                self.marks.append(Mark(len(self.text), len(self.text) + len(words), kind, target))
            self.text += words
        return start, len(self.text)


LEFT_OUT = (LeftOut("hidden sheets", 2, "Costs"), LeftOut("formulas without a value", 3, "Prices, row 4"))
CARRIER = "[Kendal Parcel](https://parcel.example/track?from=shop&lang=en)"
PRICES = ("Country", "Standard", "Express", "Takes")


def _delivery() -> Document:
    writer = Writer()
    writer.heading(1, "Delivery")
    writer.paragraph(
        "We deliver with [Kendal Parcel](https://parcel.example/track?from=shop&lang=en). Prices are **for a whole order**."
    )
    writer.heading(2, "Prices and times")
    writer.row(PRICES, ("Austria", "4.90 EUR", "9.90 EUR", "2 to 3 days"), "Delivery by country")
    writer.row(PRICES, ("Germany", "3.90 EUR", "8.90 EUR", "1 to 2 days"), "Delivery by country")
    writer.row(PRICES, ("Switzerland", "12.00 CHF", "24.00 CHF", "4 to 6 days, with customs"), "Delivery by country")
    writer.heading(2, "If a parcel does not come")
    writer.paragraph("Please wait two working days after the last date, then:")
    writer.item("1.", "Open [your orders](https://shop.example/orders) and choose the parcel.")
    writer.item("2.", "Choose **Missing parcel** and say what you know:")
    writer.item("-", "whom you asked in the house", 1)
    writer.item("-", "whether the card of the carrier lay in the box", 1)
    writer.item("3.", "Send it, and we answer within a day.")
    writer.code('GET /orders/4711/parcel\n{ "status": "at the depot", "since": "2026-11-02" }', "For programs")
    return writer.document("shop/delivery.html")


def _delivery_answer() -> Writer:
    writer = Writer()
    writer.paragraph(
        "Delivery with [Kendal Parcel](https://parcel.example/track?from=shop&lang=en) costs **for a whole order**:"
    )
    for sentence, cells in (
        ("To Austria 4.90 EUR, express 9.90 EUR, in 2 to 3 days.", ("Austria", "4.90 EUR", "9.90 EUR", "2 to 3 days")),
        ("To Germany 3.90 EUR, express 8.90 EUR, in 1 to 2 days.", ("Germany", "3.90 EUR", "8.90 EUR", "1 to 2 days")),
    ):
        writer.row(PRICES, cells, "Delivery by country", sentence)
    writer.paragraph("If the parcel does not come:")
    writer.item("1.", "Open [your orders](https://shop.example/orders) and choose the parcel.")
    writer.item("2.", "Choose **Missing parcel** and say what you know:")
    writer.item("-", "whom you asked in the house", 1)
    writer.item("-", "whether the card of the carrier lay in the box", 1)
    writer.item("3.", "Send it, and we answer within a day, usually before noon.")
    return writer


@dataclass
class ScriptedAssistant:
    """Answers by what the question holds: `off topic` is refused, `deliver` has a table, a list and links, `slow` writes until
    stopped, `broken` and `bug` fail; WHICH is asked back about.
    """

    settings: Settings
    delay: float = 0.02
    named: dict[str, str] = field(default_factory=lambda: {"embedder": "scripted", "generator": "scripted"})
    feedback: list[tuple[str, bool, str, str]] = field(default_factory=list)
    asked: list[tuple[str, list[Turn]]] = field(default_factory=list)
    abandoned: threading.Event = field(default_factory=threading.Event)
    missing: list[Missing] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._uploaded: set[str] = set()
        self._now: Activity | None = None
        self._stop = threading.Event()
        flat = {
            "shop/returns.md": RETURNS,
            "shop/refunds.pdf": REFUNDS,
            "shop/退货.md": CHINESE,
            "handbook.txt": HANDBOOK,
            f"{HOSTILE}.txt": HOSTILE * 3,
        }
        self._documents = {name: _document(name, text) for name, text in flat.items()}
        self._documents["shop/delivery.html"] = _delivery()
        self._failed = {
            "scan.pdf": FileReport(
                "scan.pdf",
                "quarantined",
                size=48_000,
                reason="no text",
                message="scan.pdf holds only pictures; run it through text recognition first",
            )
        }

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        documents: Sequence[str] = (),
        folders: Sequence[str] = (),
        desk: bool = False,
    ) -> Iterator[Event]:
        self.asked.append((question, list(history)))
        answer = self._answer(question)
        if "human" in question:
            said = REPLIES["en"]["handover-desk" if desk else "handover-unknown"]
            answer = Answer(question, "", said, "handover", 0.9, (), ())
        yield Reading(answer.searched, answer.citations)
        try:
            if answer.status != "refused":
                draft = "I keep writing. " * 500 if "slow" in question else answer.text
                ends = {end for _, end in sentences(draft)}
                written = ""
                for piece in re.findall(r"\S+\s*|\s+", draft):
                    time.sleep(self.delay)
                    yield Delta(piece)
                    written += piece
                    if len(written.rstrip()) in ends:
                        yield Verified(written.rstrip())
        except GeneratorExit:
            self.abandoned.set()
            raise
        if "broken" in question:
            raise RagError("the model <b>gave up</b>; ask again")
        if "bug" in question:
            raise ValueError("an error nobody planned")
        yield answer

    def search(
        self, question: str, k: int, *, documents: Sequence[str] = (), folders: Sequence[str] = ()
    ) -> tuple[Citation, ...]:
        answer = self._answer(question)
        return (*answer.citations, *answer.closest)[:k]

    def files(self) -> list[FileReport]:
        ready = [
            FileReport(
                *(d.name, "ready", d.title, 1, max(1, len(d.text) // 600), len(d.text.encode())),
                id=self._id(d.name),
                path=f"uploads/{d.name}" if d.name in self._uploaded else f"/srv/{d.name}",
                left_out=LEFT_OUT if d.name.endswith("delivery.html") else (),
            )
            for d in self._documents.values()
        ]
        failed = [replace(file, id=self._id(file.name)) for file in self._failed.values()]
        return sorted([*ready, *failed], key=lambda file: file.name)

    def document(self, name: str) -> Document:
        if name not in self._documents:
            raise NotFoundError(f"there is no document {name!r}; `rag documents list` shows all")
        return self._documents[name]

    @property
    def base(self) -> Any:
        """Of the knowledge base: what was not answered, and what the desk looks replies up in."""
        retrieve = lambda text, k, context="": self.retrieve(text, k)  # noqa: E731
        return SimpleNamespace(name="shop", said=SimpleNamespace(missing=lambda: self.missing), retrieve=retrieve)

    @property
    def models(self) -> Any:
        """What the desk checks replies by."""
        return SimpleNamespace(checker=ExactChecker(), embedder=FakeEmbedder(), router=Unrouted(), readers=[], spec=SPEC)

    def query(self, message: str, history: Sequence[Turn]) -> Any:
        raise RagError("no reply can be composed here")

    def retrieve(self, question: str, k: int) -> list[Passage]:
        document = self._documents["shop/returns.md"]
        return [Passage(Chunk("1", document.name, document.title, document.text, 0, len(document.text)), 0.5, 0.5)][:k]

    def examples(self, n: int = 3) -> list[str]:
        return ["How long do I have to send something back?", "When does the refund arrive?", "退货期限是多久？"][:n]

    def upload(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> IngestReport:
        added, passages = 0, 400
        failed: list[FileReport] = []
        self._stop.clear()
        for i, path in enumerate(paths):
            text = path.read_text(encoding="utf-8", errors="replace")
            for n in range(passages if "endless" in text else 4):
                self._now = Activity(i, len(paths), n, passages, path.name)
                time.sleep(0.25 if "endless" in text else self.delay * 5)
                if self._stop.is_set():
                    self._now = None
                    return IngestReport(added, 0, 0, 0, tuple(failed), 0.1, stopped=True, not_read=len(paths) - i)
            if text.strip():
                self._documents[path.name] = _document(path.name, text)
                self._uploaded.add(path.name)
                added += 1
            else:
                failed.append(
                    FileReport(path.name, "quarantined", reason="empty", message=f"{path.name} is empty; add text to it")
                )
        self._now = None
        self._failed |= {file.name: file for file in failed}
        return IngestReport(added, 0, 0, 0, tuple(failed), 0.1)

    def retry(self, names: Sequence[str] = (), progress: Progress | None = None, *, ids: Sequence[int] = ()) -> IngestReport:
        names = [file.name for file in self.files() if file.id in ids]
        unchanged = sum(name in self._documents for name in names)
        return IngestReport(0, 0, unchanged, 0, tuple(self._failed[name] for name in names if name in self._failed), 0.1)

    def activity(self) -> Activity | None:
        return self._now

    def stop(self) -> None:
        self._stop.set()

    def delete(self, id: int) -> FileReport:
        for file in self.files():
            if file.id == id:
                self._documents.pop(file.name, None)
                self._failed.pop(file.name, None)
                return file
        raise NotFoundError(f"there is no file {id}; `rag documents list` shows all")

    def _id(self, name: str) -> int:
        return self._ids.setdefault(name, len(self._ids) + 1)

    def add_feedback(self, answer: Answer, *, liked: bool, reason: str = "", comment: str = "") -> None:
        self.feedback.append((answer.question, liked, reason, comment))

    def _answer(self, question: str) -> Answer:
        timings = {"retrieve": 12.0, "read": 31.0, "first_token": 210.0, "total": 1240.0}
        returns = self._cite(
            1,
            "shop/returns.md",
            "within 30 days of delivery",
            {"30 days": 1.0, "of delivery": 0.95, "return": 0.5, "full refund": 0.31},
        )
        refunds = self._cite(2, "shop/refunds.pdf", "refund arrives", {"5 business days": 0.88, "refund": 0.42, "card": 0.12})
        if "off topic" in question:
            return Answer(
                question,
                question,
                texts.REFUSAL,
                "refused",
                0.12,
                (),
                (),
                (returns, refunds),
                timings,
                self.named,
            )
        if "deliver" in question:
            return self._delivery(question, timings)
        if "quote" in question:
            text = "Sale items are exchanged, not refunded."
            return Answer(
                question,
                question,
                text,
                "quoted",
                0.71,
                (self._cite(1, "shop/returns.md", text, {"Sale items": 0.9}),),
                (Support(0, len(text), 1, 1.0),),
                (),
                timings,
                self.named,
            )
        if question == WHICH:
            text = "A voucher is valid for 12 months."
            return behind(
                Answer(question, question, text, "quoted", 0.7, (returns,), (Support(0, len(text), 1, 1.0),), (), timings),
                ("Gift vouchers", HOSTILE),
            )
        if "hostile" in question or "<" in question:
            cited = self._cite(1, f"{HOSTILE}.txt", "<img", {"onerror=alert(1)": 0.7})
            return Answer(
                question,
                question,
                HOSTILE,
                "answered",
                0.9,
                (cited,),
                (Support(0, 28, 1, 0.9), Support(28, len(HOSTILE), None, 0.0)),
                (),
                timings,
                self.named,
            )
        if "endless" in question:
            cited = self._cite(1, "handbook.txt", "Paragraph 200.", {"Paragraph 200": 0.8})
            return Answer(
                question, question, "w" * 300, "answered", 0.9, (cited,), (Support(0, 300, 1, 0.9),), (), timings, self.named
            )
        if any("一" <= character <= "鿿" for character in question):
            text = "您可以在收到商品后三十天内退货。"
            cited = self._cite(1, "shop/退货.md", "三十天", {"三十天": 0.9, "退货": 0.5})
            return Answer(
                question,
                question,
                text,
                "answered",
                0.93,
                (cited,),
                (Support(0, len(text), 1, 0.9),),
                (returns,),
                timings,
                self.named,
            )
        text = (
            "You have 30 days from delivery to send an item back. "
            "The refund arrives within 5 business days on your card, usually by Tuesday noon."
        )
        split, tail = text.index(" The refund"), text.index(", usually")
        support = (Support(0, split, 1, 0.92), Support(split, tail, 2, 0.84), Support(tail, len(text), None, 0.0))
        near = self._cite(1, "shop/退货.md", "三十天", {"三十天": 0.4})
        return Answer(question, question, text, "answered", 0.86, (returns, refunds), support, (near,), timings, self.named)

    def _delivery(self, question: str, timings: dict[str, float]) -> Answer:
        said, document = _delivery_answer(), self._documents["shop/delivery.html"]
        words = {"4.90 EUR": 1.0, "Standard": 0.2, "Delivery": 0.4, "9.90 EUR": 0.8, "2 to 3 days": 0.6}
        prices = _passage(1, document, "We deliver", "with customs", words)
        steps = _passage(2, document, "Please wait", '2026-11-02" }', {"your orders and": 0.9, "within a day": 0.5})
        text = said.text
        split, tail = text.index("If the parcel"), text.index(", usually")
        support = (Support(0, split - 1, 1, 0.9), Support(split, tail, 2, 0.8), Support(tail, len(text), None, 0.0))
        answer = Answer(question, question, text, "answered", 0.81, (prices, steps), support, (), timings, self.named)
        return replace(answer, blocks=tuple(said.blocks), marks=tuple(said.marks))

    def _cite(self, n: int, name: str, near: str, weights: dict[str, float]) -> Citation:
        document = self._documents.get(name) or _document(name, near)
        at = document.text.index(near)
        start, end = next(span for span in sentences(document.text) if span[1] > at)
        end = min(len(document.text), max(end, start + 240))
        text = document.text[start:end]
        found = sorted(
            (text.index(word), text.index(word) + len(word), weight) for word, weight in weights.items() if word in text
        )
        headings = () if name == "handbook.txt" else (document.title, "Deadlines")
        return Citation(
            n,
            name,
            document.title,
            headings,
            2 if name.endswith("pdf") else None,
            start,
            end,
            text,
            0.91 - 0.2 * n,
            tuple(Span(*span) for span in found),
            next(((start, end) for start, end, weight in found if weight == 1), None),
        )


def _passage(n: int, document: Document, first: str, last: str, weights: dict[str, float]) -> Citation:
    """From the words `first` to the words `last`, with the blocks and marks between them."""
    start = document.text.index(first)
    end = document.text.index(last) + len(last)
    text = document.text[start:end]
    inside = [block for block in document.blocks if start <= block.start and block.end <= end]
    blocks = tuple(
        replace(
            block,
            start=block.start - start,
            end=block.end - start,
            cells=tuple((a - start, b - start) for a, b in block.cells),
        )
        for block in inside
    )
    marks = tuple(
        replace(mark, start=mark.start - start, end=mark.end - start)
        for mark in document.marks
        if start <= mark.start and mark.end <= end
    )
    spans = sorted((text.index(word), text.index(word) + len(word), weight) for word, weight in weights.items() if word in text)
    answer = next(((a, b) for a, b, weight in spans if weight == 1), None)
    headings, found = (document.title,), tuple(Span(*span) for span in spans)
    return Citation(
        n, document.name, document.title, headings, None, start, end, text, 0.9 - 0.1 * n, found, answer, blocks, marks
    )


@dataclass
class ScriptedBases:
    """Several assistants by name."""

    assistants: dict[str, ScriptedAssistant]

    def names(self, audience: Audience | None = None) -> list[str]:
        return list(self.assistants)

    def open(self, name: str, audience: Audience | None = None) -> ScriptedAssistant:
        if name not in self.assistants:
            raise NotFoundError(f"there is no knowledge base {name!r}; `rag bases list` shows all")
        return self.assistants[name]


def _is_what_the_page_takes(bases: ScriptedBases, name: str) -> tuple[Bases, PageAssistant]:
    """Never called: here mypy holds the doubles to the protocols, as it does the real ones where they are passed."""
    return bases, bases.open(name)


def _document(name: str, text: str) -> Document:
    return Document(name, text.splitlines()[0], text, (Section(0, len(text)),))
