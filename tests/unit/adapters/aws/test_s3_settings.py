"""The settings document in S3: asked for all the time, fetched seldom, never open by mistake."""

from __future__ import annotations

import pytest

from tests.doubles import SetClock
from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws.s3_settings import KEY, S3SettingsDocument
from wellread.domain.access.rules import AccessRules
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError

HR_ONLY = b'{"access": {"default": "nobody", "rules": [{"prefix": "hr/", "audience": ["hr"]}]}}'


@pytest.fixture
def clock():
    return SetClock(1000.0)


def of(client, name, clock):
    return S3SettingsDocument(client, name, clock=clock)


def test_it_is_looked_at_once_a_second_and_fetched_where_it_changed(aws, s3, clock):
    name = aws.bucket()
    s3.put_object(Bucket=name, Key=KEY, Body=HR_ONLY)
    fetched = []

    def get(call, **request):
        fetched.append("not changed")
        answer = call(**request)
        fetched[-1] = "fetched"
        return answer

    document = of(Between(s3, get_object=get), name, clock)
    for _ in range(5):
        document.load()
        document.identities()
    assert fetched == ["fetched"]

    clock.now += 1
    assert document.load().default == frozenset()
    assert fetched == ["fetched", "not changed"]
    clock.now += 1
    s3.put_object(Bucket=name, Key=KEY, Body=b'{"access": {}}')
    assert document.load() == AccessRules()
    assert fetched == ["fetched", "not changed", "fetched"]


def test_a_document_that_appears_is_seen(aws, s3, clock):
    name = aws.bucket()
    document = of(s3, name, clock)
    assert document.load() == AccessRules()

    s3.put_object(Bucket=name, Key=KEY, Body=HR_ONLY)
    clock.now += 1
    assert document.load().default == frozenset()


@pytest.mark.parametrize("versioned", [True, False])
def test_a_document_that_was_there_and_is_gone_shows_nothing_until_it_is_back(
    aws, s3, clock, versioned
):
    name = aws.bucket(versioned=versioned)
    s3.put_object(Bucket=name, Key=KEY, Body=HR_ONLY)
    document = of(s3, name, clock)
    document.load()
    s3.delete_object(Bucket=name, Key=KEY)
    clock.now += 1

    for _ in range(2):
        with pytest.raises(InvalidConfigurationError, match="was there and is gone"):
            document.load()
    s3.put_object(Bucket=name, Key=KEY, Body=HR_ONLY)
    assert document.load().default == frozenset()


def test_a_worker_that_starts_after_it_went_shows_nothing_either(aws, s3, clock):
    # What S3 answers where a delete marker is the newest version; the simulation leaves it out.
    marked = raising(refused("NoSuchKey", 404, headers={"x-amz-delete-marker": "true"}))

    with pytest.raises(InvalidConfigurationError, match="was there and is gone"):
        of(Between(s3, get_object=marked), aws.bucket(), clock).load()


def test_while_s3_does_not_answer_older_rules_do_not_hold(aws, s3, clock):
    name = aws.bucket()
    s3.put_object(Bucket=name, Key=KEY, Body=HR_ONLY)
    client = Between(s3)
    document = of(client, name, clock)
    document.load()
    clock.now += 1
    client.instead["get_object"] = raising(refused("SlowDown", 503))
    with pytest.raises(TransientError):
        document.load()

    client.instead.clear()
    assert document.load().default == frozenset()


def test_a_document_that_may_not_be_read_is_not_one_that_is_not_there(aws, s3, clock):
    denied = raising(refused("AccessDenied", 403, operation="GetObject"))

    with pytest.raises(InvalidConfigurationError, match="GetObject"):
        of(Between(s3, get_object=denied), aws.bucket(), clock).load()


def test_a_clock_that_is_put_back_does_not_keep_an_old_document(aws, s3, clock):
    name = aws.bucket()
    s3.put_object(Bucket=name, Key=KEY, Body=b'{"access": {}}')
    document = of(s3, name, clock)
    document.load()

    clock.now -= 3600
    s3.put_object(Bucket=name, Key=KEY, Body=HR_ONLY)
    assert document.load().default == frozenset()


def test_signs_mean_themselves_where_a_key_of_the_documents_begins_so(aws, s3, clock):
    name, documents = aws.bucket(), aws.bucket()
    s3.put_object(
        Bucket=name,
        Key=KEY,
        Body=b'{"access": {"rules": [{"prefix": "R&D/", "audience": "hr"}]}}',
    )
    listed = []

    def list_one(call, **request):
        listed.append(request["MaxKeys"])
        return call(**request)

    client = Between(s3, list_objects_v2=list_one)
    document = S3SettingsDocument(client, name, clock=clock, documents=documents)
    for _ in range(5):
        assert document.load().audiences("menu.md", None) == frozenset()
        clock.now += 1
    assert listed == [1]

    s3.put_object(Bucket=documents, Key="R&D/plan.md", Body=b"x")
    clock.now += 30
    assert document.load().audiences("menu.md", None) == {"everyone"}
    s3.delete_object(Bucket=documents, Key="R&D/plan.md")
    clock.now += 60
    assert document.load().audiences("R&D/plan.md", None) == {"hr"}
    assert listed == [1, 1]


def test_places_are_told_of_a_prefix_once_a_key_of_the_documents_begins_so(aws, s3, clock):
    name, documents = aws.bucket(), aws.bucket()
    s3.put_object(
        Bucket=name,
        Key=KEY,
        Body=b'{"access": {}, "chat": {"slack": {"places": '
        b'[{"place": "C0", "receipts": ["R&D/"]}]}}}',
    )
    document = S3SettingsDocument(s3, name, clock=clock, documents=documents)
    assert document.chat().of("slack").places["C0"].receipts == ()

    s3.put_object(Bucket=documents, Key="R&D/plan.md", Body=b"x")
    clock.now += 30
    assert document.chat().of("slack").places["C0"].receipts == ("R&D/",)
