"""How tuned models are promoted, superseded, rolled back and marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.doubles import SetClock
from tests.tuned import tuned_model
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_models import SqliteModelRegistry
from wellread.domain.knowledge.errors import ConflictError, NotFoundError, PermanentError
from wellread.domain.tune.models import ModelStatus, RunName
from wellread.services.tune.tuned_models import TunedModels

FIRST, SECOND, THIRD = RunName("first"), RunName("second"), RunName("third")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def database(tmp_path: Path):
    made = SqliteDatabase(tmp_path / "data.sqlite")
    yield made
    made.close()


@pytest.fixture
def registry(database) -> SqliteModelRegistry:
    return SqliteModelRegistry(database)


@pytest.fixture
def models(registry, clock) -> TunedModels:
    made = TunedModels(registry, clock)
    for number, run in enumerate((FIRST, SECOND, THIRD)):
        made.register(tuned_model(run, created_at=float(number)))
    return made


def statuses(models: TunedModels) -> dict[str, str]:
    return {model.run: model.status.value for model in models.list()}


def win(models: TunedModels, run: RunName, over: RunName | None = None, **values):
    return models.passed(run, "Better by 0.2.", {"combined": 0.8}, incumbent=over, **values)


def test_a_training_leaves_a_candidate_whatever_it_says_of_itself(models, clock):
    said = tuned_model("fourth", status=ModelStatus.PROMOTED, follows=FIRST)

    kept = models.register(said)

    assert kept.status is ModelStatus.CANDIDATE
    assert kept.follows is None
    assert kept.changed_at == clock()
    assert models.promoted() is None


def test_a_candidate_that_passes_the_gate_answers(models, clock):
    clock.now += 5
    promoted = win(models, FIRST)

    assert promoted == models.answering() == models.get(FIRST)
    assert promoted.status is ModelStatus.PROMOTED
    assert promoted.reason == "Better by 0.2."
    assert promoted.metrics == {"combined": 0.8}
    assert promoted.changed_at == clock()
    assert promoted.follows is None


def test_the_model_before_it_is_superseded(models):
    win(models, FIRST)
    assert win(models, SECOND, FIRST).follows == FIRST

    assert statuses(models) == {"first": "superseded", "second": "promoted", "third": "candidate"}
    assert models.get(FIRST).reason == "second answers in its place."


def test_a_win_over_a_model_that_answers_no_more_promotes_nothing(models):
    win(models, FIRST)
    win(models, SECOND, FIRST)

    with pytest.raises(ConflictError, match="measured against first, and second is promoted"):
        win(models, THIRD, FIRST)
    with pytest.raises(ConflictError, match="measured against no tuned model"):
        win(models, THIRD)
    assert models.get(THIRD).status is ModelStatus.CANDIDATE
    assert models.promoted().run == SECOND


def test_a_verdict_that_is_told_again_changes_nothing(models, clock):
    promoted = win(models, FIRST)
    failed = models.failed(SECOND, "Worse.", {"combined": 0.1})
    clock.now += 60

    assert win(models, FIRST) == promoted
    assert models.failed(SECOND, "Worse.", {}) == failed


def test_a_judged_model_is_not_judged_otherwise(models):
    win(models, FIRST)
    models.failed(SECOND, "Worse.", {})

    with pytest.raises(PermanentError, match="judged before: it is promoted"):
        models.failed(FIRST, "Worse after all.", {})
    with pytest.raises(PermanentError, match=r"not promoted \(Worse\)"):
        win(models, SECOND, FIRST)


def test_a_model_that_waits_for_approval_does_not_answer_until_a_person_says_so(models):
    waiting = win(models, FIRST, approval=True)
    assert waiting.status is ModelStatus.AWAITING_APPROVAL
    assert models.answering() is None

    assert models.promote(FIRST).reason == "Better by 0.2."
    assert models.answering().run == FIRST


def test_an_approval_that_comes_after_another_promotion_is_refused(models):
    win(models, FIRST, approval=True)
    win(models, SECOND)

    with pytest.raises(ConflictError, match="measured against no tuned model, and second"):
        models.promote(FIRST)
    assert models.promoted().run == SECOND


def test_a_person_may_refuse_a_model_that_waits_and_no_other(models):
    win(models, FIRST, approval=True)

    assert models.refuse(FIRST, "Not this week.").status is ModelStatus.NOT_PROMOTED
    assert models.refuse(FIRST, "Still not.").reason == "Not this week."
    with pytest.raises(PermanentError, match="does not wait for approval: it is candidate"):
        models.refuse(SECOND, "No.")


@pytest.mark.parametrize("judged", [False, True])
def test_what_did_not_pass_the_gate_is_not_promoted_by_hand(models, judged):
    if judged:
        models.failed(FIRST, "RAG alone is better.", {})
    said = r"not promoted \(RAG alone is better\)" if judged else "it is candidate"

    with pytest.raises(PermanentError, match=said):
        models.promote(FIRST)
    assert models.promoted() is None


def test_a_model_that_answered_before_may_be_promoted_again_by_hand(models):
    win(models, FIRST)
    win(models, SECOND, FIRST)

    assert models.promote(FIRST).follows == SECOND
    assert statuses(models) == {"first": "promoted", "second": "superseded", "third": "candidate"}
    assert models.promote(FIRST) == models.promoted()

    models.rollback()
    assert models.promote(FIRST).status is ModelStatus.PROMOTED


def test_a_roll_back_leads_to_the_model_before_it(models):
    win(models, FIRST)
    win(models, SECOND, FIRST)
    win(models, THIRD, SECOND)

    done = models.rollback("It was rude.")
    assert (done.away.run, done.away.status, done.away.reason) == (
        THIRD,
        ModelStatus.ROLLED_BACK,
        "It was rude.",
    )
    assert done.back == models.answering()
    assert done.back.run == SECOND

    assert models.rollback().back.run == FIRST
    assert models.rollback().back is None
    assert models.answering() is None
    assert set(statuses(models).values()) == {"rolled_back"}


def test_without_a_promoted_model_there_is_nothing_to_roll_back(models):
    with pytest.raises(PermanentError, match="nothing to roll back"):
        models.rollback()


def test_roll_backs_end_however_models_were_promoted_by_hand(models):
    win(models, FIRST)
    win(models, SECOND, FIRST)
    models.promote(FIRST)

    assert models.rollback().back.run == SECOND
    assert models.rollback().back is None


def test_a_model_of_other_prompts_is_not_asked_and_not_promoted(registry, clock, models):
    win(models, FIRST)
    win(models, SECOND, FIRST)
    later = TunedModels(registry, clock, prompt_version="another")

    assert later.promoted().run == SECOND
    assert later.answering() is None
    with pytest.raises(PermanentError, match="prompts that wellread does not use any more"):
        later.promote(FIRST)
    with pytest.raises(PermanentError, match="prompts that wellread does not use any more"):
        later.passed(THIRD, "Better.", {}, incumbent=SECOND)


def test_models_that_saw_a_deleted_document_are_marked_and_go_on_answering(models, clock):
    win(models, FIRST)
    clock.now += 60

    marked = models.mark_erased({"a.md"}, {"dataset-of-first", "dataset-of-nobody"})
    assert list(marked) == [FIRST]
    assert list(models.mark_erased({"b.md", "a.md"}, {"dataset-of-first"})) == [FIRST]

    assert models.get(FIRST).saw_erased == {"a.md", "b.md"}
    assert models.answering() == models.get(FIRST)
    assert models.get(FIRST).changed_at == clock() - 60
    assert models.get(SECOND).saw_erased == frozenset()
    assert models.mark_erased({"a.md"}, ()) == models.mark_erased((), {"dataset-of-first"}) == ()


def test_a_mark_is_not_lost_over_what_happens_meanwhile(models, database, clock):
    class Hasty(SqliteModelRegistry):
        """Promotes a model between another's look and its write, once."""

        def replace(self, *changes) -> None:
            if models.promoted() is None:
                win(models, FIRST)
            super().replace(*changes)

    hasty = TunedModels(Hasty(database), clock)
    hasty.mark_erased({"a.md"}, {"dataset-of-first"})

    assert models.promoted().saw_erased == {"a.md"}


def test_an_unknown_run_is_named(models):
    with pytest.raises(NotFoundError, match="no model of a run named nobody"):
        models.promote(RunName("nobody"))


def test_registering_again_keeps_what_the_model_was_found_to_have_seen(models):
    models.mark_erased({"a.md"}, {"dataset-of-first"})

    again = models.register(replace(tuned_model(FIRST), created_at=0.0))

    assert again.saw_erased == {"a.md"}
