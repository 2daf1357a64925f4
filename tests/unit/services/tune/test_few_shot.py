from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wellread.domain.ask.prompting import DECLINE, Prompt, render_messages
from wellread.domain.ask.questions import Mode
from wellread.services.tune.few_shot import EXAMPLE_CHARACTERS, FewShot, worked_examples


class Listening:
    """Remembers what it is asked."""

    name = "listening"
    passage_characters = 1200

    def __init__(self) -> None:
        self.heard: Sequence[Mapping[str, str]] = ()

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        self.heard = messages
        yield "Seven days. [1]"


def row(kind: str, asked: str, answered: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "prompt": [{"role": "system", "content": "S"}, {"role": "user", "content": asked}],
        "completion": [{"role": "assistant", "content": answered}],
    }


ROWS = [
    row("answer", "a long question about loans", "Long. [1]"),
    row("answer", "short", "Short. [1]"),
    row("near_miss", "who?", DECLINE),
    row("answer", "a longer question about loans still", "Longer. [1]"),
]


def test_the_shortest_rows_are_shown_two_answers_with_a_decline_between() -> None:
    shown = worked_examples(ROWS)
    assert [each.answered for each in shown] == ["Short. [1]", DECLINE, "Long. [1]"]


def test_what_does_not_fit_is_left_out_but_for_one() -> None:
    huge = "word " * EXAMPLE_CHARACTERS
    assert len(worked_examples([row("answer", huge, "A. [1]"), row("near_miss", huge, "B")])) == 1


def test_without_rows_nothing_is_shown() -> None:
    assert worked_examples([]) == []


def test_examples_stand_between_the_instructions_and_the_question() -> None:
    chat = Listening()
    few = FewShot(chat, worked_examples(ROWS))
    prompt = Prompt("For how long?", "For how long?", (), Mode.RAG)
    assert "".join(few.generate(prompt)) == "Seven days. [1]"
    system, *rest = render_messages(prompt)
    assert chat.heard[0] == system
    assert [m["role"] for m in chat.heard[1:-1]] == ["user", "assistant"] * 3
    assert list(chat.heard[-1:]) == rest
    assert (few.name, few.passage_characters) == ("listening", 1200)
