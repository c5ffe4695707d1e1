"""How much time and memory the parser process may take for a file, or for a part of its work with limits of its own."""

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

_MB = 1 << 20


@contextlib.contextmanager
def limits(seconds: float, memory_mb: int) -> Iterator[None]:
    """Limits on wall time (not on Windows) and on the memory asked for on top of what the process has (only on Linux).

    The alarm ends the process. Within other limits, these are kept instead, and the time of the others stands still.
    """
    left = 0.0
    if sys.platform != "win32":
        left, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory_mb * _MB, hard))
    try:
        yield
    finally:
        if sys.platform == "linux":
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, left)
