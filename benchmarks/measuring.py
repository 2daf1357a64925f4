"""Processor time and memory of a process with its children, and runs in fresh processes."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
_RESULT = "benchmark result: "


def cpu_seconds() -> float:
    """Processor seconds of this process, all its threads, and its children, living and dead."""
    times = psutil.Process().cpu_times()
    living = (child_cpu(child) for child in psutil.Process().children(recursive=True))
    mine = times.user + times.system + times.children_user + times.children_system
    return float(mine + sum(living))


def child_cpu(child: psutil.Process) -> float:
    """Processor seconds of a living child; 0 where it just died."""
    try:
        times = child.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def peak_bytes() -> int:
    """The most memory this process held, and each living child, added up."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(_peak_of(process.pid) for process in processes)


def resident_bytes() -> int:
    """The memory this process holds now."""
    return int(psutil.Process().memory_info().rss)


def _peak_of(pid: int) -> int:
    # `ru_maxrss` of a child begins with what its parent held; this figure is its own.
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@dataclass(slots=True)
class Meter:
    """Adds up processor seconds by name."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str, clock: Callable[[], float] = cpu_seconds) -> Iterator[None]:
        """Count what happens inside under a name."""
        before = clock()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + clock() - before


def serve(jobs: Mapping[str, Callable[[dict[str, Any]], Any]]) -> None:
    """Do the job that the command line names and print its result, as `run` expects it."""
    name, given = sys.argv[1], json.loads(sys.argv[2])
    print(_RESULT + json.dumps(jobs[name](given)))


def run(python: Path | str, module: str, job: str, given: Mapping[str, Any]) -> Any:
    """Have a module do a job in a fresh process, with one thread for every library.

    Raises:
        RuntimeError: It failed; with what it wrote.
    """
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", ""),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core")]),
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "UNSTRUCTURED_DISABLE_NOTICE": "1",
        "USER_AGENT": "benchmarks",
    }
    done = subprocess.run(
        [str(python), "-m", module, job, json.dumps(given)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        if line.startswith(_RESULT):
            return json.loads(line.removeprefix(_RESULT))
    raise RuntimeError(f"{module} {job} failed.\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


def interleaved(rounds: int, *sides: Callable[[], Any]) -> list[list[Any]]:
    """Each side's results, the sides taking turns so that a busy moment falls on all of them."""
    results: list[list[Any]] = [[] for _ in sides]
    for turn in range(rounds):
        # Now one side begins and now another.
        for number in sorted(range(len(sides)), reverse=bool(turn % 2)):
            results[number].append(sides[number]())
    return results


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows as Markdown, figures with three digits that count."""
    lines = [[*head], ["---"] * len(head), *([_shown(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _shown(cell: object) -> str:
    if not isinstance(cell, float):
        return "" if cell is None else str(cell)
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.3g}"
