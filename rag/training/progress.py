"""A training's steps as the product reports progress."""

from typing import Any

from transformers import TrainerCallback

from rag.types import Progress


class Report(TrainerCallback):
    """Tells the progress after each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        loss = next((entry["loss"] for entry in reversed(state.log_history) if "loss" in entry), None)
        so_far = "" if loss is None else f", loss {float(loss):.2f}"
        self._progress(state.global_step, state.max_steps, f"step {state.global_step} of {state.max_steps}{so_far}")
