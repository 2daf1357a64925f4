"""From a thumbs-down to a reviewed answer, which holds for as long as its passage stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles import SetClock
from tests.laptop import Laptop, asker
from wellread.domain.ask.answers import Feedback, Reply, Verdict
from wellread.domain.ask.cases import Case, CaseStatus
from wellread.domain.ask.correcting import Correction, Quote
from wellread.domain.ask.questions import Mode
from wellread.domain.ask.reviewed import ReviewedAnswer
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidQuestionError, NotFoundError

LEAVE = "# Leave\n\nEmployees have 30 days of leave. Part-timers have fewer days of leave.\n"
QUESTION = "How many days of leave do employees have?"
RIGHT = "Everybody has thirty days."
QUOTE = Quote("Employees have 30\ndays of leave.")
DAY = 86_400.0


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    laptop = Laptop(tmp_path, clock=SetClock())
    laptop.drop("leave.md", LEAVE)
    yield laptop
    laptop.close()


def judge(laptop: Laptop, reply: Reply, verdict: Verdict = Verdict.DOWN, *words: str) -> None:
    laptop.services.feedback.give(asker(), Feedback(reply.thread, reply.turn, verdict, *words))


def case_of(laptop: Laptop, question: str = QUESTION, *audiences: str) -> Case:
    judge(laptop, laptop.ask(question), Verdict.DOWN, "It is not clear.", RIGHT)
    (*_, case) = laptop.services.cases.list(asker(*audiences).scope)
    return case


def approve(
    laptop: Laptop, correction: Correction | None = None, *audiences: str
) -> ReviewedAnswer:
    case = case_of(laptop)
    given = correction or Correction(RIGHT, "Ada", (QUOTE,))
    return laptop.services.correcting.approve(case.id, asker(*audiences).scope, given)


def is_reviewed(reply: Reply) -> bool:
    return reply.outcome.answered_by == "reviewed"


def test_a_thumbs_down_becomes_a_case_with_what_was_asked_answered_and_quoted(
    laptop: Laptop,
) -> None:
    reply = laptop.ask(QUESTION)
    judge(laptop, reply, Verdict.DOWN, "It is not clear.", RIGHT)
    (case,) = laptop.services.cases.list(asker().scope)

    assert (case.question, case.answer, case.status) == (QUESTION, reply.text, CaseStatus.OPEN)
    assert [place.quote for place in case.quoted] == [c.quote for c in reply.citations]
    assert [place.revision for place in case.quoted] == [c.revision for c in reply.citations]
    assert case.proposals == (RIGHT,)
    assert laptop.services.cases.show(case.id, asker().scope).changed == ()


def test_whoever_changes_their_mind_takes_their_case_back(laptop: Laptop) -> None:
    reply = laptop.ask(QUESTION)
    judge(laptop, reply)
    judge(laptop, reply, Verdict.UP)

    assert laptop.services.cases.list(asker().scope, closed=True) == []


def test_a_case_shows_which_of_its_passages_changed_since(laptop: Laptop) -> None:
    case = case_of(laptop)
    laptop.drop("leave.md", LEAVE.replace("30", "31"))

    seen = laptop.services.cases.show(case.id, asker().scope)
    assert seen.changed == seen.case.quoted != ()


def test_an_approved_correction_answers_the_same_question_first(laptop: Laptop) -> None:
    approve(laptop)
    for question in (QUESTION, "how many days of leave do the employees have", QUESTION.upper()):
        reply = laptop.ask(question)

        assert reply.text == (
            "Everybody has thirty days. [1]\n\n"
            "Reviewed by Ada on 2027-01-15, valid until 2027-07-14."
        )
        (cited,) = reply.citations
        text = laptop.services.adapters.revisions.get_text(cited.document, cited.revision)
        assert text is not None
        assert (
            text.text[cited.start : cited.end] == cited.quote == "Employees have 30 days of leave."
        )
        assert cited.heading == "Leave"
        assert cited.link

    assert not is_reviewed(laptop.ask("How many days of leave do part-timers have?"))
    (case,) = laptop.services.cases.list(asker().scope, closed=True)
    assert case.status is CaseStatus.ANSWERED


def test_another_wording_is_answered_where_the_reviewer_says_so(laptop: Laptop) -> None:
    approve(laptop, Correction(RIGHT, "Ada", (QUOTE,), also=("Leave days?",)))

    assert is_reviewed(laptop.ask("leave days"))


def test_a_model_alone_does_not_show_it(laptop: Laptop) -> None:
    approve(laptop)

    assert not is_reviewed(laptop.ask(QUESTION, mode=Mode.BASE))


def test_it_is_struck_as_soon_as_its_passage_changes(laptop: Laptop) -> None:
    approve(laptop)
    laptop.drop("leave.md", LEAVE + "\nMore.\n")
    assert is_reviewed(laptop.ask(QUESTION))

    laptop.drop("leave.md", LEAVE.replace("30", "31"))
    assert not is_reviewed(laptop.ask(QUESTION))
    assert [each.state for each in laptop.services.reviewed.list(asker().scope)] == ["struck"]
    assert laptop.services.reviewed.approved() == []


def test_it_is_struck_as_soon_as_its_passage_moves(laptop: Laptop) -> None:
    approve(laptop)
    laptop.drop("leave.md", "The following is no longer true.\n\n" + LEAVE)

    assert not is_reviewed(laptop.ask(QUESTION))


def test_it_is_not_shown_from_the_moment_that_its_document_is_gone(laptop: Laptop) -> None:
    approve(laptop)
    laptop.delete("leave.md")

    assert not is_reviewed(laptop.ask(QUESTION))
    assert laptop.services.reviewed.list(asker().scope) == []


def test_it_is_erased_with_its_document(laptop: Laptop) -> None:
    approve(laptop)
    for store in laptop.adapters.erasables:
        store.erase(DocumentId("leave.md"))

    assert laptop.adapters.reviewed.list() == []
    assert laptop.adapters.cases.list() == []


def test_it_expires(laptop: Laptop) -> None:
    approve(laptop, Correction(RIGHT, "Ada", (QUOTE,), days=2))
    clock = laptop.adapters.clock
    assert isinstance(clock, SetClock)
    clock.now += 2 * DAY - 1
    assert is_reviewed(laptop.ask(QUESTION))

    clock.now += 1
    assert not is_reviewed(laptop.ask(QUESTION))
    assert [each.state for each in laptop.services.reviewed.list(asker().scope)] == ["expired"]


def test_whoever_may_not_read_its_document_sees_nothing_of_it(laptop: Laptop) -> None:
    reviewed = approve(laptop)
    for_hr = json.dumps({"metadataAttributes": {"audience": "hr"}})
    laptop.write("leave.md.metadata.json", for_hr)

    outside = laptop.ask(QUESTION)
    assert outside.text == laptop.ask("How many days of holiday do employees have?").text
    assert "Ada" not in outside.text
    assert laptop.services.reviewed.list(asker().scope) == []
    assert laptop.services.cases.list(asker().scope, closed=True) == []
    with pytest.raises(NotFoundError):
        laptop.services.reviewed.withdraw(reviewed.id, asker().scope)
    with pytest.raises(NotFoundError):
        laptop.services.cases.show(laptop.adapters.cases.list()[0].id, asker().scope)
    assert is_reviewed(laptop.ask(QUESTION, "everyone", "hr"))
    assert not is_reviewed(laptop.ask(QUESTION))


def test_a_reviewer_may_withdraw_it(laptop: Laptop) -> None:
    laptop.services.reviewed.withdraw(approve(laptop).id, asker().scope)

    assert not is_reviewed(laptop.ask(QUESTION))


def test_a_correction_without_quotes_rests_on_passages_that_support_it(laptop: Laptop) -> None:
    approve(laptop, Correction("Employees have 30 days of leave.", "Ada"))
    reply = laptop.ask(QUESTION)

    assert reply.text.startswith("Employees have 30 days of leave. [1]")
    assert [each.document for each in reply.citations] == ["leave.md"]


@pytest.mark.parametrize(
    ("correction", "why"),
    [
        (Correction("Dogs may come on Fridays.", "Ada"), "No passage was found"),
        (Correction(RIGHT, "Ada", (Quote("31 days of leave"),)), "does not stand in"),
        (Correction(RIGHT, "Ada", (Quote("30", DocumentId("none.md")),)), "does not stand in"),
        (Correction("It is so [2].", "Ada", (QUOTE,)), r"a marker \[2\] without"),
        (Correction(" ", "Ada", (QUOTE,)), "is empty"),
        (Correction(RIGHT, " ", (QUOTE,)), "who stands for"),
        (Correction(RIGHT, "Ada", (QUOTE,), days=0), "valid for 1 to"),
    ],
)
def test_a_correction_that_rests_on_nothing_is_refused(
    laptop: Laptop, correction: Correction, why: str
) -> None:
    with pytest.raises(InvalidQuestionError, match=why):
        approve(laptop, correction)
    assert laptop.adapters.reviewed.list() == []


def test_nothing_of_a_correction_is_acted_on_where_it_is_shown(laptop: Laptop) -> None:
    approve(
        laptop,
        Correction("See <!channel> and https://evil.test/x.", "[A](http://b.test)", (QUOTE,)),
    )
    text = laptop.ask(QUESTION).text

    assert "<!channel>" not in text
    assert "http" not in text
