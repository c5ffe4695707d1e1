"""EPUB: the chapters of the spine in reading order, through the same path as web pages."""

import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile

from rag.errors import LoadError
from rag.loading.archive import open_archive
from rag.loading.builder import Builder
from rag.loading.html import append_html
from rag.loading.properties import of_book
from rag.types import Document

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_CONTAINER = "META-INF/container.xml"
_RIGHTS = "META-INF/encryption.xml"


def load_book(path: Path, name: str) -> list[Document]:
    """A book, called by its package title. Chapters under rights management are "encrypted"; those that cannot be read are left
    out, unless that is all of them.
    """
    with open_archive(path, name, "EPUB book", _CONTAINER) as archive:
        root = _xml(archive, _CONTAINER).xpath("string(//*[local-name()='rootfile']/@full-path)")
        package = _xml(archive, root)
        builder = Builder()
        locked = _locked(archive)
        unread: Exception | None = None
        for chapter in _chapters(package, PurePosixPath(root).parent):
            if chapter in locked:
                raise LoadError("encrypted", f"{name} is under rights management; get a copy without it")
            builder.close_sections()
            try:
                append_html(builder, archive.read(chapter), f"{name}, {chapter}")
            except (LoadError, KeyError, BadZipFile, zlib.error) as error:
                unread = unread or error
                builder.leave_out("unreadable parts", 1, chapter)
        if unread is not None and not builder.text_so_far():
            raise unread
        builder.about = of_book(package)
    return [builder.document(name, package.xpath("string(//*[local-name()='title'])"), builder.title)]


def _chapters(package: "Element", folder: PurePosixPath) -> list[str]:
    """Paths of the spine's pages inside the container."""
    pages = {item.get("id"): item.get("href") or "" for item in package.xpath("//*[local-name()='item']")}
    spine = [pages.get(item.get("idref"), "") for item in package.xpath("//*[local-name()='itemref'][not(@linear='no')]")]
    return [str(folder / unquote(href.partition("#")[0])) for href in spine if href]


def _locked(archive: ZipFile) -> set[str]:
    if _RIGHTS not in archive.namelist():
        return set()
    return {unquote(uri) for uri in _xml(archive, _RIGHTS).xpath("//*[local-name()='CipherReference']/@URI")}


def _xml(archive: ZipFile, member: str) -> "Element":
    from lxml import etree

    return etree.fromstring(archive.read(member), etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True))
