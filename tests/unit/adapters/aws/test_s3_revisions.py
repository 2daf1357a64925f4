"""The state bucket, in calls as large as S3 takes them."""

from __future__ import annotations

import pytest

from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws import s3_objects
from wellread.adapters.aws.s3_revisions import S3RevisionStore
from wellread.domain.ingest.records import BatchReference
from wellread.domain.knowledge.documents import Chunk, ParsedText
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError

CHUNKS = (Chunk(0, 0, 3, "One", "T"),)


@pytest.fixture
def name(aws):
    return aws.bucket()


def keys(s3, name):
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=name).get("Contents", [])]


def test_no_name_of_a_document_shows_in_the_bucket(s3, name):
    store = S3RevisionStore(s3, name)
    store.put_text("hr/warning letter.pdf", "v/1 ü", ParsedText("x"))
    store.put_batch(BatchReference("hr/warning letter.pdf", "v/1 ü", "b1", 7), CHUNKS)

    text, batch = sorted(keys(s3, name))
    assert text.startswith("revisions/")
    assert text.endswith("/v%2F1%20%C3%BC")
    assert batch.startswith("staged/")
    assert batch.endswith("/b1/000007")
    assert "letter" not in text + batch


def test_a_build_whose_id_begins_another_s_is_dropped_alone(s3, name):
    store = S3RevisionStore(s3, name)
    for build in ("b1", "b11"):
        store.put_batch(BatchReference("a.pdf", "v1", build, 0), CHUNKS)
    store.drop("a.pdf", build="b1")

    assert [key.split("/")[2] for key in keys(s3, name)] == ["b11"]


def test_many_batches_are_dropped_in_calls_that_s3_takes(s3, name, monkeypatch):
    monkeypatch.setattr(s3_objects, "MOST_DELETED", 10)
    sizes = []

    def delete(call, **request):
        sizes.append(len(request["Delete"]["Objects"]))
        return call(**request)

    store = S3RevisionStore(Between(s3, delete_objects=delete), name)
    for number in range(25):
        store.put_batch(BatchReference("a.pdf", "v1", "b1", number), CHUNKS)
    store.drop("a.pdf")

    assert sizes == [10, 10, 5]
    assert keys(s3, name) == []


def test_objects_that_were_not_deleted_are_no_success(s3, name):
    def half(call, **request):
        return {"Errors": [{"Key": "x", "Code": "AccessDenied", "Message": "no"}]}

    store = S3RevisionStore(Between(s3, delete_objects=half), name)
    store.put_text("a.pdf", "v1", ParsedText("x"))

    with pytest.raises(TransientError, match="AccessDenied"):
        store.drop("a.pdf")


def test_a_bucket_that_may_not_be_read_is_a_wrong_setting_and_no_missing_text(s3, name):
    denied = raising(refused("AccessDenied", 403, operation="GetObject"))
    store = S3RevisionStore(Between(s3, get_object=denied), name)

    with pytest.raises(InvalidConfigurationError, match="GetObject"):
        store.get_text("a.pdf", "v1")


def test_a_bucket_that_is_not_there_is_named(s3):
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_STATE_BUCKET"):
        S3RevisionStore(s3, "bucket-that-nobody-made").get_text("a.pdf", "v1")
