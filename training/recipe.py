"""Recipes: what a training does, in YAML, checked before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from training.failures import TrainingError

FOLDER = Path(__file__).resolve().parent / "recipes"

_CHOICES: dict[str, tuple[str, ...]] = {
    "device": ("cpu", "gpu"),
    "precision": ("fp32", "bf16"),
    "layers": ("all", "upper-half"),
    "schedule": ("cosine", "linear", "constant"),
}
_RANGES: dict[str, tuple[float, float]] = {
    "max_tokens": (16, 131_072),
    "rows_a_step": (1, 4096),
    "rows_at_once": (1, 1024),
    "steps": (1, 1_000_000),
    "warmup_steps": (0, 100_000),
    "learning_rate": (1e-7, 1.0),
    "weight_decay": (0.0, 1.0),
    "rank": (1, 1024),
    "alpha": (1, 4096),
    "dropout": (0.0, 0.9),
    "look_every": (1, 1_000_000),
    "patience": (1, 1000),
    "held_out_rows": (1, 100_000),
    "minutes": (0.0, 100_000.0),
    "dataset_rows": (1, 10_000_000),
    "passage_characters": (200, 1_000_000),
}
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model is trained.

    Attributes:
        name: Of the recipe, for the model card.
        about: What it is for, one sentence.
        device: "cpu", or "gpu" for one or several of them.
        precision: "fp32" or "bf16" for the base model's weights.
        max_tokens: Of a row, prompt and completion together; longer rows are left out.
        rows_a_step: Rows that one step learns from, over all GPUs together.
        rows_at_once: Rows that one device holds at a time: less takes less memory.
        steps: At most.
        learning_rate: At its highest.
        schedule: How the learning rate falls: "cosine", "linear" or "constant".
        warmup_steps: Steps in which it rises.
        weight_decay: Of the adapter's weights.
        rank: Of the adapter's matrices.
        alpha: The adapter's weight is alpha / rank.
        dropout: Share of the adapter's inputs that is dropped.
        layers: "all", or "upper-half": the backward pass ends there, which saves a third.
        save_memory: Whether activations are computed twice rather than kept.
        look_every: Steps between two looks at the held-out rows, each with a checkpoint.
        patience: Looks without a lower held-out loss before training ends.
        held_out_rows: Rows that a look reads, at most.
        minutes: After which training ends with the best so far; 0 for no limit.
        merged: Whether whole weights are written in Hugging Face's form, for serving on a GPU.
        gguf: Whether `model.gguf` is written; needs a base of the llama architecture in GGUF.
        dataset_rows: How many rows `wellread fine-tune` builds for it.
        passage_characters: Of the passages in a prompt, when its dataset is built and when the
            tuned model is asked.
    """

    name: str
    about: str
    device: str
    precision: str
    max_tokens: int
    rows_a_step: int
    rows_at_once: int
    steps: int
    learning_rate: float
    schedule: str
    warmup_steps: int
    weight_decay: float
    rank: int
    alpha: int
    dropout: float
    layers: str
    save_memory: bool
    look_every: int
    patience: int
    held_out_rows: int
    minutes: float
    merged: bool
    gguf: bool
    dataset_rows: int
    passage_characters: int

    def as_dict(self) -> dict[str, Any]:
        """Every value by its name."""
        return asdict(self)


def recipe_from(where: str, overrides: Mapping[str, str]) -> Recipe:
    """The recipe of a file, or of one that lies in `recipes/`, by name.

    Args:
        where: A path, or a name such as "tiny-cpu".
        overrides: Values in place of the file's, as text.

    Raises:
        TrainingError: There is none, or a value of it is unknown, missing or out of range.
    """
    path = Path(where)
    if path.suffix not in (".yaml", ".yml"):
        path = FOLDER / f"{where}.yaml"
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.yaml")))
        raise TrainingError(
            f"There is no recipe {where}. Name a YAML file, or one of these: {known}."
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise TrainingError(
            f"The recipe {path.name} is no YAML. Compare it with one in {FOLDER.name}/."
        ) from None
    if not isinstance(values, dict):
        raise TrainingError(f"The recipe {path.name} has no names with values.")
    return recipe_of({"name": path.stem, **values, **overrides}, path.name)


def recipe_of(values: Mapping[str, Any], source: str) -> Recipe:
    """A checked recipe.

    Raises:
        TrainingError: A value is unknown, missing or out of range; the message names it.
    """
    kinds = {field.name: str(field.type) for field in fields(Recipe)}
    unknown = sorted(map(str, values.keys() - kinds.keys()))
    if unknown:
        raise TrainingError(
            f"The recipe {source} has {unknown[0]}, which no recipe has. Known are: "
            f"{', '.join(kinds)}."
        )
    missing = [name for name in kinds if name not in values]
    if missing:
        raise TrainingError(f"The recipe {source} lacks {missing[0]}.")
    recipe = Recipe(**{name: _value(name, values[name], kinds[name], source) for name in kinds})
    if recipe.rows_a_step % recipe.rows_at_once:
        raise TrainingError(
            f"In the recipe {source}, rows_a_step ({recipe.rows_a_step}) is no multiple of "
            f"rows_at_once ({recipe.rows_at_once})."
        )
    return recipe


def _value(name: str, given: Any, kind: str, source: str) -> Any:
    """A value in the type of its field.

    Raises:
        TrainingError: It is of another type, none of the choices, or out of range.
    """
    try:
        value = _typed(given, kind)
    except (TypeError, ValueError, KeyError):
        words = {"int": "a whole number", "float": "a number", "bool": "true or false"}
        raise TrainingError(
            f"In the recipe {source}, {name} must be {words.get(kind, 'text')}, not {given!r}."
        ) from None
    choices = _CHOICES.get(name)
    if choices and value not in choices:
        raise TrainingError(
            f"In the recipe {source}, {name} must be {' or '.join(choices)}, not {given!r}."
        )
    low, high = _RANGES.get(name, (None, None))
    if low is not None and high is not None and not low <= value <= high:
        raise TrainingError(
            f"In the recipe {source}, {name} must be from {low:g} to {high:g}, not {given!r}."
        )
    return value


def _typed(given: Any, kind: str) -> Any:
    if kind == "str":
        if not isinstance(given, str) or not given:
            raise TypeError
        return given
    if kind == "bool":
        return given if isinstance(given, bool) else _TRUTHS[str(given).lower()]
    if isinstance(given, bool):
        raise TypeError
    if kind == "int" and float(given) != int(float(given)):
        raise ValueError
    # YAML 1.1 takes 1e-3 for text: only 1.0e-3 is a number to it.
    return int(float(given)) if kind == "int" else float(given)
