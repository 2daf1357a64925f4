"""Which unanswered questions are one gap, and who is told of it in whose words."""

from __future__ import annotations

import pytest

from wellread.domain.access.scope import Scope, both
from wellread.domain.ask.gaps import Gap, Unanswered, gaps_of
from wellread.domain.ask.questions import AskerId, ThreadId

DOGS = (
    "May I bring my dog to the office?",
    "Can dogs come to the office?",
    "Is a dog allowed in the office?",
)
PARKING = "Where may I park my bicycle?"


def asked(question: str, asker: str, at: float = 1.0, viewers: Scope | None = None) -> Unanswered:
    scope = viewers or Scope.of("everyone")
    return Unanswered(ThreadId(f"{asker}{at}"), 1, question, AskerId(asker), scope.viewers, at)


def test_questions_about_one_thing_are_one_gap_in_the_words_most_like_the_others() -> None:
    found = [asked(each, who, at) for each, who, at in zip(DOGS, "abc", (1, 2, 3), strict=True)]
    report = gaps_of([*found, asked(PARKING, "d")], None, 0.0, 9.0)

    (gap,) = report.gaps
    assert (gap.questions, gap.askers, gap.last) == (3, 3, 3)
    assert gap.wording in DOGS
    assert report.alone == 1


def test_what_one_person_alone_asked_is_told_in_no_words_however_often() -> None:
    found = [asked(DOGS[0], "a", at) for at in (1.0, 2.0, 3.0)]

    report = gaps_of(found, AskerId("b"), 0.0, 9.0)
    assert (report.gaps, report.alone) == ((), 3)
    report = gaps_of(found, AskerId("a"), 0.0, 9.0)
    assert (report.gaps, report.alone) == ((Gap(DOGS[0], 3, 1, 3.0),), 0)


def test_what_most_people_ask_comes_first() -> None:
    found = [asked(PARKING, who) for who in "ab"] + [asked(DOGS[0], who) for who in "abc"]

    assert [gap.wording for gap in gaps_of(found, None, 0.0, 9.0).gaps] == [DOGS[0], PARKING]


def test_nothing_asked_is_no_gap() -> None:
    assert gaps_of([], None, 0.0, 9.0).gaps == ()


@pytest.mark.parametrize(
    ("viewers", "reader", "within"),
    [
        (Scope.of("everyone"), Scope.of("everyone"), True),
        (Scope.of("everyone"), Scope.of("everyone", "hr"), True),
        (Scope.of("everyone", "hr"), Scope.of("everyone"), False),
        (Scope.of("everyone", "hr"), Scope.of("everyone", "hr"), True),
        (Scope.of("everyone", "slack:T1:U1"), Scope.of("everyone"), True),
        (Scope.of("everyone"), Scope(frozenset()), False),
        # In a place where a plain member reads along nothing restricted was drawn on.
        (
            Scope(frozenset({frozenset({"everyone"}), frozenset({"everyone", "hr"})})),
            Scope.of("everyone"),
            True,
        ),
        (
            Scope.of("everyone", "hr"),
            Scope(frozenset({frozenset({"everyone"}), frozenset({"everyone", "hr"})})),
            False,
        ),
    ],
)
def test_a_question_is_within_the_scope_of_who_may_read_all_that_its_asker_may(
    viewers: Scope, reader: Scope, within: bool
) -> None:
    assert asked(PARKING, "a", viewers=viewers).within(reader) is within


def test_audiences_that_are_made_of_two_are_no_surprise() -> None:
    two = Scope(frozenset({both(frozenset({"everyone"}), frozenset({"hr"}))}))

    assert not asked(PARKING, "a", viewers=two).within(Scope.of("everyone"))
