"""What every store of unanswered questions does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.doubles import SetClock
from wellread.domain.ask.gaps import Unanswered
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.domain.knowledge.documents import DocumentId

A, B = DocumentId("a.md"), DocumentId("b.md")
DAY = 86_400.0


@pytest.fixture
def now(clock: SetClock) -> float:
    return clock.now


def asked(at, turn=1, thread="t1", documents=()):
    return Unanswered(
        ThreadId(thread),
        turn,
        "May I bring my dog \ud800?",
        AskerId("ada"),
        frozenset({frozenset({"everyone"}), frozenset({"everyone", "hr"})}),
        at,
        frozenset(documents),
    )


def test_questions_since_a_moment_are_found_oldest_first(unanswered, now):
    last, first = asked(now, 3), asked(now - 3 * DAY, 2)
    for each in (last, asked(now - 8 * DAY, 1), first):
        unanswered.note(each)

    assert unanswered.since(now - 7 * DAY) == [first, last]
    assert unanswered.since(now - 3 * DAY) == [first, last]
    assert unanswered.since(now + 1) == []


def test_the_same_turn_is_one_question(unanswered, now):
    unanswered.note(asked(now - 1))
    unanswered.note(later := replace(asked(now), question="Once more?"))

    assert unanswered.since(now - DAY) == [later]


def test_a_question_goes_with_any_document_whose_words_may_be_in_it(unanswered, now):
    unanswered.note(asked(now, 1, documents=(A, B)))
    unanswered.note(other := asked(now, 2, documents=(A,)))

    unanswered.erase(B)
    unanswered.erase(B)
    assert unanswered.since(now - DAY) == [other]
    unanswered.erase(A)
    assert unanswered.since(now - DAY) == []


def test_what_is_older_than_it_is_kept_harms_nothing(unanswered, now):
    unanswered.note(asked(now - 200 * DAY, 1, documents=(A,)))
    unanswered.note(new := asked(now, 2, documents=(A,)))

    assert new in unanswered.since(0.0)
