"""OCR: a picture in, the lines of text on it out, with their places, in the order of their rows; by RapidOCR (PP-OCRv6).

The models are in the library's own package and read Latin letters, Greek, Chinese and Japanese; nothing is fetched.
"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from rag.errors import LoadError
from rag.extras import install_hint
from rag.loading.limits import limits
from rag.loading.ocr_lines import straightened
from rag.loading.pdf_words import Word

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image
    from pypdfium2 import PdfPage

    Pixels = np.ndarray[Any, np.dtype[np.uint8]]
    Corners = np.ndarray[Any, np.dtype[np.float32]]

LONGEST_SIDE = 2000  # Pixels: an A4 page at 170 dpi. Larger pictures are made smaller (docs/documents.md has what it costs).
_PAGE_DPI = 170
# Of a line, 0..1. Of lines read with .95 and more, .91 have no wrong letter; below .85 a fifth of the letters is wrong.
_LEAST_SURE = 0.85
_ONE_PICTURE_SECONDS = 60.0  # The alarm's margin: a picture is not begun when the time is over, but ended.
_TRIED = 4  # Lines that show whether the picture stands on its head, ...
_UPRIGHT = 0.9  # ... for which these are less sure than this, and surer the other way up.
_STAMP = 100  # Letters.
_WHOLE = 0.5  # Of the page's area.
_OUT_OF_MEMORY = re.compile(r"alloc|memory|map segment", re.IGNORECASE)
_MOST_LINES = 1_000  # Of a picture: a page of a newspaper has some 500.
_TALL = 1.5  # Height to width of a line that runs from bottom to top.


@dataclass(frozen=True, slots=True)
class OcrLimits:
    """What reading the pictures of one file may take; `pages` counts pictures, `memory_mb` is on top of the parser's own."""

    seconds: float = 300.0
    pages: int = 50
    memory_mb: int = 2048
    threads: int = 2

    @property
    def longest(self) -> float:
        """Seconds after which the last picture must be read."""
        return self.seconds + _ONE_PICTURE_SECONDS


@dataclass(slots=True)
class _File:
    limits: OcrLimits | None
    name: str = ""
    pages: int = 0
    seconds: float = 0.0


_FILE: ContextVar[_File | None] = ContextVar("_FILE", default=None)


@contextmanager
def ocr_for(name: str, allowed: OcrLimits | None) -> Iterator[None]:
    """Pictures of the file `name` are read in the block, within these limits; not at all where they are None."""
    token = _FILE.set(_File(allowed, name))
    try:
        yield
    finally:
        _FILE.reset(token)


def why_not() -> str:
    """What a person has to do before pictures are read; "" where they are."""
    if (file := _FILE.get()) is None or file.limits is None:
        return "reading pictures is off; set RAG_OCR=true"
    return next((hint for hint in map(_hint, ("rapidocr", "onnxruntime", "PIL")) if hint), "")


def has_room() -> bool:
    """Whether one more picture of the file may be read."""
    file = _FILE.get()
    return file is not None and file.limits is not None and file.pages < file.limits.pages


def is_picture(page: "PdfPage", letters: int) -> bool:
    """Whether a page of a PDF with that many letters in its text is a scan: it has nothing but pictures or drawings.

    A stamp or a page's number on a picture of the whole page is no text of it either.
    """
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE

    if letters > _STAMP:
        return False
    width, height = page.get_size()
    boxes = [item.get_bounds() for item in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=2)]
    covered = sum((right - left) * (top - bottom) for left, bottom, right, top in boxes)
    return covered >= _WHOLE * width * height or (not letters and next(page.get_objects(), None) is not None)


def _hint(module: str) -> str:
    return "" if find_spec(module) else install_hint(ModuleNotFoundError(name=module)) or ""


def page_lines(page: "PdfPage") -> list[Word]:
    """The lines on a page of a PDF that is a picture, in points of the page as it is shown; raises as `lines_of`."""
    width, height = page.get_size()
    scale = min(_PAGE_DPI / 72, LONGEST_SIDE / max(width, height, 1.0))
    picture = page.render(scale=scale, grayscale=True).to_pil()
    return [
        Word(line.text, line.x0 / scale, line.y0 / scale, line.x1 / scale, line.y1 / scale, line.height / scale, line.bold)
        for line in lines_of(picture)
    ]


def lines_of(picture: "Image") -> list[Word]:
    """The lines on a picture, from top to bottom, as if the page were flat and upright; x and y are its pixels.

    A line ends at a wide gap: the name of an item and its price are two. Lines that are not sure are left out. Raises LoadError
    where the file's pictures take more time than they may.
    """
    import numpy as np

    file = _FILE.get()
    assert file is not None, "why_not() says so"
    assert file.limits is not None
    if file.seconds > file.limits.seconds:
        raise LoadError(
            "too slow",
            f"{file.name}: OCR of its first {file.pages} pictures took {file.seconds:.0f} s, the limit is "
            f"{file.limits.seconds:g} s; split it, or raise RAG_OCR_SECONDS",
        )
    if file.pages >= file.limits.pages:
        raise LoadError(
            "too large",
            f"{file.name} has more than {file.limits.pages} pages or pictures to read by OCR; split it, or raise RAG_OCR_PAGES",
        )
    begun = time.monotonic()
    with limits(file.limits.longest - file.seconds, file.limits.memory_mb):
        pixels, scale = _pixels(picture)
        try:
            corners, texts, scores = _read(_engine(file.limits.threads), pixels)
        except Exception as error:  # onnxruntime and OpenCV have errors of their own for it.
            if not _OUT_OF_MEMORY.search(str(error)) and not isinstance(error, MemoryError):
                raise
            message = f"{file.name}: OCR needs more than {file.limits.memory_mb} MB; raise RAG_OCR_MEMORY_MB"
            raise LoadError("too large", message) from error
    file.pages += 1
    file.seconds += time.monotonic() - begun
    sure = [n for n, score in enumerate(scores) if score >= _LEAST_SURE and texts[n].strip()]
    if not sure:
        return []
    boxes = straightened(corners[sure].astype(np.float64)) / scale
    lines = [
        Word(texts[n].strip(), x0, y0, x1, y1, height=y1 - y0, bold=False)
        for n, (x0, y0, x1, y1) in zip(sure, boxes.tolist(), strict=True)
    ]
    return sorted(lines, key=lambda line: (line.y0 + line.y1, line.x0))


def _pixels(picture: "Image") -> tuple["Pixels", float]:
    """A picture as `(height, width, 3)`, made smaller where it is larger than what is read, and by how much."""
    import numpy as np

    scale = min(1.0, LONGEST_SIDE / max(picture.size))
    if scale < 1:
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    return np.asarray(picture.convert("RGB"))[:, :, ::-1], scale


def _read(engine: Any, pixels: "Pixels") -> tuple["Corners", list[str], list[float]]:
    """The corners `(n, 4, 2)`, texts and scores of the lines of a picture that may lie on its side or stand on its head."""
    import numpy as np

    corners, crops = _lines(engine, pixels)
    if crops and np.median([_tallness(box) for box in corners]) >= _TALL:
        pixels = np.ascontiguousarray(np.rot90(pixels))
        corners, crops = _lines(engine, pixels)
    if not crops:
        return corners, [], []
    read = _texts(engine, crops)
    widest = sorted(range(len(crops)), key=lambda n: -crops[n].shape[1])[:_TRIED]
    score = sum(read[n][1] for n in widest)
    if score < _UPRIGHT * len(widest) and score < sum(s for _, s in _texts(engine, [_half_turn(crops[n]) for n in widest])):
        read = _texts(engine, [_half_turn(crop) for crop in crops])
        corners = np.array(pixels.shape[1::-1], np.float32) - corners[:, [2, 3, 0, 1]]
    return corners, [text for text, _ in read], [score for _, score in read]


def _lines(engine: Any, pixels: "Pixels") -> tuple["Corners", list["Pixels"]]:
    """The corners of lines from the upper left clockwise, and each cut out; what stands on its side is turned to the left."""
    import numpy as np

    found = engine.text_det(pixels)
    if found.boxes is None:
        return np.zeros((0, 4, 2), np.float32), []
    corners = np.asarray(found.boxes, np.float32)[:_MOST_LINES]
    return corners, engine.crop_text_regions(pixels, corners)


def _texts(engine: Any, crops: Sequence["Pixels"]) -> list[tuple[str, float]]:
    from rapidocr.ch_ppocr_rec import TextRecInput

    found = engine.text_rec(TextRecInput(img=list(crops), return_word_box=False))
    return [(text, float(score)) for text, score in zip(found.txts, found.scores, strict=True)]


def _tallness(box: "Corners") -> float:
    """Height to width of a line's box; more than 1 where it runs up or down the picture."""
    import numpy as np

    width, height = float(np.linalg.norm(box[1] - box[0])), float(np.linalg.norm(box[3] - box[0]))
    return height / max(width, 1.0)


def _half_turn(crop: "Pixels") -> "Pixels":
    return crop[::-1, ::-1]


@cache
def _engine(threads: int) -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # Otherwise onnxruntime sends reports to its maker, from its import on.
    from rapidocr import RapidOCR

    engine: Any = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    engine._load_det_model()
    engine._load_rec_model()
    return engine
