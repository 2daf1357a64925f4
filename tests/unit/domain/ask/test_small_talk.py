from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ask.small_talk import SmallTalk, mistyped, small_talk


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("hi", SmallTalk.GREETING),
        ("Hi there!!! 👋", SmallTalk.GREETING),
        ("heyyyy", SmallTalk.GREETING),
        ("Good morning, wellread", SmallTalk.GREETING),
        ("What's up?", SmallTalk.GREETING),
        ("Hallo zusammen", SmallTalk.GREETING),
        ("Grüß Gott", SmallTalk.GREETING),
        ("Wie geht's?", SmallTalk.GREETING),
        ("thanks", SmallTalk.THANKS),
        ("ok thank you so much :)", SmallTalk.THANKS),
        ("Thanks for explaining the visitor rules", SmallTalk.THANKS),
        ("Danke schön!", SmallTalk.THANKS),
        ("danke für die Hilfe", SmallTalk.THANKS),
        ("bye", SmallTalk.GOODBYE),
        ("See you later", SmallTalk.GOODBYE),
        ("Auf Wiedersehen", SmallTalk.GOODBYE),
        ("tschuss", SmallTalk.GOODBYE),
        ("help", SmallTalk.HELP),
        ("HELP ME PLEASE", SmallTalk.HELP),
        ("hi, what can you do?", SmallTalk.HELP),
        ("who r u", SmallTalk.HELP),
        ("Who are you?", SmallTalk.HELP),
        ("What can I ask you?", SmallTalk.HELP),
        ("Hilfe!", SmallTalk.HELP),
        ("Was kannst du?", SmallTalk.HELP),
        ("Kannst du mir helfen?", SmallTalk.HELP),
        ("How does this work?", SmallTalk.HELP),
        ("What documents are there?", SmallTalk.HELP),
        ("ok", SmallTalk.THANKS),
        ("ok, help", SmallTalk.HELP),
    ],
)
def test_a_message_that_is_courtesy_all_through_is_small_talk(message: str, kind: SmallTalk):
    assert small_talk(message) is kind


@pytest.mark.parametrize(
    "question",
    [
        "Where is the help desk?",
        "help desk hours",
        "Who do I thank?",
        "thanks to whom is the library open?",
        "Thanks for that, and when does it close?",
        "Good morning, when does the desk open?",
        "Can you help me with my badge?",
        "What can you do with a broken badge?",
        "Who are you supposed to call?",
        "hello world program",
        "Was kannst du zu Rechnungen sagen?",
        "Wer bekommt Hilfe?",
        "goodbye gift budget",
        "hi-vis vests",
        "how are you paid",
        "What documents are there on parking?",
        "ok, and parking?",
    ],
)
def test_a_question_that_holds_such_a_word_is_a_question(question: str):
    assert small_talk(question) is None
    assert mistyped(question) is None


def test_what_points_back_is_small_talk_only_at_the_start():
    assert small_talk("How does it work?") is SmallTalk.HELP
    assert small_talk("How does it work?", opening=False) is None


@pytest.mark.parametrize(
    ("message", "kind", "wrong"),
    [
        ("thnaks", SmallTalk.THANKS, {"thnaks"}),
        ("hepl", SmallTalk.HELP, {"hepl"}),
        ("hllo", SmallTalk.GREETING, {"hllo"}),
        ("waht can you do?", SmallTalk.HELP, {"waht"}),
        ("who are yuo", SmallTalk.HELP, {"yuo"}),
        ("vielne Dank", SmallTalk.THANKS, {"vielne"}),
        ("tank you", SmallTalk.THANKS, {"tank"}),
    ],
)
def test_a_slip_of_the_fingers_is_seen_and_named(message: str, kind: SmallTalk, wrong: set[str]):
    assert small_talk(message) is None
    assert mistyped(message) == (kind, wrong)


@pytest.mark.parametrize("word", ["key", "dance", "kelp", "badge", "leave"])
def test_another_word_is_no_slip(word: str):
    assert mistyped(word) is None


@given(st.text(max_size=60))
def test_any_message_is_either_small_talk_or_nearly_so_or_neither(message: str):
    assert small_talk(message) is None or mistyped(message) is None
