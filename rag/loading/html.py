"""HTML: the main content as blocks. Headings open sections; a definition list is paragraphs `term: definition`."""

import re
from collections.abc import Iterator
from html.entities import html5
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.encoding import decode
from rag.loading.grid import Cell, append_table, marked_header
from rag.loading.pieces import Piece, Style, style_of, text_of, within
from rag.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ELEMENTS = frozenset(
    """a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button canvas caption center
    cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed fieldset figcaption figure
    font footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main
    map mark math menu meta meter nav noscript object ol optgroup option output p param picture pre progress q rp rt
    ruby s samp script search section select slot small source span strike strong style sub summary sup svg table
    tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr""".split()
)
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,100}?encoding=["']([\w.-]{1,40})""", re.IGNORECASE
)
_ENTITY = re.compile(r"&(\w{1,40});")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_LISTS = {"ol", "ul"}
_ANCHORS = {"", "¶", "#", "🔗"}
_LANGUAGE = re.compile(r"\b(?:language-|lang-|highlight-source-|brush:\s*)([\w+#.]{1,30})")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_SPACE = re.compile(r"\s+")
_WIDEST_CELL, _HIGHEST_CELL = 1_000, 65_534  # The most columns and rows a cell may span in HTML.
_INVISIBLE = set("head script style noscript template svg math iframe object button select input textarea dialog nav".split())
_BLOCKS = set(
    """address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    header hr html li main ol p section summary table tbody td tfoot th thead tr ul""".split()
)
# Furniture where it stands outside the main content; inside it, a header holds the heading and an aside is a note.
_FURNITURE = {"header", "footer", "aside"}
_FURNITURE_ROLES = {"banner", "complementary", "contentinfo", "dialog", "menu", "menubar", "navigation", "search"}
_FURNITURE_NAMES = {"nav", "navbar", "menu", "breadcrumb", "breadcrumbs", "sidebar", "footer", "cookie-banner", "skip-link"}

Styles = tuple[Style, ...]


def load_html(path: Path, name: str) -> list[Document]:
    """The main content of a page, called by its h1, else its title element."""
    builder = Builder()
    title = append_html(builder, path.read_bytes(), name)
    return [builder.document(name, builder.title, title)]


def append_html(builder: Builder, data: bytes, name: str) -> str:
    """Append a page's main content to `builder`; returns the text of its title element."""
    declared = _DECLARED.search(data[:4096])
    text = decode(data, name, (declared[1] or declared[2]).decode("ascii") if declared else None)
    page = _parse(text, name)
    if page is None:
        return ""
    main = _main(page)
    _walk(builder, main, furniture=main.tag == "body" or main is page)
    return "".join(page.xpath("string((//title)[1])"))


def append_fragment(builder: Builder, markup: str, name: str) -> None:
    """Append a piece of a page, as Markdown holds them."""
    page = _parse(f"<div>{markup}", name)
    if page is not None:
        _walk(builder, page, furniture=False)


def _parse(text: str, name: str) -> "Element | None":
    from lxml import etree

    # huge_tree: without it, text beyond 10 MB is lost in silence. The parser process bounds time and memory.
    options = {"encoding": "utf-8", "no_network": True, "remove_comments": True, "remove_pis": True, "huge_tree": True}
    text = text.lstrip()
    if is_xml := text.startswith("<?xml"):
        # Read as HTML, an XHTML page with <title/> or <script/> would lose all that follows.
        parser = etree.XMLParser(recover=True, resolve_entities=False, **options)
        text = _ENTITY.sub(_named, text)
    else:
        parser = etree.HTMLParser(**options)
    page = etree.fromstring(text.encode("utf-8", "replace"), parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise LoadError("damaged", f"{name} nests its elements too deeply to be read whole; save it again or get a new copy")
    if is_xml and page is not None:
        for node in page.iter(etree.Element):
            node.tag = etree.QName(node).localname.lower()
    return page


def _named(entity: re.Match[str]) -> str:
    """The character an HTML entity stands for: XML knows five of them, and any other would be dropped."""
    return entity[0] if entity[1] in _XML_ENTITIES else html5.get(f"{entity[1]};", "")


def _main(page: "Element") -> "Element":
    """The element that holds the content: main, the only article, or the body."""
    for path in ("//main | //*[@role='main']", "//article", "//body"):
        found = [node for node in page.xpath(path) if "".join(node.itertext()).strip()]
        if len(found) == 1:
            return found[0]
    return page


def _walk(builder: Builder, node: "Element", furniture: bool) -> None:
    walker = _Walker(builder, furniture)
    walker.walk(node, ())
    walker.flush()


class _Walker:
    """Passes blocks to a builder, in the order of the page."""

    def __init__(self, builder: Builder, furniture: bool) -> None:
        self._builder = builder
        self._furniture = furniture
        self._inline: list[Piece] = []
        self._term: list[Piece] = []  # Of a definition list: begins the text that defines it.
        self._depth = -1  # Of lists.

    def walk(self, node: "Element", styles: Styles) -> None:
        if not isinstance(node.tag, str) or self._is_left_out(node):
            return
        if node.tag in _HEADINGS:
            self._end_block()
            self._builder.heading(_HEADINGS[node.tag], _without_anchor(list(_pieces(node, ()))))
        elif node.tag == "table" and _is_data(node):
            self._end_block()
            caption = next((_line(child) for child in node.iterchildren("caption")), "")
            append_table(self._builder, _rows(node), marked_header, caption)
        elif node.tag == "pre":
            self._end_block()
            self._builder.code("".join(_verbatim(node)), _language(node))
        elif node.tag == "br":
            self._inline.append(("\n", ()))
        else:
            self._walk_children(node, within(styles, style_of(node.tag, node.get("href"))))

    def flush(self) -> None:
        """End the paragraph under way; a term with nothing to define yet stays for the next."""
        if any(text.strip() for text, _ in self._inline):
            pieces, self._term = [*self._term, *self._inline], []
            self._builder.text(pieces)
        self._inline.clear()

    def _end_block(self) -> None:
        """End the paragraph under way, and a term that a list, a table or code defines."""
        self.flush()
        if self._term:
            self._builder.text(self._term)
            self._term = []

    def _walk_children(self, node: "Element", styles: Styles) -> None:
        block = node.tag in _BLOCKS
        lists = node.tag in _LISTS
        if block:
            self.flush()
        if lists:
            self._end_block()
            self._depth += 1
        if node.tag == "dt" and self._term:
            self._end_block()
        self._inline.append((_spaces(node.text), styles))
        number = _number(node.get("start"), 1) - 1
        for child in node:
            if child.tag == "li":
                number = _number(child.get("value"), number + 1)
                self._end_block()
                self._builder.begin_item(f"{number}." if node.tag == "ol" else "-", max(self._depth, 0))
            self.walk(child, styles)
            if child.tag == "li":
                self.flush()
                self._builder.end_item()
            self._inline.append((_spaces(child.tail), styles))
        if node.tag == "dt":
            self._take_term()
        if block:
            self.flush()
        if node.tag in {"dd", "dl"} or lists:
            self._end_block()
        if lists:
            self._builder.end_item()
            self._depth -= 1

    def _take_term(self) -> None:
        if text := text_of(self._inline):
            self._term = [*self._inline, ("" if text.endswith((":", "?", "：", "？")) else ":", ()), (" ", ())]
        self._inline.clear()

    def _is_left_out(self, node: "Element") -> bool:
        hidden = node.get("hidden") is not None or node.get("aria-hidden") == "true"
        style = (node.get("style") or "").replace(" ", "").lower()
        if hidden or "display:none" in style or node.tag in _INVISIBLE or node.get("role") in _FURNITURE_ROLES:
            return True
        names = f"{node.get('id') or ''} {node.get('class') or ''}".lower().split()
        return self._furniture and (node.tag in _FURNITURE or not _FURNITURE_NAMES.isdisjoint(names))


def _is_data(table: "Element") -> bool:
    """Whether a table has rows of data: one that lays out a page holds headings or other tables."""
    return next(table.iter("tr"), None) is not None and next(table.iterdescendants("table", *_HEADINGS), None) is None


def _rows(table: "Element") -> Iterator[list[Cell]]:
    for row in table.iter("tr"):
        heads = row.getparent().tag == "thead"
        yield [
            Cell(
                list(_pieces(cell, ())),
                width=min(_number(cell.get("colspan"), 1), _WIDEST_CELL) or 1,
                height=_number(cell.get("rowspan"), 1) or _HIGHEST_CELL,  # 0: to the end of the table.
                heads=heads or cell.tag == "th",
            )
            for cell in row.xpath("./td | ./th") or [row]
        ]


def _number(value: str | None, default: int) -> int:
    """A number in an attribute, within what HTML allows for spans."""
    return min(int(value), _HIGHEST_CELL) if value and _NUMBER.fullmatch(value) else default


def _line(node: "Element") -> str:
    """All text below an element, on one line."""
    return text_of(_pieces(node, ()))


def _pieces(node: "Element", styles: Styles) -> Iterator[Piece]:
    """All text below an element, what is set on lines of its own between blanks."""
    if not isinstance(node.tag, str) or node.tag in _INVISIBLE:
        return
    edge: list[Piece] = [(" ", ())] if node.tag in _BLOCKS or node.tag == "br" else []
    styles = within(styles, style_of(node.tag, node.get("href")))
    yield from edge
    yield _spaces(node.text), styles
    for child in node:
        yield from _pieces(child, styles)
        yield _spaces(child.tail), styles
    yield from edge


def _verbatim(node: "Element") -> Iterator[str]:
    if node.tag == "br":
        yield "\n"
    yield node.text or "" if isinstance(node.tag, str) else ""
    for child in node:
        yield from _verbatim(child)
        yield child.tail or ""


def _without_anchor(pieces: list[Piece]) -> list[Piece]:
    """A heading without the sign that links to itself."""
    while pieces and pieces[-1][0].strip() in _ANCHORS:
        pieces.pop()
    if pieces:
        text, styles = pieces[-1]
        pieces[-1] = (text.rstrip("¶🔗 "), styles)
    return pieces


def _language(pre: "Element") -> str:
    """The language that the usual highlighters note in a class."""
    classes = " ".join(node.get("class") or "" for node in (pre, *pre.iterchildren("code")))
    match = _LANGUAGE.search(classes)
    return match[1] if match else ""


def _spaces(text: str | None) -> str:
    return _SPACE.sub(" ", text) if text else ""
