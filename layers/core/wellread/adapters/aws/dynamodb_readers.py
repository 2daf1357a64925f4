"""The secondary index in which is found what somebody may read, without reading the rest.

What rules let somebody read lies in ranges of keys, and those are what is queried: a changed rule
changes the ranges, and no entry. Where sidecars speak too, all documents with the same audiences
are a partition, and which sets of audiences there are is a partition as well.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from wellread.adapters.aws.dynamodb_tables import Item, Table, as_key, of_key
from wellread.adapters.aws.opensearch_filters import Prefixes, readable_prefixes
from wellread.domain.access.rules import AccessRules
from wellread.domain.access.scope import Scope
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId, document_digest
from wellread.wire.stored_form import pack_names, unpack_names

READERS = "readers"
"""The secondary index: partition `readers`, sorted by `composed`, with `own`."""

SHARDS = 4
OWN = "own"
_COMPOSED = "composed"
_SETS = "sets"
_NO_DOCUMENT = "\U0010ffff\U0010ffff"
"""How the keys of items begin that are no document's: `as_key` gives none like it."""

_LONGEST_SORT_KEY_BYTES = 1024
_QUERIES_AT_ONCE = 8

Range = tuple[str, str | None]
"""Keys from the first on, before the second (None: to the end)."""


def entry_audiences(entry: Item, rules: AccessRules) -> frozenset[str]:
    """Who may read the document of an entry, by these rules."""
    own = entry.get(OWN)
    sidecar = SidecarMetadata(audience=unpack_names(own["B"])) if own else None
    return rules.audiences(_document_of(entry), sidecar)


def shard_of(document: DocumentId) -> int:
    """Which of the partitions of a kind a document's entry is in."""
    return int(document_digest(document)[:2], 16) % SHARDS


class Readers:
    """The entries of the index, written with the records and read for a scope.

    `readers` is "rule#<status>#<shard>", or "own#<status>#<digest of the audiences>"; `composed` is
    the document's key in the form in which rules are compared with it.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: set[str] = set()
        self._queries: ThreadPoolExecutor | None = None

    def attributes(self, record: DocumentRecord) -> Item:
        """What makes a record's item an entry; nothing where nobody may read the document."""
        own = record.own_audiences
        if record.deleted or (own is not None and not own):
            return {}
        place = f"own#{record.status}#{_digest(own)}" if own else _ruled(record)
        return {READERS: {"S": place}, _COMPOSED: {"S": _composed(record.document)}}

    def announce(self, record: DocumentRecord) -> None:
        """Make sure that the audiences of a record are found; before the record is written."""
        own = record.own_audiences
        if not own or (digest := _digest(own)) in self._known:
            return
        self._table.put(
            {
                "document": {"S": f"{_NO_DOCUMENT}{digest}"},
                READERS: {"S": _SETS},
                _COMPOSED: {"S": digest},
                OWN: {"B": pack_names(own)},
            }
        )
        self._known.add(digest)

    def documents(
        self,
        scope: Scope,
        rules: AccessRules,
        statuses: Sequence[DocumentStatus],
        *,
        after: str,
        limit: int,
    ) -> Iterator[DocumentId]:
        """Documents that a scope may read by these rules, in key order, found while asked for.

        An entry may lag behind its record for a moment.
        """
        by_rule, by_sidecar = map(_ranges, readable_prefixes(rules, scope))
        start = _composed(after) if after else ""
        page = limit // SHARDS + 16  # what is wanted comes from all shards alike
        digests = self._permitted_sets(scope)
        streams = [
            *(
                self._within(f"rule#{status}#{shard}", by_rule, start, page)
                for status in statuses
                for shard in range(SHARDS)
            ),
            *(
                self._within(f"own#{status}#{digest}", by_sidecar, start, limit + 16)
                for status in statuses
                for digest in digests
            ),
        ]
        merged = heapq.merge(*self._begun(streams, page), key=_composed_of)
        for composed, entries in itertools.groupby(merged, key=_composed_of):
            # A document that is changing its status may have two entries; and two documents may
            # differ in the form of their accents alone.
            found = {
                _document_of(entry)
                for entry in entries
                if scope.permits(entry_audiences(entry, rules))
            }
            yield from sorted(each for each in found if (composed, each) > (start, after))

    def _permitted_sets(self, scope: Scope) -> list[str]:
        sets = self._table.query(
            IndexName=READERS,
            KeyConditionExpression="readers = :sets",
            ExpressionAttributeValues={":sets": {"S": _SETS}},
        )
        return [
            entry[_COMPOSED]["S"] for entry in sets if scope.permits(unpack_names(entry[OWN]["B"]))
        ]

    def _begun(self, streams: Sequence[Iterator[Item]], first: int) -> Sequence[Iterator[Item]]:
        """The same streams, the first entries of each fetched at the same time."""
        if self._queries is None:
            self._queries = ThreadPoolExecutor(_QUERIES_AT_ONCE, thread_name_prefix="readers")
        heads = self._queries.map(lambda stream: list(itertools.islice(stream, first)), streams)
        return [itertools.chain(head, stream) for head, stream in zip(heads, streams, strict=True)]

    def _within(
        self, partition: str, ranges: Sequence[Range], start: str, limit: int
    ) -> Iterator[Item]:
        """A partition's entries within these ranges of keys, from a key on.

        A query for each range, so that neither what is read nor how often depends on what lies
        between them.
        """
        for first, end in ranges:
            low = max(first, start)
            if end is not None and end <= low:
                continue
            condition, values = "readers = :readers", {":readers": {"S": partition}}
            if low and end is not None:
                condition += " AND composed BETWEEN :low AND :end"
            elif low:
                condition += " AND composed >= :low"
            elif end is not None:
                condition += " AND composed < :end"
            values |= {":low": {"S": low}} if low else {}
            values |= {":end": {"S": end}} if end is not None else {}
            for entry in self._table.query(
                IndexName=READERS,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                Limit=limit,
            ):
                if end is None or _composed_of(entry) < end:
                    yield entry


def _ruled(record: DocumentRecord) -> str:
    return f"rule#{record.status}#{shard_of(record.document)}"


def _digest(audiences: frozenset[str]) -> str:
    return hashlib.sha256(pack_names(audiences)).hexdigest()[:32]


def _composed(document: str) -> str:
    key = as_key(unicodedata.normalize("NFC", document)).encode("utf-8")
    return key[:_LONGEST_SORT_KEY_BYTES].decode("utf-8", "ignore")


def _composed_of(entry: Item) -> str:
    return str(entry[_COMPOSED]["S"])


def _document_of(entry: Item) -> DocumentId:
    return DocumentId(of_key(entry["document"]["S"]))


def _ranges(permitted: Prefixes) -> list[Range]:
    """The ranges of composed keys under these prefixes, in order."""
    found: list[Range] = []
    for prefix, without in permitted:
        low: str | None = as_key(prefix)
        for other in sorted(map(as_key, without)):
            found += [(low, other)] if low is not None and low < other else []
            low = _behind(other)
        end = _behind(as_key(prefix))
        found += [(low, end)] if low is not None and (end is None or low < end) else []
    return sorted(found, key=lambda each: each[0])


def _behind(prefix: str) -> str | None:
    """The first key after all that begin with a prefix; None where there is none."""
    while prefix and prefix[-1] == "\U0010ffff":
        prefix = prefix[:-1]
    if not prefix:
        return None
    after = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if after == 0xD800 else after)  # surrogates are no characters
