"""A model's linear layers in 8 bits on a CPU, by torch's own kernels: weights by rows, activations token by token."""

import warnings
from typing import Any

import torch
from torch import Tensor, nn

from rag.errors import UnsupportedModelError

# Steps of an activation to each side of 0. Without VNNI the kernels add two products in 16 bits: half as many cannot overflow.
_STEPS, _STEPS_WITHOUT_VNNI = 127, 63


class Int8Linear(nn.Module):
    """Stands where a linear layer would. Each token is scaled by itself: what is read beside it changes nothing."""

    def __init__(self, weight: Tensor, bias: Tensor | None, steps: int) -> None:
        """`weight` is (out, in)."""
        super().__init__()
        scales = weight.abs().amax(1).clamp(min=1e-8) / 127
        zeros = torch.zeros(len(weight), dtype=torch.long)
        with warnings.catch_warnings():  # a later torch will lack this: `supported` asks for it
            warnings.filterwarnings("ignore", "torch.quantize_per_tensor")
            quantised = torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)
        self._packed = torch.ops.quantized.linear_prepack(quantised, None)
        self._bias = bias
        self._steps = steps

    def forward(self, states: Tensor) -> Tensor:
        """(…, in) to (…, out), both fp32."""
        largest = states.abs().amax(-1, keepdim=True).clamp_(min=1e-8)
        found: Tensor = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32(
            states / largest, 1 / self._steps, self._steps + 1, self._packed
        )
        found.mul_(largest)
        return found if self._bias is None else found.add_(self._bias)


def has_vnni() -> bool:
    """Whether this CPU multiplies 8 bits several at once, and torch has the kernels for it."""
    return supported() and bool(torch.cpu._is_vnni_supported())


def supported() -> bool:
    """Whether torch has the kernels for this processor: for x86 it does."""
    return "fbgemm" in torch.backends.quantized.supported_engines and hasattr(torch, "quantize_per_channel")


def quantize_linear_layers(model: Any) -> Any:
    """`model`, in fp32, with its linear layers replaced; raises UnsupportedModelError where nothing computes them."""
    from transformers.pytorch_utils import Conv1D

    if not supported():
        raise UnsupportedModelError(f"torch {torch.__version__} has no kernels for 8 bits here: set RAG_PRECISION=full.")
    steps = _STEPS if has_vnni() else _STEPS_WITHOUT_VNNI
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, nn.Linear | Conv1D):
                # Conv1D is GPT-2's linear layer, its weight the other way round.
                weight = layer.weight.detach().t().contiguous() if isinstance(layer, Conv1D) else layer.weight.detach()
                setattr(parent, name, Int8Linear(weight, None if layer.bias is None else layer.bias.detach(), steps))
    return model
