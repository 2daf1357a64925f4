"""Questions in chats: from the queue to one reply that people see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chat_desk import Desk, Killed, Spot, person
from tests.laptop import Laptop
from wellread.domain.ask.answers import Answer, AnswerEvent, DeltaEvent
from wellread.domain.ask.questions import Question
from wellread.domain.chat.events import (
    AnswerShared,
    ChatEvent,
    MessageKey,
    QuestionAsked,
    QuestionDeleted,
)
from wellread.domain.chat.members import Readers, Standing
from wellread.domain.chat.said import SaidNotice, SaidReply
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import (
    DeliveryError,
    InvalidConfigurationError,
    TransientError,
)
from wellread.services.ask.answering import Answering
from wellread.services.chat.ledger import Replies

TEXT = "# Fees\n\nA late book costs 20 cents a day."
ASKED = "What does a late book cost?"
FIRST, LAST = Attempt(), Attempt(5, last=True)


def _in_pieces(events: Iterator[AnswerEvent]) -> Iterator[AnswerEvent]:
    for event in events:
        if isinstance(event, DeltaEvent):
            yield from map(DeltaEvent, event.text.partition(" "))
        else:
            yield event


class InPieces:
    """Says answers a few words at a time."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def stream(self, question: Question) -> Iterator[AnswerEvent]:
        return _in_pieces(self._answering.stream(question))


class World:
    """A laptop with one document, and a desk where people ask."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk()
        self.desk.people = {"ann": Standing.MEMBER, "bob": Standing.MEMBER}
        self.desk.conversations["C1"] = Readers((person("ann"), person("bob")))
        self.spot = Spot()
        self.open(folder)

    def open(self, folder: Path) -> None:
        self.laptop = Laptop(folder)
        services = self.laptop.services
        services.answering = InPieces(services.answering)  # type: ignore[assignment]
        services.platforms = {"slack": self.desk.platform()}

    def restart(self) -> None:
        """Another process on the same data, after the one before was killed."""
        folder = self.laptop.settings.data
        self.laptop.close()
        self.open(folder)
        self.laptop.adapters.ledger.release_all()

    def handle(self, event: ChatEvent, attempt: Attempt = FIRST) -> None:
        self.laptop.services.chat.handle(event, attempt)

    def replies(self) -> list[SaidReply]:
        return [m.said for m in self.desk.messages if isinstance(m.said, SaidReply)]

    def texts(self, who: str = "") -> list[str]:
        return [text_of(m.said) for m in self.desk.seen(who)]


def text_of(said: object) -> str:
    if isinstance(said, SaidReply):
        return said.reply.text
    return said.text if isinstance(said, SaidNotice) else str(said)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "data")
    made.laptop.drop("fees.md", TEXT)
    yield made
    made.laptop.close()


def asked(world: World, text: str = ASKED, **changes: object) -> QuestionAsked:
    key = world.spot.key()
    event = QuestionAsked(
        key, world.spot.place, person(), False, False, f"c-{key.message}", 1.0, text
    )
    return replace(event, **changes)


def test_a_question_gets_one_reply_that_cites(world: World) -> None:
    world.handle(asked(world))
    (reply,) = world.replies()
    assert isinstance(reply.reply.outcome, Answer)
    assert "[1]" in reply.reply.text
    assert reply.reply.citations[0].document == "fees.md"
    assert not any(message.streaming for message in world.desk.messages)


def test_its_asker_sees_at_once_that_it_is_being_answered(world: World) -> None:
    world.handle(asked(world))
    assert world.desk.calls[0] == "show_status"


def test_a_bot_that_does_not_say_so_gets_no_reply(world: World) -> None:
    world.desk.people["ann"] = Standing.BOT
    world.handle(asked(world))
    assert not world.desk.messages
    assert world.desk.statuses[-1] == ""


def test_a_stream_that_fails_again_and_again_delays_the_reply_once(world: World) -> None:
    event = asked(world)
    world.desk.fail("stream", TransientError("away"), times=9)
    with pytest.raises(TransientError):
        world.handle(event)
    world.handle(event)
    (reply,) = world.replies()
    assert isinstance(reply.reply.outcome, Answer)


def test_the_same_message_is_answered_once_however_often_it_comes(world: World) -> None:
    event = asked(world)
    for _ in range(3):
        world.handle(event)
    assert len(world.desk.messages) == 1


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize(
    ("call", "streams"),
    [
        ("show_status", True),
        ("stream", True),
        ("append", True),
        ("write", True),
        ("stream", False),
        ("write", False),
    ],
)
def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(
    world: World, call: str, after: bool, streams: bool
) -> None:
    world.desk.streams = streams
    event = asked(world)
    world.desk.fail(call, Killed(), after=after)
    with pytest.raises(Killed):
        world.handle(event)
    world.restart()
    world.handle(event)
    (message,) = world.desk.messages
    assert isinstance(message.said, SaidReply)
    assert not message.streaming


@pytest.mark.parametrize("after", [True, False])
def test_the_last_attempt_says_one_thing_also_where_what_it_said_seemed_to_fail(
    world: World, after: bool
) -> None:
    world.desk.streams = False
    world.desk.fail("write", TransientError("away"), after=after)
    world.handle(asked(world), LAST)

    (message,) = world.desk.messages
    assert isinstance(message.said, SaidNotice)


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("call", ["stream", "append", "write", "find", "readers"])
def test_what_is_away_for_a_while_delays_the_one_reply(
    world: World, call: str, after: bool
) -> None:
    event = asked(world)
    world.desk.fail(call, TransientError("away"), after=after)
    if call == "find":
        world.desk.fail("write", TransientError("away"), after=True)
    for _ in range(3):
        try:
            world.handle(event)
        except TransientError:
            continue
        break
    (message,) = world.desk.messages
    assert isinstance(message.said, SaidReply)


def test_on_the_last_delivery_an_error_becomes_an_apology_with_a_reference(world: World) -> None:
    event = asked(world)
    world.desk.fail("stream", TransientError("away"))
    world.handle(event, LAST)
    (text,) = world.texts()
    assert "Sorry" in text
    assert event.correlation in text
    assert "away" not in text


def test_a_fault_of_ours_is_apologised_for_at_once_and_not_told(world: World) -> None:
    class Broken:
        def stream(self, question: Question) -> Iterator[AnswerEvent]:
            raise ZeroDivisionError("secret words")

    world.laptop.services.answering = Broken()  # type: ignore[assignment]
    event = asked(world)
    world.handle(event)
    (text,) = world.texts()
    assert "Sorry" in text
    assert "secret" not in text
    world.handle(event)
    assert len(world.desk.messages) == 1


def test_what_was_begun_before_an_apology_becomes_it(world: World) -> None:
    event = asked(world)
    world.desk.fail("append", TransientError("away"), times=2)
    with pytest.raises(TransientError):
        world.handle(event)
    world.handle(event, LAST)
    (message,) = world.desk.messages
    assert not message.streaming


def test_a_platform_that_refuses_is_no_reason_to_think_a_question_answered(world: World) -> None:
    event = asked(world)
    world.desk.streams = False
    world.desk.fail("write", DeliveryError("the token was revoked"))
    with pytest.raises(DeliveryError):
        world.handle(event, LAST)
    world.handle(event)
    assert len(world.replies()) == 1


def test_what_was_delivered_in_vain_is_told_once(world: World) -> None:
    event = asked(world)
    world.laptop.services.chat.give_up(event)
    world.laptop.services.chat.give_up(event)
    (text,) = world.texts()
    assert event.correlation in text


def test_what_cannot_be_told_for_a_fault_of_ours_stays_to_be_told(world: World) -> None:
    class Broken:
        def get(self, key: MessageKey) -> None:
            raise InvalidConfigurationError("the table is not there")

    ledger, world.laptop.adapters.ledger = world.laptop.adapters.ledger, Broken()
    event = asked(world)
    with pytest.raises(InvalidConfigurationError):
        world.laptop.services.chat.give_up(event)
    assert world.desk.messages == []

    world.laptop.adapters.ledger = ledger
    del world.laptop.services.chat
    world.laptop.services.chat.give_up(event)
    (text,) = world.texts()
    assert event.correlation in text


def test_what_was_answered_is_not_given_up(world: World) -> None:
    event = asked(world)
    world.handle(event)
    world.laptop.services.chat.give_up(event)
    assert len(world.replies()) == len(world.desk.messages) == 1


def test_a_message_to_nobody_is_no_question(world: World) -> None:
    world.handle(asked(world, addressed=False))
    assert world.desk.calls == []


@pytest.mark.parametrize(
    ("policy", "to_others", "answered"),
    [
        ("mention", False, False),
        ("follow", False, True),
        ("follow", True, True),
        ("quiet", False, True),
        ("quiet", True, False),
    ],
)
def test_a_place_says_whether_a_thread_is_followed(
    world: World, policy: str, to_others: bool, answered: bool
) -> None:
    world.laptop.write_rules(chat={"slack": {"places": [{"place": "C1", "follow_up": policy}]}})
    world.handle(asked(world))
    world.handle(asked(world, addressed=False, to_others=to_others))
    assert len(world.replies()) == 1 + answered


def test_a_thread_that_was_never_answered_in_is_not_followed(world: World) -> None:
    world.laptop.write_rules(chat={"slack": {"places": [{"place": "C1", "follow_up": "follow"}]}})
    world.handle(asked(world, addressed=False))
    assert world.desk.messages == []


def test_a_deleted_question_takes_its_reply_along(world: World) -> None:
    event = asked(world)
    world.handle(event)
    world.handle(deleted(event))
    assert world.desk.messages == []
    world.handle(event)
    assert world.desk.messages == []


def test_a_reply_stays_where_people_replied_to_it(world: World) -> None:
    event = asked(world)
    world.handle(event)
    world.desk.replied_to = {world.desk.messages[0].reference}
    world.handle(deleted(event))
    assert len(world.desk.messages) == 1


def test_a_question_that_was_deleted_before_it_was_taken_up_gets_no_reply(world: World) -> None:
    event = asked(world)
    world.handle(deleted(event))
    world.handle(event)
    assert world.desk.messages == []


def deleted(event: QuestionAsked) -> QuestionDeleted:
    return QuestionDeleted(
        event.key, event.place, event.person, False, False, event.correlation, 2.0
    )


def test_only_its_asker_sees_the_reply_to_a_command_and_may_share_it(world: World) -> None:
    alone = asked(world, reply_url="https://hooks.example/1", direct=True)
    world.handle(alone)
    (message,) = world.desk.messages
    assert message.seen_by == "ann"
    assert isinstance(message.said, SaidReply)
    assert message.said.shareable
    assert not world.desk.seen()

    key = replace(alone.key, message="share:1")
    place = replace(alone.place, thread="")
    world.handle(AnswerShared(key, place, alone.person, False, False, "c-share", 2.0, alone.text))
    (shared,) = world.desk.seen()
    assert isinstance(shared.said, SaidReply)
    assert shared.said.asked_by == "ann"


def test_what_is_shared_goes_on_with_nothing_that_others_shared(world: World) -> None:
    for number, who in enumerate(("ann", "bob")):
        alone = asked(world, reply_url=f"https://hooks.example/{number}", person=person(who))
        key, place = replace(alone.key, message=f"share:{number}"), replace(alone.place, thread="")
        world.handle(AnswerShared(key, place, alone.person, False, False, "c", 2.0, ASKED))
    first, second = world.replies()
    assert first.reply.thread != second.reply.thread
    assert (first.reply.turn, second.reply.turn) == (1, 1)


def test_what_is_shared_draws_on_nothing_that_others_there_may_not_read(world: World) -> None:
    world.laptop.write_rules(
        access={"rules": [{"prefix": "fees", "audience": ["hr"]}]},
        chat={"slack": {"users": [{"user": "ann", "audience": ["hr"]}]}},
    )
    alone = asked(world, reply_url="https://hooks.example/1", direct=True)
    world.handle(alone)
    assert len(world.replies()) == 1
    assert not world.replies()[0].reply.declined
    place = replace(alone.place, thread="")
    key = MessageKey(place.platform, place.team, place.conversation, "share:1")
    world.handle(AnswerShared(key, place, alone.person, False, False, "c-share", 2.0, alone.text))
    (shared,) = world.desk.seen()
    assert isinstance(shared.said, SaidReply)
    assert shared.said.reply.declined
    assert "fees" not in shared.said.reply.text


def test_several_people_share_a_threads_memory(world: World) -> None:
    world.handle(asked(world))
    world.handle(asked(world, text="And for a week?", person=person("bob")))
    assert [reply.reply.turn for reply in world.replies()] == [1, 2]
    assert len({reply.reply.thread for reply in world.replies()}) == 1


def test_a_question_that_cannot_be_asked_is_told_why(world: World) -> None:
    world.handle(asked(world, text="?"))
    assert "empty" in world.texts()[0]


def test_where_others_read_along_an_empty_message_may_have_come_with_a_file(
    world: World,
) -> None:
    world.handle(asked(world, text=""))
    assert "empty" in world.texts()[0]
    assert "in a chat with me alone" in world.texts()[0]
    world.handle(asked(world, text="?"))
    assert "alone" not in world.texts()[1]


def test_who_asks_too_often_is_told_when_to_ask_again(tmp_path: Path) -> None:
    world = World(tmp_path / "data")
    world.laptop.close()
    world.laptop = Laptop(tmp_path / "data", questions_per_minute=1)
    world.laptop.services.platforms = {"slack": world.desk.platform()}
    for _ in range(2):
        world.handle(asked(world))
    assert "Ask again in" in world.texts()[1]
    world.laptop.close()


def test_a_reply_says_that_it_could_not_be_looked_up_who_reads_along(world: World) -> None:
    world.desk.conversations = {}
    world.handle(asked(world))
    (reply,) = world.replies()
    assert "certainly be shown here" in " ".join(reply.notices)
    assert not reply.reply.declined


def test_a_first_question_names_a_conversation_with_the_bot(world: World) -> None:
    world.handle(asked(world, direct=True))
    assert world.desk.titles == {world.spot.place: ASKED}
    world.handle(asked(world, text="And a week?", direct=True))
    assert world.desk.titles == {world.spot.place: ASKED}


def test_a_reply_is_found_by_its_message_where_verdicts_name_that(world: World) -> None:
    platform = replace(world.desk.platform(), judged_by_message=True)
    world.laptop.services.platforms = {"slack": platform}
    event = asked(world)
    world.handle(event)

    (message,) = world.desk.messages
    (reply,) = world.replies()
    kept = Replies(world.laptop.adapters.ledger, time.time).shown_in(event.key, message.reference)
    assert kept is not None
    assert (kept.thread, kept.turn) == (reply.reply.thread, reply.reply.turn)
