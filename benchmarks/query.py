"""Queries against large embedded indexes: processor time, recall of the vector leg, memory."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import run
from benchmarks.options import Options, Table, development_data

_QUESTIONS = 100
_MB = 1e6


def run_query(options: Options) -> list[Table]:
    """Generated texts, and user guides with people's questions where there are some."""
    tables = [_measure(options, "generated texts and questions", None, [])]
    guides, questions = development_data("scale/aws-full"), development_data("devset")
    if guides is not None and questions is not None:
        lines = (questions / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        asked = [json.loads(line)["question"] for line in lines][:_QUESTIONS]
        tables.append(_measure(options, "user guides, people's questions", guides, asked))
    return tables


def _measure(options: Options, name: str, texts: Path | None, questions: list[str]) -> Table:
    figures = Table(
        f"Hybrid query: {name}",
        (
            *("chunks", "CPU ms", "p90", "worst", "words alone", "p90", "vectors alone"),
            *("recall", "first, s", "resident MB", "of it index", "file MB"),
        ),
        note="A query goes through access rules, both legs, the registry and fusion; the embedding "
        "of the question is not in it. Recall is that of the vector leg's 50 against brute force, "
        "the worst of all questions. Each size is asked in a fresh process; the first query reads "
        "the vectors.",
    )
    folder = options.folder / f"index-{'real' if texts else 'generated'}"
    folder.mkdir(parents=True, exist_ok=True)
    for size in sorted(options.chunks):
        given = {
            "folder": str(folder),
            "texts": str(texts or ""),
            "chunks": size,
            "questions": questions,
            "count": _QUESTIONS,
        }
        run(options.ours, "benchmarks.query_side", "grow", given)
        results = run(options.ours, "benchmarks.query_side", "query", given)
        figures.rows.append(_row(results))
    return figures


def _row(results: dict[str, Any]) -> list[object]:
    whole, lexical = results["whole"], results["lexical"]
    return [
        f"{results['chunks']:,}",
        statistics.median(whole),
        _ninth_decile(whole),
        max(whole),
        statistics.median(lexical),
        _ninth_decile(lexical),
        statistics.median(results["vector"]),
        results["recall"],
        results["first"],
        results["resident"] / _MB,
        (results["resident"] - results["before"]) / _MB,
        results["file"] / _MB,
    ]


def _ninth_decile(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=10, method="inclusive")[-1]
