"""The model card: what the model was made of, and what it may not be used for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training.failures import TrainingError
from training.job import Job


def read_manifest(dataset: Path) -> dict[str, Any]:
    """What the dataset says of itself; nothing where it says nothing.

    Raises:
        TrainingError: It has a manifest that cannot be read.
    """
    path = dataset / "manifest.json"
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise TrainingError(
            f"{path} cannot be read, so nobody could say what the model was made of. Build the "
            "dataset again with `wellread dataset build`."
        )
    return values


def model_card(job: Job, metrics: dict[str, Any], manifest: dict[str, Any]) -> str:
    """The card, in Markdown."""
    audiences = ", ".join(manifest.get("audiences", ())) or "not stated"
    licence = job.base_licence or "not stated: look it up before the model is given to anybody"
    counts = manifest.get("counts", {})
    kinds = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    return f"""\
# {job.run}

{job.base_name}, tuned to answer from passages of one company's documents, with a marker for the
passage that each sentence rests on, or to say that the documents don't say.

## What it may be used for

- To answer questions with passages that were retrieved for them, in the prompt of wellread's
  version {manifest.get("prompt_version", "not stated")}.
- For askers who may read every document that it was trained on. Their audiences: {audiences}.

## What it may not be used for

- For anybody outside of these audiences: what a model learnt it may repeat, whatever it is asked.
- Without retrieval, as a source of facts: it learnt how to answer, not what is true today.
- To decide about people, money or health without somebody who reads the cited passages.
- Once a document that it was trained on has to be forgotten: train anew without that document.

## What it was made of

| what | |
| --- | --- |
| base | {job.base_name} |
| licence of the base, which holds for this model, too | {licence} |
| dataset | {manifest.get("dataset", "not stated")} |
| made by | {manifest.get("made_by", "not stated")} |
| documents | {len(manifest.get("documents", ()))} |
| kept out, for the evaluation | {len(manifest.get("held_out", ()))} |
| rows by kind, and what was dropped | {kinds or "not stated"} |
| rows learnt from | {metrics["rows"]} |
| rows that were too long | {metrics["rows_too_long"]} |

`wellread dataset trace DOCUMENT` tells whether a document is among them.

## How it was trained

| what | |
| --- | --- |
| recipe | {job.recipe.name}: {job.recipe.about} |
| adapter | LoRA, rank {job.recipe.rank}, layers: {job.recipe.layers} |
| seed | {job.seed} |
| steps | {metrics["steps"]}; the weights are those of step {metrics["best_step"]} |
| loss on held-out rows | {_figure(metrics["held_out_loss"])} |
| tokens read | {metrics["tokens"]} |
| seconds | {metrics["seconds"]} |

All values are in `metrics.json`. A low loss is no reason to use a model: `report.md` of
`wellread fine-tune` says whether it answers better than the one before.
"""


def _figure(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"
