"""What the page needs of an assistant and of the knowledge bases it can choose from; tests have doubles of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.about import Audience
from rag.apps import access
from rag.types import Answer, Document, Event, FileReport, Progress, Turn

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.index.ingestion import Activity, IngestReport


class PageAssistant(Protocol):
    """Answers from one knowledge base and keeps its files; errors meant for people are RagError."""

    @property
    def settings(self) -> "Settings": ...

    def stream(self, question: str, history: Sequence[Turn] = (), *, desk: bool = False) -> Iterator[Event]: ...

    def files(self) -> list[FileReport]: ...

    def document(self, name: str) -> Document: ...

    def examples(self, n: int = 3) -> list[str]: ...

    def upload(
        self, paths: Sequence[Path], progress: Progress | None = None, *, audience: Audience | None = None
    ) -> "IngestReport": ...

    def retry(
        self, names: Sequence[str] = (), progress: Progress | None = None, *, ids: Sequence[int] = ()
    ) -> "IngestReport": ...

    def activity(self) -> "Activity | None": ...

    def stop(self) -> None: ...

    def delete(self, id: int) -> FileReport: ...

    def add_feedback(self, answer: Answer, *, liked: bool, reason: str = "", comment: str = "") -> None: ...


Bases = access.Bases[PageAssistant]
"""The knowledge bases that the page can choose from."""

Visit = access.Visit[PageAssistant]
"""A request of the page, and the bases as who asks sees them."""


@dataclass(frozen=True, slots=True)
class OneBase:
    """A single assistant where bases are expected; the page then shows no choice."""

    assistant: PageAssistant

    def names(self, audience: Audience | None = None) -> list[str]:
        return [""]

    def open(self, name: str, audience: Audience | None = None) -> PageAssistant:
        """The assistant, whatever the name."""
        return self.assistant
