from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.text.words import content_words, negated, numbers, stem, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("days", "day"),
        ("instances", "instance"),
        ("encrypted", "encryption"),
        ("policies", "policy"),
        ("reimbursed", "reimbursement"),
        ("Urlaubstage", "Urlaubstagen"),
    ],
)
def test_forms_of_one_word_share_a_stem(one: str, other: str):
    assert stem(one.lower()) == stem(other.lower())


@pytest.mark.parametrize(("one", "other"), [("status", "stat"), ("class", "clas"), ("is", "i")])
def test_different_words_keep_different_stems(one: str, other: str):
    assert stem(one) != stem(other)


def test_function_words_are_no_content():
    assert content_words("How many days of leave do I get in a year?") == ["day", "leav", "year"]
    assert content_words("Wie viele Tage gibt es?") == [stem("viele"), stem("tage")]


def test_contracted_negations_are_split():
    assert words("You can't, and it doesn’t.") == ["you", "ca", "not", "and", "it", "does", "not"]
    assert negated("It won't start.")
    assert not negated("It will start.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10,000 rows", {"10000"}),
        ("1.200,50 EUR", {"1.200.50"}),
        ("version 2.10.1", {"2.10.1"}),
        ("three of 4", {"3", "4"}),
        ("at 9:30", {"9:30"}),
        ("no digits", set()),
    ],
)
def test_numbers_are_compared_without_their_separators(text: str, expected: set[str]):
    assert numbers(text) == expected


@given(st.text(max_size=60))
def test_a_stem_is_a_stable_beginning_of_its_word(text: str):
    for word in words(text):
        assert word.startswith(stem(word))
        assert stem(word)
