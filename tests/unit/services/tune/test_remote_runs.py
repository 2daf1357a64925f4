"""Runs far away, step by step."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.remote_world import QUESTIONS, RUN, World
from tests.tuning import declined, misled, outcome
from wellread.domain.knowledge.errors import (
    ConflictError,
    InvalidConfigurationError,
    NotFoundError,
    PermanentError,
    TransientError,
)
from wellread.domain.tune.arms import CANDIDATE, Arm
from wellread.domain.tune.costs import read_prices
from wellread.domain.tune.models import ModelStatus, RunName
from wellread.domain.tune.remote_runs import (
    AWAITS_APPROVAL,
    ENDED,
    MOST_ATTEMPTS,
    broken,
    why,
)
from wellread.ports.hosting import HostStatus, JobStatus

FIRST, SECOND = "wellread-may-1", "wellread-may-2"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.database.close()


def better(world: World) -> World:
    """What answers now errs in every other question that the documents answer."""
    world.arms[Arm.RAG].answers = lambda number, arm: (
        declined(number, arm) if number % 2 else outcome(number, arm)
    )
    return world


def status(world: World, run: RunName = RUN) -> ModelStatus:
    return world.models.get(run).status


# ------------------------------------------------------------------ training


def test_a_dataset_is_built_once_however_often_the_step_is_done(world: World) -> None:
    first = world.training.dataset(RUN)
    assert world.training.dataset(RUN) == first == {"dataset": "d1", "rows": 40}
    assert world.building.built == 1


@pytest.mark.parametrize(
    ("counts", "prompts", "says"),
    [
        ({"train": 4, "validation": 5}, "", "4 rows to learn from"),
        ({"train": 40, "validation": 0}, "", "no rows to stop early by"),
        ({"train": 40, "validation": 5}, "older", "prompts of an older wellread"),
    ],
)
def test_a_dataset_that_is_not_worth_a_training_ends_the_run_before_it_costs(
    world: World, counts: dict[str, int], prompts: str, says: str
) -> None:
    made = world.building.made.as_json() | {"counts": counts}
    world.building.made = type(world.building.made)(
        **{
            **{name: getattr(world.building.made, name) for name in world.building.made.__slots__},
            "counts": made["counts"],
            "prompt_version": prompts or world.building.made.prompt_version,
        }
    )
    world.training.dataset(RUN)
    with pytest.raises(PermanentError, match=says):
        world.training.check(RUN)


def test_a_dataset_that_somebody_changed_is_not_trained_on(world: World) -> None:
    world.training.dataset(RUN)
    world.training.check(RUN)
    world.files.put("d1", "train.jsonl", "{}\n")
    with pytest.raises(PermanentError, match="not what its manifest says"):
        world.training.check(RUN)


def test_a_run_may_not_cost_more_than_it_may(tmp_path: Path) -> None:
    for budget, refused in ((0.0, False), (3.5, False), (3.4, True)):
        world = World(tmp_path / str(budget), budget=budget)
        world.training.dataset(RUN)
        if refused:
            with pytest.raises(PermanentError, match=r"3\.00 dollars .* cost 0\.50"):
                world.training.estimate(RUN)
        else:
            assert "3.00 dollars" in world.training.estimate(RUN)["at_most"]
        world.database.close()


def test_a_limit_without_a_price_is_said(tmp_path: Path) -> None:
    world = World(tmp_path, budget=1.0, prices=read_prices(""))
    world.training.dataset(RUN)
    with pytest.raises(InvalidConfigurationError, match="InstancePrices"):
        world.training.estimate(RUN)
    world.database.close()


def test_jobs_of_a_run_share_their_checkpoints(world: World) -> None:
    world.training.dataset(RUN)
    first = world.training.order(RUN)
    assert (first["job"], first["do"]) == (FIRST, "train")
    world.jobs.end(FIRST, JobStatus.INTERRUPTED, "no computer")
    look = world.training.trained(RUN, FIRST)
    assert (look["do"], look["reason"]) == ("again", "no computer")
    assert world.training.order(RUN)["job"] == SECOND
    one, other = world.jobs.orders
    assert one.checkpoints == other.checkpoints == "s3://state/fine-tune/may/checkpoints/"
    assert one.dataset == "s3://state/datasets/d1/"


@pytest.mark.parametrize(
    ("status_", "do"), [(JobStatus.COMPLETED, "take"), (JobStatus.RUNNING, "wait")]
)
def test_a_run_that_is_started_again_takes_the_job_that_there_is(
    world: World, status_: JobStatus, do: str
) -> None:
    world.training.dataset(RUN)
    world.jobs.end(FIRST, status_)
    assert world.training.order(RUN) == {"job": FIRST, "do": do, "request": {}}


def test_a_training_that_is_interrupted_every_time_is_given_up(world: World) -> None:
    world.training.dataset(RUN)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert world.training.order(RUN)["job"] == f"wellread-may-{attempt}"
        world.jobs.end(f"wellread-may-{attempt}", JobStatus.INTERRUPTED, "no computer")
    with pytest.raises(PermanentError, match="no computer"):
        world.training.trained(RUN, f"wellread-may-{MOST_ATTEMPTS}")
    with pytest.raises(PermanentError, match="none came to its end"):
        world.training.order(RUN)


def test_a_failed_training_says_its_reason(world: World) -> None:
    world.training.dataset(RUN)
    world.jobs.end(FIRST, JobStatus.FAILED, "The recipe has no rank. Say one.")
    with pytest.raises(PermanentError, match="no rank"):
        world.training.trained(RUN, FIRST, {"Error": "States.TaskFailed"})


def test_a_job_that_could_not_be_started_says_why(world: World) -> None:
    with pytest.raises(PermanentError, match="ResourceLimitExceeded"):
        world.training.trained(RUN, FIRST, {"Error": "ResourceLimitExceeded", "Cause": "0"})
    with pytest.raises(PermanentError, match="not begun"):
        world.training.trained(RUN, FIRST)


def test_a_bill_counts_all_jobs_of_the_run(world: World) -> None:
    world.training.dataset(RUN)
    world.jobs.end(FIRST, JobStatus.INTERRUPTED)
    world.jobs.end(SECOND)
    world.training.trained(RUN, SECOND)
    bill = world.notes.known(RUN, "trained")
    assert (bill["jobs"], bill["billable_seconds"], bill["dollars"]) == (2, 2_400, 1.0)
    assert bill["cost"] == "0.67 hours, 1.00 dollars of ml.g5.2xlarge"


def test_a_model_is_entered_once_and_is_a_candidate(world: World) -> None:
    world.train()
    world.training.register(RUN)
    model = world.models.get(RUN)
    assert model.status is ModelStatus.CANDIDATE
    assert model.location == "sagemaker:models/may"
    assert model.audiences == {"everyone"}
    assert model.passage_characters == 2_400
    assert world.catalogue.entered == ["may"]
    assert json.loads(world.notes.read(RUN, "training.json") or "")["jobs"] == 1


def test_a_model_that_does_not_come_up_ends_the_run_with_the_reason(world: World) -> None:
    world.train()
    world.host.status, world.host.reason = HostStatus.FAILED, "No image."
    with pytest.raises(PermanentError, match="No image"):
        world.training.serve(RUN)


def test_a_model_that_comes_up_is_waited_for_and_not_for_ever(world: World) -> None:
    world.train()
    world.host.status = HostStatus.STARTING
    assert world.training.serve(RUN) == {"ready": False}
    world.clock.sleep(7_201)
    with pytest.raises(PermanentError, match="two hours"):
        world.training.serve(RUN)


# ------------------------------------------------------------------ judging


def test_every_question_is_asked_once_in_every_arm(world: World) -> None:
    world.train()
    world.judge()
    world.judge()
    assert {len(arm.asked) for arm in world.arms.values()} == {QUESTIONS}


def test_a_model_that_wakes_is_asked_again(world: World) -> None:
    world.train()
    world.judging.questions(RUN)
    (first, *_) = json.loads(world.notes.read(RUN, "questions.json") or "")
    world.arms[CANDIDATE].waking = 1
    with pytest.raises(TransientError):
        world.judging.answer(RUN, first)
    assert world.judging.answer(RUN, first) == {"answered": first["id"]}


def test_a_better_candidate_passes_and_its_report_says_by_how_much(world: World) -> None:
    better(world).train()
    judged = world.judge()
    assert judged["passed"]
    assert judged["figures"]["gain_low"] > 0
    report = json.loads(world.notes.read(RUN, "report.json") or "")
    assert report["costs"]["dollars"] == 0.5
    assert report["arms"].keys() == {"rag", "tuned_rag"}


@pytest.mark.parametrize(
    ("candidate", "says"),
    [(outcome, "No gain is shown"), (misled, "worse")],
    ids=["equal", "worse"],
)
def test_another_candidate_does_not_pass(world: World, candidate: Any, says: str) -> None:
    world.arms[CANDIDATE].answers = candidate
    world.train()
    judged = world.judge()
    assert not judged["passed"]
    assert says in judged["reason"]


def test_a_dataset_without_held_out_questions_cannot_be_measured(world: World) -> None:
    world.train()
    world.files.put("d1", "held-out.jsonl", "")
    with pytest.raises(PermanentError, match="nothing can be measured"):
        world.judging.questions(RUN)


# ------------------------------------------------------------------ the end


def test_a_model_that_passed_is_promoted_kept_and_watched_to_the_end(world: World) -> None:
    better(world).train()
    world.judge()
    assert world.ending.promote(RUN) == {"looks": 0}
    assert status(world) is ModelStatus.PROMOTED
    assert world.host.kept == ["may"]
    assert world.catalogue.approved == {"package/may": True}
    seen = [world.ending.watch(RUN, looks)["do"] for looks in range(3)]
    assert seen == ["look again", "look again", "end"]
    end = world.ending.end(RUN)
    assert end["verdict"] == "promoted"
    (news,) = world.news.told
    assert (news.kind, news.verdict) == (ENDED, "promoted")
    assert news.report == "s3://state/fine-tune/may/report.md"
    assert "dollars" in news.cost
    assert json.loads(world.notes.read(RUN, "report.json") or "")["verdict"] == "promoted"


def test_an_alarm_rolls_the_registry_back_to_the_model_before(world: World) -> None:
    before = RunName("april")
    for run in (before, RUN):
        better(world).train(run)
        if run == RUN:
            world.arms[Arm.PROMOTED_RAG] = world.arms.pop(Arm.RAG)
            world.arms[Arm.PROMOTED_RAG].arm = Arm.PROMOTED_RAG
        assert world.judge(run)["passed"]
        world.ending.promote(run)
    world.host.alarms[RUN] = "The alarm went off: answers failed."
    look = world.ending.watch(RUN, 0)
    assert look["do"] == "roll back"
    end = world.ending.roll_back(RUN, look["reason"])
    assert end["verdict"] == "rolled back"
    assert "answers failed" in end["reason"]
    answering = world.models.answering()
    assert answering is not None
    assert answering.run == before
    # Told again, it changes nothing.
    assert world.ending.roll_back(RUN, look["reason"])["reason"] == end["reason"]
    assert world.models.answering() == answering


def test_who_rolls_back_by_hand_ends_the_watch(world: World) -> None:
    better(world).train()
    world.judge()
    world.ending.promote(RUN)
    world.models.rollback("It speaks of birds.")
    assert world.ending.watch(RUN, 0)["do"] == "end"
    end = world.ending.end(RUN)
    assert (end["verdict"], end["reason"]) == ("rolled back", "It speaks of birds.")


def test_a_model_that_did_not_pass_is_put_away_with_the_reason(world: World) -> None:
    world.train()
    judged = world.judge()
    end = world.ending.refuse(RUN, judged["reason"])
    assert (end["verdict"], end["reason"]) == ("not promoted", judged["reason"])
    assert status(world) is ModelStatus.NOT_PROMOTED
    assert world.host.served == {}
    assert world.catalogue.approved == {"package/may": False}


def test_a_person_is_asked_by_a_link_and_what_they_say_goes_to_the_step(world: World) -> None:
    better(world).train()
    world.judge()
    world.ending.ask(RUN, "token")
    assert status(world) is ModelStatus.AWAITING_APPROVAL
    (news,) = world.news.told
    assert news.kind == AWAITS_APPROVAL
    assert news.link.startswith("https://api/approvals/may-")
    assert news.until == world.clock() + 7 * 86_400
    assert "token" not in str(news)
    assert "beats" in world.approvals.reason(RUN)
    world.approvals.decide(RUN, approved=True)
    assert world.steps.words == [{"approved": True, "reason": ""}]
    with pytest.raises(ConflictError):
        world.approvals.decide(RUN, approved=False)
    world.ending.promote(RUN)
    assert status(world) is ModelStatus.PROMOTED
    with pytest.raises(NotFoundError, match="does not wait"):
        world.approvals.reason(RUN)


def test_a_person_who_refuses_says_why(world: World) -> None:
    better(world).train()
    world.judge()
    world.ending.ask(RUN, "token")
    world.approvals.decide(RUN, approved=False, reason="Not before the audit.")
    (word,) = world.steps.words
    end = world.ending.refuse(RUN, word["reason"])
    assert end["reason"] == "A person refused it: Not before the audit."
    assert status(world) is ModelStatus.NOT_PROMOTED


def test_nobodys_word_is_a_reason_too(world: World) -> None:
    better(world).train()
    world.judge()
    world.ending.ask(RUN, "token")
    assert world.ending.refuse(RUN, "")["reason"].startswith("Nobody approved of it within 7 days")


def test_a_step_that_broke_is_told_in_its_own_words_and_judges_nothing(world: World) -> None:
    world.train()
    cause = json.dumps({"errorType": "StepRefusedError", "errorMessage": broken("No image.")})
    end = world.ending.fail(RUN, {"Error": "StepRefusedError", "Cause": cause})
    assert (end["verdict"], end["reason"]) == ("not promoted", "No image.")
    assert status(world) is ModelStatus.CANDIDATE
    # What nobody asks costs nothing.
    assert world.host.served == {}
    assert world.ending.known(RUN) is None


def test_a_run_that_broke_before_there_was_a_model_is_told_of(world: World) -> None:
    end = world.ending.fail(RUN, {"Error": "States.Timeout", "Cause": ""})
    assert "in time" in end["reason"]
    assert world.news.told[0].reason == end["reason"]


def test_a_watch_that_broke_leaves_the_model_promoted(world: World) -> None:
    better(world).train()
    world.judge()
    world.ending.promote(RUN)
    end = world.ending.fail(RUN, {"Error": "Lambda.Unknown", "Cause": "{}"})
    assert end["verdict"] == "promoted"
    assert "not watched" in end["reason"]
    assert world.host.served


def test_a_run_that_ended_is_known(world: World) -> None:
    assert world.ending.known(RUN) is None
    better(world).train()
    world.judge()
    assert world.ending.known(RUN) is None
    world.ending.promote(RUN)
    known = world.ending.known(RUN)
    assert known is not None
    assert known["verdict"] == "promoted"


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        ({"Error": "X", "Cause": json.dumps({"errorMessage": broken("Because.")})}, "Because."),
        ({"Error": "X", "Cause": json.dumps({"errorMessage": "a secret"})}, "(X)"),
        ({"Error": "Lambda.Unknown", "Cause": "not JSON"}, "(Lambda.Unknown)"),
        ({"Error": "Sandbox.Timedout", "Cause": "{}"}, "in time"),
        ({}, "no error was named"),
    ],
)
def test_why_a_step_broke_is_said_and_nothing_that_was_not_meant_to_be(
    failure: dict[str, str], says: str
) -> None:
    assert says in why(failure)
    assert "secret" not in why(failure)
