"""Words of scripts without spaces fall into overlapping pairs of characters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.text.unspaced import spaced
from wellread.domain.text.words import words


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("停车场", ["停车", "车场"]),
        ("停车费是多少？", ["停车", "车费"]),
        ("駐車場はどこですか。", ["駐車", "車場"]),
        ("コーヒー・紅茶", ["コー", "ーヒ", "ヒー", "紅茶"]),
        ("りんごの値段", ["りん", "んご", "値段"]),
        ("주차장은 어디입니까?", ["주차", "차장"]),
        ("第4条", ["第", "4", "条"]),
        ("A4纸", ["a4", "纸"]),
    ],
)
def test_a_run_of_characters_is_cut_into_pairs(text, pieces):
    assert words(text) == pieces


def test_a_text_with_spaces_comes_back_as_it_is():
    text = "Größe, naïve и слово: 12"

    assert spaced(text) is text


@given(st.text(max_size=80))
def test_no_letter_is_added_and_other_scripts_stay_as_they_are(text):
    composed = unicodedata.normalize("NFKC", text)

    assert set(spaced(composed)) <= {*composed, " "}
