"""An assistant with the real one's methods and scripted answers, for tests of the page: slow where a model is, no weights."""

import re
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.config import Settings
from rag.errors import NotFoundError, RagError
from rag.index.ingestion import IngestReport
from rag.text import sentences
from rag.types import Answer, Citation, Delta, Document, Event, FileReport, Progress, Reading, Section, Span, Support, Turn

HOSTILE = (
    "<img src=x onerror=alert(1)> </textarea><script>alert(2)</script> "
    "{{constructor}} ${alert(3)} [a](javascript:alert(4)) `x` | # y"
)

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


@dataclass
class ScriptedAssistant:
    """Answers by what the question holds: `off topic` is refused, `slow` writes until stopped, `broken` and `bug` fail."""

    settings: Settings
    delay: float = 0.02
    models: dict[str, str] = field(default_factory=lambda: {"embedder": "scripted", "generator": "scripted"})
    feedback: list[tuple[str, bool, str, str]] = field(default_factory=list)
    asked: list[tuple[str, list[Turn]]] = field(default_factory=list)
    abandoned: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        texts = {
            "shop/returns.md": RETURNS,
            "shop/refunds.pdf": REFUNDS,
            "shop/退货.md": CHINESE,
            "handbook.txt": HANDBOOK,
            f"{HOSTILE}.txt": HOSTILE * 3,
        }
        self._documents = {name: _document(name, text) for name, text in texts.items()}
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
        self, question: str, history: Sequence[Turn] = (), *, documents: Sequence[str] = (), folders: Sequence[str] = ()
    ) -> Iterator[Event]:
        self.asked.append((question, list(history)))
        answer = self._answer(question)
        yield Reading(answer.searched, answer.citations)
        try:
            if answer.status != "refused":
                draft = "I keep writing. " * 500 if "slow" in question else answer.text
                for piece in re.findall(r"\S+\s*|\s+", draft):
                    time.sleep(self.delay)
                    yield Delta(piece)
        except GeneratorExit:
            self.abandoned.set()
            raise
        if "broken" in question:
            raise RagError("the model <b>gave up</b>; ask again")
        if "bug" in question:
            raise ValueError("an error nobody planned")
        yield answer

    def files(self) -> list[FileReport]:
        ready = [
            FileReport(d.name, "ready", d.title, 1, max(1, len(d.text) // 600), len(d.text.encode()))
            for d in self._documents.values()
        ]
        return sorted([*ready, *self._failed.values()], key=lambda file: file.name)

    def document(self, name: str) -> Document:
        if name not in self._documents:
            raise NotFoundError(f"there is no document {name!r}; `rag documents list` shows all")
        return self._documents[name]

    def examples(self, n: int = 3) -> list[str]:
        return ["How long do I have to send something back?", "When does the refund arrive?", "退货期限是多久？"][:n]

    def upload(self, paths: Sequence[Path], progress: Progress | None = None) -> IngestReport:
        added, failed = 0, []
        for i, path in enumerate(paths):
            if progress:
                progress(i, len(paths), f"Reading {path.name}")
            time.sleep(self.delay * 20)
            text = path.read_text(encoding="utf-8", errors="replace")
            if text.strip():
                self._documents[path.name] = _document(path.name, text)
                added += 1
            else:
                failed.append(
                    FileReport(path.name, "quarantined", reason="empty", message=f"{path.name} is empty; add text to it")
                )
        self._failed |= {file.name: file for file in failed}
        return IngestReport(added, 0, 0, 0, tuple(failed), 0.1)

    def retry(self, names: Sequence[str] = (), progress: Progress | None = None) -> IngestReport:
        unchanged = sum(name in self._documents for name in names)
        return IngestReport(0, 0, unchanged, 0, tuple(self._failed[name] for name in names if name in self._failed), 0.1)

    def delete(self, name: str) -> None:
        if self._documents.pop(name, None) is None and self._failed.pop(name, None) is None:
            raise NotFoundError(f"there is no file {name!r}; `rag documents list` shows all")

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
                "I found nothing about this in the documents.",
                "refused",
                0.12,
                (),
                (),
                (returns, refunds),
                timings,
                self.models,
            )
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
                self.models,
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
                self.models,
            )
        if "endless" in question:
            cited = self._cite(1, "handbook.txt", "Paragraph 200.", {"Paragraph 200": 0.8})
            return Answer(
                question, question, "w" * 300, "answered", 0.9, (cited,), (Support(0, 300, 1, 0.9),), (), timings, self.models
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
                self.models,
            )
        text = (
            "You have 30 days from delivery to send an item back. "
            "The refund arrives within 5 business days on your card, usually by Tuesday noon."
        )
        split, tail = text.index(" The refund"), text.index(", usually")
        support = (Support(0, split, 1, 0.92), Support(split, tail, 2, 0.84), Support(tail, len(text), None, 0.0))
        near = self._cite(1, "shop/退货.md", "三十天", {"三十天": 0.4})
        return Answer(question, question, text, "answered", 0.86, (returns, refunds), support, (near,), timings, self.models)

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


def _document(name: str, text: str) -> Document:
    return Document(name, text.splitlines()[0], text, (Section(0, len(text)),))
