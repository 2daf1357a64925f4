"""Tuned models for tests."""

from __future__ import annotations

from typing import Any

from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.tune.models import RunName, TunedModel


def tuned_model(run: str = "run-1", **values: Any) -> TunedModel:
    """A candidate, as a training leaves it; `values` in place of its own."""
    made: dict[str, Any] = {
        "run": RunName(run),
        "base": "a-small-model",
        "location": f"/models/{run}/model.gguf",
        "dataset": f"dataset-of-{run}",
        "recipe": "tiny-cpu",
        "prompt_version": PROMPT_VERSION,
        "audiences": frozenset({"everyone"}),
        "created_at": 1_000.0,
    }
    return TunedModel(**made | values)
