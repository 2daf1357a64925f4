"""What every rate limiter does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest


def test_so_many_questions_are_admitted_in_a_minute_and_no_more(limiter_of):
    limiter = limiter_of(3)

    assert [limiter.admit("a") for _ in range(3)] == [0, 0, 0]
    assert limiter.admit("a") > 0


def test_who_waits_as_long_as_told_may_ask(limiter_of, clock):
    limiter = limiter_of(2)
    limiter.admit("a")
    clock.now += 25
    limiter.admit("a")

    wait = limiter.admit("a")
    assert wait == pytest.approx(35)
    clock.now += wait - 1
    assert limiter.admit("a") == pytest.approx(1)
    clock.now += 1
    assert limiter.admit("a") == 0
    assert limiter.admit("a") == pytest.approx(25)


def test_who_was_refused_does_not_wait_longer_for_asking(limiter_of, clock):
    limiter = limiter_of(1)
    limiter.admit("a")
    clock.now += 30

    assert [limiter.admit("a") for _ in range(5)] == pytest.approx([30] * 5)


def test_no_minute_has_more_than_the_limit_however_questions_fall(limiter_of, clock):
    limiter = limiter_of(4)
    admitted = []
    for step in (1, 30, 0, 2, 7, 0.5, 45, 3, 3, 3, 0, 20, 60, 0, 0, 0, 0, 59.5, 0.5, 0.5):
        clock.now += step
        if limiter.admit("a") == 0:
            admitted.append(clock.now)

    for end in admitted:
        assert sum(end - 60 < at <= end for at in admitted) <= 4
    assert len(admitted) > 10


def test_askers_do_not_count_for_each_other(limiter_of):
    limiter = limiter_of(1)

    assert limiter.admit("a") == 0
    assert limiter.admit("b \ud800") == 0
    assert limiter.admit("a") > 0
    assert limiter.admit("b \ud800") > 0


def test_of_many_questions_at_once_no_more_than_the_limit_are_admitted(limiter_of):
    limiter = limiter_of(5)

    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: limiter.admit("a"), range(24)))
    assert 1 <= sum(wait == 0 for wait in waits) <= 5
    assert all(wait >= 0 for wait in waits)


def test_a_clock_that_is_put_back_shuts_nobody_out_for_longer_than_a_minute(limiter_of, clock):
    limiter = limiter_of(1)
    limiter.admit("a")
    clock.now -= 3600
    assert limiter.admit("a") == 0

    clock.now -= 30
    wait = limiter.admit("a")
    assert 0 < wait <= 60
    clock.now += 90
    assert limiter.admit("a") == 0


def test_without_a_limit_every_question_is_admitted(limiter_of):
    limiter = limiter_of(0)

    assert [limiter.admit("a") for _ in range(50)] == [0] * 50
