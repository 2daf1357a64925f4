from __future__ import annotations

import math

import pytest

from wellread.wire.vectors import MAX_CHARACTERS, sendable, unit_vector


def test_a_vector_keeps_its_direction_and_gets_unit_length() -> None:
    assert unit_vector([3, 4.0]) == (0.6, 0.8)


@pytest.mark.parametrize(
    "values", ["abc", b"abc", None, 7, ["1"], [[1.0]], [], [0.0, 0.0], [math.nan], [math.inf]]
)
def test_what_has_no_direction_is_no_vector(values: object) -> None:
    with pytest.raises(ValueError, match="it gives"):
        unit_vector(values)


def test_other_dimensions_are_refused() -> None:
    with pytest.raises(ValueError, match="3 dimensions where it gave 2"):
        unit_vector([1.0, 2.0, 3.0], 2)


@pytest.mark.parametrize("text", ["", " \n\t", "\0", "\u200b\ufeff"])
def test_a_text_without_anything_to_see_is_sent_as_a_dash(text: str) -> None:
    assert sendable(text) == "-"


def test_a_text_is_cut_and_made_encodable() -> None:
    assert sendable("x" * (MAX_CHARACTERS + 1)) == "x" * MAX_CHARACTERS
    assert sendable("a \ud83d b") == "a ? b"
