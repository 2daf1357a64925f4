from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ask.questions import Mode, Turn
from wellread.domain.ask.searching.rewriting import STANDALONE_CHARACTERS, standalone

LEAVE = "How many vacation days do full-time employees get?"


def turn(
    question: str, answer: str = "Fine. [1]", *, searched: str | None = None, declined: bool = False
) -> Turn:
    return Turn(1, question, searched or question, answer, declined, Mode.RAG)


def test_the_first_question_stays_as_it_is():
    assert standalone("  And for  part-timers?", []) == "And for part-timers?"


@pytest.mark.parametrize(
    "follow_up",
    [
        "And for part-timers?",
        "What about Germany?",
        "How long does it take?",
        "Why?",
        "In Germany?",
        "Does that apply to interns?",
        "Is there a deadline?",
        "Can I carry them over?",
        "Is this also true for apprentices?",
        "Und in Teilzeit?",
        "Gilt das auch für Praktikanten?",
    ],
)
def test_a_follow_up_gets_the_topic_of_its_thread(follow_up: str):
    rewritten = standalone(follow_up, [turn(LEAVE)])
    assert rewritten.startswith(f"{LEAVE} {follow_up}")


@pytest.mark.parametrize(
    "independent",
    [
        "Who approves travel expenses?",
        "How much is the per diem in France?",
        "Can I stop a DB instance that has a read replica?",
        "Is it recommended that I enable offline mode?",
        "When you stop an instance, does it keep its address?",
        "What is Kubernetes?",
        "How long does it take to restore a snapshot?",
        "Is there a company gym in Lisbon?",
        "And what is the deadline for expense reports?",
        "Welche Fristen gelten für Reisekosten?",
    ],
)
def test_an_independent_question_stays_as_it_is(independent: str):
    assert standalone(independent, [turn(LEAVE)]) == independent


def test_an_ordinal_brings_in_what_the_answer_listed_there():
    listed = turn("What are the storage types?", "They are: General Purpose; Magnetic; Cold. [1]")
    assert "(Magnetic)" in standalone("What about the second one?", [listed])
    assert "(Cold)" in standalone("And the last one?", [listed])


def test_an_ordinal_beyond_the_list_brings_in_nothing():
    listed = turn("What are the storage types?", "They are: Standard; Cold. [1]")
    assert "(" not in standalone("And the fifth one?", [listed])


def test_a_pronoun_brings_in_the_name_that_the_answer_gave():
    named = turn("Who handles data protection?", "The Privacy Office handles it. [1]")
    assert "Privacy Office" in standalone("How do I reach them?", [named])


def test_a_thread_is_carried_through_several_follow_ups():
    second = turn("And for part-timers?", searched=f"{LEAVE} And for part-timers?")
    rewritten = standalone("And in Germany?", [turn(LEAVE), second])
    assert rewritten == f"{LEAVE} And for part-timers? And in Germany?"


def test_a_new_topic_replaces_the_old_one():
    rewritten = standalone("And by train?", [turn(LEAVE), turn("How do I book flights?")])
    assert "vacation" not in rewritten
    assert "flights" in rewritten


def test_after_a_decline_the_topic_that_got_an_answer_comes_along():
    declined = turn("What is the gym's address?", "The documents don't say.", declined=True)
    rewritten = standalone("And for interns?", [turn(LEAVE), declined])
    assert "vacation days" in rewritten
    assert rewritten.index("gym") < rewritten.index("vacation")


def test_words_of_a_declined_answer_are_not_brought_in():
    declined = turn("Who is the mascot?", "The documents don't say.", declined=True)
    assert "documents" not in standalone("Where is it?", [declined])


def test_a_turn_that_was_searched_for_with_nothing_gives_no_topic():
    assert standalone("And why?", [turn(LEAVE, searched=" ")]) == "And why?"


@given(st.lists(st.text(min_size=1, max_size=300), min_size=1, max_size=6), st.booleans())
def test_a_rewritten_question_never_grows_without_bound(texts: list[str], declined: bool):
    turns: list[Turn] = []
    for text in texts:
        question = f"And {text}?"
        searched = standalone(question, turns)
        assert len(searched) <= len(question) + STANDALONE_CHARACTERS
        turns.append(turn(question, text, searched=searched, declined=declined))
