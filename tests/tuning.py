"""Outcomes and datasets of fine-tuning runs that never were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.tune.arms import Arm
from wellread.domain.tune.manifests import Manifest
from wellread.domain.tune.outcomes import ArmOutcome, CitedPlace

PLACE = CitedPlace("loans.md", "A DVD may be borrowed for seven days.", None)


def outcome(number: int, arm: Arm, *, seed: int = 0, **said: Any) -> ArmOutcome:
    """A right and cited answer; every third question is one that no document answers."""
    answerable = number % 3 != 0
    values: dict[str, Any] = {
        "id": f"q{number:03}",
        "question": f"Question {number}?",
        "answerable": answerable,
        "arm": arm,
        "seed": seed,
        "answer": "Seven days. [1]" if answerable else "I couldn't find this in the documents.",
        "answered_by": "planted",
        "declined": not answerable,
        "citations": (PLACE,) if answerable else (),
        "correct": answerable,
        "cited": answerable,
        "sound": answerable,
        "seconds": 1.0,
    }
    return ArmOutcome(**{**values, **said})


def declined(number: int, arm: Arm, *, seed: int = 0) -> ArmOutcome:
    """A decline, whether it was due or not."""
    return outcome(
        number,
        arm,
        seed=seed,
        answer="I couldn't find this in the documents.",
        declined=True,
        citations=(),
        correct=False,
        cited=False,
        sound=False,
    )


def misled(number: int, arm: Arm, *, seed: int = 0) -> ArmOutcome:
    """A wrong answer with a sound citation."""
    return outcome(
        number,
        arm,
        seed=seed,
        answer="Ninety days. [1]",
        declined=False,
        citations=(PLACE,),
        correct=False,
        cited=True,
        sound=True,
    )


def manifest(**values: Any) -> Manifest:
    """Of a dataset that everybody may ask about."""
    documents: Mapping[str, str] = {"rules.md": "r1"}
    whole: dict[str, Any] = {
        "dataset": "0123456789ab",
        "created_at": 1_764_000_000.0,
        "audiences": frozenset({"everyone"}),
        "documents": documents,
        "held_out": frozenset({"loans.md"}),
        "counts": {"answer": 8, "near_miss": 2},
        "prompt_version": PROMPT_VERSION,
        "passage_characters": 2400,
        "made_by": "templates",
        "cost": {},
        "files": {},
    }
    return Manifest(**{**whole, **values})
