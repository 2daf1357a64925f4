"""What every revision store does."""

from __future__ import annotations

import pytest

from wellread.domain.ingest.records import BatchReference
from wellread.domain.knowledge.documents import Chunk, Heading, PageSpan, ParsedText

PARSED = ParsedText(
    text="One\0 two\ud83d\ude00 three 😀\r\n\ufeff é \udcff",
    title="T\ud800",
    headings=(Heading(1, "One", 0), Heading(2, "\0", 4)),
    pages=(PageSpan(1, 0, 4), PageSpan(2, 4, 9)),
    tables=3,
    unreadable_pages=(3, 5),
    media_type="application/pdf",
    parser="7",
)
CHUNKS = (
    Chunk(0, 0, 3, "One", "T", ("A > B", "C"), 1),
    Chunk(1, 3, 9, "\0 two\udc80", "", (), None),
)


def batch(document="a.pdf", build="b1", number=0, revision="v1"):
    return BatchReference(document, revision, build, number)


@pytest.mark.parametrize("parsed", [PARSED, ParsedText("")], ids=["odd", "empty"])
def test_a_text_comes_back_exactly(revisions, parsed):
    revisions.put_text("a.pdf", "v1", parsed)

    assert revisions.get_text("a.pdf", "v1") == parsed


def test_a_text_is_kept_for_its_document_and_revision_only(revisions):
    revisions.put_text("a.pdf", "v1", PARSED)

    assert revisions.get_text("a.pdf", "v2") is None
    assert revisions.get_text("b.pdf", "v1") is None


def test_the_same_revision_again_replaces_its_text(revisions):
    revisions.put_text("a.pdf", "v1", PARSED)
    revisions.put_text("a.pdf", "v1", ParsedText("new"))

    assert revisions.get_text("a.pdf", "v1") == ParsedText("new")


def test_a_batch_comes_back_exactly(revisions):
    revisions.put_batch(batch(), CHUNKS)

    assert tuple(revisions.get_batch(batch())) == CHUNKS
    assert revisions.get_batch(batch(number=1)) is None
    assert revisions.get_batch(batch(build="b2")) is None


def test_dropping_a_build_leaves_texts_and_other_builds(revisions):
    revisions.put_text("a.pdf", "v1", PARSED)
    revisions.put_batch(batch(), CHUNKS)
    revisions.put_batch(batch(number=1), CHUNKS)
    revisions.put_batch(batch(build="b2"), CHUNKS)

    revisions.drop("a.pdf", build="b1")

    assert revisions.get_batch(batch()) is None
    assert revisions.get_batch(batch(number=1)) is None
    assert tuple(revisions.get_batch(batch(build="b2"))) == CHUNKS
    assert revisions.get_text("a.pdf", "v1") == PARSED


def test_dropping_without_more_forgets_all_of_a_document_and_nothing_of_another(revisions):
    for document in ("a.pdf", "b.pdf"):
        for revision in ("v1", "v2"):
            revisions.put_text(document, revision, PARSED)
        revisions.put_batch(batch(document), CHUNKS)

    revisions.drop("a.pdf")
    revisions.drop("never-seen.pdf")

    assert [revisions.get_text("a.pdf", revision) for revision in ("v1", "v2")] == [None, None]
    assert revisions.get_batch(batch()) is None
    assert revisions.get_text("b.pdf", "v1") == PARSED
    assert revisions.get_batch(batch("b.pdf")) is not None
