"""Where the bot is new, it says so once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chat_desk import Desk
from tests.chat_people import happened
from tests.laptop import Laptop
from wellread.domain.chat.events import BotAdded
from wellread.domain.chat.members import Standing
from wellread.domain.chat.said import SaidNotice
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import TransientError
from wellread.services.chat.welcome import ALONE, IN_A_PLACE

FIRST = Attempt()


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.people = {"ann": Standing.MEMBER, "gus": Standing.GUEST}
    return made


@pytest.fixture
def laptop(tmp_path: Path, desk: Desk):
    made = Laptop(tmp_path)
    made.services.platforms = {"slack": desk.platform()}
    made.drop("hours.md", "# Hours\n\nThe house opens at nine.\n")
    yield made
    made.close()


def added(who: str, conversation: str, message: str = "added") -> BotAdded:
    event = happened(
        BotAdded, who, conversation, message=message, direct=conversation.startswith("D")
    )
    assert isinstance(event, BotAdded)
    return event


def said(desk: Desk) -> list[SaidNotice]:
    notices = [message.said for message in desk.messages]
    assert all(isinstance(each, SaidNotice) for each in notices)
    return notices  # type: ignore[return-value]


def test_who_is_alone_with_it_is_told_what_it_does_and_what_to_ask(laptop, desk) -> None:
    laptop.services.chat.handle(added("ann", "D1"), FIRST)

    (welcome,) = said(desk)
    assert (welcome.text, welcome.offered_to) == (ALONE, "ann")
    assert any("Hours" in question for question in welcome.offers)


def test_a_guest_is_offered_nothing_that_guests_may_not_read(laptop, desk) -> None:
    laptop.services.chat.handle(added("gus", "D1"), FIRST)

    assert [(each.text, each.offers) for each in said(desk)] == [(ALONE, ())]


def test_a_place_is_told_how_to_ask(laptop, desk) -> None:
    laptop.services.chat.handle(added("ann", "C1"), FIRST)

    assert said(desk) == [SaidNotice(IN_A_PLACE)]


def test_it_is_said_once_a_conversation_however_often_it_is_told_of(laptop, desk) -> None:
    for conversation in ("C1", "C1", "D1", "C1"):
        laptop.services.chat.handle(added("ann", conversation), FIRST)

    assert sorted(message.place.conversation for message in desk.messages) == ["C1", "D1"]


@pytest.mark.parametrize("method", ["write", "standings"])
@pytest.mark.parametrize("after", [False, True])
def test_what_failed_is_said_with_the_next_delivery(laptop, desk, method, after) -> None:
    desk.fail(method, TransientError("away"), after=after)
    with pytest.raises(TransientError):
        laptop.services.chat.handle(added("ann", "D1"), FIRST)
    laptop.services.chat.handle(added("ann", "D1"), FIRST)

    (welcome,) = said(desk)
    assert welcome.offers
