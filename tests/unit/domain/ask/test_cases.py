"""What people say of a reply makes its case, in whatever order it is heard."""

from __future__ import annotations

from wellread.domain.ask.answers import Feedback, GivenFeedback, HandOver, Verdict
from wellread.domain.ask.cases import Case, CaseStatus, case_id
from wellread.domain.ask.questions import AskerId, Mode, ThreadId, Turn
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.knowledge.documents import DocumentId, RevisionId

THREAD = ThreadId("t1")
PLACE = QuotedPlace(DocumentId("b.md"), RevisionId("r1"), 3, "30 days")


def turn(number: int = 1) -> Turn:
    documents = frozenset({DocumentId("a.md")})
    return Turn(
        number,
        "And for juniors?",
        "How many days for juniors?",
        "30.",
        declined=False,
        mode=Mode.RAG,
        drawn_on=documents,
        asker=AskerId("ada"),
        quoted=(PLACE,),
    )


def case(number: int = 1) -> Case:
    return Case.of(THREAD, turn(number), 1.0)


def said(
    verdict: Verdict | HandOver, who: str = "ben", at: float = 2.0, correction: str | None = None
) -> GivenFeedback:
    feedback = Feedback(THREAD, 1, verdict, None, correction)
    return GivenFeedback(feedback, AskerId(who), "slack", at)


def test_a_case_holds_what_the_turn_drew_on_and_quoted() -> None:
    assert case().drawn_on == {"a.md", "b.md"}
    assert case().id == case_id(THREAD, 1) != case(2).id


def test_the_first_question_of_a_thread_is_the_same_by_itself() -> None:
    assert case().wordings == ("And for juniors?", "How many days for juniors?")
    assert case(2).wordings == ("How many days for juniors?",)


def test_each_person_says_one_thing_of_a_kind() -> None:
    first = case().heard(said(Verdict.DOWN, correction="31"))
    again = first.heard(said(Verdict.DOWN, correction="32", at=3.0))

    assert again.proposals == ("32",)
    assert again.heard(said(HandOver.RESOLVED, correction="33")).proposals == ("33", "32")
    assert again.heard(said(Verdict.DOWN, correction="32", at=3.0)) is again


def test_what_is_taken_back_is_gone() -> None:
    heard = case().heard(said(Verdict.DOWN)).heard(said(Verdict.DOWN, "cem"))

    left = heard.heard(said(Verdict.UP, at=9.0))
    assert [each.asker for each in left.remarks] == ["cem"]
    assert left.heard(said(Verdict.UP, "cem", at=9.0)).remarks == ()


def test_a_hand_over_without_words_is_no_case() -> None:
    assert case().heard(said(HandOver.RESOLVED)) == case()
    assert case().heard(said(HandOver.ASKED)) == case()


def test_a_dismissed_case_is_open_again_once_somebody_else_says_something() -> None:
    dismissed = case().heard(said(Verdict.DOWN)).became(CaseStatus.DISMISSED)

    assert dismissed.heard(said(Verdict.DOWN, at=3.0)).status is CaseStatus.DISMISSED
    assert dismissed.heard(said(Verdict.DOWN, "cem")).status is CaseStatus.OPEN


def test_an_answered_case_stays_answered() -> None:
    answered = case().heard(said(Verdict.DOWN)).became(CaseStatus.ANSWERED)

    assert answered.heard(said(Verdict.DOWN, "cem")).status is CaseStatus.ANSWERED


def test_what_many_people_say_is_kept_for_the_last_of_them() -> None:
    heard = case()
    for number in range(30):
        heard = heard.heard(said(Verdict.DOWN, f"p{number}", float(number)))

    assert [each.asker for each in heard.remarks] == [f"p{number}" for number in range(10, 30)]
    assert heard.version == 30
