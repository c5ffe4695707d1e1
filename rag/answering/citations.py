"""Evidence to numbered citations, and support to the `[n]` markers a person sees: one rule for page and terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.text import is_content, is_symbol, words
from rag.types import Answer, Citation, Evidence, Support
from rag.units import Unit, units


def cite(n: int, evidence: Evidence) -> Citation:
    """Evidence as the n-th citation; `score` is the calibrated confidence 0..1."""
    chunk = evidence.passage.chunk
    return Citation(
        n=n,
        document=chunk.document,
        title=chunk.title,
        headings=chunk.headings,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        score=round(evidence.confidence, 3),
        highlights=evidence.highlights,
        answer_span=(evidence.answer.start, evidence.answer.end) if evidence.answer else None,
        blocks=chunk.blocks,
        marks=chunk.marks,
        about=chunk.about,
    )


def keep_cited(
    citations: Sequence[Citation], support: Sequence[Support]
) -> tuple[tuple[Citation, ...], tuple[Citation, ...], tuple[Support, ...]]:
    """Citations the answer rests on, those it does not, and the support, the citations numbered anew from 1."""
    used = sorted({item.n for item in support if item.n is not None})
    number = {n: place for place, n in enumerate(used, 1)}
    cited = tuple(replace(citations[n - 1], n=place) for n, place in number.items())
    rest = [citation for citation in citations if citation.n not in number]
    closest = tuple(replace(citation, n=place) for place, citation in enumerate(rest, len(cited) + 1))
    return cited, closest, tuple(replace(item, n=None if item.n is None else number[item.n]) for item in support)


def markers(answer: Answer) -> Iterator[tuple[int, int]]:
    """(position, n) of each marker: after a supported stretch, or at the end of a unit that rests on one citation; of a list's
    items or a table's rows that rest on the same one, at the end of the last.
    """
    supported = [support for support in answer.support if support.n is not None]
    bare = list(unsupported(answer))
    placed: list[tuple[Unit, list[tuple[int, int]], bool]] = []
    for unit in units(answer.text, answer.blocks):
        start, end = unit.start, unit.end
        ends: list[tuple[int, int]] = []  # (end of the last word, n); neighbouring stretches of one citation are one
        for support in supported:
            last = _last_word_end(answer.text, max(start, support.start), min(end, support.end))
            if last is None or support.n is None:
                continue
            if ends and ends[-1][1] == support.n:
                ends.pop()
            ends.append((last, support.n))
        whole = len(ends) == 1 and not any(a < end and b > start for a, b in bare)
        if whole:
            ends = [(_last_word_end(answer.text, start, end) or end, ends[0][1])]
        placed.append((unit, ends, whole))
    for (unit, ends, whole), after in zip(placed, [*placed[1:], None], strict=True):
        same = after is not None and after[0].kind == unit.kind in {"item", "row"} and after[2] and whole
        if not (same and after and after[1][0][1] == ends[0][1]):
            yield from ends


def unsupported(answer: Answer) -> Iterator[tuple[int, int]]:
    """The stretches no citation supports, cut to their words; stretches of mere function words are left out."""
    for support in answer.support:
        if support.n is not None:
            continue
        found = [(a + support.start, b + support.start) for a, b in words(answer.text[support.start : support.end])]
        content = [span for span in found if is_content(answer.text[slice(*span)])]
        if content:
            yield content[0][0], content[-1][1]


# Behind which a marker stands: Markdown that closes an emphasis, what says how an emoji is drawn, and between a word and its
# symbols ("26 €") a blank.
_CLOSING, _BLANKS = "*_`\u200d\ufe0e\ufe0f", " \xa0\u202f"


def _last_word_end(text: str, start: int, end: int) -> int | None:
    found = words(text[start:end]) if start < end else []
    if not found:
        return None
    last = start + found[-1][1]
    for at in range(last, len(text)):
        if text[at] in _CLOSING or (at < end and is_symbol(text[at])):
            last = at + 1
        elif at >= end or text[at] not in _BLANKS:
            break
    return last
