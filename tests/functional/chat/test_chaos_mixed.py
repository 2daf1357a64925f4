"""With Slack and Teams on one queue, a question gets one reply in each, whatever goes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.functional.chat.chaos import Step
from tests.functional.chat.chaos_mixed import mixed_office, pairs, run_both, teams_steps, told

SEED, PAIRS = 7, 40


def check(folder: Path, seed: int, count: int) -> None:
    """Ask so many questions in each platform."""
    with mixed_office(folder) as office:
        results = [run_both(office, *pair) for pair in pairs(office, seed, count)]
        strayed = office.tenant.strayed
    slack, teams = [each for each, _ in results], [each for _, each in results]
    figures = told(slack, teams)
    print(figures)
    assert [each for each in (*slack, *teams) if not each.holds] == [], figures
    assert [each for each in teams if each.doubled and not each.excused] == [], figures
    # Without this the ledger may have been asked for something else.
    assert sum(each.known for each in teams) > count / 2, figures
    assert sum(each.killed for each in slack) > count, figures
    assert sum(each.unseen == 0 for each in teams) > count / 3, figures
    assert strayed == []


def test_nothing_is_lost_and_what_may_be_doubled_in_teams_is_counted(tmp_path: Path) -> None:
    check(tmp_path / "data", SEED, PAIRS)


@pytest.mark.slow
def test_nothing_is_lost_of_a_thousand_questions(tmp_path: Path) -> None:
    check(tmp_path / "data", 11, 520)


def test_a_process_can_die_at_every_call_to_teams_that_leaves_a_trace(tmp_path: Path) -> None:
    with mixed_office(tmp_path / "data") as office:
        met = {step for step, _, _ in teams_steps(office)}
    for call in ("queue put", "queue delete", "ledger put", "threads append"):
        assert {Step(call, after=False), Step(call, after=True)} <= met
    for call in ("teams stream", "teams send", "teams members"):
        assert {Step(call, after=False), Step(call, after=True)} <= met
