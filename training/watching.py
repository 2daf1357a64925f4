"""What happens beside the steps: progress, ending on request, noticing a loss that is none."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from transformers import TrainerCallback

from training.failures import TrainingError
from training.signals import StopRequest, say

_LATE, _ASKED = 1, 2


class Watch(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Reports each step, and ends the training where it must."""

    def __init__(self, stop: StopRequest, minutes: float) -> None:
        """Remember who may ask to stop, and how many minutes there are; 0 for no limit."""
        self._loss: float | None = None
        self._held_out: float | None = None
        self._stop = stop
        self._seconds = minutes * 60
        self._began = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """A step's loss, or that of a look at the held-out rows, is known."""
        del args, control
        loss, held_out = (logs or {}).get("loss"), (logs or {}).get("eval_loss")
        for value in (loss, held_out):
            if value is not None and not math.isfinite(value):
                raise TrainingError(
                    f"The loss is not a number any more at step {state.global_step}. Lower "
                    "learning_rate in the recipe, or set precision=fp32."
                )
        if loss is None and held_out is None:
            return
        self._loss = self._loss if loss is None else float(loss)
        self._held_out = self._held_out if held_out is None else float(held_out)
        if state.is_world_process_zero:
            say(
                step=state.global_step,
                steps=state.max_steps,
                loss=self._loss,
                held_out_loss=self._held_out,
            )

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop after this step, with a checkpoint, where a signal or the clock asks for it."""
        del args, state
        late = bool(self._seconds) and time.monotonic() - self._began > self._seconds
        reason = _highest(_ASKED if self._stop.signal_number else _LATE if late else 0)
        if reason:
            control.should_save = True
            control.should_training_stop = True
            # The best of all looks is kept, so what was learnt since the last one needs a look.
            control.should_evaluate = reason == _LATE


def _highest(reason: int) -> int:
    """The highest reason of all processes: all of them have to stop at the same step."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return reason
    device = "cuda" if torch.distributed.get_backend() == "nccl" else "cpu"
    highest = torch.tensor([reason], device=device)
    torch.distributed.all_reduce(highest, op=torch.distributed.ReduceOp.MAX)
    return int(highest.item())
