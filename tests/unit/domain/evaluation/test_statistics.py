from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellread.domain.evaluation.statistics import (
    Judgement,
    area_under_curve,
    calibration,
    compare,
    declined_at,
    estimate,
    median,
    percentile_95,
    quantile,
    risk_coverage,
    trade_off,
)


def test_an_interval_holds_the_mean_and_comes_out_the_same_again() -> None:
    values = [1.0] * 70 + [0.0] * 30
    found = estimate(values)
    assert found == estimate(values)
    assert found.value == pytest.approx(0.7)
    assert found.low == pytest.approx(0.61, abs=0.02)
    assert found.high == pytest.approx(0.79, abs=0.02)
    assert found.count == 100


def test_more_questions_make_an_interval_narrower() -> None:
    few, many = estimate([0.0, 1.0] * 10), estimate([0.0, 1.0] * 100)
    assert many.high - many.low < (few.high - few.low) / 2


def test_an_interval_of_a_median_is_of_the_median() -> None:
    found = estimate([1.0, 2.0, 3.0, 100.0, 2.0], median)
    assert (found.value, found.low) == (2.0, 1.0)


def test_quantiles_lie_between_values_where_need_be() -> None:
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert median([5.0]) == 5.0
    assert percentile_95([float(n) for n in range(101)]) == 95.0


def test_a_steady_gain_is_better_and_a_gain_by_chance_is_not() -> None:
    base = {str(n): n % 3 / 3 for n in range(60)}
    steady = {key: value + 0.1 for key, value in base.items()}
    wavering = {key: value + (0.3 if int(key) % 2 else -0.28) for key, value in base.items()}
    gain, chance = compare(steady, base), compare(wavering, base)
    assert gain is not None
    assert chance is not None
    assert gain.judgement is Judgement.BETTER
    assert gain.difference.value == pytest.approx(0.1)
    assert chance.judgement is Judgement.NO_DIFFERENCE
    assert chance.difference.low < 0 < chance.difference.high


def test_fewer_seconds_are_better_and_a_loss_is_worse() -> None:
    slow, fast = {"a": 2.0, "b": 3.0}, {"a": 1.0, "b": 2.0}
    faster = compare(fast, slow, lower_is_better=True)
    lower = compare(fast, slow)
    assert faster is not None
    assert lower is not None
    assert (faster.judgement, lower.judgement) == (Judgement.BETTER, Judgement.WORSE)


def test_only_questions_that_both_runs_have_are_compared() -> None:
    found = compare({"a": 1.0, "b": 0.0}, {"a": 1.0, "c": 0.0})
    assert found is not None
    assert (found.this, found.other, found.difference.count) == (1.0, 1.0, 1)
    assert compare({"a": 1.0}, {"b": 1.0}) is None


def test_risk_grows_with_the_wrong_answers_let_through() -> None:
    answered = [(0.9, True), (0.2, False), (0.8, True), (0.5, False)]
    assert risk_coverage(answered, 8) == [
        (1 / 8, 0.0),
        (2 / 8, 0.0),
        (3 / 8, pytest.approx(1 / 3)),
        (4 / 8, 0.5),
    ]


def test_answers_of_one_score_are_let_through_together() -> None:
    assert risk_coverage([(0.5, True), (0.5, False)], 2) == [(1.0, 0.5)]


def test_a_threshold_trades_answers_for_declines() -> None:
    scores = [(0.9, True), (0.6, True), (0.7, False), (0.1, False)]
    assert trade_off(scores) == [
        (0.1, 1.0, 0.0),
        (0.6, 1.0, 0.5),
        (0.7, 0.5, 0.5),
        (0.9, 0.5, 1.0),
    ]
    assert trade_off([(0.5, True)]) == []


def test_a_threshold_that_may_decline_some_answerable_questions_declines_others() -> None:
    answerable = [n / 20 for n in range(1, 21)]
    unanswerable = [0.02, 0.07, 0.12, 0.5]
    shares = [declined_at(answerable, unanswerable, rate) for rate in (0.0, 0.05, 0.1)]
    assert [share and share.value for share in shares] == [0.25, 0.5, 0.75]
    assert [share and share.count for share in shares] == [4, 4, 4]
    assert shares == [declined_at(answerable, unanswerable, rate) for rate in (0.0, 0.05, 0.1)]
    assert declined_at([], unanswerable, 0.1) is None
    assert declined_at(answerable, [], 0.1) is None


def test_a_questions_kinds_are_told_apart_at_one_threshold() -> None:
    answerable, near, far = [0.3, 0.6, 0.9], [0.5, 0.7], [0.1, 0.2]
    found = [declined_at(answerable, kind, 0.4) for kind in (near, far, near + far)]
    assert [share and share.value for share in found] == [0.5, 1.0, 0.75]


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.sampled_from([0.05, 0.1, 0.3]),
)
@settings(max_examples=20, deadline=None)
def test_what_is_declined_at_a_rate_is_the_best_point_of_the_trade_off(
    answerable: list[int], unanswerable: list[int], rate: float
) -> None:
    curve = trade_off([(n, True) for n in answerable] + [(n, False) for n in unanswerable])
    found = declined_at(answerable, unanswerable, rate)
    assert found is not None
    assert found.value == max(
        declined for _, answered, declined in curve if answered >= 1 - rate - 1e-9
    )
    assert 0.0 <= found.low <= found.high <= 1.0


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order() -> None:
    assert area_under_curve([(0.9, True), (0.6, True), (0.7, False), (0.6, False)]) == 0.625
    assert area_under_curve([(0.9, True)]) is None


def test_calibration_bins_hold_about_equally_many() -> None:
    bins = calibration([(n / 10, n >= 5) for n in range(10)], bins=2)
    assert [(b.count, b.share) for b in bins] == [(5, 0.0), (5, 1.0)]
    assert [b.score for b in bins] == pytest.approx([0.2, 0.7])
    assert calibration([]) == []


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_bins_and_curves_lose_no_question(scores: list[tuple[float, bool]]) -> None:
    assert sum(each.count for each in calibration(scores)) == len(scores)
    last_coverage, last_risk = risk_coverage(scores, len(scores))[-1]
    assert last_coverage == 1.0
    assert last_risk == pytest.approx(sum(not right for _, right in scores) / len(scores))
