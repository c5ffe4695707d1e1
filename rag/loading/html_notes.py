"""Footnotes of a page: which links refer to one, and what it says."""

import re
from typing import TYPE_CHECKING

from rag.loading.html_text import pieces_of
from rag.loading.notes import trimmed
from rag.loading.pieces import Piece, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_LABEL = re.compile(r"\[?(?:\d{1,3}|[a-z]|[*†‡§]{1,3}|note \d{1,3}|[a-z]? ?\d{1,2})\]?", re.IGNORECASE)
_BEGINS = re.compile(r"\s*(?:[↑^↩\u21a9]\s*)?(?:\[?(?:\d{1,3}|[*†‡§]{1,3})\]?[.):]?\s+)?(?:[↑^↩]\s*)?")
_CONTAINERS = ("li", "aside", "dd", "p", "tr", "div")
_SEMANTIC = {"doc-noteref"}
_LONGEST = 2_000  # Characters of a note; what is longer is a part of the page.
_MOST = 2_000  # Notes of a page.


class Notes:
    """The footnotes of one page; each is said once, where it is first referred to."""

    def __init__(self, page: "Element") -> None:
        self._note_of: dict[Element, Element] = {}
        self._said: set[Element] = set()
        links = [link for link in page.xpath("//a[starts-with(@href, '#')]") if _refers(link)][:_MOST]
        places = {node.get("id") or node.get("name"): node for node in page.xpath("//*[@id or @name]")} if links else {}
        for link in links:
            note = _container(places.get(link.get("href")[1:]))
            if note is not None and link not in note.iter("a"):
                self._note_of[link] = note

    def refers(self, link: "Element") -> bool:
        """Whether the link is the sign of a footnote."""
        return link in self._note_of

    def is_said(self, node: "Element") -> bool:
        """Whether the element is a footnote that stands where it is referred to."""
        return node in self._said

    def take(self, link: "Element") -> list[Piece]:
        """What the note says that a link refers to, without its sign; nothing the second time."""
        note = self._note_of[link]
        if note in self._said:
            return []
        *_, body = _parts(note)  # A term before it is only the sign.
        pieces = _without_label(trimmed(list(pieces_of(body, (), without=_is_back))))
        if len(text_of(pieces)) <= _LONGEST:
            self._said.update(_parts(note))
            return pieces
        return []


def _refers(link: "Element") -> bool:
    if link.get("role") in _SEMANTIC:
        return True
    parent = link.getparent()
    raised = link.find("sup") is not None or (parent is not None and parent.tag == "sup")
    return raised and _LABEL.fullmatch("".join(link.itertext()).strip()) is not None


def _container(place: "Element | None") -> "Element | None":
    """The element that holds a note, of the place that its sign leads to."""
    if place is None or place.tag in {"sup", "a", "span", "b"}:
        place = next(place.iterancestors(*_CONTAINERS), None) if place is not None else None
    return place if place is not None and place.tag in {*_CONTAINERS, "dt", "section"} else None


def _parts(note: "Element") -> "list[Element]":
    behind = note.getnext() if note.tag == "dt" else None
    return [note] if behind is None else [note, behind]


def _is_back(node: "Element") -> bool:
    """Whether a link leads from a note back to its sign."""
    return (
        node.tag == "a" and (node.get("href") or "").startswith("#") and not re.search(r"[^\W\d_]{2}", "".join(node.itertext()))
    )


def _without_label(pieces: list[Piece]) -> list[Piece]:
    if pieces:
        text, styles = pieces[0]
        pieces[0] = (text[_BEGINS.match(text).end() :], styles)  # type: ignore[union-attr]
    return trimmed(pieces)
