"""Plain text: underlined headings, paragraphs, list items; what is aligned in columns stays as it is."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rag.loading.builder import Builder
from rag.loading.cleaning import characters, clean
from rag.loading.encoding import decode
from rag.loading.items import ITEM, bullet, in_sequence, marker_of
from rag.loading.pieces import Piece, plain, soft_break
from rag.text import CJK
from rag.types import Document

SENTENCE_END = re.compile(r"[.!?:;。！？：；][\"'”’)\]]*$")
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}$")
# Two blanks or more within a line, other than behind the end of a sentence; or a rule of a table.
_ALIGNED = re.compile(r"\S.*?[^\s.!?:](?: {2,}|\t+)\S|[+|][-=+|]{3,}$|(?:={2,}|-{2,})(?: +(?:={2,}|-{2,}))+$")
_LONGEST_LINE = 400  # A heading is short; regular expressions see no longer line.
_LONGEST_BARE = 80  # Characters of a heading that nothing underlines.
_MARKED = re.compile(r"(?:[-–•·▪◦*●○]|\(?(?:\d{1,3}|[a-z])[.)])\s")  # An item, a date or an abbreviation, no heading.
_CLOSES_BARE = "?？)）"
_WIDEST = 120  # Columns: longer lines were not broken by a margin.
_MOST_WIDE = 0.05  # Of all lines: above this share, line breaks are their writer's.
_FULL = 0.8  # Of the widest line in the file: lines below each other of which none is so long are those of their writer.
_NARROWEST = 40  # Columns; shorter lines are those of a list or an address.
_SLACK = 2  # Columns: a wide sign may hang over the margin.
_FIRST_WORD = re.compile(rf"[{CJK}][^\w\s]*|[^\s{CJK}]+")  # What is not parted at a line's end.


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it stands in the file, and the marker of the item it begins; `listed`: others of its kind are near."""

    raw: str
    item: re.Match[str] | None
    listed: bool

    @property
    def text(self) -> str:
        return self.raw.strip()

    @property
    def columns(self) -> int:
        return _columns(self.raw)

    @property
    def indent(self) -> int:
        return len(self.raw) - len(self.raw.lstrip())


def load_text(path: Path, name: str) -> list[Document]:
    """Plain text; underlined lines are headings, levelled by the order their signs appear in. Where there
    are none, short lines between blank ones are, the one that begins the document above the others.
    """
    texts = clean(decode(path.read_bytes(), name)).strip().split("\n")
    lines = _lines(texts)
    builder = Builder()
    margin = math.inf if path.suffix.lower() == ".log" else _margin(lines)
    start = 0
    for first, last, level, title in list(_underlined(texts)) or _bare(texts):
        _append(builder, lines[start:first], margin)
        builder.heading(level, plain(title))
        start = last
    _append(builder, lines[start:], margin)
    return [builder.document(name, builder.title)]


def append_text(builder: Builder, text: str) -> None:
    """Append paragraphs and list items of a text whose line breaks were all meant."""
    _append(builder, _lines(clean(text).split("\n")), math.inf)


def split_marker(pieces: Sequence[Piece], *, listed: bool = True) -> tuple[str, list[Piece]]:
    """The marker of a list item that was typed before its text, and the text; "" where there is none.

    `listed`: it is one in sequence with others, as `in_sequence` tells, or whoever calls sees to that.
    """
    for n, (text, styles) in enumerate(pieces):
        if match := marker_of(text.lstrip(), listed=listed):
            return bullet(characters(match[1])), [(text.lstrip()[match.end() :], styles), *pieces[n + 1 :]]
        if text.strip():
            break
    return "", list(pieces)


def _lines(raw: Sequence[str]) -> list[_Line]:
    texts = [line.strip() for line in raw]
    return [
        _Line(line, marker_of(text, listed=listed), listed)
        for line, text, listed in zip(raw, texts, in_sequence(texts), strict=True)
    ]


def _append(builder: Builder, lines: Sequence[_Line], margin: float) -> None:
    indents: list[int] = []  # Of the list items around the line.
    literal = False
    for group in _groups(lines):
        indent = group[0].indent
        if (literal and indent) or _is_aligned(group):
            builder.code("\n".join(line.raw for line in group))
        else:
            if not indents or indent <= indents[-1]:
                builder.end_item()
            _append_group(builder, group, indents, margin)
        literal = group[-1].raw.endswith("::")
    builder.end_item()


def _append_group(builder: Builder, group: Sequence[_Line], indents: list[int], margin: float) -> None:
    """Append lines without a blank one between: text, list items, or text and the items it introduces."""
    widest = max((line.columns for line in group if line.columns <= _WIDEST), default=0)
    margin = widest if widest >= max(_NARROWEST, _FULL * margin) else math.inf
    parts: list[list[_Line]] = []
    for line in group:
        if parts and (line.item is None or (parts[-1][0].item is None and _goes_on(parts[-1][-1], line, margin))):
            parts[-1].append(line)
        else:
            parts.append([line])
    for part in parts:
        first, text = part[0], part[0].text
        if first.item is not None:
            while indents and first.indent < indents[-1]:
                indents.pop()
            if not indents or first.indent > indents[-1]:
                indents.append(first.indent)
            builder.begin_item(bullet(first.item[1]), len(indents) - 1)
            text = text[first.item.end() :]
        pieces: list[Piece] = [(text, ())]
        for last, line in pairwise(part):
            joint = soft_break(last.text, line.text) if _is_broken(last, line, margin) else "\n"
            pieces += [(joint, ()), (line.text, ())]
        builder.text(pieces)


def _goes_on(last: _Line, line: _Line, margin: float) -> bool:
    """Whether a line that begins like an item is one of the paragraph above it, which the margin broke within a sentence."""
    return (
        not line.listed and line.indent <= last.indent and not SENTENCE_END.search(last.text) and _is_broken(last, line, margin)
    )


def _is_broken(last: _Line, line: _Line, margin: float) -> bool:
    """Whether the margin broke a line: the first word of the next one had no room, or hardly any within a sentence."""
    if math.isinf(margin):
        return False
    word = _FIRST_WORD.match(line.text)
    after = len(soft_break(last.text, line.text)) + _columns(word[0] if word else "")
    return last.columns + after > margin - _SLACK or (last.columns >= _FULL * margin and not SENTENCE_END.search(last.text))


def _groups(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    group: list[_Line] = []
    for line in lines:
        if line.raw:
            group.append(line)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _is_aligned(group: Sequence[_Line]) -> bool:
    """Whether at least two lines, and half of all, stand in columns."""
    aligned = sum(1 for line in group if len(line.raw) <= _LONGEST_LINE and _ALIGNED.match(ITEM.sub("", line.text)))
    return aligned >= 2 and aligned * 2 >= len(group)


def _margin(lines: Sequence[_Line]) -> float:
    """The columns that lines were broken at; infinite where their writer did it."""
    filled = [line for line in lines if line.raw]
    if sum(1 for line in filled if len(line.raw) > _WIDEST) > _MOST_WIDE * len(filled):
        return math.inf
    widths = (line.columns for line, after in pairwise(lines) if after.raw and after.item is None)
    return max((width for width in widths if width <= _WIDEST), default=math.inf)


def _columns(line: str) -> int:
    if line.isascii() or len(line) > _WIDEST:
        return len(line)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def _underlined(lines: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """First line, line behind the last, level and text of each heading."""
    signs: list[str] = []
    for n, line in enumerate(lines):
        if sign := _underline(lines, n):
            if sign not in signs:
                signs.append(sign)
            overlined = n > 0 and lines[n - 1] == lines[n + 1]
            yield n - overlined, n + 2, signs.index(sign) + 1, line


def _bare(lines: Sequence[str]) -> list[tuple[int, int, int, str]]:
    """As `_underlined`, of lines that stand alone, end with no punctuation of a sentence but a question's, and have text below.

    None where more than half of all paragraphs are such lines: these are a poem, an address, a list.
    """
    starts = [n for n, line in enumerate(lines) if line and (n == 0 or not lines[n - 1])]
    alone = [
        n
        for n in starts[:-1]
        if not lines[n + 1]
        and len(lines[n]) <= _LONGEST_BARE
        and not _MARKED.match(lines[n].strip())
        and (lines[n][-1].isalnum() or lines[n][-1] in _CLOSES_BARE)
    ]
    return [(n, n + 1, 1 if n == 0 else 2, lines[n]) for n in alone] if 2 * len(alone) <= len(starts) else []


def _underline(lines: Sequence[str], n: int) -> str:
    """The sign that underlines line `n`, or "". The line before must be blank: the lines of a table or list are none."""
    if n + 1 == len(lines) or not lines[n].strip() or len(lines[n]) > _LONGEST_LINE:
        return ""
    match = _UNDERLINE.match(lines[n + 1])
    free = n == 0 or not lines[n - 1] or lines[n - 1] == lines[n + 1]
    return match[1] if match and free and not _UNDERLINE.match(lines[n]) else ""
