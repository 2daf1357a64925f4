"""Which known word an unknown one was meant for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ask.searching.spelling import (
    compounds,
    halves,
    mistyped,
    one_slip_away,
    parts,
    possible_parts,
    slips,
)


@pytest.mark.parametrize(
    ("typed", "meant", "count"),
    [
        ("harbuor", "harbour", 1),
        ("harbor", "harbour", 1),
        ("harbourr", "harbour", 1),
        ("harbous", "harbour", 1),
        ("ahrbour", "harbour", 1),
        ("moorning", "mooring", 1),
        ("reimbrusemetn", "reimbursement", 2),
        ("witner", "winter", 1),
        ("moor", "moro", 1),
        ("laeve", "leave", 1),
    ],
)
def test_a_slip_of_the_fingers_is_understood(typed, meant, count):
    assert mistyped(typed, meant) == count


@pytest.mark.parametrize(
    ("typed", "other"),
    [
        ("hinter", "winter"),  # another first letter
        ("stake", "state"),  # a short word with another letter is another word
        ("form", "for"),
        ("fork", "form"),
        ("reimburse", "rehearse"),
        ("harbour", "labour"),
    ],
)
def test_another_word_is_not_taken_for_it(typed, other):
    assert mistyped(typed, other) is None


@given(st.text("abcde", min_size=4, max_size=9), st.text("abcde", min_size=4, max_size=9))
def test_slips_are_the_same_in_both_directions(one, other):
    assert slips(one, other, 2) == slips(other, one, 2)


@given(st.text("abcdefgh", min_size=6, max_size=7), st.data())
def test_every_word_one_slip_away_is_named(word, data):
    place = data.draw(st.integers(1, len(word) - 1))
    typed = word[:place] + data.draw(st.sampled_from("abxyz")) + word[place + 1 :]

    assert word == typed or word in one_slip_away(typed)


@given(st.text("abcé", min_size=4, max_size=9))
def test_what_is_one_slip_away_may_have_been_meant(word):
    assert {mistyped(word, other) for other in one_slip_away(word)} <= {1}


def test_a_long_word_is_no_more_work_than_a_short_one():
    assert one_slip_away("abcdefghij" * 2)
    assert one_slip_away("abcdefghij" * 2 + "k") == frozenset()


def test_nothing_is_meant_by_numbers_or_short_words():
    assert (
        one_slip_away("12345") == one_slip_away("cat") == one_slip_away("停泊费用") == frozenset()
    )


def test_a_compound_falls_into_the_parts_that_are_known():
    known = {"liegeplatz", "gebühr", "werft", "ordnung", "haus"}

    assert parts("liegeplatzgebühr", known) == ("liegeplatz", "gebühr")
    assert parts("werftsordnung", known) == ("werft", "ordnung")
    assert parts("hausbootverbot", known) == ()
    assert parts("mattenliegeplatz", known) == ("liegeplatz",)


def test_the_parts_that_may_be_looked_up_are_no_stop_words():
    assert {"harbour", "master"} <= possible_parts("harbourmaster")
    assert "after" not in possible_parts("afternoons")


def test_a_word_is_found_in_what_it_begins_or_ends():
    known = ["liegeplatzgebühr", "gebührenordnung", "gebührt", "ungebührlich"]

    assert compounds("gebühr", known) == ["liegeplatzgebühr", "gebührenordnung"]
    assert compounds("tag", ["tagebuch"]) == []


def test_a_word_may_be_written_in_two():
    assert "check in" in halves("checkin")
    assert "log in" in halves("login")
