"""What can only fail again holds nobody else up: neither in its thread nor among dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.chat.test_questions import LAST, TEXT, World, asked, deleted
from wellread.domain.chat.events import ChatEvent, HomeOpened, PaneOpened, QuestionAsked
from wellread.domain.knowledge.errors import DeliveryError


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "data")
    made.laptop.drop("fees.md", TEXT)
    yield made
    made.laptop.close()


def misspelt(world: World) -> None:
    world.laptop.write_rules(chat={"slack": {"gruops": []}})


def of(event: QuestionAsked, kind: type[ChatEvent]) -> ChatEvent:
    return kind(event.key, event.place, event.person, True, False, event.correlation, event.at)


@pytest.mark.parametrize("kind", [PaneOpened, HomeOpened])
def test_a_page_that_cannot_be_shown_is_not_tried_again(
    world: World, kind: type[ChatEvent]
) -> None:
    for call in ("suggest", "show_home"):
        world.desk.fail(call, DeliveryError("a scope is missing"))
    world.handle(of(asked(world), kind))
    assert {"suggest", "show_home"} & set(world.desk.calls)


@pytest.mark.parametrize("kind", [PaneOpened, HomeOpened])
def test_a_page_needs_settings_and_waits_for_none(world: World, kind: type[ChatEvent]) -> None:
    misspelt(world)
    world.handle(of(asked(world), kind))


def test_a_reply_that_may_not_be_taken_back_is_left(world: World) -> None:
    event = asked(world)
    world.handle(event)
    world.desk.fail("remove", DeliveryError("cant_delete_message"))
    world.handle(deleted(event))
    assert len(world.replies()) == 1


def test_what_is_not_said_to_the_bot_needs_no_settings(world: World) -> None:
    misspelt(world)
    event = asked(world, addressed=False)
    world.handle(event)
    world.laptop.services.chat.give_up(event)
    assert world.desk.messages == []


def test_where_nobody_can_be_told_that_there_is_no_answer_the_log_is(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.desk.fail("write", DeliveryError("the token was revoked"), times=2)
    event = asked(world)
    with pytest.raises(DeliveryError):
        world.handle(event, LAST)
    world.laptop.services.chat.give_up(event)
    assert "nobody could be told" in caplog.text
