"""The steps themselves: an adapter (LoRA) on a frozen base, by peft and trl."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import EarlyStoppingCallback, PrinterCallback
from trl import SFTConfig, SFTTrainer

from training.failures import TrainingError
from training.job import Job
from training.rows import Rows
from training.watching import Watch
from training.weights import adapter_config

_WHOLE = ("trainer_state.json", "optimizer.pt", "adapter_model.safetensors")
_IGNORED = -100


class CompletionTrainer(SFTTrainer):  # type: ignore[misc, unused-ignore]
    """On a processor, words are predicted only where they are learnt.

    trl does so itself on GPUs; elsewhere it predicts all 49,152 words of a vocabulary at each place
    of the prompt, too, which is a fifth of the work for nothing.
    """

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """The mean loss of the tokens that are learnt."""
        if self.accelerator.device.type != "cpu":
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        targets = inputs["labels"][:, 1:]
        places = (targets != _IGNORED).any(dim=0).nonzero().flatten()
        outputs = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            use_cache=False,
            logits_to_keep=places,
        )
        learnt = targets[:, places]
        loss = torch.nn.functional.cross_entropy(
            outputs.logits.float().flatten(0, 1),
            learnt.flatten(),
            ignore_index=_IGNORED,
            reduction="sum",
        )
        if num_items_in_batch is None:
            loss = loss / (learnt != _IGNORED).sum().clamp(min=1)
        else:
            # It counts the tokens of all processes, whose gradients are averaged afterwards.
            loss = loss / num_items_in_batch * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss


def trainer_for(
    job: Job, model: Any, tokenizer: Any, learnt: Rows, held_out: Rows, watch: Watch
) -> CompletionTrainer:
    """A trainer of a job, ready to go."""
    recipe = job.recipe
    trainer = CompletionTrainer(
        model=model,
        args=_arguments(job),
        train_dataset=Dataset.from_list(list(learnt.rows)),
        eval_dataset=Dataset.from_list(_spread(held_out.rows, recipe.held_out_rows)),
        processing_class=tokenizer,
        peft_config=adapter_config(recipe, model.config.num_hidden_layers),
        callbacks=[watch, EarlyStoppingCallback(early_stopping_patience=recipe.patience)],
    )
    # It would print every loss a second time.
    trainer.remove_callback(PrinterCallback)
    return trainer


def usable_checkpoint(job: Job, fingerprint: str) -> Path | None:
    """The newest whole checkpoint of this very training; what others left there is deleted."""
    folder = job.checkpoints
    mark = folder / "job.json"
    try:
        ours = json.loads(mark.read_text(encoding="utf-8"))["fingerprint"] == fingerprint
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[-1]))
    usable = [path for path in found if ours and _is_whole(path)]
    for path in found:
        if path not in usable:
            shutil.rmtree(path)
    folder.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps({"fingerprint": fingerprint}), encoding="utf-8")
    return usable[-1] if usable else None


def _arguments(job: Job) -> SFTConfig:
    recipe = job.recipe
    on_gpu = recipe.device == "gpu"
    if on_gpu and not torch.cuda.is_available():
        raise TrainingError(
            f"The recipe {recipe.name} needs a GPU, and this machine has none. Take a recipe for "
            "processors, such as tiny-cpu, or a machine with a GPU."
        )
    return SFTConfig(
        output_dir=str(job.checkpoints),
        max_steps=recipe.steps,
        per_device_train_batch_size=recipe.rows_at_once,
        per_device_eval_batch_size=recipe.rows_at_once,
        gradient_accumulation_steps=_passes(recipe.rows_a_step, recipe.rows_at_once),
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup_steps,
        weight_decay=recipe.weight_decay,
        max_length=recipe.max_tokens,
        completion_only_loss=True,
        train_sampling_strategy="group_by_length",
        eval_strategy="steps",
        eval_steps=recipe.look_every,
        save_strategy="steps",
        save_steps=recipe.look_every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        restore_callback_states_from_checkpoint=True,
        prediction_loss_only=True,
        logging_steps=1,
        logging_nan_inf_filter=False,
        include_num_input_tokens_seen="non_padding",
        report_to="none",
        disable_tqdm=True,
        use_cpu=not on_gpu,
        bf16=on_gpu and recipe.precision == "bf16",
        fp16=False,
        activation_checkpointing=recipe.save_memory,
        dataloader_pin_memory=on_gpu,
        ddp_find_unused_parameters=False,
        seed=job.seed,
        data_seed=job.seed,
    )


def _passes(rows_a_step: int, rows_at_once: int) -> int:
    """How often each process goes forward and back for one step.

    Raises:
        TrainingError: The rows of a step cannot be shared evenly.
    """
    processes = torch.distributed.get_world_size() if torch.distributed.is_initialized() else 1
    passes, rest = divmod(rows_a_step, rows_at_once * processes)
    if rest or not passes:
        raise TrainingError(
            f"rows_a_step ({rows_a_step}) cannot be shared by {processes} processes with "
            f"{rows_at_once} rows at once each. Make it a multiple of {rows_at_once * processes}."
        )
    return passes


def _spread(rows: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """At most so many rows, from all over: neighbours come from the same document."""
    if len(rows) <= most:
        return list(rows)
    return [rows[place * len(rows) // most] for place in range(most)]


def _is_whole(checkpoint: Path) -> bool:
    """Whether it was written to its end; the state is the last file that is written."""
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all((checkpoint / name).is_file() for name in _WHOLE)
