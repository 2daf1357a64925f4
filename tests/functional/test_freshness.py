"""The index equals the folder, whatever happens in whatever order and wherever it is killed."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laptop import Laptop
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_queue import SqliteQueue
from wellread.domain.access import Operator, Scope
from wellread.domain.ingest import DocumentStatus

KEYS = ("a.md", "b.md", "folder/c.md")
SCHEDULES = 25
STEPS = 30


class Killed(BaseException):
    """Not an Exception, so that no handler can take it for an error: the process is gone."""


class Switch:
    """Kills the process before one of the transactions to come."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.countdown: int | None = None
        transaction = SqliteDatabase.transaction

        @contextlib.contextmanager
        def mortal(database: SqliteDatabase) -> Iterator[object]:
            if self.countdown is not None:
                self.countdown -= 1
                if self.countdown < 0:
                    raise Killed
            with transaction(database) as connection:
                yield connection

        monkeypatch.setattr(SqliteDatabase, "transaction", mortal)


def content(dice: random.Random, number: int) -> str:
    """A document whose every chunk says which version it is of."""
    sections = dice.randint(1, 4)
    filler = "Filler words here. " * 30
    return "".join(
        f"# Part {part}\n\nThe mark of this text is version{number}x. {filler}\n\n"
        for part in range(sections)
    )


def visible(laptop: Laptop) -> dict[str, set[str]]:
    """For each document that a search can see, the versions that its chunks are of."""
    found: dict[str, set[str]] = {}
    retrieval = laptop.services.answering._retrieval
    for passage in retrieval.retrieve("mark version text", Scope.of("everyone"), 1000):
        mark = passage.chunk.text.split("version")[1].split("x")[0]
        found.setdefault(passage.document, set()).add(mark)
    return found


def expected(files: dict[str, int]) -> dict[str, set[str]]:
    return {key: {str(number)} for key, number in files.items()}


def change(laptop: Laptop, dice: random.Random, files: dict[str, int], number: int) -> None:
    key = dice.choice(KEYS)
    action = dice.choice(("put", "put", "delete", "rename"))
    if action == "put" or key not in files:
        laptop.write(key, content(dice, number))
        files[key] = number
    elif action == "delete":
        laptop.delete(key)
        del files[key]
    else:
        target = dice.choice([other for other in KEYS if other != key])
        (laptop.root / target).parent.mkdir(exist_ok=True)
        (laptop.root / key).replace(laptop.root / target)
        files[target] = files.pop(key)


def duplicate_and_shuffle(queue: SqliteQueue, dice: random.Random) -> None:
    bodies = []
    while messages := queue.receive(1, 900):
        queue.delete(messages)
        bodies += [messages[0].body] * dice.choice((1, 1, 2))
    dice.shuffle(bodies)
    queue.send(bodies)


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_any_schedule_with_kills_ends_with_the_index_equal_to_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr("wellread.services.ingestion.BATCH_CHUNKS", 2)
    switch = Switch(monkeypatch)
    laptop = Laptop(tmp_path / "data")
    files: dict[str, int] = {}
    for number in range(STEPS):
        switch.countdown = dice.choice((None, dice.randint(0, 12)))
        try:
            match dice.choice(("change", "change", "scan", "chunk", "embed", "embed", "shuffle")):
                case "change":
                    change(laptop, dice, files, number)
                case "scan":
                    laptop.scan()
                case "chunk":
                    laptop.chunk_next()
                case "embed":
                    laptop.embed_next()
                case "shuffle":
                    switch.countdown = None
                    duplicate_and_shuffle(laptop.stack.changes, dice)
                    duplicate_and_shuffle(laptop.stack.chunks, dice)
        except Killed:
            switch.countdown = None
            laptop.close()
            laptop = Laptop(tmp_path / "data")
            laptop.stack.changes.release_all()
            laptop.stack.chunks.release_all()
        switch.countdown = None
        assert all(len(versions) == 1 for versions in visible(laptop).values())
    laptop.work()

    assert visible(laptop) == expected(files)
    assert laptop.services.documents.progress(Operator()).waiting == 0
    laptop.services.ingestion.sweep(straggler_seconds=-1)
    chunks = sum(laptop.show(key).chunks or 0 for key in files)
    assert laptop.services.choice._index.stats().chunks == chunks
    laptop.close()


def test_readers_see_a_whole_revision_at_every_moment_of_many_overwrites(laptop: Laptop) -> None:
    dice = random.Random(1)
    laptop.drop("a.md", content(dice, 0))
    seen: list[dict[str, set[str]]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(visible(laptop))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(1, 30):
            laptop.drop("a.md", content(dice, number))
    finally:
        stop.set()
        reader.join()

    assert len(seen) > 10
    assert [versions for versions in seen if len(versions.get("a.md", ())) != 1] == []


def test_forty_chunks_overwritten_by_three_leave_three(laptop: Laptop) -> None:
    section = "# Part {}\n\n" + "Words that fill the section up nicely. " * 15
    laptop.drop("a.md", "\n\n".join(section.format(n) for n in range(40)))
    assert laptop.show("a.md").chunks == 40
    laptop.drop("a.md", "\n\n".join(section.format(n) for n in range(3)))

    assert laptop.services.choice._index.stats().chunks == 3
    assert laptop.show("a.md").status is DocumentStatus.INDEXED
