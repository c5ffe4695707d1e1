"""The parser process: reads one request a line, parses that file under its limits, writes one reply a line.

It ends when its standard input does, so it never outlives the process that started it; the alarm ends a parser that hangs.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from rag.errors import LoadError
from rag.extras import install_hint
from rag.loading.cleaning import has_words, one_line
from rag.loading.described import described, with_languages
from rag.loading.limits import limits
from rag.loading.ocr import OcrLimits, ocr_for
from rag.loading.wire import pack, pack_error

if TYPE_CHECKING:
    from rag.loading.formats import Loader
    from rag.types import Document

_LONGEST_MESSAGE = 200
_DEEPEST = 5_000  # Frames: sloppy HTML nests a thousand elements.


def main() -> None:
    """Serve requests `{"path", "name", "seconds", "memory_mb", "most", "ocr"}` with the LOADERS of the module named first."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # What a parser prints must not become a reply.
    sys.setrecursionlimit(_DEEPEST)
    loaders: Mapping[str, Loader] = import_module(sys.argv[1]).LOADERS
    _write(replies, b"ready\n")
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            ocr = request["ocr"] and OcrLimits(**request["ocr"])
            with limits(request["seconds"], request["memory_mb"]), ocr_for(request["name"], ocr):
                documents = _parse(loaders, Path(request["path"]), request["name"], request["most"])
            documents = with_languages(documents)  # Its model is no part of the memory that a file may use.
            with limits(request["seconds"], request["memory_mb"]):
                reply = pack(documents)
        except LoadError as error:
            reply = pack_error(error)
        except MemoryError:
            message = f"{request['name']} needs more than {request['memory_mb']} MB of memory to read; split it"
            _write(replies, pack_error(LoadError("too large", message)))
            return  # What is left of the memory may not do for the next file.
        _write(replies, reply)


def _parse(loaders: "Mapping[str, Loader]", path: Path, name: str, most: int | None = None) -> "list[Document]":
    """The documents that have words. Whatever a parser raises becomes a LoadError here, and nowhere else."""
    try:
        documents = loaders[path.suffix.lower()](path, name)
    except (LoadError, MemoryError):
        raise
    except OSError as error:
        raise LoadError("unreadable", f"{name} cannot be read: {error.strerror or error}") from error
    except ModuleNotFoundError as error:
        hint = install_hint(error) or f"this version cannot read it ({error})"
        raise LoadError("unreadable", f"{name}: {hint}") from error
    except Exception as error:
        what = one_line(f"{type(error).__name__}: {error}")[:_LONGEST_MESSAGE]
        message = f"{name} is damaged or not what its suffix says ({what}); save it again or get a new copy"
        raise LoadError("damaged", message) from error
    found = [document for document in documents if has_words(document.text)]
    if not found:
        raise LoadError("no text", f"{name} holds no words to answer from")
    if most is not None and len(found) > most:  # before they are sent: the process that asks would take GBs for a million
        raise LoadError(
            "too large",
            f"{name} has {len(found):,} rows or lines that are documents of their own, and a file may give {most:,} passages; "
            "split it, or raise RAG_MAX_PASSAGES",
        )
    if documents[0] is not found[0]:  # What is left out of the file is said by its first document.
        found[0] = replace(found[0], left_out=documents[0].left_out)
    return described(found, path)


def _write(replies: BinaryIO, data: bytes) -> None:
    replies.write(data)
    replies.flush()


if __name__ == "__main__":
    main()
