"""Random schedules: is what a query sees what the bucket holds, whatever happened in between?"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.options import Options, Table
from tests.schedules.bucket import Seen, text_of
from tests.schedules.embedded_world import EmbeddedWorld
from tests.schedules.runner import Outcome, Schedule, shortest
from tests.schedules.worlds import Watchable, World

WORLDS = ("embedded", "aws", "opensearch")
_STEPS = 40
_CALLS = {"embedded": 12, "aws": 30, "opensearch": 30}
_OVERWRITES = 100
_TOLD_SECONDS = 30.0
_MANY = 50
"""Worlds that share one simulated account and one collection."""

MakeWorld = Callable[[], AbstractContextManager[World]]


def run_schedules(options: Options) -> list[Table]:
    """As many schedules as wanted, every other one with lost events; then readers and overwrites.

    Raises:
        RuntimeError: A schedule failed; with its seed and the fewest steps that show it.
    """
    print(f"world {options.world}, seeds from {options.seed}", flush=True)
    # Thousands of failures on purpose.
    logging.disable(logging.CRITICAL)
    try:
        return [_schedules(options), _readers(options)]
    finally:
        logging.disable(logging.NOTSET)


def _schedules(options: Options) -> Table:
    counts: Counter[str] = Counter()
    started, told = time.process_time(), time.monotonic()
    for number, (seed, made) in enumerate(_worlds(options)):
        outcome = _run(made, seed, _STEPS, options.world)
        if outcome.faults:
            fewest = shortest(lambda steps: _run(made, seed, steps, options.world), _STEPS)  # noqa: B023
            raise RuntimeError(f"A schedule failed.\n{fewest or outcome}")
        counts += outcome.counts
        if time.monotonic() - told > _TOLD_SECONDS:
            told = time.monotonic()
            print(f"{number + 1} schedules", flush=True)
    table = Table(
        "Random schedules",
        (
            *("world", "schedules", "seeds from", "differences", "changes", "deaths"),
            *("overtaken", "shuffles", "failures of services", "reconciles", "looks", "CPU s"),
        ),
        note=f"{_STEPS} steps each; a look is one document as one search showed it, after a step.",
    )
    table.rows.append(
        [
            *(options.world, options.schedules, options.seed, 0, counts["change"]),
            *(counts["killed"], counts["overtaken"], counts["tamper"], counts["disturb"]),
            *(counts["reconcile"], counts["documents seen"], time.process_time() - started),
        ]
    )
    return table


def _readers(options: Options) -> Table:
    looks: list[Seen | None] = []
    for _, made in _worlds(options, only=1):
        with made() as world:
            world.put("a.md", text_of(0, 3))
            world.announce()
            world.settle()
            with _reading(world, looks):
                for number in range(1, _OVERWRITES + 1):
                    world.put("a.md", text_of(number, 1 + number % 4))
                    world.announce()
                    world.settle()
    table = Table(
        "Readers during overwrites",
        ("world", "overwrites", "looks", "empty", "mixed or in part"),
        note="On the laptop a thread reads without a pause; on AWS's adapters somebody reads "
        "before every call that a function makes.",
    )
    faulty = sum(seen is not None and seen.fault() is not None for seen in looks)
    table.rows.append([options.world, _OVERWRITES, len(looks), looks.count(None), faulty])
    return table


@contextmanager
def _reading(world: World, looks: list[Seen | None]) -> Iterator[None]:
    """Have somebody look all the time."""

    def look() -> None:
        looks.append(world.seen().get("a.md"))

    if isinstance(world, Watchable):
        world.on_every_call(look)
        yield
        world.on_every_call(None)
        return
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            look()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        stop.set()
        reader.join()


def _run(made: MakeWorld, seed: int, steps: int, world: str) -> Outcome:
    with made() as one:
        return Schedule(one, seed, steps, lossy=seed % 2 == 1, calls=_CALLS[world]).run()


def _worlds(options: Options, only: int | None = None) -> Iterator[tuple[int, MakeWorld]]:
    """The seeds, each with what makes its world."""
    seeds = range(options.seed, options.seed + (only or options.schedules))
    if options.world == "embedded":
        for seed in seeds:
            yield seed, _embedded
        return
    from tests.schedules.aws_world import AwsWorld  # noqa: PLC0415 - brings the simulated AWS
    from tests.schedules.cloud import cloud  # noqa: PLC0415

    forward = os.environ["OPENSEARCH_URL"] if options.world == "opensearch" else None
    for start in range(0, len(seeds), _MANY):
        with cloud(seed=seeds[start], forward=forward) as sky:

            @contextmanager
            def made() -> Iterator[World]:
                world = AwsWorld(sky)
                try:
                    yield world
                finally:
                    world.close()

            for seed in seeds[start : start + _MANY]:
                yield seed, made


@contextmanager
def _embedded() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="wellread-schedules-") as folder:
        world = EmbeddedWorld(Path(folder) / "data")
        try:
            yield world
        finally:
            world.close()
