"""The text of HTML elements that are one block: a heading, a line, code, the rows of a table."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag.loading.grid import Cell, guessed_header, marked_header
from rag.loading.pieces import Piece, Style, style_of, text_of, within

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
INVISIBLE = set("head script style noscript template svg math iframe object button select input textarea dialog nav".split())
BLOCKS = set(
    """address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    header hr html li main ol p section summary table tbody td tfoot th thead tr ul""".split()
)
_ANCHORS = {"", "¶", "#", "🔗"}
_LANGUAGE = re.compile(r"\b(?:language-|lang-|highlight-source-|brush:\s*)([\w+#.]{1,30})")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_SPACE = re.compile(r"\s+")
_WIDEST_CELL, _HIGHEST_CELL = 1_000, 65_534  # The most columns and rows a cell may span in HTML.

Styles = tuple[Style, ...]


def line_of(node: "Element") -> str:
    """All text below an element, on one line."""
    return text_of(pieces_of(node, ()))


def pieces_of(node: "Element", styles: Styles, *, buttons: bool = False) -> Iterator[Piece]:
    """All text below an element, what is set on lines of its own between blanks."""
    if not isinstance(node.tag, str) or (node.tag in INVISIBLE and not (buttons and node.tag == "button")):
        return
    edge: list[Piece] = [(" ", ())] if node.tag in BLOCKS or node.tag == "br" else []
    styles = within(styles, style_of(node.tag, node.get("href")))
    yield from edge
    yield spaces(node.text), styles
    for child in node:
        yield from pieces_of(child, styles, buttons=buttons)
        yield spaces(child.tail), styles
    yield from edge


def verbatim(node: "Element") -> Iterator[str]:
    if node.tag == "br":
        yield "\n"
    yield node.text or "" if isinstance(node.tag, str) else ""
    for child in node:
        yield from verbatim(child)
        yield child.tail or ""


def without_anchor(pieces: list[Piece]) -> list[Piece]:
    """A heading without the sign that links to itself."""
    while pieces and pieces[-1][0].strip() in _ANCHORS:
        pieces.pop()
    if pieces:
        text, styles = pieces[-1]
        pieces[-1] = (text.rstrip("¶🔗 "), styles)
    return pieces


def language_of(pre: "Element") -> str:
    """The language that the usual highlighters note in a class."""
    classes = " ".join(node.get("class") or "" for node in (pre, *pre.iterchildren("code")))
    match = _LANGUAGE.search(classes)
    return match[1] if match else ""


def spaces(text: str | None) -> str:
    return _SPACE.sub(" ", text) if text else ""


def is_data(table: "Element") -> bool:
    """Whether a table has rows of data: one that lays out a page holds headings or other tables."""
    return next(table.iter("tr"), None) is not None and next(table.iterdescendants("table", *HEADINGS), None) is None


def header_of(grid: Sequence[Sequence[Cell]]) -> int:
    """The rows of names: those marked, else what looks like one; two columns are rather labels and values."""
    return guessed_header(grid) if len(grid) > 2 and len(grid[0]) > 2 else marked_header(grid)


def label_of(component: "Element") -> str:
    """What a reader sees of an attribute of a component, an element that HTML does not know."""
    labels = (component.get(name, "").strip() for name in ("title", "label", "summary", "heading"))
    return next((label for label in labels if label), "")


def rows_of(table: "Element") -> Iterator[list[Cell]]:
    for row in table.iter("tr"):
        heads = row.getparent().tag == "thead"
        yield [
            Cell(
                list(pieces_of(cell, ())),
                width=min(number_of(cell.get("colspan"), 1), _WIDEST_CELL) or 1,
                height=number_of(cell.get("rowspan"), 1) or _HIGHEST_CELL,  # 0: to the end of the table.
                heads=heads or cell.tag == "th",
            )
            for cell in row.xpath("./td | ./th") or [row]
        ]


def number_of(value: str | None, default: int) -> int:
    """A number in an attribute, within what HTML allows for spans."""
    return min(int(value), _HIGHEST_CELL) if value and _NUMBER.fullmatch(value) else default
