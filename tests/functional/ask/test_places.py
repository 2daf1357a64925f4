"""Several people in one thread of a chat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.laptop import Laptop, QuotingGenerator, RepeatingModel
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Feedback, Reply, Verdict
from wellread.domain.ask.questions import Asker, AskerId, Mode, Place, Question, ThreadId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.services.ask.drafting import Generators

CHANNEL = Place("slack", "T1", "C1", "1700000000.1")
EVERYONE = Scope.of("everyone")


@pytest.fixture
def model() -> RepeatingModel:
    return RepeatingModel()


@pytest.fixture
def office(tmp_path: Path, model: RepeatingModel) -> Iterator[Laptop]:
    speaking = Generators(quoting=QuotingGenerator(), model=model)
    made = Laptop(tmp_path / "data", generators=speaking)
    made.drop("leave.md", "# Leave\n\nEveryone has thirty days of leave a year.\n")
    yield made
    made.close()


def ask(
    office: Laptop,
    who: str,
    place: Place | None,
    *,
    text: str = "How many days of leave?",
    scope: Scope = EVERYONE,
    thread: ThreadId | None = None,
    mode: Mode = Mode.RAG,
) -> Reply:
    asker = Asker(AskerId(who), scope)
    question = Question(text, asker, mode, thread, place=place)
    return office.services.answering.answer(question)


def test_all_who_ask_from_a_place_go_on_with_its_one_thread(
    office: Laptop, model: RepeatingModel
) -> None:
    first = ask(office, "ada", CHANNEL)
    second = ask(office, "ben", CHANNEL, text="Is that so?")
    third = ask(office, "ada", CHANNEL, thread=first.thread, mode=Mode.BASE)

    assert first.thread == second.thread == third.thread
    assert [first.turn, second.turn, third.turn] == [1, 2, 3]
    assert [turn.asker for turn in model.prompts[-1].turns] == ["ada", "ben"]


def test_another_place_has_another_thread(office: Laptop) -> None:
    here = ask(office, "ada", CHANNEL)
    elsewhere = [
        ask(office, "ada", replace(CHANNEL, **part)).thread
        for part in ({"platform": "teams"}, {"team": "T2"}, {"conversation": "C2"}, {"thread": "2"})
    ]

    assert len({here.thread, *elsewhere}) == 5


@pytest.mark.parametrize("place", [None, replace(CHANNEL, conversation="C2")])
def test_a_places_thread_is_closed_to_those_who_ask_from_elsewhere(
    office: Laptop, place: Place | None
) -> None:
    thread = ask(office, "ada", CHANNEL).thread

    with pytest.raises(NotFoundError):
        ask(office, "ada", place, thread=thread)
    with pytest.raises(NotFoundError):
        office.services.feedback.give(
            Asker(AskerId("ada"), EVERYONE), Feedback(thread, 1, Verdict.UP), place
        )


def test_an_askers_own_thread_is_not_gone_on_with_where_others_read_along(office: Laptop) -> None:
    own = ask(office, "ada", None)

    assert ask(office, "ada", None, thread=own.thread).turn == 2
    for who, place in (("ada", CHANNEL), ("ben", None)):
        with pytest.raises(NotFoundError):
            ask(office, who, place, thread=own.thread)


def test_all_in_a_place_may_judge_its_replies(office: Laptop) -> None:
    reply = ask(office, "ada", CHANNEL)
    verdict = Feedback(reply.thread, reply.turn, Verdict.DOWN)

    office.services.feedback.give(Asker(AskerId("ben"), EVERYONE), verdict, CHANNEL)


def test_what_a_turn_drew_on_is_used_only_where_all_who_read_the_reply_may_see_it(
    office: Laptop, model: RepeatingModel
) -> None:
    office.write("pay.md.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    office.drop("pay.md", "# Pay\n\nThe pay is decided on by Zacharias Quill alone.\n")
    among_hr = Scope.of("everyone", "hr")
    told = ask(office, "ada", CHANNEL, text="Who decides on the pay?", scope=among_hr)
    assert "Quill" in told.text
    again = ask(office, "ada", CHANNEL, text="Who?", scope=among_hr, mode=Mode.BASE)
    assert "Quill" in again.text

    # A guest of the team has come in: what the reply may draw on is less now.
    for mode in (Mode.BASE, Mode.RAG):
        later = ask(office, "ada", CHANNEL, text="Who was it again?", mode=mode)
        assert "Quill" not in later.text
        assert not any("Quill" in turn.answer for turn in model.prompts[-1].turns)
