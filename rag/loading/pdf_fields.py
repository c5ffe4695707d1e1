"""What a PDF page has besides its text: the values of a form's fields, as words at their place, and the targets of links."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from ctypes import byref, create_string_buffer
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.loading.pdf_words import CHECKED, UNCHECKED, Box, Word, frame

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_MOST_ANNOTATIONS = 5_000  # A page with more is no form.
_LONGEST_VALUE = 20_000  # Bytes.
_HIDDEN = 0x02 | 0x20  # Annotation flags hidden and no view, ISO 32000-1, table 165.
_PASSWORD = 1 << 13  # Flag of a text field, table 228.
_HEIGHT = 12.0  # Points of a value's letters where no label says it.
# In heights of a letter:
_ABOVE = 1.2  # A label ends at most that far above its field,
_BESIDE = 6.0  # or that far left of it.


def with_fields(page: "PdfPage", words: Sequence[Word]) -> list[Word]:
    """The words and the values of the page's form fields: behind the label on their line, or else behind the one above them."""
    found = list(words)
    if page.formenv is None:
        return found
    place = frame(page)
    for box, value, name in _values(page, place):
        label, values = _at_label(box, value, name, words)
        found += values
        if label is not None and label.text[-1].isalnum():
            found[words.index(label)] = replace(label, text=f"{label.text}:")
    return found


def with_links(page: "PdfPage", words: Sequence[Word]) -> list[Word]:
    """The words, each with the address of the link that it is in."""
    found = sorted(words, key=lambda word: word.y0 + word.y1)
    middles = [(word.y0 + word.y1) / 2 for word in found]
    linked: dict[int, str] = {}
    for (x0, y0, x1, y1), target in _links(page):
        for n in range(bisect_left(middles, y0), bisect_left(middles, y1)):
            if x0 <= (found[n].x0 + found[n].x1) / 2 <= x1:
                linked[id(found[n])] = target
    return [replace(word, link=linked[id(word)]) if id(word) in linked else word for word in words] if linked else list(words)


def _at_label(box: Box, value: str, name: str, words: Sequence[Word]) -> tuple[Word | None, list[Word]]:
    """The last word of a field's label, and the words of its value on the label's line; without a label its name is said."""
    x0, y0, x1, y1 = box
    ticked = value in (CHECKED, UNCHECKED)
    label, over = (None, None) if ticked else _label(box, words)
    lines = [line for line in value.replace("\r", "\n").split("\n") if line.strip()]
    known = label or over
    if known is not None:
        height, top = known.height, known.y0
    else:
        height = min(_HEIGHT, y1 - y0)
        top = y0 if len(lines) > 1 else (y0 + y1 - height) / 2
        if name and not ticked:
            lines[0] = f"{name}: {lines[0]}"
    start = over.x1 + height / 4 if over else x0
    end = start + 1 if over else max(x1, start + 1)
    return known, [
        Word(line, start, top + n * height, end, top + (n + 1) * height, height, bold=False, blank=True)
        for n, line in enumerate(lines)
    ]


def _label(box: Box, words: Sequence[Word]) -> tuple[Word | None, Word | None]:
    """The last word left of a field on its line, or else the last one of the line above it."""
    x0, y0, x1, y1 = box
    upright = [word for word in words if not word.turn]
    left = [word for word in upright if y0 <= (word.y0 + word.y1) / 2 <= y1 and word.x1 <= x0 + word.height / 2]
    beside = max(left, key=lambda word: word.x1, default=None)
    if beside is not None and x0 - beside.x1 <= _BESIDE * beside.height:
        return beside, None
    above = [
        word for word in upright if -word.height / 2 <= y0 - word.y1 <= _ABOVE * word.height and word.x1 > x0 and word.x0 < x1
    ]
    over = max(above, key=lambda word: (round(word.y1), word.x1), default=None)
    return (None, over) if over is not None else (beside, None)


def _values(page: "PdfPage", place: Any) -> Iterator[tuple[Box, str, str]]:
    """(box, value, name for people) of each field that is visible and filled in, and of each box to tick."""
    from pypdfium2 import raw

    form = page.formenv
    for annotation in _annotations(page, raw.FPDF_ANNOT_WIDGET):
        if raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN:
            continue
        kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
        value = ""
        if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
            value = CHECKED if raw.FPDFAnnot_IsChecked(form, annotation) else UNCHECKED
        elif kind in (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
            value = _chosen(form, annotation)
        elif kind == raw.FPDF_FORMFIELD_TEXTFIELD and not raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD:
            value = _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
        rect = raw.FS_RECTF()
        if value.strip() and raw.FPDFAnnot_GetRect(annotation, byref(rect)):
            box = place((rect.left, rect.bottom, rect.right, rect.top))
            yield box, value.strip(), _string(raw.FPDFAnnot_GetFormFieldAlternateName, form, annotation).strip()


def _chosen(form: Any, annotation: Any) -> str:
    """The labels of the options chosen, or what was typed instead."""
    from pypdfium2 import raw

    count = min(raw.FPDFAnnot_GetOptionCount(form, annotation), _MOST_ANNOTATIONS)
    chosen = [
        _string(raw.FPDFAnnot_GetOptionLabel, form, annotation, n)
        for n in range(count)
        if raw.FPDFAnnot_IsOptionSelected(form, annotation, n)
    ]
    return ", ".join(chosen) or _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)


def _string(function: Any, *arguments: Any) -> str:
    """What a function of PDFium writes as UTF-16 into a buffer, at most `_LONGEST_VALUE` bytes of it."""
    from pypdfium2.raw import FPDF_WCHAR

    size = function(*arguments, None, 0)
    if not 2 < size <= _LONGEST_VALUE:
        return ""
    buffer = (FPDF_WCHAR * (size // 2))()
    function(*arguments, buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").rstrip("\0")


def _annotations(page: "PdfPage", kind: int) -> Iterator[Any]:
    from pypdfium2 import raw

    for n in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        if annotation:
            try:
                if raw.FPDFAnnot_GetSubtype(annotation) == kind:
                    yield annotation
            finally:
                raw.FPDFPage_CloseAnnot(annotation)


def _links(page: "PdfPage") -> Iterator[tuple[Box, str]]:
    """(box, address) of each rectangle that is a link to an address outside the document."""
    from pypdfium2 import raw

    place = frame(page)
    for annotation in _annotations(page, raw.FPDF_ANNOT_LINK):
        action = raw.FPDFLink_GetAction(raw.FPDFAnnot_GetLink(annotation))
        if not action or raw.FPDFAction_GetType(action) != raw.PDFACTION_URI:
            continue
        size = raw.FPDFAction_GetURIPath(page.pdf, action, None, 0)
        if not 1 < size <= _LONGEST_VALUE:
            continue
        buffer = create_string_buffer(size)
        raw.FPDFAction_GetURIPath(page.pdf, action, buffer, size)
        target = buffer.value.decode("utf-8", "replace")
        rect = raw.FS_RECTF()
        if raw.FPDFAnnot_GetRect(annotation, byref(rect)):
            yield place((rect.left, rect.bottom, rect.right, rect.top)), target
