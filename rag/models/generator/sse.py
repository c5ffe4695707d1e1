"""A server's bytes to events, bounded: a line, an answer and a body have a largest size, whatever a server sends."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

MAX_LINE = 1 << 17
MAX_TOTAL = 1 << 22


class OversizedError(Exception):
    """More bytes came than an answer can have."""


def bounded(chunks: Iterable[bytes], most: int = MAX_TOTAL) -> Iterator[bytes]:
    """The chunks; raises OversizedError once they are more than `most` bytes together."""
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > most:
            raise OversizedError(f"more than {most:,} bytes")
        yield chunk


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends (LF, CRLF or CR); raises OversizedError for one of more than MAX_LINE bytes."""
    waiting = bytearray()
    after_cr = False
    for chunk in filter(None, chunks):
        if after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # noqa: PLW2901 - the second half of a CRLF
        after_cr = chunk.endswith(b"\r")
        *whole, rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            waiting += line
            _check_size(len(waiting))
            yield bytes(waiting)
            waiting.clear()
        waiting += rest
        _check_size(len(waiting))
    if waiting:
        yield bytes(waiting)


def events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The data of each server-sent event (WHATWG HTML, 9.2); the last counts even where no blank line ends it."""
    data: list[bytes] = []
    size = 0
    for line in lines(chunks):
        field, _, value = line.partition(b":")
        if not line:
            if data:
                yield b"\n".join(data)
            data, size = [], 0
        elif field in (b"data", b"error"):  # llama-server reports what goes wrong in a field of its own
            data.append(value.removeprefix(b" "))
            size += len(line)
            _check_size(size)
    if data:
        yield b"\n".join(data)


def parse_json(data: bytes) -> Any:
    """Raises ValueError for what is no JSON, nested too deeply included."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _check_size(size: int) -> None:
    if size > MAX_LINE:
        raise OversizedError(f"more than {MAX_LINE:,} bytes in one line or event")
