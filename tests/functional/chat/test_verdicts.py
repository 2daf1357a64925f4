"""What people think of a reply in a chat is kept, and what cannot be kept is told them alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.functional.chat.beside import DIRECT, HERE, Beside, about
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import VerdictGiven
from wellread.domain.chat.replies import ReplyRecord, posted
from wellread.domain.chat.said import SaidNotice
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DeliveryError
from wellread.services.chat.ledger import Replies


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Beside]:
    world = Beside(tmp_path)
    world.laptop.drop("leave.md", "# Leave\n\nThere are 30 days of leave.\n")
    yield world
    world.laptop.close()


def verdict(
    place: Place, thread: str, verdict: str, who: str = "ada", **more: object
) -> VerdictGiven:
    fields = about(place, who) | {"thread": thread, "turn": 1, "verdict": verdict} | more
    return VerdictGiven(**fields)


def kept(world: Beside) -> list[tuple[str, str, str | None, str | None]]:
    given = world.laptop.adapters.verdicts.list()
    return [
        (each.asker, each.feedback.verdict, each.feedback.reason, each.feedback.correction)
        for each in given
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1)])
def test_the_reason_completes_the_click_in_whatever_order_they_are_handled(
    world: Beside, order: tuple[int, ...]
) -> None:
    thread = world.ask().thread
    click = verdict(HERE, thread, "down", at=1.0)
    words = verdict(HERE, thread, "down", at=9.0, reason="It is 31.", correction="31")
    for each in order:
        world.handle((click, words)[each])

    assert kept(world) == [("slack:T1:ada", "down", "It is 31.", "31")]


def test_each_reader_of_a_place_has_a_verdict_of_their_own_and_the_last_one_counts(
    world: Beside,
) -> None:
    thread = world.ask().thread
    world.handle(verdict(HERE, thread, "up", "ada", at=1.0))
    world.handle(verdict(HERE, thread, "down", "ben", at=2.0))
    world.handle(verdict(HERE, thread, "up", "ben", at=3.0))

    assert kept(world) == [
        ("slack:T1:ada", "up", None, None),
        ("slack:T1:ben", "up", None, None),
    ]
    assert {each.platform for each in world.laptop.adapters.verdicts.list()} == {"slack"}


def test_what_its_asker_alone_saw_is_theirs_to_judge_and_nobody_else_s(world: Beside) -> None:
    thread = world.ask(None).thread
    world.handle(verdict(HERE, thread, "up", "ada"))
    world.handle(verdict(HERE, thread, "up", "ben"))

    assert [who for who, *_ in kept(world)] == ["slack:T1:ada"]


def test_what_was_answered_in_the_open_is_judged_from_the_thread_below_it(world: Beside) -> None:
    thread = world.ask(replace(HERE, thread="")).thread
    world.handle(verdict(HERE, thread, "up"))

    assert len(kept(world)) == 1


def test_a_reply_of_another_conversation_cannot_be_judged(world: Beside) -> None:
    thread = world.ask().thread
    world.handle(verdict(replace(HERE, conversation="C2"), thread, "up", reply_url="https://r"))

    assert kept(world) == []
    (told,) = world.said(SaidNotice)
    assert "There is no such thread" in told.text


def test_a_verdict_on_what_was_erased_is_refused_to_the_person_alone(world: Beside) -> None:
    thread = world.ask().thread
    world.laptop.adapters.threads.erase(DocumentId("leave.md"))
    world.handle(verdict(HERE, thread, "down", "ben", reply_url="https://r"))

    (message,) = world.desk.messages
    assert message.seen_by == "ben"
    assert isinstance(message.said, SaidNotice)
    assert "erased" in message.said.text
    assert kept(world) == []


def test_words_that_are_too_long_are_refused_where_nobody_else_reads_along(world: Beside) -> None:
    thread = world.ask(DIRECT).thread
    long = verdict(DIRECT, thread, "down", reason="x" * 4001)
    world.handle(long)
    world.handle(long)

    (told,) = world.said(SaidNotice)
    assert "4000 characters" in told.text


def test_where_there_is_no_way_to_tell_the_person_alone_nobody_is_told(world: Beside) -> None:
    thread = world.ask().thread
    world.handle(verdict(HERE, thread, "down", reason="x" * 4001))

    assert world.desk.messages == []


def test_a_refusal_that_cannot_be_delivered_is_no_reason_to_try_for_ever(world: Beside) -> None:
    world.desk.fail("write", DeliveryError("The address has expired."))
    world.handle(verdict(HERE, "nothing", "up", reply_url="https://r"))

    assert "write" in world.desk.calls


def test_a_verdict_may_name_the_message_that_shows_the_reply(world: Beside) -> None:
    reply = world.ask()
    shown = posted(
        ReplyRecord(about(HERE)["key"], thread=reply.thread, turn=reply.turn), "m1", "m2"
    )
    replies = Replies(world.laptop.adapters.ledger, world.clock)
    replies.point(shown)
    replies.point(shown)
    world.handle(verdict(HERE, "", "up", turn=0, reference="m2"))
    elsewhere = replace(HERE, conversation="C2")
    for place, message in ((HERE, "m3"), (elsewhere, "m2")):
        world.handle(verdict(place, "", "down", turn=0, reference=message))

    assert kept(world) == [("slack:T1:ada", "up", None, None)]


def test_a_verdict_that_names_nothing_is_about_the_last_reply_in_its_place(world: Beside) -> None:
    world.ask()
    last = world.ask()
    world.handle(verdict(HERE, "", "up", turn=0))
    world.handle(verdict(replace(HERE, conversation="C2"), "", "down", turn=0))

    (given,) = world.laptop.adapters.verdicts.list()
    assert (given.feedback.thread, given.feedback.turn) == (last.thread, last.turn)
