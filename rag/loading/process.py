"""A warm child process that parses file after file; a parser that hangs, crashes or eats memory hurts only the child."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from threading import Event, Lock, Timer
from types import TracebackType
from typing import Self

import rag
from rag.errors import LoadError, RagError
from rag.loading.ocr import OcrLimits
from rag.loading.wire import unpack
from rag.types import Document

_ROOT = Path(rag.__file__).parent.parent
_MB = 1 << 20
_START_SECONDS = 60.0  # A fresh interpreter takes 0.1 s; a machine that swaps may take far longer.
_GRACE_SECONDS = 1.0  # The child's own alarm comes first; this is for systems without one.
_ALARM, _KILL = -14, -9  # Exit statuses; the module `signal` has no such names on Windows.
_MOST_FILES = 200  # Parsers leak; a new child costs a tenth of a second.
# All the child gets to see of the environment: no tokens and keys for a hostile file to find.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")


class _ChildDied(Exception):
    """The child ended without a reply; `status` is its exit status, negative for a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ParserProcess:
    """Parses files in one child process, started when first needed and replaced when it dies.

    Safe for threads, one file at a time. `loaders` names the module whose LOADERS table the child uses.
    """

    def __init__(self, loaders: str = "rag.loading.formats") -> None:
        self._loaders = loaders
        self._lock = Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._served = 0

    def parse(
        self,
        path: Path,
        name: str,
        *,
        seconds: float,
        memory_mb: int,
        most: int | None = None,
        ocr: OcrLimits | None = None,
    ) -> tuple[Document, ...]:
        """The documents of a file whose suffix is known.

        Raises LoadError. `seconds` is wall time; `memory_mb` is what the file may cost on top of the child's own memory,
        enforced on Linux; `most` is how many documents it may hold. What OCR takes is in none of these; without `ocr` no
        pictures are read.
        """
        limits = {"seconds": seconds, "memory_mb": memory_mb, "most": most, "ocr": ocr and asdict(ocr)}
        request = json.dumps({"path": str(path.absolute()), "name": name, **limits})
        wait = seconds + (ocr.longest if ocr else 0.0) + _GRACE_SECONDS
        with self._lock:
            if self._served >= _MOST_FILES:
                self.close()
            used = self._child is not None
            try:
                return self._ask(request, name, wait, memory_mb)
            except _ChildDied as death:
                if not used or death.status == _ALARM:
                    raise _death_report(death.status, name, seconds) from None
            try:  # An earlier file may have hurt the child: this one is judged by a fresh child.
                return self._ask(request, name, wait, memory_mb)
            except _ChildDied as death:
                raise _death_report(death.status, name, seconds) from None

    def close(self) -> None:
        """End the child; the next `parse` starts another."""
        child, self._child, self._served = self._child, None, 0
        if child is not None:
            child.kill()
            with suppress(BrokenPipeError), child:  # Leaving it closes the pipes; a request may be stuck in one.
                pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _ask(self, request: str, name: str, wait: float, memory_mb: int) -> tuple[Document, ...]:
        child = self._child or self._start()
        try:
            reply = _exchange(child, request.encode() + b"\n", wait, memory_mb * _MB)
            if len(reply) == memory_mb * _MB:
                raise LoadError("too large", f"{name} holds more than {memory_mb} MB of text; split it")
        except BaseException:
            self.close()  # A late reply must not answer the next request.
            raise
        self._served += 1
        try:
            return unpack(reply)
        except ValueError as error:
            self.close()
            raise LoadError("damaged", f"{name} made its parser fail ({error})") from error

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-X", "utf8", "-m", "rag.loading.child", self._loaders]
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        environment["OPENBLAS_NUM_THREADS"] = "1"  # numpy would start a thread a core, for nothing.
        environment["ORT_DISABLE_TELEMETRY"] = "1"  # onnxruntime sends reports to its maker otherwise.
        child = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._child = child
        try:
            _exchange(child, b"", _START_SECONDS, _MB)
        except _ChildDied as death:
            self.close()
            raise RagError(f"the parser process ends at its start ({death}); to see why, run: {' '.join(command)}") from None
        return child


def _exchange(child: subprocess.Popen[bytes], request: bytes, seconds: float, limit: int) -> bytes:
    """The child's next line, of at most `limit` bytes. Raises _ChildDied, also where it had to be killed for the time."""
    assert child.stdin is not None
    assert child.stdout is not None
    overrun = Event()

    def stop() -> None:
        overrun.set()
        child.kill()

    timer = Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        child.stdin.write(request)
        child.stdin.flush()
        reply = child.stdout.readline(limit)
    except BrokenPipeError:
        reply = b""
    finally:
        timer.cancel()
    if overrun.is_set():
        raise _ChildDied(_ALARM)
    if not reply.endswith(b"\n") and len(reply) < limit:
        raise _ChildDied(child.wait())
    return reply


def _death_report(status: int, name: str, seconds: float) -> LoadError:
    if status == _ALARM:
        return LoadError("too slow", f"{name} takes more than {seconds:g} s to read; split it, or raise RAG_PARSE_SECONDS")
    if status == _KILL:
        return LoadError("too large", f"{name} made its parser run out of memory; split it")
    how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
    return LoadError("damaged", f"{name} crashed its parser ({how}); save it again or get a new copy")
