"""How tuned models are kept."""

from __future__ import annotations

from wellread.domain.tune.models import ModelStatus, RunName, TunedModel
from wellread.wire.stored_form import pack, unpack


def pack_model(model: TunedModel, stored: bytes | None = None) -> bytes:
    """What is kept of a model.

    Args:
        model: It.
        stored: What is kept of it so far: what a later version put there besides stays.
    """
    beside = {} if stored is None else unpack(stored)
    return pack(
        beside
        | {
            "run": model.run,
            "base": model.base,
            "location": model.location,
            "dataset": model.dataset,
            "recipe": model.recipe,
            "prompt_version": model.prompt_version,
            "audiences": sorted(model.audiences),
            "created_at": model.created_at,
            "status": model.status.value,
            "reason": model.reason,
            "changed_at": model.changed_at,
            "metrics": dict(model.metrics),
            "saw_erased": sorted(model.saw_erased),
            "follows": model.follows,
            "passage_characters": model.passage_characters,
        }
    )


def unpack_model(data: bytes) -> TunedModel:
    """The model that `pack_model` was given, also of a version that keeps more."""
    values = unpack(data)
    follows = values["follows"]
    return TunedModel(
        run=RunName(values["run"]),
        base=values["base"],
        location=values["location"],
        dataset=values["dataset"],
        recipe=values["recipe"],
        prompt_version=values["prompt_version"],
        audiences=frozenset(values["audiences"]),
        created_at=values["created_at"],
        status=ModelStatus(values["status"]),
        reason=values["reason"],
        changed_at=values["changed_at"],
        metrics=values["metrics"],
        saw_erased=frozenset(values["saw_erased"]),
        follows=None if follows is None else RunName(follows),
        passage_characters=values["passage_characters"],
    )
