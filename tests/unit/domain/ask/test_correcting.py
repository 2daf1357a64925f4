"""A person's answer in plain words, each sentence with what it rests on."""

from __future__ import annotations

import pytest

from wellread.domain.ask.correcting import find_words, with_markers
from wellread.domain.knowledge.errors import InvalidQuestionError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("It is so.", "It is so. [1][2]"),
        ("It is so [2]. And so.[1]", "It is so. [2] And so. [1]"),
        ("It is so. [1]", "It is so. [1]"),
        ("It is\n\nso. Really?", "It is. [1][2] so. [1][2] Really? [1][2]"),
        ("- one\n- two [1]", "- one. [1][2]\n- two. [1]"),
    ],
)
def test_each_sentence_has_its_markers_or_all(text: str, shown: str) -> None:
    assert with_markers(text, 2) == shown


@pytest.mark.parametrize("text", ["It is so [3].", "It is so [0]."])
def test_a_marker_of_no_quote_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuestionError, match="without a quote"):
        with_markers(text, 2)


def test_words_are_found_whatever_white_space_is_between() -> None:
    text = "There are\n  30 days (of leave)."

    assert find_words("are 30 days (of", text) == (6, 23)
    assert find_words("30 days", text) == (12, 19)
    assert find_words("31 days", text) is None
    assert find_words(" .. ", text) is None
