"""What the product itself reads of a recipe; training checks the whole of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import wellread
from wellread.domain.ask.prompting import SMALL_MODEL_PASSAGE_CHARACTERS
from wellread.domain.knowledge.errors import InvalidConfigurationError

DEFAULT = "tiny-cpu"

_ENDINGS = (".yaml", ".yml")
_ROWS, _STEPS = 200, 40


@dataclass(frozen=True, slots=True)
class RecipeFacts:
    """A recipe, as far as datasets and estimates depend on it.

    Attributes:
        name: What it is called.
        path: Its file.
        text: The file's content.
        rows: To build for it.
        passage_characters: How much of passages a prompt holds, in training and when people ask.
        steps: Of training, at most.
    """

    name: str
    path: Path
    text: str
    rows: int
    passage_characters: int
    steps: int


def recipes_folder() -> Path:
    """Where the recipes lie that come with the repository."""
    return Path(wellread.__file__).resolve().parents[3] / "training" / "recipes"


def recipe_facts(named: str) -> RecipeFacts:
    """A recipe by its name, or of a file.

    Raises:
        InvalidConfigurationError: There is none.
    """
    path = Path(named).expanduser()
    if path.suffix not in _ENDINGS:
        path = recipes_folder() / f"{named}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        known = ", ".join(sorted(each.stem for each in recipes_folder().glob("*.yaml")))
        raise InvalidConfigurationError(
            f"There is no recipe {named!r}. Name a YAML file, or one of these: "
            f"{known or 'none, because this is no clone of the repository'}."
        ) from None
    return RecipeFacts(
        name=path.stem,
        path=path,
        text=text,
        rows=_number(text, "dataset_rows", _ROWS),
        passage_characters=_number(text, "passage_characters", SMALL_MODEL_PASSAGE_CHARACTERS),
        steps=_number(text, "steps", _STEPS),
    )


def _number(text: str, name: str, default: int) -> int:
    """A whole number of a recipe: all of its values are lines of their own."""
    found = re.search(rf"^{name}:\s*(\d+)\s*(?:#.*)?$", text, re.MULTILINE)
    return int(found[1]) if found else default
