"""What a run of the benchmarks is given, and what each of them gives back."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, run, table

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Options:
    """How to run.

    Attributes:
        folder: For inputs and indexes; what is there is used again.
        ours: The interpreter that has wellread.
        peers: The interpreter that has what wellread is compared with.
        rounds: Of every measurement; medians are reported.
        formats: Of documents, to ingest.
        chunks: Sizes of the index to query.
        world: What schedules run on.
        schedules: How many random schedules.
        seed: Of the first of them; each has the next one.
        events: How many changes of a bucket the lag is measured of.
        rate: How many of them come in a second, on the average.
        sets: Folders with docs/ and questions.jsonl to build datasets of; none for the development
            data.
    """

    folder: Path
    ours: Path
    peers: Path
    rounds: int
    formats: tuple[str, ...]
    chunks: tuple[int, ...]
    world: str = "embedded"
    schedules: int = 1000
    seed: int = 0
    events: int = 10_000
    rate: float = 20.0
    sets: tuple[Path, ...] = ()

    def wellread(self, job: str, given: dict[str, Any]) -> Any:
        """Have wellread do a job in a fresh process."""
        return run(self.ours, "benchmarks.wellread_side", job, given)

    def peer(self, job: str, given: dict[str, Any]) -> Any:
        """Have the libraries that wellread is compared with do a job in a fresh process."""
        return run(self.peers, "benchmarks.langchain_side", job, given)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of figures."""

    title: str
    head: Row
    rows: list[Row] = field(default_factory=list)
    note: str = ""

    def __str__(self) -> str:
        parts = [f"### {self.title}", table([str(cell) for cell in self.head], self.rows)]
        return "\n\n".join([*parts, self.note] if self.note else parts)

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {"title": self.title, "head": list(self.head), "rows": [list(r) for r in self.rows]}


Benchmark = Callable[[Options], list[Table]]


def development_data(name: str) -> Path | None:
    """A folder of the development data, which is not part of the repository; None without it."""
    path = Path(os.environ.get("WELLREAD_SHARED", ROOT.parent / "shared")) / "data" / name
    return path if path.is_dir() else None
