"""Sentences that a model might say, right and wrong, on their way through a real answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.grounding import main, shares
from benchmarks.grounding_checks import AlwaysRight, on_the_path, read_rows, row_of
from tests.chat_server import running_chat_server
from tests.chats import patient
from tests.verifying import checking_chat
from wellread.adapters.openai.chat import OpenAICompatibleChat
from wellread.adapters.verifying.model_verifier import ModelVerifier
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.knowledge.errors import ModelUnavailableError

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
    rows = [row_of(row) for row in ROWS]
    results = [result for row in rows for result in on_the_path(AlwaysRight(rows), row, {})]

    assert shares(results) == {
        "right": 1.0, "wrong": 0.0, "number": 0.0, "swapped": 0.0, "hallucinated": 0.0,
    }  # fmt: skip
    assert [result.kind for result in results].count("right") == 2


class Failing:
    name = "failing"

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        raise ModelUnavailableError("not there")


def test_what_the_words_decided_is_not_counted_for_another() -> None:
    with pytest.raises(ModelUnavailableError, match="failing did not answer"):
        list(on_the_path(Failing(), row_of(ROWS[0]), {}))


@pytest.mark.parametrize("way", [[], ["--pipeline"]])
def test_the_model_of_the_settings_is_measured(tmp_path: Path, way: list[str]) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in ROWS))
    knows = AlwaysRight(read_rows(file))
    with running_chat_server() as server:
        server.behaviour = checking_chat(lambda claim, _: knows.knows(claim))
        settings = {"WELLREAD_MODEL_URL": server.url, "WELLREAD_MODEL": "reader"}
        arguments = ["--set", str(file), "--verifier", "words", "--verifier", "model", *way]
        result = CliRunner(env=settings).invoke(main, arguments)

    assert result.exit_code == 0, result.output
    assert "| let through | sentences | words | model |" in result.output
    assert result.output.rstrip().endswith("| 1.000 |")


@pytest.mark.shared
def test_a_sample_of_the_handed_set_comes_through_as_a_right_checker_says(
    shared: Callable[[str], Path],
) -> None:
    rows = read_rows(shared("data/grounding") / "devset.jsonl")[::6]
    knows = AlwaysRight(rows)
    with running_chat_server() as server:
        server.behaviour = checking_chat(lambda claim, _: knows.knows(claim))
        model = ModelVerifier(patient(OpenAICompatibleChat(server.url, "reader")))
        results = [result for row in rows for result in on_the_path(model, row, {})]

    right = [result for result in results if result.kind == "right"]
    share = shares(results)
    assert len(right) >= 20
    assert share["right"] >= 0.98, [each.claim.text for each in right if not each.through]
    assert share["wrong"] <= 0.02
