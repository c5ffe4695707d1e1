"""What the properties of a file say of it: of an Office document or PDF those its program wrote, of a page its meta elements.

What the text says counts more: a program's date is that of the last time somebody saved the file.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from rag.about import NOTHING, About
from rag.loading.notices import of_values

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_OFFICE = {".docx", ".pptx", ".xlsx"}
_CORE = "docProps/core.xml"
_LARGEST = 1 << 16  # Bytes; a kilobyte is usual.
_STATUS = {"contentStatus": "status", "modified": "last modified", "created": "created", "language": "language"}
# When the templates of python-docx and python-pptx were saved, said by each document made from them that was not saved again;
# and what programs write that keep the time to themselves.
_PLACEHOLDERS = {"2013-12-23T23:15:00Z", "2013-01-27T09:14:16Z", "20000101", "19800101", "19700101"}
_META = {
    "article:modified_time": "last modified",
    "last-modified": "last modified",
    "dcterms.modified": "last modified",
    "dc.date.modified": "last modified",
    "og:updated_time": "last modified",
    "article:published_time": "published",
    "article:expiration_time": "expires",
    "dc.date": "date",
    "dcterms.date": "date",
    "date": "date",
    "dcterms.issued": "issued",
    "dcterms.valid": "valid until",
    "dcterms.isreplacedby": "superseded by",
    "dcterms.audience": "audience",
    "audience": "audience",
    "expires": "expires",
    "unavailable_after": "expires",
    "version": "version",
}


def of_file(path: Path) -> About:
    """What the properties of an Office document or PDF say; nothing of other files, or where they cannot be read."""
    suffix = path.suffix.lower()
    if suffix in _OFFICE:
        return of_values(_office(path))
    return of_values(_pdf(path)) if suffix == ".pdf" else NOTHING


def of_page(page: "Element") -> About:
    """What the head of a page of HTML says: its language, and its meta elements."""
    return of_values(_page(page))


def of_book(package: "Element") -> About:
    """What the package of an EPUB says."""
    values = (
        (element.tag.rpartition("}")[2], element.text or "") for element in package.xpath("//*[local-name()='metadata']/*")
    )
    return of_values((name, [text]) for name, text in values if name in {"date", "language"})


def _office(path: Path) -> Iterator[tuple[str, list[str]]]:
    from lxml import etree

    try:
        with ZipFile(path) as archive:
            if archive.getinfo(_CORE).file_size > _LARGEST:
                return
            root = etree.fromstring(
                archive.read(_CORE), etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
            )
    except (KeyError, BadZipFile, etree.XMLSyntaxError, NotImplementedError, RuntimeError):
        return
    for element in root:
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        text = (element.text or "").strip()
        if name in _STATUS and text not in _PLACEHOLDERS:
            yield _STATUS[name], [text]


def _pdf(path: Path) -> Iterator[tuple[str, list[str]]]:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        with closing(PdfDocument(path)) as document:
            for name, label in (("ModDate", "last modified"), ("CreationDate", "created")):
                day = document.get_metadata_value(name).removeprefix("D:")[:8]
                if day not in _PLACEHOLDERS:
                    yield label, [day]
    except PdfiumError:
        return


def _page(page: "Element") -> Iterator[tuple[str, list[str]]]:
    root = page.getroottree().getroot()
    if language := root.get("lang") or root.get("xml:lang"):
        yield "language", [language]
    for meta in root.iter("meta"):
        name = (meta.get("name") or meta.get("property") or meta.get("http-equiv") or meta.get("itemprop") or "").lower()
        if name in _META:
            yield _META[name], [meta.get("content") or ""]
    for link in root.iter("link"):
        if link.get("rel") == "successor-version":  # RFC 5829
            yield "superseded by", [link.get("href") or ""]
