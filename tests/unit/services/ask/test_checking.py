"""Verdicts while more is being written, and what becomes of an answer where there are none."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from wellread.domain.ask.checking.claims import Checked, Claim
from wellread.domain.knowledge.errors import ModelUnavailableError
from wellread.ports.models import Verifier
from wellread.services.ask import checking
from wellread.services.ask.checking import Checking

LEAVE = "Leave is thirty days a year."


def claim(number: int, text: str = LEAVE, source: str = LEAVE) -> Claim:
    return Claim(str(number), text, source)


class Held:
    """A verifier that answers a request once it is let go."""

    name = "held"

    def __init__(self, judge: Callable[[Claim], bool] = lambda _: True) -> None:
        self.judge = judge
        self.asked: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.gone = threading.Semaphore(0)

    def requests(self, claims: Sequence[Claim]) -> int:
        return 1

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        self.asked.append([each.id for each in claims])
        self.begun.release()
        assert self.gone.acquire(timeout=10)
        return [self.judge(each) for each in claims]


class Answering:
    """A verifier that answers at once, or fails."""

    name = "quick"

    def __init__(self, answer: Sequence[bool] | Exception) -> None:
        self.answer = answer
        self.asked = 0

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def held() -> Iterator[Held]:
    verifier = Held()
    yield verifier
    for _ in range(10):
        verifier.gone.release()


def rest(checking: Checking) -> dict[str, bool]:
    return {name: verdict for known in checking.rest() for name, verdict in known.items()}


def wait_for(checking: Checking) -> dict[str, bool]:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if known := checking.verdicts():
            return known
        time.sleep(0.005)
    raise AssertionError("no verdict came")


def test_what_is_written_while_a_request_is_under_way_goes_together_in_the_next(
    held: Held,
) -> None:
    checks = Checking(held)
    checks.add([claim(1)])
    assert held.begun.acquire(timeout=5)
    checks.add([claim(2)])
    checks.add([claim(3)])
    assert checks.verdicts() == {}
    held.gone.release()
    assert wait_for(checks) == {"1": True}
    assert held.begun.acquire(timeout=5)
    held.gone.release()

    assert rest(checks) == {"2": True, "3": True}
    assert held.asked == [["1"], ["2", "3"]]
    (report,) = checks.report({"1": True, "2": True, "3": False}, 0)
    assert (report.by, report.kept, report.dropped, report.requests) == ("held", 2, 1, 2)


def test_sources_that_are_too_much_for_one_request_go_in_several_at_once(held: Held) -> None:
    checks = Checking(held)
    checks.add(
        [claim(n, source="x" * 5_000) for n in range(1, 6)] + [claim(6, source="x" * 90_000)]
    )
    for _ in range(4):
        assert held.begun.acquire(timeout=5)
    assert sorted(held.asked) == [["1", "2"], ["3", "4"], ["5"], ["6"]]
    for _ in range(4):
        held.gone.release()
    assert len(rest(checks)) == 6


def test_without_time_nobody_is_asked(held: Held) -> None:
    checks = Checking(held, -1.0)
    checks.add([claim(1)])
    assert rest(checks) == {"1": True}
    assert held.asked == []


def test_at_the_end_nothing_waits_for_the_request_before(held: Held) -> None:
    checks = Checking(held)
    checks.add([claim(1)])
    checks.add([claim(2)])
    remaining = checks.rest()
    threading.Thread(target=lambda: [held.begun.acquire(timeout=5) for _ in range(2)]).start()
    assert next(remaining) == {}
    until = time.monotonic() + 5
    while len(held.asked) < 2 and time.monotonic() < until:
        time.sleep(0.005)
    assert sorted(held.asked) == [["1"], ["2"]]
    held.gone.release()
    held.gone.release()
    assert {k: v for known in remaining for k, v in known.items()} == {"1": True, "2": True}


@pytest.mark.parametrize(
    "answer",
    [ModelUnavailableError("it is away"), RuntimeError("of what a document says"), [], [True] * 3],
    ids=["away", "broken", "too few", "too many"],
)
def test_where_a_verifier_fails_the_words_decide_and_the_log_says_so(
    answer: Sequence[bool] | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    verifier = Answering(answer)
    checks = Checking(verifier)
    with caplog.at_level(logging.WARNING):
        checks.add([claim(1), claim(2, "Bananas are blue.")])
        found = rest(checks)
        checks.add([claim(3)])
        found |= rest(checks)

    assert found == {"1": True, "2": False, "3": True}
    assert verifier.asked == 1
    assert "words decide" in caplog.text
    assert "what a document says" not in caplog.text
    report = {each.by: each for each in checks.report(found, 0)}
    assert (report["quick"].kept, report["quick"].dropped) == (0, 0)
    assert (report["words"].kept, report["words"].dropped) == (2, 1)


@pytest.mark.parametrize("seconds", [0.05, 0.1])
def test_where_a_verifier_is_late_the_words_decide_in_time(seconds: float, held: Held) -> None:
    checks = Checking(held, seconds)
    began = time.monotonic()
    checks.add([claim(1)])
    checks.add([claim(2, "Bananas are blue.")])

    assert rest(checks) == {"1": True, "2": False}
    assert time.monotonic() - began < 2


def test_without_any_limit_the_last_verdicts_are_not_waited_for_for_ever(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "LAST_SECONDS", 0.05)
    checks = Checking(held)
    checks.add([claim(1)])

    assert rest(checks) == {"1": True}
    assert [each.by for each in checks.report({"1": True}, 0)] == ["held", "words"]


def test_a_verdict_that_comes_too_late_changes_nothing(held: Held) -> None:
    checks = Checking(held, 0.02)
    checks.add([claim(1, "Bananas are blue.")])
    assert rest(checks) == {"1": False}
    held.gone.release()
    time.sleep(0.05)
    assert checks.verdicts() == {}


def test_without_a_verifier_the_words_check_at_once() -> None:
    checks = Checking(None)
    checks.add([claim(1), claim(2, "Bananas are blue.")])

    assert checks.verdicts() == {"1": True, "2": False}
    assert checks.report({"1": True, "2": False}, 0)[0].by == "words"


def test_sentences_without_a_place_are_told_of_apart() -> None:
    assert Checking(None).report({}, 2) == (Checked("no passage", dropped=2),)
    assert Checking(None).report({}, 0) == ()


def test_a_verifier_in_this_process_asks_nobody() -> None:
    verifier: Verifier = Answering([True])
    checks = Checking(verifier)
    checks.add([claim(1)])
    rest(checks)

    assert [each.requests for each in checks.report({"1": True}, 0)] == [0]
