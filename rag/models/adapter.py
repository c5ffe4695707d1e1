"""Low-rank adapters (LoRA, Hu et al. 2021) beside all linear layers, for models too large to be trained whole."""

from pathlib import Path
from typing import Any, Literal

from rag.models.files.adapters import CONFIG, WEIGHTS, quiet


def adapted(
    model: Any, rank: int, seed: int = 0, task: Literal["CAUSAL_LM", "FEATURE_EXTRACTION"] = "FEATURE_EXTRACTION"
) -> Any:
    """The model with its weights frozen and an adapter of that rank, which learns; of rank 0 the model itself."""
    if not rank:
        return model
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers.pytorch_utils import Conv1D

    transposed = any(isinstance(module, Conv1D) for module in model.modules())  # as GPT-2 keeps its weights
    settings = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type=task, fan_in_fan_out=transposed)
    torch.manual_seed(seed)
    with quiet():
        return get_peft_model(model, settings)


def save(learner: Any, base: str, folder: Path) -> None:
    """Write the adapter by itself, in half the bytes of training, and the name of the model that it belongs to."""
    from safetensors.torch import load_file, save_file

    learner.peft_config["default"].base_model_name_or_path = base
    learner.save_pretrained(folder)
    path = folder / WEIGHTS
    save_file({name: weight.half() for name, weight in load_file(path).items()}, path, metadata={"format": "pt"})
    path.chmod((folder / CONFIG).stat().st_mode)  # safetensors writes for the owner only


def merged(model: Any, rank: int) -> Any:
    """The model with what its adapter learnt in its own weights, ready to be used and saved."""
    return (model.merge_and_unload() if rank else model).eval()
