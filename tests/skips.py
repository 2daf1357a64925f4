"""The end of a run says why tests were skipped: each reason once, with how many tests it cost.

The conftest of all tests takes the hook over by importing it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest


def reasons_of(skipped: Iterable[pytest.TestReport | pytest.CollectReport]) -> Counter[str]:
    """How many tests each reason skipped."""
    found: Counter[str] = Counter()
    for report in skipped:
        # pytest's own form of a skip: the file, the line, and "Skipped: " before the reason.
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        found[reason.removeprefix("Skipped: ")] += 1
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = reasons_of(terminalreporter.stats.get("skipped", ()))
    if reasons:
        terminalreporter.section("tests skipped, by reason")
    for reason, tests in reasons.most_common():
        terminalreporter.line(f"{tests:5}  {reason}")
