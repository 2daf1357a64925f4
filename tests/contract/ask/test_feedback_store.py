"""What every feedback store does."""

from __future__ import annotations

from wellread.domain.ask.answers import Feedback, GivenFeedback, HandOver, Verdict
from wellread.domain.knowledge.documents import DocumentId


def given(at, *said, asker="ada", platform="slack"):
    return GivenFeedback(Feedback(*said), asker, platform, at)


def test_what_was_said_is_listed_oldest_first(feedback):
    later = given(2.0, "t2", 1, Verdict.DOWN, "wrong \ud800", "It is 3.", asker="\ud801")
    first = given(1.0, "t1", 1, Verdict.UP, platform="web")
    last = given(3.5, "t1", 2, Verdict.UP, "good")
    for each in (later, first, last):
        feedback.put(each)

    assert feedback.list() == [first, later, last]


def test_a_later_verdict_of_the_same_person_on_a_turn_replaces_the_earlier_one(feedback):
    feedback.put(given(1.0, "t1", 1, Verdict.UP, "good"))
    feedback.put(other := given(2.0, "t1", 2, Verdict.UP))
    feedback.put(later := given(3.0, "t1", 1, Verdict.DOWN))

    assert feedback.list() == [other, later]


def test_a_verdict_that_arrives_late_does_not_replace_the_one_after_it(feedback):
    feedback.put(later := given(3.0, "t1", 1, Verdict.DOWN))
    feedback.put(given(1.0, "t1", 1, Verdict.UP, "good"))

    assert feedback.list() == [later]


def test_the_words_of_a_verdict_complete_it_in_whatever_order_they_arrive(feedback):
    clicked, said = (Verdict.DOWN,), (Verdict.DOWN, "It is 3.", "3")
    feedback.put(given(1.0, "t1", 1, *clicked))
    feedback.put(given(2.0, "t1", 1, *said))
    feedback.put(given(2.0, "t1", 2, *said))
    feedback.put(given(1.0, "t1", 2, *clicked))

    assert feedback.list() == [given(2.0, "t1", 1, *said), given(2.0, "t1", 2, *said)]


def test_several_people_judge_the_same_turn(feedback):
    both = [given(1.0, "t1", 1, Verdict.UP), given(2.0, "t1", 1, Verdict.DOWN, asker="ben")]
    for each in both:
        feedback.put(each)

    assert feedback.list() == both


def test_that_a_human_was_asked_and_answered_is_kept_beside_the_verdict(feedback):
    all_of_it = [
        given(1.0, "t1", 1, Verdict.DOWN),
        given(2.0, "t1", 1, HandOver.ASKED),
        given(3.0, "t1", 1, HandOver.RESOLVED),
    ]
    for each in all_of_it:
        feedback.put(each)

    assert feedback.list() == all_of_it


def test_a_new_store_holds_nothing(feedback):
    assert feedback.list() == []


def test_the_words_of_a_verdict_go_with_any_document_that_its_turn_draws_on(feedback):
    both = frozenset({DocumentId("a.md"), DocumentId("b.md")})
    feedback.put(given(1.0, "t1", 1, Verdict.DOWN, "It is 4.", "4"), drawn_on=both)
    feedback.put(given(2.0, "t1", 1, Verdict.DOWN, "No.", asker="ben"), drawn_on=both)
    feedback.put(given(3.0, "t1", 2, Verdict.UP, "yes"), drawn_on=frozenset({DocumentId("b.md")}))
    feedback.put(given(4.0, "t2", 1, Verdict.UP, "good"))

    feedback.erase(DocumentId("a.md"))
    feedback.erase(DocumentId("a.md"))
    assert feedback.list() == [
        given(1.0, "t1", 1, Verdict.DOWN),
        given(2.0, "t1", 1, Verdict.DOWN, asker="ben"),
        given(3.0, "t1", 2, Verdict.UP, "yes"),
        given(4.0, "t2", 1, Verdict.UP, "good"),
    ]

    feedback.erase(DocumentId("b.md"))
    assert [each.feedback.reason for each in feedback.list()] == [None, None, None, "good"]


def test_what_one_person_says_later_leaves_another_s_words_bound_to_their_document(feedback):
    feedback.put(
        given(1.0, "t1", 1, Verdict.DOWN, "It is 4."), drawn_on=frozenset({DocumentId("a.md")})
    )
    feedback.put(given(2.0, "t1", 1, Verdict.UP, asker="ben"))
    feedback.erase(DocumentId("a.md"))

    assert [each.feedback.reason for each in feedback.list()] == [None, None]
