"""What every store of reviewed answers does."""

from __future__ import annotations

from dataclasses import replace

from wellread.domain.ask.answers import Citation
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId, question_key
from wellread.domain.knowledge.documents import DocumentId, RevisionId

A, B = DocumentId("a.md"), DocumentId("b.md")
QUESTION = "How many days of leave are there \ud800?"


def cited(document):
    return Citation(
        document, RevisionId("r1"), 3, 10, "30 days", 2, "Leave > Days", "Leave", "2024", 5.0
    )


def answer(name="one", at=1.0, also=(), documents=(A,), question=QUESTION):
    return ReviewedAnswer(
        ReviewedId(name),
        question,
        tuple(also),
        "30 days \ud800 [1].",
        tuple(map(cited, documents)),
        "Ada",
        at,
        at + 10.0,
    )


def test_an_answer_is_found_by_its_question_and_by_other_wordings_of_it(reviewed):
    reviewed.put(kept := answer(also=("Leave days?",)))

    assert reviewed.to(question_key("how many DAYS of leave are there \ud800")) == [kept]
    assert reviewed.to(question_key("leave day")) == [kept]
    assert reviewed.to(question_key("How many days?")) == []


def test_the_answer_that_was_reviewed_last_comes_first(reviewed):
    first, last = answer("one", 1.0), answer("two", 2.0)
    reviewed.put(last)
    reviewed.put(first)

    assert reviewed.to(question_key(QUESTION)) == [last, first]
    assert reviewed.list() == [last, first]


def test_an_answer_takes_the_place_of_the_one_of_the_same_id(reviewed):
    reviewed.put(answer(also=("Leave days?",)))
    reviewed.put(now := replace(answer(documents=(B,)), text="31 [1].", at=2.0))

    assert reviewed.list() == [now]
    assert reviewed.to(question_key("Leave days?")) == []
    reviewed.erase(A)
    assert reviewed.list() == [now]


def test_an_answer_is_deleted_once(reviewed):
    reviewed.put(kept := answer())

    assert reviewed.delete(kept.id)
    assert not reviewed.delete(kept.id)
    assert reviewed.to(question_key(QUESTION)) == []


def test_an_answer_goes_with_any_document_that_it_rests_on(reviewed):
    reviewed.put(answer("one", documents=(A, B)))
    reviewed.put(other := answer("two", documents=(A,)))

    reviewed.erase(B)
    reviewed.erase(B)
    assert reviewed.list() == [other]
    assert reviewed.to(question_key(QUESTION)) == [other]
