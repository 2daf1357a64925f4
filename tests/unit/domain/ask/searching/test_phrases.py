from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ask.searching.phrases import belongs, names, swapped, things


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("When does the Maple pool open?", ["Maple"]),
        ("Mona Lind keeps them. Then ring Ray Stone's desk.", ["Mona Lind", "Ray Stone"]),
        ("What does pump P-20 weigh in 2024?", ["P-20"]),
        ("Where do I park?", []),
        ("Wann öffnet das Lager?", []),
    ],
)
def test_names_are_capitals_amid_a_sentence_and_identifiers(text: str, found: list[str]):
    assert names(text) == found


@pytest.mark.parametrize(
    ("question", "stems"),
    [
        ("Should I switch the pump off?", {"pump"}),
        ("Do I keep my blue badge?", {"blue", "badg"}),
        ("Should guests stay?", {"guest", "stay"}),
    ],
)
def test_what_a_question_is_of_follows_its_first_article(question: str, stems: set[str]):
    assert things(question) == stems


@pytest.mark.parametrize(
    ("sentence", "together"),
    [
        ("The deposit for a kayak is 40 euros.", True),
        ("A kayak deposit is 40 euros.", True),
        ("The deposit is paid for the blue kayak.", False),
        ("A deposit and a kayak.", False),
        ("A kayak may be hired for 2 days.", False),
    ],
)
def test_something_belongs_to_a_thing_where_a_sentence_binds_them(sentence: str, together: bool):
    assert belongs("the deposit", "a kayak", sentence) is together


def test_a_swap_says_which_phrase_had_to_go():
    swap = swapped("the canoe", "How long may a kayak be hired?")
    assert swap is not None
    assert (swap.text, swap.instead_of) == ("How long may a canoe be hired?", "a kayak")


@given(
    st.sampled_from(["the ", "a ", "Our "]), st.text(min_size=1, max_size=40), st.text(max_size=80)
)
def test_any_words_can_be_put_in_place(article: str, words: str, around: str):
    fragment = article + words
    question = f"{around} How long may a kayak be hired?"
    if names(f"x {fragment}") or things(fragment):
        swap = swapped(fragment, question)
        assert swap is None or swap.instead_of in question
