"""Passages read for a question: which words answer, how likely, and in which order to show them."""

from rag.reading.faq import FaqReader
from rag.reading.keyword import KeywordReader
from rag.reading.late_interaction import LateInteractionReader, relevance
from rag.reading.ranking import answerable, coverage, rank
from rag.reading.reader import TrainedReader

__all__ = [
    "FaqReader",
    "KeywordReader",
    "LateInteractionReader",
    "TrainedReader",
    "answerable",
    "coverage",
    "rank",
    "relevance",
]
