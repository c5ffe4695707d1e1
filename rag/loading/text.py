"""Plain text: underlined headings, paragraphs, list items; what is aligned in columns stays as it is."""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.loading.builder import Builder
from rag.loading.cleaning import clean
from rag.loading.encoding import decode
from rag.loading.pieces import Piece, plain, soft_break
from rag.types import Document

ITEM = re.compile(r"([-–•·▪◦*●○]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?=\S)")
_UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}$")
# Two blanks or more within a line, other than behind the end of a sentence; or a rule of a table.
_ALIGNED = re.compile(r"\S.*?[^\s.!?:](?: {2,}|\t+)\S|[+|][-=+|]{3,}$|(?:={2,}|-{2,})(?: +(?:={2,}|-{2,}))+$")
_LONGEST_LINE = 400  # A heading is short; regular expressions see no longer line.
_LONGEST_BARE = 80  # Characters of a heading that nothing underlines.
_CLOSES_BARE = "?？)）"
_WIDEST = 120  # Columns: longer lines were not broken by a margin.
_MOST_WIDE = 0.05  # Of all lines: above this share, line breaks are their writer's.
_FULL_LINE = 0.8  # Of the widest: a line that long was broken by the margin.
_NARROWEST = 40  # Columns; shorter lines are those of a list or an address.


def load_text(path: Path, name: str) -> list[Document]:
    """Plain text; underlined lines are headings, levelled by the order their signs appear in. Where there
    are none, short lines between blank ones are, the one that begins the document above the others.
    """
    lines = clean(decode(path.read_bytes(), name)).strip().split("\n")
    builder = Builder()
    full = math.inf if path.suffix.lower() == ".log" else _full_width(lines)
    start = 0
    for first, last, level, title in list(_underlined(lines)) or _bare(lines):
        _append(builder, lines[start:first], full)
        builder.heading(level, plain(title))
        start = last
    _append(builder, lines[start:], full)
    return [builder.document(name, builder.title)]


def append_text(builder: Builder, text: str) -> None:
    """Append paragraphs and list items of a text whose line breaks were all meant."""
    _append(builder, clean(text).split("\n"), math.inf)


def split_marker(pieces: Sequence[Piece]) -> tuple[str, list[Piece]]:
    """The marker of a list item that was typed before its text, and the text; "" where there is none."""
    for n, (text, styles) in enumerate(pieces):
        if match := ITEM.match(text.lstrip()):
            return bullet(match[1]), [(text.lstrip()[match.end() :], styles), *pieces[n + 1 :]]
        if text.strip():
            break
    return "", list(pieces)


def bullet(marker: str) -> str:
    """A list item's marker: one sign for all bullets, a number as it is."""
    return marker if any(map(str.isalnum, marker)) else "-"


def _append(builder: Builder, lines: Sequence[str], full: float) -> None:
    indents: list[int] = []  # Of the list items around the line.
    literal = False
    for group in _groups(lines):
        indent = _indent(group[0])
        if (literal and indent) or _is_aligned(group):
            builder.code("\n".join(group))
        else:
            if not indents or indent <= indents[-1]:
                builder.end_item()
            _append_group(builder, group, indents, full)
        literal = group[-1].endswith("::")
    builder.end_item()


def _append_group(builder: Builder, group: Sequence[str], indents: list[int], full: float) -> None:
    """Append lines without a blank one between: text, list items, or text and the items it introduces."""
    under_way: list[str] = []
    for line in group:
        text = line.strip()
        match = ITEM.match(text)
        if match is None:
            under_way.append(text)
            continue
        _flush(builder, under_way, full)
        indent = _indent(line)
        while indents and indent < indents[-1]:
            indents.pop()
        if not indents or indent > indents[-1]:
            indents.append(indent)
        builder.begin_item(bullet(match[1]), len(indents) - 1)
        under_way.append(text[match.end() :])
    _flush(builder, under_way, full)


def _flush(builder: Builder, lines: list[str], full: float) -> None:
    pieces: list[Piece] = []
    for n, line in enumerate(lines):
        if n:
            last = lines[n - 1]
            pieces.append((soft_break(last, line) if _columns(last) >= full else "\n", ()))
        pieces.append((line, ()))
    lines.clear()
    if pieces:
        builder.text(pieces)


def _groups(lines: Sequence[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for line in lines:
        if line:
            group.append(line)
        elif group:
            yield group
            group = []
    if group:
        yield group


def _is_aligned(group: Sequence[str]) -> bool:
    """Whether at least two lines, and half of all, stand in columns."""
    aligned = sum(1 for line in group if len(line) <= _LONGEST_LINE and _ALIGNED.match(ITEM.sub("", line.strip())))
    return aligned >= 2 and aligned * 2 >= len(group)


def _full_width(lines: Sequence[str]) -> float:
    """The columns from which on a line was broken by the margin; infinite where there is none."""
    widths = [
        _columns(line) for line, after in zip(lines, [*lines[1:], ""], strict=True) if after and not ITEM.match(after.strip())
    ]
    filled = [line for line in lines if line]
    if sum(1 for line in filled if len(line) > _WIDEST) > _MOST_WIDE * len(filled):
        return math.inf
    return max(_NARROWEST, _FULL_LINE * max((width for width in widths if width <= _WIDEST), default=math.inf))


def _columns(line: str) -> int:
    if line.isascii() or len(line) > _WIDEST:
        return len(line)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


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
        and not ITEM.match(lines[n].strip())
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
