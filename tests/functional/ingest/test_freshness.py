"""The index equals the folder, whatever happens in whatever order and wherever it is killed.

Random schedules over the laptop's adapters in a short form; the long one is
`python -m benchmarks schedules` (docs/benchmarks.md). One that fails is told with its seed and its
steps.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop
from tests.schedules.bucket import Bucket, Seen, Version, some_text, text_of
from tests.schedules.embedded_world import EmbeddedWorld
from tests.schedules.runner import Outcome, Schedule
from wellread.adapters import parsing
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus

STEPS = 40


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Failures on purpose, each logged with its trace, take longer than the tests."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", range(16))
def test_any_schedule_ends_with_the_index_equal_to_the_folder(tmp_path: Path, seed: int) -> None:
    assert not run_embedded(tmp_path, seed).faults


@pytest.mark.parametrize("seed", range(1000, 1012))
def test_any_schedule_that_loses_events_ends_well_after_a_reconcile(
    tmp_path: Path, seed: int
) -> None:
    assert not run_embedded(tmp_path, seed, lossy=True).faults


@pytest.mark.parametrize("seed", range(2000, 2004))
def test_any_schedule_with_newer_versions_ends_with_all_read_by_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(parsing, "PARSER_VERSION", "1")
    outcome = run_embedded(tmp_path, seed, upgrades=True)

    assert not outcome.faults, outcome
    assert outcome.counts["upgrade"] == int(parsing.PARSER_VERSION) - 1


def test_schedules_find_a_newer_version_that_leaves_documents_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parsing, "PARSER_VERSION", "1")
    monkeypatch.setattr(DocumentRecord, "is_outdated", lambda *_: False)

    assert finds_a_fault(tmp_path, "as an older version", upgrades=True)


def test_schedules_find_a_search_that_does_not_consult_the_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DocumentRecord, "shows", lambda *_: True)

    assert finds_a_fault(tmp_path, "mixed")


def test_schedules_find_a_reconcile_that_repairs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.schedules.embedded_world.reconcile", lambda *_: None)

    assert finds_a_fault(tmp_path, "a query sees", lossy=True)


@pytest.mark.slow
def test_readers_see_a_whole_version_at_every_moment_of_many_overwrites(tmp_path: Path) -> None:
    world = EmbeddedWorld(tmp_path / "data")
    dice = random.Random(1)
    world.put("a.md", some_text(dice, 0))
    world.announce()
    world.settle()
    looks: list[Seen | None] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            looks.append(world.seen().get("a.md"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(1, 101):
            world.put("a.md", some_text(dice, number))
            world.announce()
            world.settle()
    finally:
        stop.set()
        reader.join()
        world.close()

    assert len(looks) > 20
    assert [seen for seen in looks if seen is None or seen.fault()] == []


def test_forty_chunks_overwritten_by_three_leave_three(laptop: Laptop) -> None:
    section = "# Part {}\n\n" + "Words that fill the section up nicely. " * 15
    laptop.drop("a.md", "\n\n".join(section.format(n) for n in range(40)))
    assert laptop.show("a.md").chunks == 40
    laptop.drop("a.md", "\n\n".join(section.format(n) for n in range(3)))

    assert laptop.adapters.index.stats().chunks == 3
    assert laptop.show("a.md").status is DocumentStatus.INDEXED


def test_what_is_seen_is_faulty_where_a_part_is_missing_twice_there_or_of_another_version() -> None:
    whole = text_of(7, 3).decode()

    assert Seen.of([whole]).fault() is None
    assert "has parts [0, 1]" in str(Seen.of([whole.split("# Part 2")[0]]).fault())
    assert "has parts [0, 1, 2, 2]" in str(Seen.of([whole, "version7of3part2x"]).fault())
    assert "mixed" in str(Seen.of([whole, "version8of3part0x"]).fault())


def test_a_bucket_holds_what_is_on_top_of_its_histories() -> None:
    bucket = Bucket({"a.md": [Version(text_of(1, 1)), Version(None)], "b.md": []})
    bucket.history("c.md").append(Version(text_of(3, 1)))

    assert bucket.held() == {"c.md": 3}
    bucket.history("a.md").pop()
    assert bucket.held() == {"a.md": 1, "c.md": 3}


def run_embedded(folder: Path, seed: int, **options: bool) -> Outcome:
    world = EmbeddedWorld(folder / f"data-{seed}")
    try:
        return Schedule(world, seed, STEPS, **options).run()
    finally:
        world.close()


def finds_a_fault(folder: Path, words: str, **options: bool) -> bool:
    return any(
        any(words in fault for fault in run_embedded(folder, seed, **options).faults)
        for seed in range(40)
    )
