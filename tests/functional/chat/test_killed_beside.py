"""A worker is killed at every call; what it was at is done once, by the next delivery."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.chat_desk import PLATFORM, Killed
from tests.functional.chat.beside import DIRECT, HERE, RULES, Beside, about
from tests.functional.chat.test_files import KEY, PLAN, decided, files_of, given, told
from tests.functional.chat.test_hand_over import human, kept, resolved
from wellread.bootstrap.chat_services import chat_of
from wellread.domain.chat.events import BotAdded
from wellread.domain.chat.said import SaidApproval, SaidHandOver, SaidNotice, SaidReceipts
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.documents import DocumentId
from wellread.ports.chat import Platform

LAB = RULES | {"places": [{"place": "C1", "receipts": ["lab/"]}]}


@dataclass
class Fate:
    """At which call, counted from 1, a worker is killed: before or after it took effect."""

    at: int = 0
    after: bool = False
    calls: int = 0

    def around(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        dies = self.calls == self.at
        if dies and not self.after:
            raise Killed
        answer = call(*args, **kwargs)
        if dies:
            raise Killed
        return answer


class Mortal:
    """What a worker calls and may die at."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return (lambda *a, **k: self._fate.around(found, *a, **k)) if callable(found) else found


class Doomed(Beside):
    """A world in which workers die; the next one starts where everything works."""

    def __init__(self, folder: Path, fate: Fate) -> None:
        super().__init__(folder, LAB)
        self.fate = fate
        self.puts: list[str] = []
        self.laptop.drop("leave.md", "# Leave\n\nThere are 30 days of leave.\n")
        self.desk.contents = {"F1": b"# Plan\n\nThe plan is secret.\n"}
        self._ledger, self._store = self.laptop.adapters.ledger, self.laptop.adapters.store

    def put(self, key: str, data: bytes) -> None:
        self._store.put(key, data)
        self.puts.append(key)

    def through(self, fate: Fate, work: Callable[[], None]) -> None:
        """Do something with a worker of this fate."""
        desk = Mortal(self.desk, fate)
        self.platform = Platform(PLATFORM, desk, desk, desk, desk)
        self.rewire(ledger=Mortal(self._ledger, fate), drop=Mortal(self, fate))
        work()

    def doomed(self, work: Callable[[], None]) -> None:
        """Do something; where its worker is killed, the next delivery does it."""
        try:
            self.through(self.fate, work)
        except Killed:
            self._ledger.release_all()
            self.through(Fate(), work)
        self.through(Fate(), work)


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
    def run(fate: Fate) -> None:
        world = Doomed(Path(tempfile.mkdtemp(dir=tmp_path)), fate)
        try:
            scenario(world)
        finally:
            world.laptop.close()

    whole = Fate()
    run(whole)
    assert whole.calls > 4
    for at in range(1, whole.calls + 1):
        for after in (False, True):
            fate = Fate(at, after)
            run(fate)
            assert fate.calls >= at, "it was killed"
