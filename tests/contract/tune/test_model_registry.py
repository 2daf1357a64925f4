"""What every registry of tuned models does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.tuned import tuned_model
from wellread.domain.knowledge.errors import ConflictError
from wellread.domain.tune.models import ModelChange, ModelStatus, RunName, TunedModel

AWKWARD = "one\ntwo \0\x1f \ud800 \udcff 😀 \U0010ffff \x85 ﷽"


def with_status(model: TunedModel, status: ModelStatus) -> TunedModel:
    return replace(model, status=status, changed_at=model.changed_at + 1)


def promote(models, model: TunedModel) -> TunedModel:
    promoted = with_status(model, ModelStatus.PROMOTED)
    models.replace(ModelChange(model, promoted))
    return promoted


def test_nothing_is_known_of_a_run_without_a_model(models):
    assert models.get(RunName("nothing")) is None
    assert models.promoted() is None
    assert list(models.list()) == []


def test_a_model_comes_back_as_it_was_registered(models):
    model = tuned_model(
        base=AWKWARD,
        audiences=frozenset({"hr", AWKWARD}),
        reason=AWKWARD,
        changed_at=1234.125,
        metrics={"combined": 0.75, "questions": 120},
        saw_erased=frozenset({AWKWARD, "a.md"}),
        follows=RunName("run-0"),
    )
    models.register(model)

    assert models.get(model.run) == model
    assert list(models.list()) == [model]
    assert models.promoted() is None


def test_registering_a_candidate_again_keeps_what_is_said_last(models):
    models.register(tuned_model(location="/first"))
    models.register(tuned_model(location="/second"))

    assert [model.location for model in models.list()] == ["/second"]


def test_registering_a_judged_model_again_changes_nothing(models):
    model = tuned_model()
    models.register(model)
    promoted = promote(models, model)

    models.register(replace(model, created_at=9_999.0))

    assert models.get(model.run) == models.promoted() == promoted


def test_another_model_does_not_take_the_name_of_a_judged_one(models):
    model = tuned_model()
    models.register(model)
    judged = with_status(model, ModelStatus.NOT_PROMOTED)
    models.replace(ModelChange(model, judged))

    with pytest.raises(ConflictError, match="another name"):
        models.register(replace(model, dataset="another"))
    assert models.get(model.run) == judged


def test_models_are_listed_oldest_first(models):
    for run, at in (("c", 3.0), ("a", 2.0), ("d", 1.0), ("b", 2.0)):
        models.register(tuned_model(run, created_at=at))

    assert [model.run for model in models.list()] == ["d", "a", "b", "c"]


def test_a_model_takes_the_place_of_another_in_one_step(models):
    first, second = tuned_model("first"), tuned_model("second")
    models.register(first)
    models.register(second)
    was = promote(models, first)

    now = with_status(second, ModelStatus.PROMOTED)
    then = with_status(was, ModelStatus.SUPERSEDED)
    models.replace(ModelChange(second, now), ModelChange(was, then))

    assert models.promoted() == models.get(second.run) == now
    assert models.get(first.run) == then

    models.replace(
        ModelChange(now, with_status(now, ModelStatus.ROLLED_BACK)), ModelChange(then, was)
    )
    assert models.promoted() == was


def test_without_a_promoted_model_none_answers(models):
    model = tuned_model()
    models.register(model)
    promoted = promote(models, model)

    models.replace(ModelChange(promoted, with_status(promoted, ModelStatus.ROLLED_BACK)))

    assert models.promoted() is None
    assert promote(models, models.get(model.run)) == models.promoted()


def test_no_second_model_is_promoted(models):
    first, second = tuned_model("first"), tuned_model("second")
    models.register(first)
    models.register(second)
    promoted = promote(models, first)

    with pytest.raises(ConflictError):
        promote(models, second)
    assert models.promoted() == promoted
    assert models.get(second.run) == second


def test_a_changed_incumbent_is_not_replaced(models):
    first, second, third = (tuned_model(run) for run in ("first", "second", "third"))
    for model in (first, second, third):
        models.register(model)
    was = promote(models, first)
    over = with_status(was, ModelStatus.SUPERSEDED)
    now = with_status(second, ModelStatus.PROMOTED)
    models.replace(ModelChange(second, now), ModelChange(was, over))

    with pytest.raises(ConflictError):
        models.replace(
            ModelChange(third, with_status(third, ModelStatus.PROMOTED)), ModelChange(was, over)
        )
    assert models.promoted() == now
    assert models.get(third.run) == third


def test_one_of_several_changes_that_cannot_be_made_undoes_the_others(models):
    first, second = tuned_model("first"), tuned_model("second")
    models.register(first)
    models.register(second)
    stale = replace(second, reason="something else")

    with pytest.raises(ConflictError):
        models.replace(
            ModelChange(first, with_status(first, ModelStatus.NOT_PROMOTED)),
            ModelChange(stale, with_status(stale, ModelStatus.NOT_PROMOTED)),
        )
    assert list(models.list()) == [first, second]


def test_what_is_not_there_cannot_be_changed(models):
    model = tuned_model()
    with pytest.raises(ConflictError):
        promote(models, model)
    assert models.get(model.run) is None
    assert models.promoted() is None


def test_of_many_that_are_promoted_at_once_one_is(models):
    candidates = [tuned_model(f"run-{number}") for number in range(6)]
    for model in candidates:
        models.register(model)

    def won(model: TunedModel) -> bool:
        try:
            promote(models, model)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(won, candidates)) == 1
    statuses = [model.status for model in models.list()]
    assert statuses.count(ModelStatus.PROMOTED) == 1
    assert models.promoted() in models.list()


def test_of_two_changes_to_one_model_at_once_none_is_lost(models):
    model = tuned_model()
    models.register(model)
    promoted = promote(models, model)

    models.replace(ModelChange(promoted, replace(promoted, saw_erased=frozenset({"a.md"}))))
    with pytest.raises(ConflictError):
        models.replace(ModelChange(promoted, replace(promoted, saw_erased=frozenset({"b.md"}))))

    assert models.promoted().saw_erased == {"a.md"}
