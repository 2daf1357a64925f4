"""What every document store does."""

from __future__ import annotations

import pytest

from wellread.domain.knowledge.errors import DocumentError, FailureCode, SupersededError


def test_what_was_put_is_current_and_reads_back(bucket):
    bucket.put("guides/ü b.md", b"hello")

    version = bucket.store.current("guides/ü b.md")
    assert (version.document, version.size) == ("guides/ü b.md", 5)
    assert bucket.store.read(version) == b"hello"
    assert bucket.store.current("guides/ü b.md") == version


def test_there_is_nothing_under_a_key_that_was_never_put(bucket):
    bucket.put("a.md", b"a")

    for key in ("b.md", "a.md/b", "", "A.md/", "guides"):
        assert bucket.store.current(key) is None


def test_every_content_is_a_version_of_its_own_even_one_that_returns(bucket):
    seen = []
    for content in (b"A", b"B", b"A"):
        bucket.put("a.md", content)
        seen.append(bucket.store.current("a.md"))

    assert len({version.revision for version in seen}) == 3
    assert [v.order for v in seen] == sorted(v.order for v in seen)
    assert bucket.store.read(seen[2]) == b"A"
    for old in seen[:2]:
        with pytest.raises(SupersededError):
            bucket.store.read(old)


def test_a_deleted_object_is_nothing_and_comes_back_as_a_new_version(bucket):
    bucket.put("a.md", b"A")
    first = bucket.store.current("a.md")
    bucket.delete("a.md")
    assert bucket.store.current("a.md") is None
    with pytest.raises(SupersededError):
        bucket.store.read(first)

    bucket.put("a.md", b"A")
    again = bucket.store.current("a.md")
    assert again.order >= first.order
    assert again.revision != first.revision


def test_a_version_that_nobody_looked_past_is_superseded_all_the_same(bucket):
    bucket.put("a.md", b"first")
    version = bucket.store.current("a.md")
    bucket.put("a.md", b"other")

    with pytest.raises(SupersededError):
        bucket.store.read(version)


def test_a_listing_has_documents_and_sidecars_in_key_order(bucket):
    keys = ["a.md", "a/b.md", "a/b.md.metadata.json", "a-b.md", "B.md", "z/y/x.md", "ä.md"]
    for key in keys:
        bucket.put(key, key.encode())

    listed = list(bucket.store.list())
    assert [version.document for version in listed] == sorted(keys)
    assert [bucket.store.read(version) for version in listed] == [k.encode() for k in sorted(keys)]
    assert [version.document for version in bucket.store.list("a")] == [
        "a-b.md",
        "a.md",
        "a/b.md",
        "a/b.md.metadata.json",
    ]
    assert list(bucket.store.list("nope/")) == []


def test_a_listing_and_a_look_agree_on_versions(bucket):
    bucket.put("a.md", b"A")
    (listed,) = bucket.store.list()
    assert bucket.store.current("a.md") == listed

    bucket.put("a.md", b"B")
    (listed,) = bucket.store.list()
    assert bucket.store.current("a.md") == listed


@pytest.mark.parametrize(
    "key",
    ["a+b%20c%2Fü/#ö & ?=;,'()!*.md", "%", " lead and trail ", "日本/𝔘😀.md"],
)
def test_keys_of_odd_characters_are_read_and_listed_as_they_are(bucket, key):
    bucket.put(key, b"odd")

    version = bucket.store.current(key)
    assert version.document == key
    assert bucket.store.read(version) == b"odd"
    assert list(bucket.store.list()) == [version]
    assert list(bucket.store.list(key[:1])) == [version]


def test_a_document_over_the_limit_is_too_large_before_it_is_read(bucket):
    bucket.put("big.txt", b"x" * 1_000_001)
    bucket.put("full.txt", b"x" * 1_000_000)

    with pytest.raises(DocumentError) as refusal:
        bucket.store.read(bucket.store.current("big.txt"))
    assert refusal.value.code is FailureCode.TOO_LARGE
    assert len(bucket.store.read(bucket.store.current("full.txt"))) == 1_000_000


def test_there_is_nothing_under_a_key_that_cannot_be(bucket):
    for key in ("x" * 1025, "lone \udc80 surrogate", "ü" * 513):
        assert bucket.store.current(key) is None
        assert list(bucket.store.list(key)) == []


def test_a_listing_goes_on_after_a_key(bucket):
    for key in ("a.md", "a.md.metadata.json", "b/c.md", "b.md", "ü.md"):
        bucket.put(key, b"x")
    everything = [version.document for version in bucket.store.list()]

    for place, key in enumerate(everything):
        after = [version.document for version in bucket.store.list(after=key)]
        assert after == everything[place + 1 :]
    assert [v.document for v in bucket.store.list("b", after="b.md")] == ["b/c.md"]
    assert [v.document for v in bucket.store.list(after="between")] == ["ü.md"]


def test_what_lies_beside_a_document_is_named(bucket):
    for key in ("hr/pay.md", "hr/pay.md.METADATA.JSON", "hr/other.md", "pay.md", "hr/pay.d/x.md"):
        bucket.put(key, b"{}")

    assert set(bucket.store.beside("hr/pay.md")) >= {"hr/pay.md", "hr/pay.md.METADATA.JSON"}
    assert not {"hr/other.md", "pay.md", "hr/pay.d/x.md"} & set(bucket.store.beside("hr/pay.md"))
    assert list(bucket.store.beside("none/pay.md")) == []
    bucket.put("hr/pay.metadata.json", b"{}")
    assert "hr/pay.metadata.json" in bucket.store.beside("hr/pay.md")


def test_what_is_dropped_is_current_and_reads_back_and_may_be_a_sidecar(bucket):
    for key, data in (("chat/a b.md", b"hello"), ("chat/a b.md.metadata.json", b"{}")):
        bucket.store.put(key, b"before")
        bucket.store.put(key, data)
        assert bucket.store.read(bucket.store.current(key)) == data


@pytest.mark.parametrize("key", [".hidden.md", "chat/.md", "a//b.md", "~$a.docx", "a.tmp", ""])
def test_what_can_be_no_document_is_not_dropped(bucket, key):
    with pytest.raises(DocumentError) as refused:
        bucket.store.put(key, b"x")
    assert refused.value.code is FailureCode.UNSUPPORTED


def test_what_is_too_large_to_be_read_is_not_dropped(bucket):
    with pytest.raises(DocumentError) as refused:
        bucket.store.put("a.md", b"x" * 1_000_001)
    assert refused.value.code is FailureCode.TOO_LARGE
    assert bucket.store.current("a.md") is None
