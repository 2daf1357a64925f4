"""What can be wrong between bucket, registry and index, and what a comparison found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wellread.domain.ingest.records import DocumentRecord, DocumentStatus, build_of_write
from wellread.domain.knowledge.documents import DocumentId, ObjectVersion
from wellread.domain.knowledge.errors import FailureCode

EXAMPLES = 20
"""Documents that a report names for each kind of difference, and each kind of failure."""


class Difference(StrEnum):
    """How a document in bucket, registry or index is not as it should be."""

    MISSING = "missing"
    STALE = "stale"
    GHOST = "ghost"
    SIDECAR = "sidecar"
    STUCK = "stuck"
    INTERNAL = "internal"
    OUTDATED = "outdated"
    GIVEN_UP = "given_up"
    CHUNKS_MISSING = "chunks_missing"
    CHUNKS_DOUBLED = "chunks_doubled"
    LEFTOVERS = "leftovers"
    ORPHANED = "orphaned"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take before they count as a difference.

    Attributes:
        stuck_seconds: A revision that has not come to an end for so long is taken up again.
        hopeless_seconds: After so long it is ended as failed.
        internal_seconds: What failed as `internal` so long ago is tried once more: by then what was
            away may be back. A little under a day, so that a daily comparison finds all of it.
        shown_seconds: An index may take so long to show what became active.
        grace_seconds: A deleted document's texts and record are kept this long.
    """

    stuck_seconds: float = 3600.0
    hopeless_seconds: float = 3 * 86_400.0
    internal_seconds: float = 20 * 3600.0
    shown_seconds: float = 900.0
    grace_seconds: float = 86_400.0

    def is_stuck(self, record: DocumentRecord, now: float) -> bool:
        """Whether a record's newest revision should have come to an end."""
        return _without_progress(record, now) >= self.stuck_seconds

    def is_taken_up(self, record: DocumentRecord, now: float) -> bool:
        """Whether it is time to take it up: after one, two, four, eight times the patience.

        Where queues are long, its messages may only be waiting, and every take-up adds to them.
        """
        times = int(_without_progress(record, now) // self.stuck_seconds)
        return times > 0 and times & (times - 1) == 0

    def is_worth_another_try(self, record: DocumentRecord, now: float) -> bool:
        """Whether it failed for a reason that is not the document's, and long ago."""
        failure = record.failure if record.status is DocumentStatus.FAILED else None
        return (
            failure is not None
            and failure.code is FailureCode.INTERNAL
            and now - record.updated_at >= self.internal_seconds
        )

    def is_left_outdated(self, record: DocumentRecord, recipe: str, now: float) -> bool:
        """Whether another recipe built it, and nobody is at building it anew."""
        left = record.pending is None or now - record.updated_at >= self.stuck_seconds
        return left and record.is_outdated(recipe)

    def is_hopeless(self, record: DocumentRecord, now: float) -> bool:
        """Whether it is not to be expected to any more."""
        return _without_progress(record, now) >= self.hopeless_seconds

    def is_forgettable(self, record: DocumentRecord, now: float) -> bool:
        """Whether a record is of a document that was deleted long ago."""
        return record.deleted and record.updated_at <= now - self.grace_seconds


def _without_progress(record: DocumentRecord, now: float) -> float:
    """Seconds since anybody got on with a record that has not come to an end; 0 if it has."""
    if record.deleted or record.status in (DocumentStatus.INDEXED, DocumentStatus.FAILED):
        return 0.0
    return now - max(record.updated_at, record.received_at)


@dataclass(frozen=True, slots=True)
class Observed:
    """A document as bucket, registry and index have it.

    Attributes:
        version: What the bucket holds; None where it holds nothing.
        record: The registry's, a tombstone included.
        writes: Write token → chunks that the index shows; None where the index cannot say.
        sidecar_differs: Whether its sidecar says something else than the record.
        refused: Why the bucket would not say what it holds.
        recipe: What documents are built with; None where builds of another one may stay.
    """

    document: DocumentId
    version: ObjectVersion | None
    record: DocumentRecord | None
    writes: Mapping[str, int] | None
    sidecar_differs: bool = False
    refused: FailureCode | None = None
    recipe: str | None = None


def difference(observed: Observed, now: float, patience: Patience) -> Difference | None:
    """The gravest difference of a document, None where everything is as it should be."""
    record, version = observed.record, observed.version
    if observed.refused is not None:
        known = record.failure.code if record is not None and record.failure else None
        return None if known is observed.refused else Difference.STALE
    if record is None or record.deleted:
        return _of_unknown(observed)
    if version is None:
        return Difference.GHOST
    if record.revision != version.revision:
        return Difference.STALE
    if observed.sidecar_differs or record.retitled:
        return Difference.SIDECAR
    if patience.is_hopeless(record, now):
        return Difference.GIVEN_UP
    if patience.is_stuck(record, now):
        return Difference.STUCK
    if patience.is_worth_another_try(record, now):
        return Difference.INTERNAL
    if observed.recipe is not None and patience.is_left_outdated(record, observed.recipe, now):
        return Difference.OUTDATED
    return _of_chunks(record, observed.writes, now, patience)


def _of_unknown(observed: Observed) -> Difference | None:
    if observed.version is not None:
        return Difference.MISSING
    if not observed.writes:
        return None
    return Difference.ORPHANED if observed.record is None else Difference.LEFTOVERS


def _of_chunks(
    record: DocumentRecord, writes: Mapping[str, int] | None, now: float, patience: Patience
) -> Difference | None:
    if writes is None:
        return None
    active = record.active
    # Whatever was written last, new readers of old chunks too, may not show yet.
    settled = record.pending is None and now - record.updated_at >= patience.shown_seconds
    if active is not None and settled:
        shown = sum(writes.get(token, 0) for token in active.writes.values())
        if shown < active.chunks:
            return Difference.CHUNKS_MISSING
        if shown > active.chunks:
            return Difference.CHUNKS_DOUBLED
    counted = {token for build in record.builds for token in build.writes.values()}
    named = {build.build for build in record.builds}
    if record.pending is not None:
        # A write of the build in progress may be about to count.
        uncounted = [token for token in writes if build_of_write(token) not in named]
    else:
        uncounted = [token for token in writes if token not in counted]
    return Difference.LEFTOVERS if uncounted else None


@dataclass(frozen=True, slots=True)
class Failed:
    """A document that cannot be indexed as it is."""

    document: DocumentId
    code: FailureCode
    reason: str
    fix: str


@dataclass(slots=True)
class Tally:
    """What a comparison came to; several add up.

    Attributes:
        compared: Documents looked at.
        statuses: How many records stand where.
        found: Kind of difference → documents.
        failed: Documents that failed, by code.
        forgotten: Deleted documents whose last traces were removed.
    """

    compared: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    found: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, list[str]] = field(default_factory=dict)
    words: dict[str, tuple[str, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    forgotten: int = 0

    def saw(self, record: DocumentRecord) -> None:
        """Count a record."""
        if record.deleted:
            return
        status = record.status.value
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if record.failure is not None:
            code = record.failure.code.value
            self.failures[code] = self.failures.get(code, 0) + 1
            self.words.setdefault(code, (record.failure.reason, record.failure.fix))
            self.failed.setdefault(code, []).append(record.document)

    def differs(self, kind: Difference, document: DocumentId) -> None:
        """Count a difference."""
        self.counts[kind.value] = self.counts.get(kind.value, 0) + 1
        self.found.setdefault(kind.value, []).append(document)

    @property
    def differences(self) -> int:
        """How many documents differed."""
        return sum(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """The tally as JSON holds it."""
        return {
            "compared": self.compared,
            "statuses": self.statuses,
            "counts": self.counts,
            "found": self.found,
            "failures": self.failures,
            "failed": self.failed,
            "words": {code: list(words) for code, words in self.words.items()},
            "forgotten": self.forgotten,
        }

    @classmethod
    def sum_of(cls, parts: Iterable[Mapping[str, Any]]) -> Tally:
        """Parts added up, with a few examples of each kind."""
        whole = cls()
        for part in parts:
            whole.compared += part["compared"]
            whole.forgotten += part["forgotten"]
            for mine, theirs in (
                (whole.statuses, part["statuses"]),
                (whole.counts, part["counts"]),
                (whole.failures, part["failures"]),
            ):
                for name, count in theirs.items():
                    mine[name] = mine.get(name, 0) + count
            for examples, more in ((whole.found, part["found"]), (whole.failed, part["failed"])):
                for name, documents in more.items():
                    some = {*examples.get(name, ()), *documents[:EXAMPLES]}
                    examples[name] = sorted(some)[:EXAMPLES]
            for code, (reason, fix) in part["words"].items():
                whole.words.setdefault(code, (reason, fix))
        return whole
