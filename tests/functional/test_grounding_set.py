"""Sentences that a model might say, right and wrong, on their way through a real answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.grounding_pipeline import AlwaysRight, read_rows, run_through
from tests.chat_server import running_chat_server
from tests.verifying import checking_chat
from wellread.adapters.openai.generator import OpenAICompatibleGenerator
from wellread.adapters.verifying.model_verifier import ModelVerifier

ROWS = [
    {
        "id": "1",
        "question": "How long is leave?",
        "sources": [
            {
                "n": 1,
                "head": "Staff rules > Leave",
                "text": "Leave is thirty days a year. Ask Ann.",
            },
            {"n": 2, "head": "Staff rules > Cars", "text": "Cars are parked in yard B."},
        ],
        "right": "Everybody has a month off. [1] You can park in the second yard. [2]",
        "wrong": [
            {"kind": "number", "sentence": "Leave is forty days a year. [1]"},
            {"kind": "swapped", "sentence": "Cars are asked for by Ann. [2]"},
        ],
    },
    {
        "id": "2",
        "question": "Who won?",
        "sources": [{"n": 1, "head": "Games", "text": "Nobody knows."}],
        "right": "The documents don't say.",
        "wrong": [{"kind": "hallucinated", "sentence": "Ann won. [1]"}],
    },
]


def test_with_a_checker_that_is_always_right_nothing_else_is_lost_or_let_through() -> None:
    through = run_through(ROWS, AlwaysRight(ROWS))

    assert through.kept == 1.0
    assert through.let_through == 0.0
    assert (through.right["said"], through.balanced) == (2, 1.0)
    assert through.wrong.keys() == {"number", "swapped", "hallucinated"}


@pytest.mark.shared
def test_a_sample_of_the_handed_set_comes_through_as_a_right_checker_says(
    shared: Callable[[str], Path],
) -> None:
    rows = read_rows(shared("data/grounding") / "devset.jsonl")[::6]
    knows = AlwaysRight(rows)
    with running_chat_server() as server:
        server.behaviour = checking_chat(lambda claim, _: knows.knows(claim))
        model = OpenAICompatibleGenerator(server.url, "reader")
        through = run_through(rows, ModelVerifier(model))

    assert through.right["said"] >= 20
    assert through.kept >= 0.98, through.lost
    assert through.let_through <= 0.02, through.passed
