"""What every training shares: transformers' Trainer on this machine, with progress, checkpoints and the mean of states."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from rag.models.device import choose_device
from rag.types import Progress

# The share of the steps after which states are kept whose mean is the result, and how many are kept.
_SETTLED, _KEPT = 0.5, 5


def arguments(folder: Path, learning_rate: float, seed: int, **others: Any) -> TrainingArguments:
    """Checkpoints in `folder`, in the precision and on the device of this machine; `others` as Trainer knows them."""
    device, dtype, _ = choose_device()
    watched = bool(find_spec("tensorboard"))  # logs, for those who installed what shows them
    return TrainingArguments(
        output_dir=str(folder),
        learning_rate=learning_rate,
        weight_decay=0.01,
        seed=seed,
        save_total_limit=2,
        logging_steps=25,
        report_to="tensorboard" if watched else "none",
        use_cpu=device.type == "cpu",
        bf16=dtype == torch.bfloat16,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        disable_tqdm=True,
        **others,
    )


def ready_batches(warm_up: float, steps: int) -> dict[str, Any]:
    """Arguments for a dataset of so many ready batches, taken once in their order; the rate rises for a share of them."""
    warm = {"warmup_steps": round(warm_up * steps)}
    return {"per_device_train_batch_size": 1, "num_train_epochs": 1, "train_sampling_strategy": "sequential", **warm}


def run(trainer: Trainer, folder: Path, progress: Progress, *, resume: bool) -> None:
    """Train; `resume` goes on from the last checkpoint in `folder`, or begins where there is none."""
    trainer.add_callback(_Report(progress))
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=resume and any(folder.glob("checkpoint-*")))


class LossTrainer(Trainer):
    """Minimises `loss`, a function of the model and one batch."""

    def __init__(self, loss: Callable[[Any, dict[str, Any]], torch.Tensor], **others: Any) -> None:
        super().__init__(**others)
        self._loss = loss

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        value = self._loss(model, inputs)
        return (value, {}) if return_outputs else value


class KeepStates(TrainerCallback):
    """Keeps the weights that learn at even distances in the second half of the steps."""

    def __init__(self, folder: Path, steps: int) -> None:
        self._folder = folder
        first = round(_SETTLED * steps)
        self._steps = {first + round(n * (steps - first) / (_KEPT - 1)) for n in range(_KEPT)}

    def on_step_end(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if state.global_step in self._steps:
            learnt = {name: weight.detach().contiguous() for name, weight in model.named_parameters() if weight.requires_grad}
            self._folder.mkdir(parents=True, exist_ok=True)
            save_file(learnt, self._folder / f"state-{state.global_step:07}.safetensors")


def average_states(network: torch.nn.Module, folder: Path) -> None:
    """Set the weights that learn to the mean of the states kept in `folder` (Izmailov et al. 2018)."""
    states = [load_file(path) for path in sorted(folder.glob("state-*.safetensors"))]
    if states:
        network.load_state_dict({name: torch.stack([s[name] for s in states]).mean(0) for name in states[0]}, strict=False)


class _Report(TrainerCallback):
    """Tells the progress after each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        loss = next((entry["loss"] for entry in reversed(state.log_history) if "loss" in entry), None)
        so_far = "" if loss is None else f", loss {float(loss):.2f}"
        self._progress(state.global_step, state.max_steps, f"step {state.global_step} of {state.max_steps}{so_far}")
