"""Pictures: a photo or scan to what OCR reads on it; each picture of a TIFF file is a page."""

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from rag.errors import LoadError
from rag.loading.builder import Builder
from rag.loading.ocr import LONGEST_SIDE, has_room, lines_of, why_not
from rag.loading.ocr_layout import append_lines
from rag.types import Document

if TYPE_CHECKING:
    from PIL.Image import Image

    from rag.loading.pdf_words import Word

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
_MOST_PIXELS = 100_000_000  # A flatbed scan of A3 at 600 dpi has 70 million.
_SMALLEST = 60  # Pixels: a picture in a document that is lower or narrower is an icon or a line.


def load_image(path: Path, name: str) -> list[Document]:
    """What stands on a picture. Raises LoadError "no text" where nothing is read, or OCR is off or not installed."""
    if reason := why_not():
        raise LoadError("no text", f"{name} is a picture: {reason}")
    builder = Builder()
    for number, picture in _pictures(path.read_bytes(), name):
        if number is not None:
            builder.page(number)
        append_lines(builder, lines_of(picture))
    if not builder.text_so_far():
        raise LoadError("no text", f"{name}: OCR finds no text that it is sure of; take a sharper or closer picture")
    return [builder.document(name, builder.title)]


def lines_within(data: bytes, name: str) -> "list[Word]":
    """The lines on a picture that stands in a document.

    None where the picture is small, cannot be shown (damaged, too large, a drawing of lines), or is one more than may be read:
    the document has its own text.
    """
    if why_not() or not has_room():
        return []
    try:
        _, picture = next(_pictures(data, name))
    except LoadError:
        return []
    return lines_of(picture) if min(picture.size) >= _SMALLEST else []


def _pictures(data: bytes, name: str) -> "Iterator[tuple[int | None, Image]]":
    """The pictures of a file, upright as the camera was held, on white; with their numbers where a TIFF has several."""
    from PIL import Image, ImageOps, ImageSequence

    Image.MAX_IMAGE_PIXELS = None  # `_check` raises an error of ours, before anything is decoded.
    try:
        with closing(Image.open(io.BytesIO(data), formats=_FORMATS)) as file:
            several = file.format == "TIFF" and getattr(file, "n_frames", 1) > 1
            for number, picture in enumerate(ImageSequence.Iterator(file), start=1):
                _check(picture, name)
                picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG is decoded at this size at least.
                yield number if several else None, ImageOps.exif_transpose(_on_white(picture))
                if not several:  # What follows in other files are previews and moving pictures.
                    return
    except (OSError, ValueError, SyntaxError) as error:  # What Pillow raises for broken files.
        raise LoadError("damaged", f"{name}: a picture is damaged ({error}); save it again or get a new copy") from error


def _check(picture: "Image", name: str) -> None:
    if picture.width * picture.height > _MOST_PIXELS:
        size = f"{picture.width:,} x {picture.height:,} pixels"
        raise LoadError("too large", f"{name} has {size}; the limit is {_MOST_PIXELS:,}; make it smaller")


def _on_white(picture: "Image") -> "Image":
    from PIL import Image

    if picture.mode.startswith("I;16"):
        import numpy as np

        return Image.fromarray((np.asarray(picture) >> 8).astype("uint8"))
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    shown = Image.new("RGBA", picture.size, "white")
    shown.alpha_composite(picture.convert("RGBA"))
    return shown.convert("RGB")
