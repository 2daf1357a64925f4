"""Typing mistakes for the benchmark: the same every time, and such as people make."""

from __future__ import annotations

import random

from benchmarks.typos import mistyped
from wellread.domain.ask.searching.spelling import slips

TEXT = "Which harbour master keeps the spare engine keys?"


def test_so_many_long_words_are_mistyped_each_by_one_slip():
    for seed in range(50):
        typed = mistyped(TEXT, 2, random.Random(seed))
        pairs = [
            (right, wrong)
            for right, wrong in zip(TEXT[:-1].split(), typed[:-1].split(), strict=True)
            if right != wrong
        ]
        assert len(pairs) <= 2
        assert all(len(right) >= 5 and slips(wrong, right, 1) for right, wrong in pairs)


def test_a_seed_stands_for_the_same_mistakes():
    assert mistyped(TEXT, 2, random.Random(3)) == mistyped(TEXT, 2, random.Random(3))


def test_a_text_of_short_words_stays_as_it_is():
    assert mistyped("Who has the key?", 2, random.Random(1)) == "Who has the key?"
