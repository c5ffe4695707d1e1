"""HTML to its tree: encoding, leniency towards XHTML, and where the main content is."""

import re
from html.entities import html5
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.encoding import decode

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
_TAG = re.compile(r"</([A-Za-z][A-Za-z0-9]{0,9})\s*>|<(br)\s*/?>", re.IGNORECASE)
_DECLARED = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})|<\?xml[^>]{0,100}?encoding=["']([\w.-]{1,40})""", re.IGNORECASE
)
_ENTITY = re.compile(r"&(\w{1,40});")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
_REFRESH = re.compile(r"\s*(\d{1,4})[\d.]*\s*[;,]\s*(?:url\s*=)?\s*['\"]?([^'\"]{1,500})", re.IGNORECASE)
_SOON = 10  # Seconds: a page that is left by itself so soon is read by nobody.
_FEW_WORDS = 60


def is_markup(text: str) -> bool:
    """Whether a text holds HTML: the end of an element, or a line break. What is merely less than something is none."""
    return "<" in text and any((tag[1] or tag[2]).lower() in ELEMENTS for tag in _TAG.finditer(text))


def decoded(data: bytes, name: str) -> str:
    """The text of a page, in the encoding that it declares."""
    declared = _DECLARED.search(data[:4096])
    return decode(data, name, (declared[1] or declared[2]).decode("ascii") if declared else None)


def parse(text: str, name: str) -> "Element | None":
    """The root of a page or of a piece of one; None where there is nothing. Raises LoadError "damaged" where it is too deep."""
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


def main_element(page: "Element") -> "Element":
    """The element that holds the content: main, the only article, or the body."""
    for path in ("//main | //*[@role='main']", "//article", "//body"):
        found = [node for node in page.xpath(path) if "".join(node.itertext()).strip()]
        if len(found) == 1:
            return found[0]
    return page


def redirection(page: "Element", main: "Element") -> str:
    """The address to which a page without content of its own sends its readers on; "" for any other page."""
    for meta in page.xpath("//meta[not(ancestor::noscript)][@http-equiv]"):
        refresh = _REFRESH.match(meta.get("content") or "") if meta.get("http-equiv").lower() == "refresh" else None
        if (
            refresh
            and int(refresh[1]) <= _SOON
            and len(" ".join(main.xpath(".//text()[not(ancestor::script)]")).split()) < _FEW_WORDS
        ):
            return " ".join(refresh[2].split())
    return ""
