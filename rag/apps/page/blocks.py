"""A text with its blocks and marks to HTML: tables as tables, lists as lists, links as links, code as code.

Whatever the blocks say, every visible character of the text that no table row holds is shown, once and in order.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

from rag.apps.page.markup import Decoration, Html, Inserts, Layer, decorated, element, escaped
from rag.languages.spoken import texts
from rag.text import trim
from rag.types import Block, Mark

DEEPEST = 5  # lists nested deeper are drawn as deep as this: a phone has no room for more
MOST_COLUMNS = 50  # a table with more is no table for people: its rows are shown as they read
WIDE = 4  # from so many columns on, a table needs more room than a card or a phone has
_LONGEST_ADDRESS = 2000  # characters; browsers and servers take no longer ones reliably
_SCHEMES = frozenset(("http", "https", "mailto"))
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f\\]")
_TAGS: Final = {"strong": "strong", "emphasis": "em", "code": "code"}


@dataclass(frozen=True, slots=True)
class _Text:
    """A text and what is laid over it; `frame` is a stretch of it that is set off from the rest."""

    text: str
    layers: tuple[Layer, ...]
    frame: tuple[int, int]
    top: int

    def framed(self, block: Block) -> str | None:
        """The class of a block that stands whole in the frame."""
        return "passage" if self.frame[0] <= block.start and block.end <= self.frame[1] else None

    def piece(self, start: int, end: int, framed: str | None, inserts: Inserts = ()) -> Html:
        """A stretch of a block; the first layer is the frame's, which a block in the frame needs no more."""
        return decorated(self.text, start, end, self.layers[framed is not None :], inserts)


def render(
    text: str,
    blocks: Sequence[Block] = (),
    marks: Sequence[Mark] = (),
    *,
    layers: Sequence[Layer] = (),
    inserts: Inserts = (),
    window: tuple[int, int] | None = None,
    frame: tuple[int, int] = (0, 0),
    top: int = 4,
) -> Html:
    """The text, or the `window` of it, block by block; without blocks its paragraphs, line by line.

    `layers` are laid inside the marks. `inserts` stand where they say; in a row, in or behind the cell that ends before. What
    lies in `frame` is of the class "passage". The outermost heading becomes `<h{top}>`.
    """
    first, last = window or (0, len(text))
    shown = list(_complete(text, blocks, first, last))
    frames = Layer([Decoration(*frame, "span", (("class_", "passage"),))])
    content = _Text(text, (frames, *_mark_layers(marks), *layers), frame, top)
    levels = sorted({block.level for block in shown if block.kind == "heading"})
    placed = zip(shown, _share(inserts, shown), strict=True)
    parts: list[Html] = []
    for (kind, *_), group in groupby(enumerate(placed), key=lambda item: _belongs(item[0], item[1][0])):
        members = [member for _, member in group]
        match kind:
            case "row":
                parts.append(_table(content, members))
            case "item":
                parts.append(_list(content, members))
            case _:
                parts += [_single(content, block, own, levels) for block, own in members]
    return Html("".join(parts))


def safe_address(target: str) -> str | None:
    """The address where it may be linked to: http, https or mailto, with a host or a mailbox.

    >>> safe_address("https://example.org/a?b"), safe_address("JavaScript:alert(1)"), safe_address("//example.org")
    ('https://example.org/a?b', None, None)
    """
    if len(target) > _LONGEST_ADDRESS or _UNSAFE.search(target):
        return None
    try:
        parts = urlsplit(target)
    except ValueError:
        return None
    reachable = parts.path if parts.scheme == "mailto" else parts.netloc
    return target if parts.scheme in _SCHEMES and reachable else None


_Placed = tuple[Block, Inserts]


def _complete(text: str, blocks: Sequence[Block], first: int, last: int) -> Iterator[Block]:
    """The blocks cut to the window, sorted and disjoint, with paragraphs for the text that none of them holds."""
    at = first
    for block in sorted(blocks, key=lambda block: block.start):
        start, end = max(block.start, at), min(block.end, last)  # the start may be behind the end
        if text[start:end].strip():
            yield from _paragraphs(text, at, start)
            yield replace(block, start=start, end=end)
            at = end
    yield from _paragraphs(text, at, last)


def _paragraphs(text: str, start: int, end: int) -> Iterator[Block]:
    """Lines without a blank line between them are a paragraph."""
    begin = at = start
    for line in [*text[start:end].split("\n"), ""]:
        if not line.strip():
            first, last = trim(text, begin, min(at, end))
            if first < last:
                yield Block(first, last, "paragraph")
            begin = at + len(line) + 1
        at += len(line) + 1


def _share(inserts: Inserts, blocks: Sequence[Block]) -> list[Inserts]:
    """The inserts of each block: those in it, at its end, or before the next."""
    shared: list[list[tuple[int, Html]]] = [[] for _ in blocks]
    n = 0
    for position, insert in inserts if blocks else ():
        while n + 1 < len(blocks) and position > blocks[n + 1].start:
            n += 1
        shared[n].append((position, insert))
    return list(shared)


def _belongs(n: int, block: Block) -> tuple[object, ...]:
    """What neighbours have in common that make one table or one list."""
    if block.kind == "row" and block.cells and max(len(block.columns), len(block.cells)) <= MOST_COLUMNS:
        return "row", block.columns, block.caption
    return ("item",) if block.kind == "item" else ("", n)


def _mark_layers(marks: Sequence[Mark]) -> list[Layer]:
    """Links outermost, so that a link with an emphasised word stays one link."""
    links = []
    for mark in marks:
        if mark.kind == "link" and (address := safe_address(mark.target)):
            where = (("href", address), ("target", "_blank"), ("rel", "noopener noreferrer nofollow"))
            links.append(Decoration(mark.start, mark.end, "a", where))
    others = [Layer(Decoration(m.start, m.end, tag) for m in marks if m.kind == kind) for kind, tag in _TAGS.items()]
    return [Layer(links), *others]


def _single(content: _Text, block: Block, inserts: Inserts, levels: Sequence[int]) -> Html:
    framed = content.framed(block)
    if block.kind == "code":  # What is selected and copied of code is code: a marker stands behind it.
        code = element("pre", element("code", content.piece(block.start, block.end, framed)), class_=framed)
        named = [element("figcaption", escaped(block.caption), dir="auto")] if block.caption else []
        behind = [element("p", *(insert for _, insert in inserts))] if inserts else []
        return element("figure", *named, code, *behind) if named or behind else code
    inside = content.piece(block.start, block.end, framed, inserts)
    if block.kind == "heading":
        tag = f"h{min(6, content.top + levels.index(block.level))}"
        return element(tag, inside, class_=framed, dir="auto")
    return element("p", inside, class_=framed, dir="auto")


def _list(content: _Text, items: Sequence[_Placed]) -> Html:
    """Items as lists within lists; each keeps its own number. What is deeper than the first outer item is a list before it."""
    outer = min(_depth(block) for block, _ in items)
    heads = [n for n, (block, _) in enumerate(items) if _depth(block) == outer]
    parts = [_list(content, items[: heads[0]])] if heads[0] else []
    for tag, group in groupby(zip(heads, [*heads[1:], len(items)], strict=True), key=lambda head: _list_tag(items[head[0]][0])):
        parts.append(element(tag, *(_item(content, items[head:end]) for head, end in group), role="list"))
    return Html("".join(parts))


def _item(content: _Text, family: Sequence[_Placed]) -> Html:
    """One item with those below it. The text's own marker is its bullet; a mere sign is drawn and not read out."""
    (block, inserts), *below = family
    plain = _list_tag(block) == "ul"
    begin, bullet = block.start, Html("")
    if block.marker and content.text.startswith(block.marker, block.start):
        begin = trim(content.text, min(block.start + len(block.marker), block.end), block.end)[0]
        sign = escaped(content.text[block.start : begin])
        bullet = element("span", sign, class_="bullet plain" if plain else "bullet", aria_hidden="true" if plain else None)
    framed = content.framed(block)
    inside = [content.piece(begin, block.end, framed, inserts), *([_list(content, below)] if below else [])]
    return element("li", bullet, element("div", *inside, class_=framed, dir="auto"))


def _list_tag(block: Block) -> str:
    return "ol" if any(map(str.isalnum, block.marker)) else "ul"


def _depth(block: Block) -> int:
    return min(block.level, DEEPEST)


def _table(content: _Text, rows: Sequence[_Placed]) -> Html:
    """Rows of the same columns as one table. A wide one is scrolled by keyboard too, and reads line by line in little room."""
    columns, caption = rows[0][0].columns, rows[0][0].caption
    width = max(len(columns), *(len(row.cells) for row, _ in rows))
    labels = [*columns, *[""] * (width - len(columns))]
    parts = [element("caption", escaped(caption), dir="auto")] if caption else []
    if any(label.strip() for label in labels):
        head = [element("th", escaped(label), scope="col", dir="auto") if label.strip() else element("td") for label in labels]
        parts.append(element("thead", element("tr", *head)))
    parts.append(element("tbody", *(_row(content, row, inserts, labels) for row, inserts in rows)))
    table = element("table", *parts)
    if width < WIDE:
        return element("div", table, class_="table")
    name = caption or texts.TABLE
    return element("div", table, class_="table wide", tabindex="0", role="group", aria_label=name)


def _row(content: _Text, row: Block, inserts: Inserts, labels: Sequence[str]) -> Html:
    spans = [(min(max(start, row.start), row.end), min(max(end, row.start), row.end)) for start, end in row.cells]
    own: list[list[tuple[int, Html]]] = [[] for _ in spans]
    for position, insert in inserts:
        before = [n for n, (start, _) in enumerate(spans) if start < position]
        own[max(before, key=lambda n: spans[n][0]) if before else 0].append((position, insert))
    framed, cells = content.framed(row), []
    for n, label in enumerate(labels):
        inside = content.piece(*spans[n], framed, own[n]) if n < len(spans) else Html("")
        cells.append(element("td", inside, data_label=label.strip() or None, dir="auto"))
    return element("tr", *cells, class_=framed)
