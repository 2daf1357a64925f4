"""Tune a language model on a company's questions and answers: an adapter, whole weights, a GGUF.

    .venv-training/bin/python training/train.py \
        --dataset DIR --recipe tiny-cpu --base model.gguf --output DIR --seed 0

One script for a laptop and for a SageMaker training job (`entry.sh` starts it there): what is not
given comes from `/opt/ml`, with the channels `train` (a dataset) and `model` (the base), and the
hyperparameters `recipe`, `seed`, `run`, `base_name`, `base_licence` and any value of the recipe.

Each step is told on standard output as a line of JSON: {"step", "steps", "loss", "held_out_loss"}.
A failure is told as {"failure": "why, and what to do"}, and in a job in `/opt/ml/output/failure`.
SIGTERM and Ctrl-C save a checkpoint after the step at hand; the same command goes on from there,
as it does after a kill. The exit code is 0 once the output is there, 1 after a failure, and 143 or
130 after a stop.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    # Run as a file: so that its neighbours are found, and hide no module of another package.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from training.card import model_card, read_manifest
from training.failures import StoppedError, TrainingError, words_of, write_failure
from training.job import Job, job_from, places
from training.parent import serve_parent
from training.signals import StopRequest, say

METRICS = "metrics.json"

log = logging.getLogger("training")


def main(arguments: Sequence[str]) -> int:
    """Train as the arguments say; the exit code."""
    serve_parent(arguments)
    _quiet_libraries()
    failure = places().failure
    try:
        stop = StopRequest()
        job = job_from(arguments)
        train(job, stop)
    except StoppedError as stopped:
        log.warning("%s The same command goes on from the last checkpoint.", stopped)
        return stopped.exit_code
    except SystemExit:
        raise
    except BaseException as error:
        words = words_of(error)
        # A library's error says where; one of ours has said all.
        log.error("%s", words, exc_info=None if isinstance(error, TrainingError) else error)
        write_failure(failure, words)
        say(failure=words)
        return 1
    return 0


def train(job: Job, stop: StopRequest) -> None:
    """Train, and leave in the job's output all that comes of it.

    Raises:
        TrainingError: It cannot be done; the message says why and what to do.
        StoppedError: A signal asked to stop; a checkpoint is there where steps were done.
    """
    began = time.monotonic()
    recipe = job.recipe
    fingerprint = job.fingerprint()
    if _is_done(job, fingerprint):
        say(status="This training was finished before; its output is used.")
        return
    # Late: torch takes seconds to import, and reads what _quiet_libraries set as it is.
    from accelerate import PartialState  # noqa: PLC0415
    from transformers import set_seed  # noqa: PLC0415

    from training.gguf_file import check_gguf_base  # noqa: PLC0415
    from training.rows import read_rows  # noqa: PLC0415
    from training.tuning import trainer_for, usable_checkpoint  # noqa: PLC0415
    from training.watching import Watch  # noqa: PLC0415
    from training.weights import load_base  # noqa: PLC0415

    if recipe.gguf:
        check_gguf_base(job.base)
    processes = PartialState(cpu=recipe.device == "cpu")
    set_seed(job.seed)
    tell = say if processes.is_main_process else _say_nothing
    tell(status="Reading the base model")
    model, tokenizer = load_base(job.base, recipe)
    learnt = read_rows(job.dataset / "train.jsonl", tokenizer, recipe.max_tokens)
    held_out = read_rows(job.dataset / "validation.jsonl", tokenizer, recipe.max_tokens)
    with processes.main_process_first():
        checkpoint = usable_checkpoint(job, fingerprint)
    trainer = trainer_for(job, model, tokenizer, learnt, held_out, Watch(stop, recipe.minutes))
    tell(status="Going on from a checkpoint" if checkpoint else "Training")
    with stop.after_the_step():
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if stop.signal_number:
            raise StoppedError(stop.signal_number)
    if not processes.is_main_process:
        return
    metrics = _metrics(job, fingerprint, trainer, learnt, held_out)
    metrics["seconds"] = round(time.monotonic() - began, 1)
    metrics["resumed"] = checkpoint is not None
    tell(status="Writing the tuned model")
    _write_output(job, trainer, tokenizer, metrics)


def _write_output(job: Job, trainer: Any, tokenizer: Any, metrics: dict[str, Any]) -> None:
    """Write all of it, and last the metrics: they say that it is done."""
    from training.gguf_file import write_gguf  # noqa: PLC0415
    from training.weights import save_merged  # noqa: PLC0415

    job.output.mkdir(parents=True, exist_ok=True)
    adapter = job.output / "adapter"
    tuned = trainer.accelerator.unwrap_model(trainer.model)
    for config in tuned.peft_config.values():
        # Not where the base lay on this machine.
        config.base_model_name_or_path = job.base_name
    tuned.save_pretrained(adapter, save_embedding_layers=False)
    tokenizer.save_pretrained(adapter)
    # It would say nothing, and name a path of this machine.
    (adapter / "README.md").unlink(missing_ok=True)
    if job.recipe.merged or job.recipe.gguf:
        merged = tuned.merge_and_unload()
        if job.recipe.merged:
            save_merged(merged, tokenizer, job.output / "merged")
        if job.recipe.gguf:
            weights = {
                name: values.float().cpu().numpy() for name, values in merged.state_dict().items()
            }
            write_gguf(job.base, weights, job.output / "model.gguf", f"{job.base_name} {job.run}")
    metrics["peak_memory_bytes"] = _peak_memory()
    card = model_card(job, metrics, read_manifest(job.dataset))
    (job.output / "model-card.md").write_text(card, encoding="utf-8")
    text = json.dumps(metrics, indent=2) + "\n"
    for folder in filter(None, (job.results, job.output)):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / METRICS).write_text(text, encoding="utf-8")
    if job.checkpoints.is_relative_to(job.output):
        shutil.rmtree(job.checkpoints, ignore_errors=True)


def _metrics(
    job: Job, fingerprint: str, trainer: Any, learnt: Any, held_out: Any
) -> dict[str, Any]:
    """What was measured in training; the losses of all steps, also those before a stop."""
    history = trainer.state.log_history
    looks = [(entry["step"], entry["eval_loss"]) for entry in history if "eval_loss" in entry]
    best = min(looks, key=lambda look: look[1]) if looks else None
    return {
        "run": job.run,
        "job": fingerprint,
        "base": job.base_name,
        "recipe": job.recipe.as_dict(),
        "seed": job.seed,
        "steps": trainer.state.global_step,
        "best_step": best[0] if best else trainer.state.global_step,
        "held_out_loss": best[1] if best else None,
        "losses": [[entry["step"], entry["loss"]] for entry in history if "loss" in entry],
        "held_out_losses": [list(look) for look in looks],
        "rows": len(learnt.rows),
        "held_out_rows": len(held_out.rows),
        "rows_too_long": learnt.too_long + held_out.too_long,
        "tokens": int(trainer.state.num_input_tokens_seen),
        "processes": trainer.accelerator.num_processes,
    }


def _say_nothing(**_: Any) -> None:
    """What processes beside the first one have to say."""


def _is_done(job: Job, fingerprint: str) -> bool:
    """Whether the output is that of this very training already."""
    try:
        metrics = json.loads((job.output / METRICS).read_text(encoding="utf-8"))
        return bool(metrics["job"] == fingerprint)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _peak_memory() -> int:
    """The most memory in use at any time, in bytes: of the GPU where there is one."""
    import torch  # noqa: PLC0415

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _quiet_libraries() -> None:
    """Standard output is for progress alone, and nothing is fetched from anywhere."""
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    for name, value in (
        # Threads that spin while they wait take the core from those that work.
        ("OMP_WAIT_POLICY", "PASSIVE"),
        ("GOMP_SPINCOUNT", "0"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("HF_HUB_OFFLINE", "1"),
        ("HF_HUB_DISABLE_TELEMETRY", "1"),
        ("HF_HUB_DISABLE_PROGRESS_BARS", "1"),
        ("HF_DATASETS_DISABLE_PROGRESS_BARS", "1"),
        ("TRANSFORMERS_VERBOSITY", "error"),
    ):
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
