"""A worker is killed at every call; what it was at is done once, by the next delivery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functional.chat.beside import DIRECT, HERE, about
from tests.functional.chat.doomed import Doomed, kill_at_every_call
from tests.functional.chat.test_files import KEY, PLAN, decided, files_of, given, told
from tests.functional.chat.test_hand_over import human, kept, resolved
from wellread.bootstrap.chat_services import chat_of
from wellread.domain.chat.events import BotAdded
from wellread.domain.chat.said import SaidApproval, SaidHandOver, SaidNotice, SaidReceipts
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.documents import DocumentId


def hand_over(world: Doomed) -> None:
    thread = world.ask().thread
    world.doomed(lambda: world.handle(human(HERE, thread)))

    assert len(world.desk.messages) == len(world.said(SaidHandOver)) == 1
    assert kept(world) == [("slack:T1:ada", "human")]


def hand_over_of_a_direct_message(world: Doomed) -> None:
    thread = world.ask(DIRECT).thread
    world.doomed(lambda: world.handle(human(DIRECT, thread)))

    assert len(world.said(SaidHandOver)) == len(told(world)) == 1


def resolving(world: Doomed) -> None:
    thread = world.ask().thread
    world.handle(human(HERE, thread))
    (message,) = world.desk.messages
    world.doomed(lambda: world.handle(resolved(HERE, thread, "ben", message.reference)))

    assert [each.resolved_by for each in world.said(SaidHandOver)] == ["ben"]
    assert ("slack:T1:ben", "resolved") in kept(world)


def sharing(world: Doomed) -> None:
    world.doomed(lambda: world.handle(given(PLAN)))

    assert len(world.said(SaidApproval)) == len(told(world)) == 1


def deciding(world: Doomed) -> None:
    world.handle(given(PLAN))
    click = decided(world)
    world.doomed(lambda: world.handle(click))

    assert world.puts.count(KEY) == 1
    assert files_of(world) >= {KEY, f"{KEY}.metadata.json"}
    assert [each.outcome for each in world.said(SaidApproval)] == ["Approved"]
    assert len(told(world)) == 2


def telling(world: Doomed) -> None:
    world.laptop.drop("lab/a.md", "# A\n\nWords.\n")
    world.laptop.drop("lab/b.md", "# B\n\nWords.\n")
    documents = [DocumentId("lab/a.md"), DocumentId("lab/b.md")]
    world.doomed(lambda: world.receipts.tell(documents, last=False))

    assert [each.indexed for each in world.said(SaidReceipts)] == [2]


def welcoming(world: Doomed) -> None:
    added = BotAdded(**about(DIRECT, "ada", "added"))
    world.doomed(lambda: chat_of(world.laptop.services).handle(added, Attempt()))

    (welcome,) = world.said(SaidNotice)
    assert welcome.offers


@pytest.mark.parametrize(
    "scenario",
    [hand_over, hand_over_of_a_direct_message, resolving, sharing, deciding, telling, welcoming],
)
def test_whatever_a_worker_died_at_is_done_once(
    tmp_path: Path, scenario: Callable[[Doomed], None]
) -> None:
    kill_at_every_call(Doomed, tmp_path, scenario)
