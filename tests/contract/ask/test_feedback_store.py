"""What every feedback store does."""

from __future__ import annotations

from wellread.domain.ask.answers import Feedback, Verdict
from wellread.domain.knowledge.documents import DocumentId


def test_verdicts_are_listed_oldest_first(feedback):
    verdicts = [
        Feedback("t2", 1, Verdict.DOWN, "wrong \ud800", "It is 3."),
        Feedback("t1", 1, Verdict.UP),
        Feedback("t1", 2, Verdict.UP, "good"),
    ]
    for verdict in verdicts:
        feedback.put("asker", verdict)

    assert feedback.list() == verdicts


def test_a_later_verdict_on_a_turn_replaces_the_earlier_one(feedback):
    feedback.put("asker", Feedback("t1", 1, Verdict.UP, "good"))
    feedback.put("asker", Feedback("t1", 2, Verdict.UP))
    feedback.put("asker", Feedback("t1", 1, Verdict.DOWN))

    assert feedback.list() == [Feedback("t1", 2, Verdict.UP), Feedback("t1", 1, Verdict.DOWN)]


def test_a_new_store_holds_nothing(feedback):
    assert feedback.list() == []


def test_the_words_of_a_verdict_go_with_any_document_that_its_turn_draws_on(feedback):
    both = frozenset({DocumentId("a.md"), DocumentId("b.md")})
    feedback.put("asker", Feedback("t1", 1, Verdict.DOWN, "It is 4.", "4"), drawn_on=both)
    feedback.put(
        "asker", Feedback("t1", 2, Verdict.UP, "yes"), drawn_on=frozenset({DocumentId("b.md")})
    )
    feedback.put("asker", Feedback("t2", 1, Verdict.UP, "good"))

    feedback.erase(DocumentId("a.md"))
    feedback.erase(DocumentId("a.md"))
    assert feedback.list() == [
        Feedback("t1", 1, Verdict.DOWN),
        Feedback("t1", 2, Verdict.UP, "yes"),
        Feedback("t2", 1, Verdict.UP, "good"),
    ]

    feedback.erase(DocumentId("b.md"))
    assert [each.reason for each in feedback.list()] == [None, None, "good"]
