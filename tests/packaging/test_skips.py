"""Why tests were skipped is said once a reason."""

from __future__ import annotations

import pytest

from tests.skips import pytest_terminal_summary, reasons_of


def skipped(reason: str) -> pytest.TestReport:
    return pytest.TestReport(
        "tests/test_a.py::test_a",
        ("tests/test_a.py", 1, "test_a"),
        {},
        "skipped",
        ("tests/test_a.py", 1, f"Skipped: {reason}"),
        "setup",
    )


class Terminal:
    """Notes what is written on it."""

    def __init__(self, skips: list[pytest.TestReport]) -> None:
        self.stats = {"skipped": skips} if skips else {}
        self.lines: list[str] = []

    def section(self, title: str) -> None:
        self.lines.append(title)

    def line(self, text: str) -> None:
        self.lines.append(text)


def test_a_reason_is_told_once_with_the_number_of_its_tests() -> None:
    skips = [skipped("no browser"), skipped("no data"), skipped("no data")]
    assert reasons_of(skips) == {"no data": 2, "no browser": 1}
    terminal = Terminal(skips)
    pytest_terminal_summary(terminal)
    assert terminal.lines == ["tests skipped, by reason", "    2  no data", "    1  no browser"]


def test_a_run_that_skipped_nothing_says_nothing_of_it() -> None:
    terminal = Terminal([])
    pytest_terminal_summary(terminal)
    assert terminal.lines == []
