"""From the rows of a dataset to tokens: prompts as context, completions to learn."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.failures import TrainingError

_NOT_LEARNT = -100
"""The label of a token that adds nothing to the loss, in Torch and in trl."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows as tokens.

    Attributes:
        rows: Each with `input_ids`, `labels` and `length`.
        too_long: How many were left out because they have more tokens than the recipe takes.
    """

    rows: Sequence[dict[str, Any]]
    too_long: int

    @property
    def tokens(self) -> int:
        """Of all rows."""
        return sum(row["length"] for row in self.rows)


def read_rows(path: Path, tokenizer: Any, max_tokens: int) -> Rows:
    """The rows of a file, tokenized with the model's own chat template.

    Args:
        path: JSON lines with `prompt` and `completion`, both lists of chat messages.
        tokenizer: The base model's.
        max_tokens: Rows that are longer are left out, because a cut one would teach to answer
            without the source, or to end in the middle.

    Raises:
        TrainingError: There is no row, one cannot be read, or most are too long.
    """
    rows = [tokenized(line, tokenizer) for line in _lines(path)]
    if not rows:
        raise TrainingError(
            f"{path.name} holds no rows. Add documents, or widen what the dataset is built from."
        )
    kept = [row for row in rows if row["length"] <= max_tokens]
    if len(kept) < len(rows) / 2:
        median = sorted(row["length"] for row in rows)[len(rows) // 2]
        raise TrainingError(
            f"{len(rows) - len(kept)} of the {len(rows)} rows of {path.name} have more than the "
            f"{max_tokens} tokens that the recipe takes; half of them have {median} or more. "
            "Raise max_tokens, or build the dataset with shorter passages."
        )
    return Rows(kept, len(rows) - len(kept))


def tokenized(line: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    """A row as tokens, with labels for its completion alone."""
    prompt = tokenizer.apply_chat_template(
        line["prompt"], add_generation_prompt=True, tokenize=False
    )
    whole = tokenizer.apply_chat_template([*line["prompt"], *line["completion"]], tokenize=False)
    # Some templates write an answer otherwise than they ask for one; a model that is asked ends
    # with its end of text all the same.
    said = (
        whole[len(prompt) :].rstrip("\n")
        if whole.startswith(prompt)
        else line["completion"][-1]["content"] + tokenizer.eos_token
    )
    # Apart, as in serving: there the completion's tokens come after those of the prompt, too.
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    after = tokenizer(said, add_special_tokens=False)["input_ids"]
    return {
        "input_ids": [*before, *after],
        "labels": [_NOT_LEARNT] * len(before) + after,
        "length": len(before) + len(after),
    }


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
                ok = _is_chat(values["prompt"]) and _is_chat(values["completion"])
            except (ValueError, KeyError, TypeError):
                ok = False
            if not ok:
                raise TrainingError(
                    f"Line {number} of {path.name} is no row: it needs `prompt` and `completion`, "
                    "each a list of messages with `role` and `content`."
                )
            yield values


def _is_chat(messages: Any) -> bool:
    return (
        isinstance(messages, list)
        and bool(messages)
        and all(
            isinstance(message, dict)
            and isinstance(message.get("role"), str)
            and isinstance(message.get("content"), str)
            for message in messages
        )
    )
