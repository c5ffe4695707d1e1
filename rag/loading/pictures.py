"""Pictures of Office documents: which of them say nothing, as they have no text of their own."""

from collections.abc import Iterator
from typing import Any

_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/picture}pic"
_SLIDE_PICTURE = "{http://schemas.openxmlformats.org/presentationml/2006/main}pic"
_DRAWING = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}drawing"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_EMBED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_DECORATIVE = "{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"
_NAMED = ("docPr", "cNvPr")  # The elements that carry a picture's description.

Element = Any  # lxml has no types of its own.


def drawings(root: Element) -> Iterator[Element]:
    """The pictures of a Word part that stand in the text."""
    for drawing in root.iter(_DRAWING):
        if next(drawing.iter(_PICTURE), None) is not None:
            yield drawing


def source(drawing: Element) -> str:
    """The relation's id of the picture's file, "" where it has none."""
    return next((blip.get(_EMBED) or "" for blip in drawing.iter(_BLIP)), "")


def is_picture_without_text(element: Element) -> bool:
    """Whether a drawing of Word or a shape of PowerPoint is a picture that nothing describes and that is not marked as mere
    decoration.
    """
    if element.tag not in (_DRAWING, _SLIDE_PICTURE) or next(element.iter(_PICTURE, _SLIDE_PICTURE), None) is None:
        return False
    if any(mark.get("val") in ("1", "true") for mark in element.iter(_DECORATIVE)):
        return False
    named = (node for node in element.iter() if isinstance(node.tag, str) and node.tag.rpartition("}")[2] in _NAMED)
    return not any((node.get("descr") or "").strip() for node in named)
