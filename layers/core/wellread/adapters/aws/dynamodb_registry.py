"""The document registry in DynamoDB."""

from __future__ import annotations

import heapq
import itertools
import secrets
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wellread.adapters.aws.dynamodb_readers import (
    OWN,
    SHARDS,
    Readers,
    entry_audiences,
    shard_of,
)
from wellread.adapters.aws.dynamodb_tables import Item, Table, as_key, of_key
from wellread.domain.access.scope import Scope
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError, DocumentError, FailureCode
from wellread.ports.access import AccessRulesSource
from wellread.ports.operations import Clock
from wellread.wire.stored_form import (
    pack_names,
    pack_record,
    unpack_record,
)

_CHANGING_SECONDS = 2.0
_COUNT_FOR_SECONDS = 30.0
"""How long a count may be used again: it reads every entry of the secondary index."""

LISTING = "listing"
"""The secondary index: partition `listing`, sorted by `document`, with `own`."""

_DELETED = "deleted"
_MOST_BYTES = 390_000
"""An item may have 400 KB, names of attributes and the key included."""

_BYTES_A_WRITE = 27
"""What a batch's write adds to a compressed record (measured: 25.8): 32 random digits and its
number."""

Counts = Mapping[tuple[DocumentStatus, frozenset[str]], int]


@dataclass(frozen=True, slots=True)
class _Counted:
    counts: Counts
    until: float
    at: float


class DynamoDocumentRegistry:
    """A `DocumentRegistry` with its `RecordListing`, which counts by the rules of the moment.

    An item is `document` (the key), `generation`, `record` (compressed), `listing`
    ("<status>#<shard>" or "deleted#<shard>"), where a sidecar says who may read the document `own`
    (those audiences), and what `Readers` adds.

    Writes are conditional on the generation. Reads by key are consistent; lists find documents
    through the secondary indexes, which may lag a moment, and look each of them up.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        rules: AccessRulesSource,
        *,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ):
        """Keep the records in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
            rules: The prefix rules, for counting.
            clock: The time.
            sleep: Between attempts of what the service left undone.
        """
        self._table = Table(client, table, "WELLREAD_DOCUMENTS_TABLE", sleep=sleep)
        self._readers = Readers(self._table)
        self._rules = rules
        self._clock = clock
        self._counting = threading.Lock()
        self._counted: _Counted | None = None

    def get(self, document: DocumentId) -> DocumentRecord | None:
        item = self._table.get(_key(document)) if document else None
        return None if item is None else _record(item)

    def get_many(self, documents: Sequence[DocumentId]) -> dict[DocumentId, DocumentRecord]:
        keys = [_key(document) for document in dict.fromkeys(documents) if document]
        records = map(_record, self._table.get_many(keys))
        return {record.document: record for record in records}

    def put(self, record: DocumentRecord) -> DocumentRecord:
        """Write a record whose `generation` is the one that was read (0: it must not exist yet).

        Raises:
            ConflictError: The stored record has another generation; read it again.
            DocumentError: `too_large`: the record has, or will have, more than an item may hold.
        """
        # Of the time, so that a record that was removed and made again never has a generation
        # that somebody still holds of the old one; larger than the last, whatever the clocks; and
        # at random, so that no two writers choose the same.
        later = max(record.generation + 1, time.time_ns())
        written = replace(record, generation=later + secrets.randbelow(1 << 16))
        item = _item(written) | self._readers.attributes(written)
        self._readers.announce(written)
        stored = self._table.put(item, **_unchanged(record))
        # Where it is what we wrote, an attempt took effect whose answer was lost.
        if stored is not None and not _same(stored, item):
            raise _conflict()
        return written

    def list(
        self,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
        deleted: bool = False,
    ) -> Sequence[DocumentRecord]:
        if deleted:
            kinds = [_DELETED]
        else:
            kinds = [s.value for s in DocumentStatus] if status is None else [status.value]
        entries = (
            entry["document"] for entry in self._entries(kinds, after=as_key(after), limit=limit)
        )
        # A document that is just changing its status may be listed twice.
        found = (key for key, _ in itertools.groupby(entries, key=lambda key: str(key["S"])))
        return self._looked_up(
            (DocumentId(of_key(key)) for key in found),
            limit,
            lambda record: record.deleted == deleted and status in (None, record.status),
        )

    def list_for(
        self,
        scope: Scope,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[DocumentRecord]:
        """Records, without tombstones, that a scope permits by the rules of this moment."""
        rules = self._rules.load()
        statuses = tuple(DocumentStatus) if status is None else (status,)
        return self._looked_up(
            self._readers.documents(scope, rules, statuses, after=after, limit=limit),
            limit,
            lambda record: (
                not record.deleted
                and record.status in statuses
                and scope.permits(rules.audiences(record.document, record.sidecar))
            ),
        )

    def _looked_up(
        self,
        documents: Iterator[DocumentId],
        limit: int,
        is_wanted: Callable[[DocumentRecord], bool],
    ) -> Sequence[DocumentRecord]:
        """The first records of these documents that are wanted as they are now."""
        listed: list[DocumentRecord] = []
        while len(listed) < limit:
            some = list(itertools.islice(documents, limit - len(listed)))
            if not some:
                break
            records = self.get_many(some)
            listed += [
                records[each] for each in some if each in records and is_wanted(records[each])
            ]
        return listed

    def remove(self, record: DocumentRecord) -> None:
        # Nothing is stored where somebody removed it, perhaps an attempt whose answer was lost.
        if self._table.delete(_key(record.document), **_unchanged(record)):
            raise _conflict()

    def counts(self) -> Counts:
        """How many records (tombstones left out) have each status and audiences.

        Audiences are those that the rules of this moment give.
        """
        with self._counting:
            now = self._clock()
            counted = self._counted
            if counted is None or not counted.at <= now < counted.until:
                started = time.monotonic()
                counts = self._count()
                # Counting a large registry takes a while; it may not take all the time.
                took = time.monotonic() - started
                used_for = max(self._good_for(counts), 20 * took)
                counted = self._counted = _Counted(counts, now + used_for, now)
            return counted.counts

    def _good_for(self, counts: Counts) -> float:
        """Seconds. Where documents wait, an asker is told how many, so it must not be long ago."""
        waits = {DocumentStatus.RECEIVED, DocumentStatus.PROCESSING}
        if not counts or any(status in waits for status, _ in counts):
            return _CHANGING_SECONDS
        return _COUNT_FOR_SECONDS

    def _count(self) -> Counts:
        rules = self._rules.load()
        counts: Counter[tuple[DocumentStatus, frozenset[str]]] = Counter()
        for status in DocumentStatus:
            for entry in self._entries([status.value]):
                counts[status, entry_audiences(entry, rules)] += 1
        return counts

    def _entries(
        self, kinds: Sequence[str], *, after: str = "", limit: int | None = None
    ) -> Iterator[Item]:
        """Entries of the secondary index, those after a key, in key order."""
        # A page of what is wanted comes from all shards alike.
        page = {} if limit is None else {"Limit": limit // SHARDS + 16}
        ranges: dict[str, Any] = {"KeyConditionExpression": "listing = :listing"}
        beyond: Item = {}
        if after:
            ranges["KeyConditionExpression"] += " AND document > :after"
            beyond = {":after": {"S": after}}
        streams = [
            self._table.query(
                IndexName=LISTING,
                ExpressionAttributeValues={":listing": {"S": f"{kind}#{shard}"}, **beyond},
                **ranges,
                **page,
            )
            for kind in kinds
            for shard in range(SHARDS)
        ]
        return heapq.merge(*streams, key=lambda entry: entry["document"]["S"])


def _conflict() -> ConflictError:
    return ConflictError("The document's record was changed meanwhile; read it again.")


def _unchanged(record: DocumentRecord) -> dict[str, Any]:
    """The condition that the stored record is the one that was read."""
    if record.generation == 0:
        return {"ConditionExpression": "attribute_not_exists(document)"}
    return {
        "ConditionExpression": "generation = :generation",
        "ExpressionAttributeValues": {":generation": {"N": str(record.generation)}},
    }


def _key(document: DocumentId) -> Item:
    return {"document": {"S": as_key(document)}}


def _item(record: DocumentRecord) -> Item:
    body = zlib.compress(pack_record(record))
    to_come = sum(build.batches - len(build.writes) for build in record.builds)
    if len(body) + to_come * _BYTES_A_WRITE > _MOST_BYTES:
        # At once, rather than when a later batch of it does not fit.
        raise DocumentError(
            FailureCode.TOO_LARGE,
            "The file has more pieces than one document may have.",
            "Split it into smaller files.",
        )
    kind = _DELETED if record.deleted else record.status.value
    item = _key(record.document) | {
        "generation": {"N": str(record.generation)},
        "record": {"B": body},
        LISTING: {"S": f"{kind}#{shard_of(record.document)}"},
    }
    own = record.own_audiences
    return item if own is None else item | {OWN: {"B": pack_names(own)}}


def _record(item: Item) -> DocumentRecord:
    return unpack_record(zlib.decompress(item["record"]["B"]), int(item["generation"]["N"]))


def _same(stored: Item, wanted: Item) -> bool:
    return all(stored.get(name) == value for name, value in wanted.items())
