"""Where to compute, in which precision and with how many threads, chosen by asking the hardware."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import torch

T = TypeVar("T")


def choose_device() -> "tuple[torch.device, torch.dtype, str]":
    """Device and precision with the reason for them: bf16 only where the hardware multiplies it."""
    import torch

    if torch.cuda.is_available():
        half = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.device("cuda"), half, f"{torch.cuda.get_device_name()} computes in {half}"
    cpu: Any = torch.cpu
    if cpu._is_amx_tile_supported():
        return torch.device("cpu"), torch.bfloat16, "this CPU has AMX: bf16 is about four times faster"
    if cpu._is_avx512_bf16_supported():
        return torch.device("cpu"), torch.bfloat16, "this CPU has AVX512-BF16"
    return torch.device("cpu"), torch.float32, "this CPU has no bf16 arithmetic, where bf16 would be many times slower"


def has_matrix_units() -> bool:
    """Whether a GPU or AMX multiplies matrices: there half precision reads faster than 8 bits do."""
    import torch

    cpu: Any = torch.cpu
    return choose_device()[0].type != "cpu" or bool(cpu._is_amx_tile_supported())


def share_cores(threads: int) -> None:
    """Threads for arithmetic that sleep while they wait: spinning beside another busy process made an answer take 30 s, not 5.

    They spin for some microseconds before, which a model of many thin layers needs: it waits hundreds of times for a token.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # both are read once, when torch is loaded
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    import torch

    torch.set_num_threads(threads)


class SingleThread:
    """A thread of its own whose arithmetic uses one core: where there is little to compute, that is faster than cores that wait
    for each other hundreds of times. All other threads keep the number they have.
    """

    def __init__(self) -> None:
        import torch

        threads = torch.get_num_threads()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="single-thread")
        self._executor.submit(_use_one_core).result()
        torch.set_num_threads(threads)  # what threads that compute for the first time begin with

    def run(self, compute: Callable[[], T]) -> T:
        """What `compute` returns or raises; others wait for their turn."""
        return self._executor.submit(compute).result()


def _use_one_core() -> None:
    """Set the number of this thread, which OpenMP keeps for each; torch's default for new threads has to be put back."""
    import torch

    torch.get_num_threads()  # the first use in a thread takes the default, later ones leave what was set
    torch.set_num_threads(1)
