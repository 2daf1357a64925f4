from __future__ import annotations

import pytest

from wellread.api.deadline import SPARE_SECONDS, answer_by

NOW = 1_800_000_000.0


class Context:
    """A Lambda context with so many seconds left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


def asked(seconds_ago: float) -> dict[str, object]:
    return {"requestContext": {"timeEpoch": int((NOW - seconds_ago) * 1000)}}


def test_a_host_without_a_limit_sets_none() -> None:
    assert answer_by(asked(1), None, NOW) is None
    assert answer_by(asked(1), object(), NOW) is None


@pytest.mark.parametrize("start", [0.0, 1.5, 6.0])
def test_the_answer_is_there_25_seconds_after_the_request_however_long_the_start_took(
    start: float,
) -> None:
    limit = answer_by(asked(start), Context(29), NOW)

    assert limit == pytest.approx(NOW - start + 29 - SPARE_SECONDS)
    assert limit == pytest.approx(NOW - start + 25)


@pytest.mark.parametrize(
    "event", [{}, {"requestContext": None}, {"requestContext": {}}, asked(-5), asked(86_400)]
)
def test_without_a_plausible_time_of_the_request_the_functions_own_counts(
    event: dict[str, object],
) -> None:
    assert answer_by(event, Context(29), NOW) == pytest.approx(NOW + 25)
