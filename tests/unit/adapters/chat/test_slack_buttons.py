from __future__ import annotations

import pytest

from wellread.adapters.chat import buttons
from wellread.adapters.chat.slack.buttons import AskedWhy, asked_why


def test_what_a_button_carries_comes_back() -> None:
    value = buttons.reply_value("thread-1", 3, buttons.DOWN)
    assert buttons.reply_of_value(value) == buttons.AboutReply("thread-1", 3, buttons.DOWN)
    assert buttons.text_of_value(buttons.text_value("Wie lange?")) == "Wie lange?"
    why = AskedWhy("thread-1", 3, "C0LAB", "1726133698.1", direct=False)
    assert asked_why(why.packed) == why


def test_words_that_are_too_long_for_a_button_get_none() -> None:
    assert buttons.text_value("ä" * 1_980) is not None
    assert buttons.text_value("ä" * 2_000) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "{",
        "[]",
        "[" * 1_900,
        '{"thread": 1, "turn": 1, "verdict": ""}',
        '{"thread": "t", "turn": true, "verdict": ""}',
        '{"thread": "t", "turn": 1, "verdict": "sideways"}',
        '{"thread": "t", "turn": 1, "conversation": [], "message_thread": "1", "direct": true}',
        '{"thread": "t", "turn": 1, "conversation": "C", "message_thread": "1", "direct": 1}',
        '{"text": 1}',
        '{"text": "' + "x" * 2_000 + '"}',
    ],
)
def test_what_we_did_not_make_says_nothing(value: object) -> None:
    assert buttons.reply_of_value(value) is None
    assert buttons.text_of_value(value) is None
    assert asked_why(value) is None
