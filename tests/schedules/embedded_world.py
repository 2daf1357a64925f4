"""The laptop as a world: a folder for a bucket, and everything else in one SQLite file."""

from __future__ import annotations

import contextlib
import os
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from unittest import mock

from tests.laptop import Laptop, WordEmbedder
from tests.schedules.bucket import QUESTION, Bucket, Seen, Version, number_of
from tests.schedules.interruptions import Switch
from tests.schedules.reconciling import left_as_they_were, reconcile
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
from wellread.adapters.embedded.sqlite_queue import SqliteQueue
from wellread.domain.access.scope import Operator, Scope
from wellread.domain.knowledge.documents import IndexedChunk
from wellread.domain.knowledge.errors import IndexUnavailableError

_AHEAD = 100.0
"""The world's clock runs ahead of the files' stamps, so that every file is at rest."""

_MOST_DELIVERIES = 2000
_MANY_BATCHES = 2
"""Chunks in a batch, so that most texts have several batches."""


class EmbeddedWorld:
    """A `World` on the embedded adapters; the calls to the outside are SQLite's transactions."""

    def __init__(self, folder: Path) -> None:
        """Begin with an empty folder."""
        self.bucket = Bucket()
        self.switch = Switch()
        self.now = time.time() + _AHEAD
        self._stamp = int(time.time()) * 1_000_000_000
        self._folder = folder
        self._lost_answers = 0
        self._alone = 0
        self._embedder = WordEmbedder()
        self._patches = contextlib.ExitStack()
        self._interfere()
        self._laptop = self._start()

    def put(self, key: str, data: bytes) -> None:
        """Write a file."""
        self.bucket.history(key).append(Version(data))
        self._materialise(key)

    def delete(self, key: str) -> None:
        """Delete a file."""
        self.bucket.history(key).append(Version(None))
        self._materialise(key)

    def restore(self, key: str) -> None:
        """A folder has no versions: somebody writes the old bytes back."""
        self.bucket.history(key).pop()
        self._materialise(key)

    def roll_back(self, key: str) -> None:
        """Somebody writes the bytes of before back, or deletes what was never there before."""
        self.bucket.history(key).pop()
        self._materialise(key)

    def expire(self, key: str, number: int) -> None:
        """Nothing happens to the file."""
        del self.bucket.history(key)[number]

    def holds(self) -> dict[str, int]:
        """The texts in the folder."""
        root = self._laptop.root
        return {
            path.relative_to(root).as_posix(): number_of(path.read_bytes())
            for path in sorted(root.rglob("*.md"))
        }

    def announce(self) -> None:
        """Scan the folder."""
        self._alone += 1
        try:
            self._laptop.scan()
        finally:
            self._alone -= 1

    def tamper(self, dice: random.Random, *, lose: float) -> None:
        """Empty the queues and fill them again in another order, with repetitions and gaps."""
        laptop = self._laptop
        for queue, lost in ((laptop.change_queue, lose), (laptop.chunk_queue, 0.0)):
            bodies = _drained(queue)
            kept = [body for body in bodies if dice.random() >= lost]
            again = [body for body in kept for _ in range(dice.choice((1, 1, 2)))]
            dice.shuffle(again)
            queue.send(again)

    def disturb(self, dice: random.Random) -> None:
        """Writes to the index that take effect, and nobody hears of it."""
        self._lost_answers = dice.randint(1, 3)

    def chunk_next(self) -> bool:
        """One message to the chunk function."""
        return self._laptop.chunk_next()

    def embed_next(self) -> bool:
        """One message to the embed function."""
        return self._laptop.embed_next()

    def elapse(self, seconds: float) -> None:
        """Set the clock forward."""
        self.now += seconds

    def restart(self) -> None:
        """The host died and starts again."""
        self._laptop.close()
        self._laptop = self._start()
        self._laptop.change_queue.release_all()
        self._laptop.chunk_queue.release_all()

    def settle(self) -> None:
        """Work until the queues are empty, waiting for what is delivered later."""
        self._lost_answers = 0
        laptop = self._laptop
        for _ in range(_MOST_DELIVERIES):
            if not (laptop.change_queue.depth() or laptop.chunk_queue.depth()):
                return
            if not (self.chunk_next() or self.embed_next()):
                self.elapse(60.0)
        raise RuntimeError("the queues never come to rest")

    def reconcile(self) -> None:
        """Compare and repair, and sweep what is older than a moment."""
        reconcile(list(self.holds()))
        self._laptop.services.sweeping.sweep()

    def seen(self) -> dict[str, Seen]:
        """What everyone's search shows."""
        texts: dict[str, list[str]] = {}
        for passage in self._laptop.services.retrieval.retrieve(
            QUESTION, Scope.of("everyone"), 1000
        ):
            texts.setdefault(passage.document, []).append(passage.chunk.text)
        return {document: Seen.of(found) for document, found in texts.items()}

    def unfinished(self) -> list[str]:
        """Documents without an end, failed ones, and chunks that count for nothing."""
        laptop = self._laptop
        found = []
        progress = laptop.services.documents.progress(Operator())
        if progress.waiting or progress.failed:
            found.append(f"{progress.waiting} wait, {progress.failed} failed")
        if old := left_as_they_were(laptop.services.documents):
            found.append(f"{old} are as an older version read them")
        wanted = sum(laptop.show(key).chunks or 0 for key in self.bucket.held())
        stored = laptop.adapters.index.stats().chunks
        if stored != wanted:
            found.append(f"the index holds {stored} chunks, not {wanted}")
        if dead := laptop.change_queue.dead() + laptop.chunk_queue.dead():
            found.append(f"{len(dead)} dead letters")
        return found

    def close(self) -> None:
        """Close the data file."""
        self._laptop.close()
        self._patches.close()

    def _start(self) -> Laptop:
        return Laptop(self._folder, clock=lambda: self.now, load_embedder=lambda _: self._embedder)

    def _materialise(self, key: str) -> None:
        path = self._laptop.root / key
        data = self.bucket.data(key)
        if data is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        # Two changes within one tick of the file system's clock have the same stamps: a folder
        # cannot tell them apart once its clock says that they are at rest, as ours says at once.
        self._stamp += 1_000_000
        os.utime(path, ns=(self._stamp, self._stamp))

    def _interfere(self) -> None:
        """Let the switch see every transaction, and answers of the index be lost."""
        transaction = SqliteDatabase.transaction
        add = SqlitePassageIndex.add
        world = self

        @contextlib.contextmanager
        def mortal(database: SqliteDatabase) -> Iterator[object]:
            # Nobody gets in amid a transaction, nor amid a scan: others wait for those.
            if not world._alone or world.switch.meanwhile is None:
                world.switch.call()
            with transaction(database) as connection:
                world._alone += 1
                try:
                    yield connection
                finally:
                    world._alone -= 1

        def unheard(
            index: SqlitePassageIndex, chunks: Sequence[IndexedChunk], model_version: str | None
        ) -> None:
            add(index, chunks, model_version)
            if world._lost_answers:
                world._lost_answers -= 1
                raise IndexUnavailableError("The answer was lost.")

        self._patches.enter_context(mock.patch.object(SqliteDatabase, "transaction", mortal))
        self._patches.enter_context(mock.patch.object(SqlitePassageIndex, "add", unheard))
        self._patches.enter_context(
            mock.patch("wellread.services.ingest.staging.BATCH_CHUNKS", _MANY_BATCHES)
        )


def _drained(queue: SqliteQueue) -> list[str]:
    bodies = []
    while messages := queue.receive(1, 900):
        queue.delete(messages)
        bodies += [message.body for message in messages]
    return bodies
