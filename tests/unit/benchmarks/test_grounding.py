"""The benchmark of verifiers reads both formats and counts what it lets through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.grounding import Words, balanced, main, measured, rows_of
from benchmarks.grounding_fit import fitted

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
    rows = rows_of(both)
    assert [(row.kind, row.claim.text, row.claim.head) for row in rows[:3]] == [
        ("right", "The tunnel is 900 metres long.", "Tunnel"),
        ("right", "The bridge is 40 metres long.", "Bridge"),
        ("number", "The tunnel is 40 metres long.", "Tunnel"),
    ]


def test_a_decline_is_no_claim(both: Path) -> None:
    assert len(rows_of(both)) == 5


def test_what_is_kept_and_let_through_is_counted_by_kind(both: Path) -> None:
    shares = measured(Words(), rows_of(both))
    assert shares == {"right": 1.0, "wrong": 0.0, "number": 0.0, "negation": 0.0}
    assert balanced(shares) == 1.0


def test_the_table_is_printed(both: Path) -> None:
    result = CliRunner().invoke(main, ["--set", str(both), "--ablation"])
    assert result.exit_code == 0, result.output
    assert "| balanced accuracy | 1.000 |" in result.output
    assert "| number_missing |" in result.output


def test_no_signal_speaks_for_a_claim() -> None:
    read = [({"bad": 1.0, "good": 0.0}, False), ({"bad": 0.0, "good": 1.0}, True)] * 20
    weights = fitted([read])
    assert weights["bad"] > 0
    assert weights["good"] == 0
