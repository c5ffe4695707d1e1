"""Files to documents: `discover` lists a folder's files, `load` reads one in a limited child process."""

import atexit
from pathlib import Path

from rag.loading.files import check, discover
from rag.loading.formats import LOADERS
from rag.loading.ocr import OcrLimits
from rag.loading.process import ParserProcess
from rag.types import Document

__all__ = ["SUFFIXES", "OcrLimits", "ParserProcess", "discover", "load"]

SUFFIXES = frozenset(LOADERS)
_PARSER = ParserProcess()
atexit.register(_PARSER.close)


def load(
    path: Path,
    name: str,
    *,
    seconds: float,
    memory_mb: int,
    max_mb: float,
    most: int | None = None,
    ocr: OcrLimits | None = None,
) -> tuple[Document, ...]:
    """The documents of one file, from 1 up; safe for threads.

    Raises LoadError, whose message has the value seen and what to do. `seconds` is wall time, `memory_mb` what the parser may
    use for this file (enforced on Linux), `max_mb` the largest size of a file, `most` the most documents it may hold.
    Pictures are read where `ocr` says how much that may take.
    """
    check(path, name, SUFFIXES, max_mb)
    return _PARSER.parse(path, name, seconds=seconds, memory_mb=memory_mb, most=most, ocr=ocr)
