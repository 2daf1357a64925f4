"""What every store of cases does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wellread.domain.ask.answers import Feedback, GivenFeedback, Verdict
from wellread.domain.ask.cases import Case, CaseStatus
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.errors import ConflictError

A, B = DocumentId("a.md"), DocumentId("b.md")
PLACE = QuotedPlace(A, RevisionId("r1"), 3, "30 days\ud800")


def case(turn=1, at=1.0, documents=(A, B), **more):
    asked = Case(
        ThreadId("t1"),
        turn,
        "How many?",
        "How many days?",
        "30 days [1].",
        declined=False,
        quoted=(PLACE,),
        drawn_on=frozenset(documents),
        asked_by=AskerId("ada"),
        at=at,
    )
    return replace(asked, **more).changed()


def down(turn=1, asker="ben", reason="It is 31."):
    said = Feedback(ThreadId("t1"), turn, Verdict.DOWN, reason, "31")
    return GivenFeedback(said, AskerId(asker), "slack", 2.0)


def test_a_case_comes_back_as_it_was_put(cases):
    heard = case(remarks=(down(),), status=CaseStatus.DISMISSED, asked_by=None)
    cases.put(heard)

    assert cases.get(heard.id) == heard
    assert cases.get(case(2).id) is None


def test_cases_are_listed_oldest_first(cases):
    later, first = case(1, at=9.0), case(2, at=1.0)
    cases.put(later)
    cases.put(first)

    assert cases.list() == [first, later]


def test_whoever_has_not_seen_the_last_change_changes_nothing(cases):
    first = case()
    cases.put(first)
    changed = first.heard(down())
    cases.put(changed)

    for late in (case(), first.became(CaseStatus.DISMISSED)):
        with pytest.raises(ConflictError):
            cases.put(late)
    with pytest.raises(ConflictError):
        cases.delete(first.changed())
    assert cases.list() == [changed]


def test_a_case_of_which_nothing_is_left_is_deleted(cases):
    first = case()
    cases.put(first)
    cases.delete(first.changed())
    cases.delete(first.changed())

    assert cases.list() == []
    cases.put(first)
    assert cases.list() == [first]


def test_a_case_goes_with_any_document_whose_words_may_be_in_it(cases):
    both, other = case(1), case(2, documents=(A,))
    cases.put(both)
    cases.put(other)

    cases.erase(B)
    cases.erase(B)
    assert cases.list() == [other]
    cases.erase(A)
    assert cases.list() == []
