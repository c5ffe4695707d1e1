"""What a tagged PDF says of its text: which marked content of a page is a heading, and of which level."""

from collections.abc import Iterator
from ctypes import create_string_buffer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_LEVELS = {f"H{n or ''}".encode("utf-16-le"): max(n, 1) for n in range(7)} | {"Title".encode("utf-16-le"): 1}
_DEEPEST = 40
_MOST_ELEMENTS = 50_000  # On a page.


def heading_marks(page: "PdfPage") -> dict[int, int]:
    """The number of each marked content of a page that is a heading, and its level from 1 (ISO 32000-1, 14.8.4.3.2)."""
    from pypdfium2 import raw

    tree = raw.FPDF_StructTree_GetForPage(page)
    if not tree:
        return {}
    try:
        roots = [raw.FPDF_StructTree_GetChildAtIndex(tree, n) for n in range(raw.FPDF_StructTree_CountChildren(tree))]
        return dict(_marks(roots))
    finally:
        raw.FPDF_StructTree_Close(tree)


def _marks(roots: list[Any]) -> Iterator[tuple[int, int]]:
    from pypdfium2 import raw

    waiting = [(root, 0, 0) for root in roots]  # (element, level of the heading that it is in, depth)
    for _ in range(_MOST_ELEMENTS):
        if not waiting:
            return
        element, level, depth = waiting.pop()
        if not element or depth > _DEEPEST:
            continue
        level = level or _level(element)
        if level:
            for n in range(raw.FPDF_StructElement_GetMarkedContentIdCount(element)):
                yield raw.FPDF_StructElement_GetMarkedContentIdAtIndex(element, n), level
        children = range(min(raw.FPDF_StructElement_CountChildren(element), _MOST_ELEMENTS))
        waiting += [(raw.FPDF_StructElement_GetChildAtIndex(element, n), level, depth + 1) for n in children]


def _level(element: Any) -> int:
    """The level of the heading that an element is; 0 for other elements."""
    from pypdfium2 import raw

    name = create_string_buffer(32)
    size = raw.FPDF_StructElement_GetType(element, name, len(name))
    return _LEVELS.get(name.raw[: size - 2], 0) if 2 < size <= len(name) else 0
