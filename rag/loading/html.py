"""HTML: the main content as text. Headings open sections, lists keep their bullets, tables become rows `a | b`."""

import re
from collections.abc import Iterator
from html.entities import html5
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.encoding import decode
from rag.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,100}?encoding=["']([\w.-]{1,40})""", re.IGNORECASE
)
_ENTITY = re.compile(r"&(\w{1,40});")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_INVISIBLE = set("head script style noscript template svg math iframe object button select input textarea dialog nav".split())
_BLOCKS = set(
    """address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    header hr html li main ol p section summary table tbody td tfoot th thead tr ul""".split()
)
# Furniture where it stands outside the main content; inside it, a header holds the heading and an aside is a note.
_FURNITURE = {"header", "footer", "aside"}
_FURNITURE_ROLES = {"banner", "complementary", "contentinfo", "dialog", "menu", "menubar", "navigation", "search"}
_FURNITURE_NAMES = {"nav", "navbar", "menu", "breadcrumb", "breadcrumbs", "sidebar", "footer", "cookie-banner", "skip-link"}


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
    walker = _Walker(builder, furniture=main.tag == "body" or main is page)
    walker.walk(main)
    walker.flush()
    return "".join(page.xpath("string((//title)[1])"))


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


class _Walker:
    """Passes blocks to a builder, in the order of the page."""

    def __init__(self, builder: Builder, furniture: bool) -> None:
        self._builder = builder
        self._furniture = furniture
        self._inline: list[str] = []
        self._bullet = ""
        self._in_list = False

    def walk(self, node: "Element") -> None:
        if not isinstance(node.tag, str) or self._is_left_out(node):
            return
        if node.tag in _HEADINGS:
            self.flush()
            self._in_list = False
            self._builder.heading(_HEADINGS[node.tag], _line(node).rstrip("¶#🔗 "))
        elif node.tag == "table" and _is_data(node):
            self.flush()
            rows = ([_line(cell) for cell in row.xpath("./td | ./th") or [row]] for row in node.iter("tr", "caption"))
            self._builder.add("\n".join(map(" | ".join, rows)))
        elif node.tag == "pre":
            self.flush()
            self._builder.add("".join(node.itertext()))
        elif node.tag == "br":
            self._inline.append("\n")
        else:
            self._walk_children(node)

    def flush(self) -> None:
        """End the block under way."""
        lines = (" ".join(line.split()) for line in "".join(self._inline).split("\n"))
        text = "\n".join(lines).strip()
        self._inline.clear()
        if text:
            self._builder.add(self._bullet + text, "\n" if self._bullet and self._in_list else "\n\n")
            self._in_list, self._bullet = bool(self._bullet), ""

    def _walk_children(self, node: "Element") -> None:
        block = node.tag in _BLOCKS
        if block:
            self.flush()
        self._inline.append(_spaces(node.text))
        items = 0
        for child in node:
            if child.tag == "li":
                items += 1
                self.flush()
                self._bullet = f"{items}. " if node.tag == "ol" else "- "
            self.walk(child)
            self._inline.append(_spaces(child.tail))
        if block:
            self.flush()
            self._bullet = ""

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


def _line(node: "Element") -> str:
    """All text below an element, on one line."""
    return " ".join("".join(_texts(node)).split())


def _texts(node: "Element") -> Iterator[str]:
    if not isinstance(node.tag, str) or node.tag in _INVISIBLE:
        return
    edge = " " if node.tag in _BLOCKS or node.tag == "br" else ""
    yield edge + (node.text or "")
    for child in node:
        yield from _texts(child)
        yield child.tail or ""
    yield edge


def _spaces(text: str | None) -> str:
    return re.sub(r"\s+", " ", text) if text else ""
