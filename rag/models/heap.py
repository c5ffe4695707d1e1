"""What the allocator keeps, where it is glibc's: what answers need, and not what loading and other threads left behind."""

import ctypes
import gc
from typing import Final

_MOST_ARENAS: Final = -8  # M_ARENA_MAX of malloc.h
_ARENAS: Final = 2


def share_heaps() -> None:
    """Let all threads share two heaps. With one for each, what was freed in one is not used by another, and a server under load
    took a quarter more.
    """
    if hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_MOST_ARENAS, _ARENAS)


def give_back() -> None:
    """Return what is free to the system."""
    gc.collect()
    if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
        libc.malloc_trim(0)
