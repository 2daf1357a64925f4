"""The function that does the steps: what it calls, and how it breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from functions.fine_tune import app
from tests.remote_world import RUN, World
from wellread import bootstrap
from wellread.bootstrap import Services
from wellread.domain.knowledge.errors import TransientError
from wellread.domain.tune.remote_runs import why
from wellread.local.lambda_runtime import LocalContext

CONTEXT = LocalContext("fine_tune")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    remote = made.services()
    remote.starting = SimpleNamespace(due=lambda why: f"{why}-day")
    remote.begin = lambda run: {"ended": made.ending.known(run) is not None}
    with bootstrap.override(cast("Services", SimpleNamespace(remote=remote))):
        yield made
    made.database.close()


def step(name: str, **more: Any) -> dict[str, Any]:
    return app.lambda_handler({"step": name, "run": RUN, **more}, CONTEXT)


def test_a_run_is_done_step_by_step(world: World) -> None:
    assert step("begin") == {"ended": False}
    assert step("dataset")["rows"] == 40
    step("check")
    step("estimate")
    job = step("order")["job"]
    world.jobs.end(job)
    assert step("trained", job=job)["do"] == "register"
    step("register")
    assert step("serve") == {"ready": True}
    assert step("questions")["count"] > 20
    assert not step("judge")["passed"]
    assert step("refuse", reason="No gain.")["verdict"] == "not promoted"
    assert step("begin") == {"ended": True}


def test_what_is_due_is_started(world: World) -> None:
    assert app.lambda_handler({"due": "schedule"}, CONTEXT) == {"started": "schedule-day"}


def test_a_step_that_will_not_work_breaks_with_words_that_are_read_again(world: World) -> None:
    with pytest.raises(app.StepRefusedError) as caught:
        step("check")
    said = {"Error": "StepRefusedError", "Cause": cause_of(caught.value)}
    assert "no note of its step dataset" in why(said)


def test_a_step_that_was_busy_says_so_by_its_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> None:
        raise TransientError("The bucket did not answer.")

    monkeypatch.setattr(world.training, "dataset", busy)
    with pytest.raises(app.StepBusyError):
        step("dataset")


def test_a_name_that_is_none_is_refused(world: World) -> None:
    with pytest.raises(app.StepRefusedError, match="no name for a run"):
        app.lambda_handler({"step": "begin", "run": "../x"}, CONTEXT)


def cause_of(error: Exception) -> str:
    """As Lambda tells Step Functions of it."""
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
