"""How long a change of the folder takes to show, over a long stream of changes on a running host.

A change shows once a search shows it or something newer of the same file, or once the file that
was deleted is out of sight. Changes come at random, few at first, then three times as many as on
the average, then few again; at two thirds of the time many files are dropped at once.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.options import Options, Table
from benchmarks.texts import Writer
from benchmarks.wellread_side import make_embedder
from wellread.bootstrap import embedded
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId
from wellread.local.host import LocalHost
from wellread.local.logs import log_to
from wellread.settings import Settings

_FILES = 1000
_DROPPED_SHARE = 0.05
_DELETED_SHARE = 0.15
_PHASES = ((0.3, 0.6), (0.2, 3.0), (0.5, 0.6))
"""Shares of the changes, each with how many times the average rate they come at."""
_DROP_AT = 0.67
_LOOK_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a file.

    Attributes:
        at: When, in seconds from the beginning.
        digest: Of the new content; None for a deletion.
        lag: Seconds until it showed.
    """

    at: float
    digest: str | None
    lag: float = 0.0


@dataclass(slots=True)
class Stream:
    """The changes, and which of them do not show yet."""

    began: float
    waiting: dict[str, list[Change]] = field(default_factory=dict)
    shown: list[Change] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def happened(self, key: str, digest: str | None) -> None:
        """A file was changed just now."""
        with self.lock:
            change = Change(time.time() - self.began, digest)
            self.waiting.setdefault(key, []).append(change)

    def look(self, registry: Any) -> None:
        """Find out what shows by now."""
        keys = self.keys()
        records = registry.get_many(keys)
        now = time.time()
        with self.lock:
            for key in keys:
                changes, record = self.waiting[key], records.get(key)
                newest = newest_shown(changes, record)
                at = (record.activated_at if record else now) - self.began
                self.shown += [Change(c.at, c.digest, at - c.at) for c in changes[:newest]]
                self.waiting[key] = changes[newest:]
            self.waiting = {key: changes for key, changes in self.waiting.items() if changes}

    def keys(self) -> list[DocumentId]:
        """The files with changes that do not show yet."""
        with self.lock:
            return [DocumentId(key) for key in sorted(self.waiting)]


def run_lag(options: Options) -> list[Table]:
    """The laptop host under a stream of changes; its picture goes beside the benchmarks' inputs."""
    folder = Path(tempfile.mkdtemp(prefix="wellread-lag-"))
    embedder = make_embedder("constant")
    services = embedded.EmbeddedServices(
        Settings(data=folder / "data", documents=folder / "documents")
    )
    services.adapters.load_embedder = lambda _: embedder
    log_to(folder / "data")
    host = LocalHost(services)
    host.start()
    stream = Stream(time.time())
    try:
        with _watched(stream, services):
            _drive(stream, folder / "documents", options)
            _wait(stream)
        differences = _differences(services, folder / "documents")
    finally:
        host.stop()
        shutil.rmtree(folder, ignore_errors=True)
    picture = _draw(stream.shown, options.folder / "lag.png")
    table = Table(
        "Lag over a stream of changes",
        (
            *("changes", "a second", "seed", "p50, s", "p95, s", "p99, s", "longest, s"),
            *("p50 of deletions, s", "differences at the end"),
        ),
        note=f"Seconds on the clock from a change until it shows, on {_FILES} files of one chunk "
        f"with a constant embedder. {picture}",
    )
    lags = sorted(change.lag for change in stream.shown)
    deletions = sorted(change.lag for change in stream.shown if change.digest is None)
    table.rows.append(
        [
            *(len(lags), options.rate, options.seed, *(_quantile(lags, q) for q in (0.5, 0.95))),
            *(_quantile(lags, 0.99), lags[-1], _quantile(deletions, 0.5), differences),
        ]
    )
    return [table]


def _drive(stream: Stream, documents: Path, options: Options) -> None:
    """Change files, each change at its time."""
    dice = random.Random(options.seed)
    looking = threading.Event()
    for number, at in enumerate(times_of(dice, options.events, options.rate)):
        looking.wait(max(0.0, stream.began + at - time.time()))
        key = f"{dice.randrange(_FILES):04}.md"
        path = documents / key
        if path.exists() and dice.random() < _DELETED_SHARE:
            path.unlink()
            stream.happened(key, None)
            continue
        data = f"# Note {number}\n\n{Writer(number).paragraph(3)}\n".encode()
        new = documents / f".{key}"
        new.write_bytes(data)
        new.replace(path)
        stream.happened(key, hashlib.sha256(data).hexdigest()[:12])


def times_of(dice: random.Random, events: int, rate: float) -> Iterator[float]:
    """When changes happen, in seconds from the beginning."""
    dropped = int(events * _DROPPED_SHARE)
    drop_after = int((events - dropped) * _DROP_AT)
    at, number = 0.0, 0
    for share, pace in _PHASES:
        for _ in range(int((events - dropped) * share)):
            at += dice.expovariate(rate * pace)
            yield at
            number += 1
            if number == drop_after:
                yield from [at] * dropped


@contextmanager
def _watched(stream: Stream, services: embedded.EmbeddedServices) -> Iterator[None]:
    """Have somebody look what shows, all the time."""
    registry = services.adapters.registry
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            stream.look(registry)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _wait(stream: Stream) -> None:
    until = time.monotonic() + _LONGEST_WAIT_SECONDS
    while keys := stream.keys():
        if time.monotonic() > until:
            raise RuntimeError(f"{len(keys)} files do not show, for example {keys[:3]}")
        time.sleep(_LOOK_SECONDS)


def newest_shown(changes: Sequence[Change], record: DocumentRecord | None) -> int:
    """How many of a file's changes, the oldest first, show by what the registry says."""
    if record is None:  # a file that was there so shortly that nobody saw it
        return max((n for n, change in enumerate(changes, 1) if change.digest is None), default=0)
    for number in range(len(changes), 0, -1):
        digest = changes[number - 1].digest
        active = record.active
        if record.deleted if digest is None else active and active.revision.endswith(digest):
            return number
    return 0


def _differences(services: embedded.EmbeddedServices, documents: Path) -> int:
    """Files that differ from what a search shows."""
    registry = services.adapters.registry
    there = {path.name: path.read_bytes() for path in documents.glob("*.md")}
    keys = [DocumentId(f"{number:04}.md") for number in range(_FILES)]
    records = registry.get_many(keys)
    shown = {
        key: record.active.revision[-12:]
        for key, record in records.items()
        if record.active is not None and not record.deleted
    }
    held = {key: hashlib.sha256(data).hexdigest()[:12] for key, data in there.items()}
    return sum(shown.get(key) != held.get(key) for key in keys)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def _draw(changes: Sequence[Change], path: Path) -> str:
    """Draw lag over time, with the changes a second below. Returns where it is."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - of the extra `evaluate`
    except ImportError:
        return "No picture: matplotlib is not installed (extra `evaluate`)."
    figure = Figure(figsize=(9, 5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    for deleted, name in ((False, "written"), (True, "deleted")):
        some = [change for change in changes if (change.digest is None) == deleted]
        above.plot([c.at for c in some], [c.lag for c in some], ".", ms=2, label=name)
    above.set(title="From a change of the folder until it shows", ylabel="seconds", ylim=(0, None))
    above.legend(loc="upper left")
    above.grid(alpha=0.3)
    ends = range(int(max((change.at for change in changes), default=0.0)) + 2)
    below.hist([change.at for change in changes], bins=list(ends), histtype="stepfilled")
    below.set(xlabel="seconds since the beginning", ylabel="changes a second")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    return f"Picture: {path.name}."
