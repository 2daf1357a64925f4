"""The benchmark of verifiers reads both formats and counts what it lets through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.grounding import balanced, main, shares
from benchmarks.grounding_checks import alone, read_rows
from benchmarks.grounding_fit import Read, fitted
from wellread.adapters.verifying.words_verifier import WordsVerifier

_ANSWER = {
    "id": "q1",
    "question": "How long is the tunnel?",
    "sources": [
        {"n": 1, "head": "Tunnel", "text": "The tunnel is 900 metres long."},
        {"n": 2, "head": "Bridge", "text": "The bridge is 40 metres long."},
    ],
    "right": "The tunnel is 900 metres long. [1] The bridge is 40 metres long. [2]",
    "wrong": [{"kind": "number", "sentence": "The tunnel is 40 metres long. [1]", "why": "900"}],
}
_PASSAGE = {
    "id": "p1",
    "from": "invented",
    "source": "The bridge closes at 22:00.",
    "right": ["The bridge closes at 22:00."],
    "wrong": [{"kind": "negation", "claim": "The bridge does not close at 22:00."}],
}


@pytest.fixture
def both(tmp_path: Path) -> Path:
    file = tmp_path / "set.jsonl"
    declined = _ANSWER | {"right": "The documents don't say.", "wrong": []}
    file.write_text("\n".join(json.dumps(row) for row in (_ANSWER, _PASSAGE, declined)))
    return file


def test_each_sentence_is_checked_against_the_source_that_it_marks(both: Path) -> None:
    row = read_rows(both)[0]
    assert [(s.kind, c.text, c.head) for s in row.said for c in s.claims] == [
        ("right", "The tunnel is 900 metres long.", "Tunnel"),
        ("right", "The bridge is 40 metres long.", "Bridge"),
        ("number", "The tunnel is 40 metres long.", "Tunnel"),
    ]


def test_a_decline_is_no_claim(both: Path) -> None:
    assert [len(row.said) for row in read_rows(both)] == [2, 2, 0]


def test_what_is_kept_and_let_through_is_counted_by_kind(both: Path) -> None:
    share = shares(each for row in read_rows(both) for each in alone(WordsVerifier(), row))
    assert share == {"right": 1.0, "wrong": 0.0, "number": 0.0, "negation": 0.0}
    assert balanced(share) == 1.0


@pytest.mark.parametrize("way", [[], ["--pipeline"], ["--without", "hedge_lost"]])
def test_the_table_is_printed(both: Path, way: list[str]) -> None:
    result = CliRunner().invoke(main, ["--set", str(both), "--always-right", *way])
    assert result.exit_code == 0, result.output
    assert "| let through | sentences | words | always right |" in result.output
    assert "| balanced accuracy | 5 | 1.000 | 1.000 |" in result.output


def test_each_signal_is_left_out_in_turn(both: Path) -> None:
    result = CliRunner().invoke(main, ["--set", str(both), "--ablation"])
    assert "| number_missing | 1.000, " in result.output


def test_weights_are_judged_on_what_they_were_not_fitted_on(both: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps(_PASSAGE))
    result = CliRunner().invoke(main, ["--set", str(both), "--set", str(other), "--fit"])
    assert result.exit_code == 0, result.output
    assert "| set.jsonl, each tenth | " in result.output
    assert "| set.jsonl, invented | " in result.output
    assert "| other.jsonl | " in result.output


def test_a_verifier_that_is_not_there_is_named(both: Path) -> None:
    result = CliRunner().invoke(main, ["--set", str(both), "--verifier", "chance"])
    assert result.exit_code == 1
    assert 'WELLREAD_VERIFIER is "chance"' in result.output


def test_no_signal_speaks_for_a_claim() -> None:
    read = [Read({"bad": 1.0, "good": 0.0}, False), Read({"bad": 0.0, "good": 1.0}, True)] * 20
    weights = fitted([read])
    assert weights["bad"] > 0
    assert weights["good"] == 0
