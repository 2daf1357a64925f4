"""What a dataset is made of, written beside its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TRAIN, VALIDATION, MANIFEST = "train.jsonl", "validation.jsonl", "manifest.json"
"""The files of a dataset: rows to learn from, rows to stop early by, and what all of it is."""

HELD_OUT = "held-out.jsonl"
"""Questions about held-out documents, in the form of an evaluation's; not of every dataset."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a dataset is made of.

    Attributes:
        dataset: Its name: a hash of what it holds.
        created_at: Seconds since the epoch.
        audiences: Who may read every document in it.
        documents: Every document whose words are in a row, as document → revision.
        held_out: The documents that were kept out, for the evaluation.
        counts: Rows by kind, and those that each filter dropped, by name.
        prompt_version: Of the prompts of its rows.
        passage_characters: How much of passages a prompt of its holds.
        made_by: "templates" or "teacher:<model>".
        cost: What the teacher cost: requests, tokens, dollars where known.
        files: SHA-256 of each file, by name.
        erased: Documents that were in a row, and whose rows were taken out when they were deleted.
    """

    dataset: str
    created_at: float
    audiences: frozenset[str]
    documents: Mapping[str, str]
    held_out: frozenset[str]
    counts: Mapping[str, int]
    prompt_version: str
    passage_characters: int
    made_by: str
    cost: Mapping[str, float]
    files: Mapping[str, str]
    erased: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, Any]:
        """The shape of `manifest.json`."""
        return {
            "dataset": self.dataset,
            "created_at": self.created_at,
            "audiences": sorted(self.audiences),
            "documents": dict(sorted(self.documents.items())),
            "held_out": sorted(self.held_out),
            "counts": dict(sorted(self.counts.items())),
            "prompt_version": self.prompt_version,
            "passage_characters": self.passage_characters,
            "made_by": self.made_by,
            "cost": dict(self.cost),
            "files": dict(sorted(self.files.items())),
            "erased": sorted(self.erased),
        }


def manifest_from(values: Mapping[str, Any]) -> Manifest:
    """A manifest from the shape of `manifest.json`.

    Raises:
        KeyError, TypeError, ValueError: It has another shape.
    """
    return Manifest(
        dataset=str(values["dataset"]),
        created_at=float(values["created_at"]),
        audiences=frozenset(map(str, values["audiences"])),
        documents={str(name): str(of) for name, of in values["documents"].items()},
        held_out=frozenset(map(str, values["held_out"])),
        counts={str(name): int(of) for name, of in values["counts"].items()},
        prompt_version=str(values["prompt_version"]),
        passage_characters=int(values["passage_characters"]),
        made_by=str(values["made_by"]),
        cost={str(name): float(of) for name, of in values["cost"].items()},
        files={str(name): str(of) for name, of in values["files"].items()},
        erased=frozenset(map(str, values.get("erased", ()))),
    )
