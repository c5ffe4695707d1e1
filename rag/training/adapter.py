"""Low-rank adapters (LoRA, Hu et al. 2021) beside all linear layers, for models too large to be trained whole."""

import warnings
from typing import Any, Literal


def adapted(model: Any, rank: int, seed: int, task: Literal["CAUSAL_LM", "FEATURE_EXTRACTION"]) -> Any:
    """The model with its weights frozen and an adapter of that rank, which learns; of rank 0 the model itself."""
    if not rank:
        return model
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers.pytorch_utils import Conv1D

    transposed = any(isinstance(module, Conv1D) for module in model.modules())  # as GPT-2 keeps its weights
    settings = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type=task, fan_in_fan_out=transposed)
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for an attribute by its old name
        return get_peft_model(model, settings)


def merged(model: Any, rank: int) -> Any:
    """The model with what its adapter learnt in its own weights, ready to be used and saved."""
    return (model.merge_and_unload() if rank else model).eval()
