"""Weighted words to marks: neighbours of about the same weight are one mark, as a person's marker would draw it."""

from collections.abc import Sequence

from rag.text import is_content
from rag.types import Span

# Neighbouring words whose weights differ by less are one mark.
_STEP = 0.12


def merge_highlights(text: str, weighted: Sequence[Span]) -> tuple[Span, ...]:
    """Marks of words in order; a mark weighs what its first word does."""
    marks: list[Span] = []
    for word in weighted:
        last = marks[-1] if marks else None
        if last and not text[last.end : word.start].strip():
            close = abs(last.weight - word.weight) < _STEP
            # words that mean nothing alone go with what stands before them, but not out of a short answer
            if close or (not is_content(text[word.start : word.end]) and word.weight < 1 and last.weight < 1):
                marks[-1] = Span(last.start, word.end, last.weight)
                continue
        marks.append(Span(word.start, word.end, round(word.weight, 3)))
    return tuple(marks)
