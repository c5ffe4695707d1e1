"""What every training shares: arguments of transformers' Trainer that fit the machine, progress, checkpoints."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from rag.models.device import choose_device
from rag.types import Progress


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


def run(trainer: Trainer, folder: Path, progress: Progress, *, resume: bool) -> None:
    """Train; `resume` goes on from the last checkpoint in `folder`, or begins where there is none."""
    trainer.add_callback(_Report(progress))
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=resume and any(folder.glob("checkpoint-*")))


class _Report(TrainerCallback):
    """Tells the progress after each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        loss = next((entry["loss"] for entry in reversed(state.log_history) if "loss" in entry), None)
        so_far = "" if loss is None else f", loss {float(loss):.2f}"
        self._progress(state.global_step, state.max_steps, f"step {state.global_step} of {state.max_steps}{so_far}")
