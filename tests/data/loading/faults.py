"""Loaders that misbehave in the way the file says; given to ParserProcess instead of the real table."""

import ctypes
import os
import sys
import time
from pathlib import Path

from rag.types import Block, Document, Section


def load(path: Path, name: str) -> list[Document]:
    fault = path.read_text()
    if fault == "hang":
        while True:
            pass
    if fault == "sleep":
        time.sleep(60)
    if fault == "eat":
        eaten = [bytes(1 << 20) for _ in range(100_000)]
        return [_document(name, str(len(eaten)))]
    if fault == "crash":
        ctypes.string_at(0)
    if fault == "exit":
        os._exit(3)
    if fault == "raise":
        raise ZeroDivisionError("a bug\nin the parser")
    if fault == "overlap":
        return [Document(name, "t", "text", (Section(0, 3), Section(2, 4)))]
    if fault == "flood":
        while True:
            os.write(3, bytes(1 << 16))  # Where the replies go.
    if fault == "print":
        print('{"documents": []}', flush=True)
    return [_document(name, f"pid {os.getpid()} {sorted(os.environ)} {sorted(sys.modules)}")]


def _document(name: str, text: str) -> Document:
    return Document(name, name, text, (Section(0, len(text)),), (Block(0, len(text), "paragraph"),))


LOADERS = {".txt": load}
