"""The registry in DynamoDB: lost answers, lagging indexes, limits of items and calls."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from tests.aws_tables import DOCUMENTS
from tests.doubles import SetClock
from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws.dynamodb_registry import DynamoDocumentRegistry
from wellread.domain.access.rules import AccessRules
from wellread.domain.ingest.records import BatchReference, Build, DocumentRecord, DocumentStatus
from wellread.domain.knowledge.errors import (
    ConflictError,
    DocumentError,
    FailureCode,
    InvalidConfigurationError,
    TransientError,
)


class Rules:
    def load(self):
        return AccessRules()


@pytest.fixture
def table(aws):
    return aws.table(DOCUMENTS)


def registry(client, table, clock=None):
    return DynamoDocumentRegistry(
        client, table, Rules(), clock=clock or SetClock(1000.0), sleep=lambda _: None
    )


def record(document="a.md", status=DocumentStatus.INDEXED, **fields):
    return DocumentRecord(document, status, "v1", frozenset({"everyone"}), 1.0, 1.0, **fields)


def twice(call, **request):
    """The first attempt takes effect and its answer is lost; the client tries again."""
    call(**request)
    return call(**request)


def test_a_write_whose_answer_was_lost_is_no_conflict(dynamodb, table):
    lossy = registry(Between(dynamodb, put_item=twice), table)
    first = lossy.put(record())
    second = lossy.put(replace(first, updated_at=2.0))

    assert lossy.get("a.md") == second
    assert second.generation > first.generation


def test_a_write_that_another_overtook_is_a_conflict_however_often_it_was_tried(dynamodb, table):
    plain = registry(dynamodb, table)
    first = plain.put(record())

    def overtaken(call, **request):
        plain.put(replace(first, updated_at=9.0))
        return call(**request)

    with pytest.raises(ConflictError):
        registry(Between(dynamodb, put_item=overtaken), table).put(replace(first, updated_at=2.0))
    assert plain.get("a.md").updated_at == 9.0


def test_a_removal_whose_answer_was_lost_is_no_conflict(dynamodb, table):
    lossy = registry(Between(dynamodb, delete_item=twice), table)
    lossy.remove(lossy.put(record()))

    assert lossy.get("a.md") is None


def batches(count, written):
    build = uuid.uuid4().hex
    names = {
        n: BatchReference("a.md", "v1", build, n).write_token(uuid.uuid4().hex)
        for n in range(written)
    }
    return Build(build, "v1", "Title", batches=count, chunks=count * 48, writes=names)


def test_a_document_of_2500_batches_built_twice_fits_one_record(dynamodb, table):
    big = record(active=batches(2500, 2500), pending=batches(2500, 2500))
    kept = registry(dynamodb, table)
    written = kept.put(big)

    assert kept.get("a.md") == written
    assert replace(written, generation=0) == big


def test_a_document_that_will_not_fit_its_record_is_too_large_from_the_beginning(dynamodb, table):
    kept = registry(dynamodb, table)
    known = kept.put(record(status=DocumentStatus.PROCESSING))

    with pytest.raises(DocumentError) as refusal:
        kept.put(replace(known, pending=batches(40_000, 0)))
    assert refusal.value.code is FailureCode.TOO_LARGE
    assert kept.get("a.md") == known


def test_what_is_let_in_at_the_beginning_fits_to_its_end(dynamodb, table):
    kept = registry(dynamodb, table)
    most = 1
    for count in range(1000, 40_000, 500):
        try:
            kept.put(record(f"{count}.pdf", pending=batches(count, 0)))
        except DocumentError:
            break
        most = count

    assert most >= 5000
    whole = kept.put(record(pending=batches(most, most)))
    assert kept.get("a.md") == whole


def test_what_dynamodb_leaves_unread_is_asked_for_again(dynamodb, table):
    kept = registry(dynamodb, table)
    for number in range(7):
        kept.put(record(f"{number}.md"))
    asked = []

    def two_at_a_time(call, *, RequestItems):  # noqa: N803 - the service's name
        keys = RequestItems[table]["Keys"]
        asked.append(len(keys))
        rest = {table: RequestItems[table] | {"Keys": keys[2:]}} if keys[2:] else {}
        found = call(RequestItems={table: RequestItems[table] | {"Keys": keys[:2]}})
        return found | {"UnprocessedKeys": rest}

    slow = registry(Between(dynamodb, batch_get_item=two_at_a_time), table)
    assert len(slow.get_many([f"{number}.md" for number in range(7)])) == 7
    assert asked == [7, 5, 3, 1]


def test_what_dynamodb_never_reads_is_no_missing_record(dynamodb, table):
    def nothing(call, *, RequestItems):  # noqa: N803
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    with pytest.raises(TransientError):
        registry(Between(dynamodb, batch_get_item=nothing), table).get_many(["a.md"])


def test_many_records_are_read_a_hundred_at_a_time(dynamodb, table):
    kept = registry(dynamodb, table)
    names = [f"{number:03d}.md" for number in range(130)]
    for name in names:
        kept.put(record(name))
    client = Between(dynamodb)

    assert sorted(registry(client, table).get_many([*names, *names])) == names
    assert client.calls == ["batch_get_item"] * 2
    assert [r.document for r in kept.list(limit=120)] == names[:120]
    assert [r.document for r in kept.list(after=names[119], limit=120)] == names[120:]


def test_entries_that_lag_behind_their_records_are_not_listed_as_they_were(dynamodb, table):
    kept = registry(dynamodb, table)
    for name in ("a", "b", "c", "d", "e"):
        kept.put(record(name, DocumentStatus.FAILED))
    stale = []

    def query(call, **request):
        wanted = request["ExpressionAttributeValues"][":listing"]["S"]
        if wanted.startswith("failed#"):
            return stale.pop(0)
        return call(**request)

    stale += [
        dynamodb.query(
            TableName=table,
            IndexName="listing",
            KeyConditionExpression="listing = :listing",
            ExpressionAttributeValues={":listing": {"S": f"failed#{shard}"}},
        )
        for shard in range(4)
    ]
    both = list(stale)
    kept.put(replace(kept.get("a"), status=DocumentStatus.INDEXED))
    kept.put(replace(kept.get("b"), deleted=True))
    kept.remove(kept.get("c"))
    lagging = registry(Between(dynamodb, query=query), table)

    assert [r.document for r in lagging.list(status=DocumentStatus.FAILED, limit=1)] == ["d"]
    stale += both
    # "a" stands in the entries of two statuses, and is listed once.
    assert [r.document for r in lagging.list()] == ["a", "d", "e"]


def test_a_page_is_fetched_without_reading_the_whole_listing(dynamodb, table):
    kept = registry(dynamodb, table)
    for number in range(200):
        kept.put(record(f"{number:03d}.md"))
    read = 0

    def query(call, **request):
        nonlocal read
        found = call(**request)
        read += len(found["Items"])
        return found

    page = registry(Between(dynamodb, query=query), table).list(limit=8)
    assert len(page) == 8
    assert read <= 80


def test_a_count_of_documents_that_wait_is_soon_made_again(dynamodb, table):
    clock = SetClock(1000.0)
    kept = registry(dynamodb, table, clock)
    waiting = kept.put(record(status=DocumentStatus.PROCESSING))
    assert kept.counts() == {(DocumentStatus.PROCESSING, frozenset({"everyone"})): 1}
    kept.put(replace(waiting, status=DocumentStatus.INDEXED))
    clock.now += 20  # counting may have been slow, and is then not repeated at once

    assert kept.counts() == {(DocumentStatus.INDEXED, frozenset({"everyone"})): 1}


def test_counts_are_used_again_for_a_while(dynamodb, table):
    clock = SetClock(1000.0)
    kept = registry(dynamodb, table, clock)
    kept.put(record("a"))
    assert sum(kept.counts().values()) == 1
    kept.put(record("b"))
    clock.now += 29
    assert sum(kept.counts().values()) == 1

    clock.now += 31
    assert sum(kept.counts().values()) == 2
    kept.put(record("c"))
    clock.now -= 3600
    assert sum(kept.counts().values()) == 3


def test_keys_of_any_spelling_are_kept_apart_and_in_order(dynamodb, table):
    names = ["x" * 1024, "a+b %ü", "\U0010ffff", "\udc80", "\U0010ffff\\udc80", "z\ud800", "ÿ"]
    kept = registry(dynamodb, table)
    for name in names:
        kept.put(record(name))

    assert kept.get_many(names).keys() == set(names)
    listed = [r.document for r in kept.list()]
    assert listed[:3] == ["a+b %ü", "x" * 1024, "ÿ"]
    assert sorted(listed) == sorted(names)
    assert [r.document for r in kept.list(after=listed[4])] == listed[5:]


def test_a_table_that_is_not_there_is_named_with_its_setting(dynamodb):
    lost = registry(dynamodb, "table-that-nobody-made")

    for look in (lambda: lost.get("a"), lambda: lost.put(record()), lost.list, lost.counts):
        with pytest.raises(InvalidConfigurationError, match="WELLREAD_DOCUMENTS_TABLE"):
            look()


def test_a_throttled_write_is_tried_again_by_the_queue(dynamodb, table):
    throttled = raising(refused("ProvisionedThroughputExceededException"))

    with pytest.raises(TransientError):
        registry(Between(dynamodb, put_item=throttled), table).put(record())
