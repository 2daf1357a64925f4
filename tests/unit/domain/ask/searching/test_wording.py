"""A question in the words of the texts that were found for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ask.searching.wording import OTHERWISE, Wording

TEXTS = [
    "The harbour master keeps the keys. Reimbursement takes nine days.",
    "Set HTTPPort to ninety. The cooperative meets on Mondays. Check-in ends at noon.",
    "Die Gebühr für den Liegeplatz. Der Gezeitenkalender hängt aus.",
    "E5512 says that the belt stands; E5521 says that the hatch is open.",
    "船坞规则。停泊费每晚四十二元。",
]


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("Who keeps the keys?", "Who keeps the keys?"),
        ("Who is the harbuor mastre?", "Who is the harbour master?"),
        ("How long does Riembursement take?", "How long does Reimbursement take?"),
        ("Which http port?", "Which httpport?"),
        ("When does the co-operative meet?", "When does the cooperative meet?"),
        ("When does checkin end?", "When does check in end?"),
        ("Was kostet die Liegeplatzgebühr?", "Was kostet die Liegeplatz gebühr?"),
        ("停泊费是多少？", "停泊费是多少？"),
        ("Is there a swimming pool?", "Is there a swimming pool?"),
    ],
)
def test_a_question_is_rewritten_as_the_texts_write_it(asked, read):
    assert Wording.of(asked, TEXTS).question == read


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("harbour", 0, 1.0),
        ("harbours", 0, 1.0),
        ("harbuor", 0, OTHERWISE),
        ("harbour", 1, 0.0),
        ("http port", 1, 1.0),
        ("checkin", 1, 1.0),
        ("Liegeplatzgebühr", 2, 1.0),
        ("Kalender", 2, OTHERWISE),
        ("error 5512", 3, 1.0),
        ("E-5512", 3, 1.0),
        ("E-5525", 3, 0.0),
        ("停泊费", 4, 1.0),
    ],
)
def test_a_text_holds_a_word_in_any_spelling_and_another_word_less(question, text, share):
    wording = Wording.of(question, TEXTS)
    held = wording.held(TEXTS[text])

    words = [each.word for each in wording.asked if each.word not in ("error",)]
    assert [held.get(word, 0.0) for word in words] == [share] * len(words)


def test_a_word_that_some_text_has_is_not_taken_for_another():
    wording = Wording.of("Is the hatch open?", [*TEXTS, "The match is over."])

    assert wording.question == "Is the hatch open?"
    assert "match" not in wording.held("The match is over.")


def test_the_parts_of_an_identifier_are_not_asked_for():
    wording = Wording.of("What does part 400-600-500 cost?", ["500-400-600 costs 9"])

    assert [each.word for each in wording.asked] == ["400.600.500", "cost"]
    assert wording.held("500-400-600 costs 9") == {"cost": 1.0}


def test_what_announces_an_identifier_need_not_be_there():
    texts = ["7.3.2 Smoke: no fires.", "7.2.3 Noise"]

    assert [each.word for each in Wording.of("What of clause 7.3.2?", texts).asked] == ["7.3.2"]
    held = Wording.of("What of noise 7.3.2?", texts).held(texts[0])
    assert held == {"7.3.2": 1.0}


def test_without_texts_nothing_is_held():
    assert Wording.of("harbour 5512", []).held("") == {}


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
def test_any_question_is_read(question, texts):
    wording = Wording.of(question, texts)
    for text in texts:
        assert all(0 < share <= 1 for share in wording.held(text).values())
