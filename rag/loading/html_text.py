"""The text of HTML elements that are one block: a heading, a line, code, the rows of a table."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rag.loading.grid import Cell, guessed_header, marked_header
from rag.loading.pieces import STRUCK, Piece, Style, is_told, raised, style_of, text_of, within

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
INVISIBLE = set(
    """head script style noscript template svg iframe object button select input textarea dialog nav rt rp video audio canvas
    datalist""".split()
)
BLOCKS = set(
    """address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    header hr html li main ol p section summary table tbody td tfoot th thead tr ul""".split()
)
_ANCHORS = {"", "¶", "#", "🔗"}
_LANGUAGE = re.compile(r"\b(?:language-|lang-|highlight-source-|brush:\s*)([\w+#.]{1,30})")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_SPACE = re.compile(r"\s+")
_LINE_NUMBERS = {"lineno", "linenos", "linenumber", "line-number", "line-numbers", "ln", "gutter"}
_NEAR, _BESIDE = 3, 20  # Elements around an image, pieces of text in them.
_WIDEST_CELL, _HIGHEST_CELL = 1_000, 65_534  # The most columns and rows a cell may span in HTML.

Styles = tuple[Style, ...]


def line_of(node: "Element") -> str:
    """All text below an element, on one line."""
    return text_of(pieces_of(node, ()))


def pieces_of(
    node: "Element", styles: Styles, *, buttons: bool = False, without: "Callable[[Element], bool] | None" = None
) -> Iterator[Piece]:
    """All text below an element, what is set on lines of its own between blanks; nothing of elements that `without` names."""
    if not isinstance(node.tag, str) or (node.tag in INVISIBLE and not (buttons and node.tag == "button")):
        return
    if is_struck(node) or (without is not None and without(node)):
        return
    if (drawn := drawn_text(node)) is not None:
        yield drawn, styles
        return
    edge: list[Piece] = [(" ", ())] if node.tag in BLOCKS or node.tag == "br" else []
    styles = within(styles, style_of(node.tag, node.get("href")))
    yield from edge
    yield spaces(node.text), styles
    for child in node:
        yield from pieces_of(child, styles, buttons=buttons, without=without)
        yield spaces(child.tail), styles
    yield from edge


def letters(texts: Iterable[str]) -> int:
    """How many characters of texts are not white space."""
    return sum(len(word) for text in texts for word in text.split())


def is_struck(node: "Element") -> bool:
    """Whether an element's text is struck through: it no longer holds."""
    return node.tag in STRUCK or "line-through" in (node.get("style") or "").lower()


def drawn_text(node: "Element") -> str | None:
    """What stands for an image, a formula or a short superscript; None for any other element."""
    if node.tag == "img":
        hidden = node.get("role") in {"presentation", "none"} or node.get("aria-hidden") == "true"
        alt = node.get("alt") or ""
        told = not hidden and is_told(alt, node.get("src") or "") and not _says_beside(node, alt)
        return f" {alt} " if told else ""
    if node.tag == "math":
        return formula(node)
    if node.tag == "sup" and not len(node):
        return raised(node.text or "")
    return None


def _says_beside(image: "Element", alt: str) -> bool:
    """Whether the text around an image, as its caption, says the same."""
    for outer in islice(image.iterancestors(), _NEAR):
        parts = list(islice(outer.itertext(), _BESIDE + 1))
        if len(parts) > _BESIDE:
            return False
        if " ".join(alt.split()) in " ".join("".join(parts).split()):
            return True
    return False


def formula(node: "Element") -> str:
    """A formula of MathML: as its writer put it in words or in TeX, else its signs in a line."""
    if written := (node.get("alttext") or "".join(node.xpath("string(.//*[local-name()='annotation'])"))).strip():
        return written
    return "".join(_signs(node))


def _signs(node: "Element") -> Iterator[str]:
    parts = ["".join(_signs(child)) for child in node if isinstance(child.tag, str)]
    if node.tag == "mfrac" and len(parts) == 2:
        yield "/".join(part if len(part) == 1 or part.isalnum() else f"({part})" for part in parts)
    elif node.tag == "msup" and len(parts) == 2:
        yield parts[0] + (raised(parts[1]) if raised(parts[1]) != parts[1] else f"^({parts[1]})")
    elif node.tag == "msqrt":
        yield f"√({''.join(parts)})"
    else:
        yield "".join((node.text or "").split()) + "".join(parts)


def verbatim(node: "Element") -> Iterator[str]:
    """The characters of code, without the numbers of its lines."""
    if node.tag == "br":
        yield "\n"
    yield node.text or "" if isinstance(node.tag, str) else ""
    for child in node:
        if not _is_line_number(child):
            yield from verbatim(child)
        yield child.tail or ""


def _is_line_number(node: "Element") -> bool:
    names = set((node.get("class") or "").lower().split())
    return not _LINE_NUMBERS.isdisjoint(names) and "".join(node.itertext()).strip().isdecimal()


def numbered_code(table: "Element") -> "Element | None":
    """The cell that holds the code, of a table that only sets numbers before its lines."""
    cells = table.findall(".//td")
    if len(cells) != 2 or cells[1].find(".//pre") is None or "".join("".join(cells[0].itertext()).split()).strip("0123456789"):
        return None
    return cells[1]


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
