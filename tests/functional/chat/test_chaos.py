"""Whatever fails in Slack and wherever a worker dies, a question gets exactly one reply."""

from __future__ import annotations

from pathlib import Path

from tests.functional.chat.chaos import Step, office_in, run, steps_met, trials

SEED, TRIALS = 7, 90


def test_every_question_gets_one_reply_whatever_goes_wrong(tmp_path: Path) -> None:
    with office_in(tmp_path / "data") as office:
        results = [run(office, trial) for trial in trials(office, SEED, TRIALS)]
    assert [result for result in results if not result.holds] == []
    assert sum(result.killed for result in results) > TRIALS


def test_a_process_can_die_at_every_call_that_leaves_a_trace(tmp_path: Path) -> None:
    with office_in(tmp_path / "data") as office:
        met = {step for step, _, _ in steps_met(office)}
    for call in (
        "queue put",
        "queue delete",
        "ledger put",
        "threads append",
        "slack chat.startStream",
        "slack chat.stopStream",
        "slack chat.postMessage",
    ):
        assert {Step(call, after=False), Step(call, after=True)} <= met
