"""The documents bucket, where S3 has more to say than a folder."""

from __future__ import annotations

from dataclasses import replace

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws.s3_documents import S3DocumentStore
from wellread.adapters.aws.s3_presence import S3Presence
from wellread.domain.knowledge.errors import (
    DocumentError,
    FailureCode,
    InvalidConfigurationError,
    SupersededError,
    TransientError,
)


@pytest.fixture
def name(aws):
    return aws.bucket(versioned=True)


def store(client, name, max_bytes=1000):
    return S3DocumentStore(client, name, max_bytes=max_bytes)


def test_a_removed_delete_marker_brings_the_old_version_back(s3, name):
    s3.put_object(Bucket=name, Key="a.md", Body=b"A")
    first = store(s3, name).current("a.md")
    marker = s3.delete_object(Bucket=name, Key="a.md")["VersionId"]
    assert store(s3, name).current("a.md") is None
    assert list(store(s3, name).list()) == []

    s3.delete_object(Bucket=name, Key="a.md", VersionId=marker)
    assert store(s3, name).current("a.md") == first
    assert store(s3, name).read(first) == b"A"
    assert list(store(s3, name).list()) == [first]


def test_an_old_version_that_expires_changes_nothing(s3, name):
    old = s3.put_object(Bucket=name, Key="a.md", Body=b"A")["VersionId"]
    s3.put_object(Bucket=name, Key="a.md", Body=b"B")
    current = store(s3, name).current("a.md")
    s3.delete_object(Bucket=name, Key="a.md", VersionId=old)

    assert store(s3, name).current("a.md") == current
    assert list(store(s3, name).list()) == [current]


def test_a_bucket_that_is_not_there_is_no_bucket_without_documents(s3):
    for look in (lambda s: s.current("a.md"), lambda s: list(s.list())):
        with pytest.raises(InvalidConfigurationError, match="WELLREAD_DOCUMENTS_BUCKET"):
            look(store(s3, "bucket-that-nobody-made"))


def test_the_bucket_is_looked_for_once_and_not_where_a_delete_marker_proves_it(s3, name):
    s3.put_object(Bucket=name, Key="gone.md", Body=b"A")
    s3.delete_object(Bucket=name, Key="gone.md")
    client = Between(s3)
    looked_at = store(client, name)

    assert looked_at.current("gone.md") is None
    assert client.calls == ["head_object"]
    for key in ("b.md", "c.md"):
        assert looked_at.current(key) is None
    assert client.calls.count("head_bucket") == 1


def test_an_object_without_a_version_is_refused_with_the_fix(s3, aws):
    plain = aws.bucket()
    s3.put_object(Bucket=plain, Key="a.md", Body=b"A")

    for look in (lambda s: s.current("a.md"), lambda s: list(s.list())):
        with pytest.raises(InvalidConfigurationError, match="versioning"):
            look(store(s3, plain))


@pytest.mark.parametrize("code", ["403", "400", "AccessDenied", "KMS.DisabledException"])
def test_an_object_that_may_not_be_read_is_unreadable(s3, name, code):
    s3.put_object(Bucket=name, Key="a.md", Body=b"A")
    version = store(s3, name).current("a.md")
    denying = raising(refused(code, 403))
    shut = store(Between(s3, head_object=denying, get_object=denying), name)

    for look in (lambda: shut.current("a.md"), lambda: shut.read(version)):
        with pytest.raises(DocumentError) as refusal:
            look()
        assert refusal.value.code is FailureCode.UNREADABLE
        assert "policy" in refusal.value.fix


def test_an_archived_object_says_that_it_must_be_restored(s3, name):
    s3.put_object(Bucket=name, Key="a.md", Body=b"A")
    version = store(s3, name).current("a.md")
    archived = Between(s3, get_object=raising(refused("InvalidObjectState", 403)))

    with pytest.raises(DocumentError, match="Restore it") as refusal:
        store(archived, name).read(version)
    assert refusal.value.code is FailureCode.UNREADABLE


@pytest.mark.parametrize(
    "error", [refused("SlowDown", 503), ReadTimeoutError(endpoint_url="https://s3.test")]
)
def test_a_service_in_trouble_says_nothing_about_the_document(s3, name, error):
    s3.put_object(Bucket=name, Key="a.md", Body=b"A")
    version = store(s3, name).current("a.md")
    failing = raising(error)
    troubled = store(Between(s3, head_object=failing, get_object=failing), name)

    for look in (lambda: troubled.current("a.md"), lambda: troubled.read(version)):
        with pytest.raises(TransientError):
            look()


def test_a_listing_that_may_not_be_made_is_a_wrong_setting(s3, name):
    class Denied:
        def paginate(self, **request):
            raise refused("AccessDenied", 403, operation="ListObjectVersions")
            yield

    denied = Between(s3, get_paginator=lambda *_: Denied())
    with pytest.raises(InvalidConfigurationError, match="ListObjectVersions"):
        list(store(denied, name).list())


def test_an_object_that_is_not_what_was_looked_at_is_not_read(s3, name):
    s3.put_object(Bucket=name, Key="a.md", Body=b"A")
    version = store(s3, name).current("a.md")
    bodies = []

    def get(call, **request):
        got = call(**request)
        bodies.append(got["Body"])
        return got

    s3.put_object(Bucket=name, Key="a.md", Body=b"B")
    with pytest.raises(SupersededError):
        store(Between(s3, get_object=get), name).read(version)
    assert bodies[0]._raw_stream.closed


def test_an_object_over_the_limit_is_not_even_asked_for(s3, name):
    s3.put_object(Bucket=name, Key="a.md", Body=b"x" * 1001)
    client = Between(s3)
    version = store(client, name).current("a.md")

    with pytest.raises(DocumentError) as refusal:
        store(client, name).read(version)
    assert refusal.value.code is FailureCode.TOO_LARGE
    assert "get_object" not in client.calls


def test_the_limit_holds_for_what_s3_sends_whatever_was_said_before(s3, name):
    s3.put_object(Bucket=name, Key="a.md", Body=b"x" * 1001)
    version = store(s3, name).current("a.md")

    with pytest.raises(DocumentError) as refusal:
        store(s3, name).read(replace(version, size=1))
    assert refusal.value.code is FailureCode.TOO_LARGE


@pytest.mark.parametrize(
    "key", ["ü" * 510 + "a.md", "a//b.md", "/a.md", "./a.md", "a/../b.md", "b/", "line\nbreak"]
)
def test_keys_that_no_folder_could_have_are_read_and_listed(s3, name, key):
    assert len(key.encode()) <= 1024
    s3.put_object(Bucket=name, Key=key, Body=b"A")

    version = store(s3, name).current(key)
    assert store(s3, name).read(version) == b"A"
    assert list(store(s3, name).list()) == [version]


def test_a_listing_goes_through_all_pages_and_past_old_versions(aws, name):
    s3 = aws.client("s3")
    for key in ("a", "b", "c", "d", "e"):
        for content in (b"1", b"2", b"3"):
            s3.put_object(Bucket=name, Key=key, Body=content)
    s3.delete_object(Bucket=name, Key="c")

    def small_pages(call, operation):
        paginator = call(operation)
        paginate = paginator.paginate
        paginator.paginate = lambda **request: paginate(PaginationConfig={"PageSize": 2}, **request)
        return paginator

    listed = list(store(Between(s3, get_paginator=small_pages), name).list())
    assert [version.document for version in listed] == ["a", "b", "d", "e"]
    assert [store(s3, name).read(version) for version in listed] == [b"3"] * 4


class SidecarsOnly:
    """S3 for a role that may list, and get sidecars."""

    def __init__(self, client):
        self.list_object_versions = client.list_object_versions
        self._client = client

    def head_object(self, **asked):
        assert asked["Key"].endswith(".metadata.json"), "a document was looked at"
        return self._client.head_object(**asked)

    def get_object(self, **asked):
        assert asked["Key"].endswith(".metadata.json"), "a document was read"
        return self._client.get_object(**asked)

    def head_bucket(self, **asked):
        return self._client.head_bucket(**asked)


def test_presence_says_what_a_reader_says_without_the_right_to_read(s3, name):
    for key in ("a.md", "a.md.metadata.json", "a.md2", "gone.md", "b/c.md", "b/c.md"):
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    s3.delete_object(Bucket=name, Key="gone.md")
    s3.put_object(Bucket=name, Key="gone.md.metadata.json", Body=b"{}")
    s3.put_object(Bucket=name, Key="back.md", Body=b"1")
    marker = s3.delete_object(Bucket=name, Key="back.md")["VersionId"]
    s3.delete_object(Bucket=name, Key="back.md", VersionId=marker)
    looks = S3Presence(SidecarsOnly(s3), name, max_bytes=1000)

    for key in (
        "a.md",
        "a.m",
        "a",
        "gone.md",
        "b/c.md",
        "b/",
        "never.md",
        "back.md",
        "",
        "x" * 2000,
    ):
        assert looks.current(key) == store(s3, name).current(key), key
    sidecar = looks.current("a.md.metadata.json")
    assert sidecar is not None
    assert looks.read(sidecar) == b"a.md.metadata.json"


def test_presence_tells_a_bucket_that_is_not_there(s3):
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_DOCUMENTS_BUCKET"):
        S3Presence(s3, "bucket-that-nobody-made", max_bytes=1000).current("a.md")
