"""Examples to train with, without a search that found their passages."""

from typing import Any

from rag.training.examples import Example
from rag.types import Chunk, Passage


def example(question: str, title: str, text: str, *labels: Any, **named: Any) -> Example:
    """A question and a passage of a document without headings; the labels are those of `Example`, in its order."""
    return Example(question, Passage(Chunk(text, "document.md", title, text, 0, len(text)), 0.0, 0.0), *labels, **named)
