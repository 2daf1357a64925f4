"""What one message tells of, and when a new one begins."""

from __future__ import annotations

from wellread.domain.chat.digests import MOST_CHARACTERS, MOST_DOCUMENTS, QUIET_SECONDS, Digest
from wellread.domain.knowledge.documents import DocumentId


def named(*names: str) -> list[DocumentId]:
    return [DocumentId(name) for name in names]


def test_more_documents_go_into_the_same_message_each_once() -> None:
    digest = Digest().with_more(named("a", "b", "a"), 1_000.0)
    grown = digest.with_more(named("b", "c"), 1_000.0 + QUIET_SECONDS)

    assert (digest.documents, grown.documents) == (("a", "b"), ("a", "b", "c"))
    assert grown.number == digest.number == 1


def test_after_a_quiet_time_and_after_very_many_a_new_one_begins() -> None:
    digest = Digest().with_more(named("a"), 1_000.0)
    many = named(*map(str, range(MOST_DOCUMENTS)))
    long = named("x" * MOST_CHARACTERS)

    for more, now in ((named("b"), 1_001.0 + QUIET_SECONDS), (many, 1_000.0), (long, 1_000.0)):
        begun = digest.with_more(more, now)
        assert (begun.number, begun.documents) == (2, tuple(more))
        assert (begun.edited, begun.shown) == (0.0, "")


def test_a_digest_comes_back_from_its_note() -> None:
    digest = Digest(3, tuple(named("ä.md", "b.md")), 1.5, 2.5, "shown")

    assert Digest.of_note(digest.as_note) == digest
    assert Digest.of_note("") == Digest()
