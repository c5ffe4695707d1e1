"""Which paragraphs of a PDF are headings, and their levels: by tags, larger or bold letters, numbers, bookmarks."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rag.loading.cleaning import has_words
from rag.loading.pdf_lines import Line
from rag.loading.pdf_paragraphs import NUMBERED, Paragraph

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_LARGER = 1.15  # Headings have letters at least this many times the body's height.
_LONGEST = 100  # Characters of a heading,
_MOST_LINES = 3  # and its lines.
_SIZES = 3  # Levels told by size.
_MOST = 0.25  # Of all letters: above this, neither size nor weight tells headings (forms, posters).
_MOST_BOOKMARKS = 5_000
_DEEPEST_BOOKMARK = 6
_LEADERS = re.compile(r"\.{4,}|(?:\. ){3,}|…{2,}")  # Of a table of contents.

Bookmarks = dict[tuple[int, str], int]
"""(page, title by letters and digits alone) -> depth from 0."""


def body_height(lines: Iterable[Line]) -> float:
    """The height of most letters; 0 where there are none."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[round(line.height, 1)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def bookmarks(document: "PdfDocument") -> Bookmarks:
    """The document's outline, as far as it says on which page a title stands."""
    found: Bookmarks = {}
    for n, bookmark in enumerate(document.get_toc(max_depth=_DEEPEST_BOOKMARK)):
        if n == _MOST_BOOKMARKS:
            break
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        if page is not None:
            found[page + 1, _letters(bookmark.get_title())] = bookmark.level
    return found


def heading_levels(paragraphs: Sequence[Paragraph], body: float, outline: Bookmarks) -> dict[int, int]:
    """The place in `paragraphs` of each heading, and its level from 1."""
    may = [n for n, paragraph in enumerate(paragraphs) if _may_head(paragraph)]
    total = sum(len(paragraph.text) for paragraph in paragraphs)

    def few(found: list[int]) -> list[int]:
        return found if sum(len(paragraphs[n].text) for n in found) <= _MOST * total else []

    large = few([n for n in may if body and paragraphs[n].lines[0].height >= _LARGER * body])
    bold = few([n for n in may if n not in set(large) and all(line.bold for line in paragraphs[n].lines)])
    sizes = sorted({round(paragraphs[n].lines[0].height) for n in large}, reverse=True)
    levels = {n: min(sizes.index(round(paragraphs[n].lines[0].height)) + 1, _SIZES) for n in large}
    below = min(len(sizes), _SIZES) + 1
    levels |= dict.fromkeys(bold, below)
    depths = _numbered(paragraphs, may, set(levels))
    tagged = {n: level for n, paragraph in enumerate(paragraphs) if (level := _tagged(paragraph))}
    if tagged:
        return _as_tagged(tagged, levels, paragraphs)
    listed = {n: outline[key] for n in may if (key := (paragraphs[n].pages[0], _letters(paragraphs[n].text))) in outline}
    title = min((n for n, level in levels.items() if level == 1), default=None)
    shift = 2 if title is not None and title not in listed and (not listed or title < min(listed)) else 1
    levels |= {n: depth + shift for n, depth in listed.items() if n not in levels}
    top = min((levels.get(n, below) - depth for n, depth in depths.items()), default=0)
    return levels | {n: max(1, top + depth) for n, depth in depths.items()}


def _tagged(paragraph: Paragraph) -> int:
    """The level that the file's tags give a paragraph; 0 where they give none."""
    first = paragraph.lines[0]
    return 0 if first.running or first.table else min(line.heading for line in paragraph.lines)


def _as_tagged(tagged: dict[int, int], levels: dict[int, int], paragraphs: Sequence[Paragraph]) -> dict[int, int]:
    """The headings of a tagged file, below a title that stands before them in larger letters: titles are seldom tagged."""
    largest = max(paragraphs[n].lines[0].height for n in tagged)
    titles = {n: 1 for n in levels if n < min(tagged) and paragraphs[n].lines[0].height > largest}
    return titles | {n: level + bool(titles) for n, level in tagged.items()}


def _may_head(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return (
        len(paragraph.lines) <= _MOST_LINES
        and not any(line.table or line.gapped or line.running for line in paragraph.lines)
        and 1 < len(text) <= _LONGEST
        and has_words(text)
        and not text.endswith((".", ",", ";"))
        and not _LEADERS.search(text)
    )


def _numbered(paragraphs: Sequence[Paragraph], may: Iterable[int], known: set[int]) -> dict[int, int]:
    """Headings that begin with a number, and its depth from 0: those told by size or weight, and others that go on counting.

    An item of a list counts too, so of what is neither large nor bold only "2.3 Returns" is one, with a number of two parts.
    """
    found: dict[int, int] = {}
    last: tuple[int, ...] = ()
    for n in may:
        match = NUMBERED.match(paragraphs[n].text)
        if match is None:
            continue
        number = tuple(map(int, match[1].split(".")))
        if n in known or (len(number) > 1 and len(paragraphs[n].lines) == 1 and _follows(last, number)):
            found[n] = len(number) - 1
            last = number
    return found


def _follows(last: tuple[int, ...], number: tuple[int, ...]) -> bool:
    """Whether a number is the next after `last`: 2.3 after 2.2, 2.2.5 or 2; 2.1 also after 1.4."""
    *outer, end = number
    if end == 1:
        return tuple(outer) == last or (len(outer) == 1 and outer[0] == (last[0] if last else 0) + 1)
    return last[: len(number)] == (*outer, end - 1)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
