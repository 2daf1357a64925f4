"""A file whose platform serves it for minutes only survives a late approval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.functional.chat.beside import Beside
from tests.functional.chat.doomed import Doomed, Fate, Mortal, kill_at_every_call
from tests.functional.chat.test_files import KEY, PLAN, decided, files_of, given, told
from wellread.bootstrap.embedded import HELD_NAME
from wellread.domain.access.scope import Operator
from wellread.domain.chat.files import MOST_HELD
from wellread.domain.chat.said import SaidApproval
from wellread.domain.knowledge.errors import DeliveryError, TransientError


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Beside]:
    world = Beside(tmp_path, max_document_bytes=1_000_000)
    world.desk.contents = {"F1": b"# Plan\n\nThe plan is secret.\n", "F2": b"# Other\n\nOther.\n"}
    world.platform = replace(world.desk.platform(), files_pass=True)
    yield world
    world.laptop.close()


def held(world: Beside) -> list[Path]:
    return [*(world.laptop.settings.data / HELD_NAME).glob("*")]


def test_a_file_that_is_gone_when_it_is_approved_is_added_all_the_same(world: Beside) -> None:
    world.handle(given(PLAN))
    world.desk.contents.clear()
    world.clock.now += 13 * 86_400
    world.laptop.adapters.held.sweep()
    world.handle(decided(world))

    assert (world.laptop.root / KEY).read_bytes() == b"# Plan\n\nThe plan is secret.\n"
    assert told(world)[1:] == ["“plan.md” was approved and is being read."]
    assert held(world) == []


def test_what_waits_is_no_document(world: Beside) -> None:
    world.handle(given(PLAN))
    world.laptop.work()

    assert len(held(world)) == 1
    assert files_of(world) == set()
    assert world.laptop.services.documents.list(Operator()).documents == ()


def test_a_file_that_is_rejected_is_held_no_longer(world: Beside) -> None:
    world.handle(given(PLAN))
    world.handle(decided(world, approved=False))

    assert held(world) == []
    assert files_of(world) == set()


def test_a_file_that_nobody_decides_about_is_held_no_longer_than_it_could_be(
    world: Beside,
) -> None:
    world.handle(given(PLAN))
    click = decided(world)
    world.clock.now += 15 * 86_400
    world.laptop.adapters.held.sweep()
    assert held(world) == []

    world.handle(click)
    assert files_of(world) == set()


def test_the_address_of_what_is_held_is_not_kept_and_its_size_is(world: Beside) -> None:
    world.handle(given(replace(PLAN, size=0)))

    (approval,) = world.said(SaidApproval)
    assert (approval.file.size, approval.file.url) == (len(world.desk.contents["F1"]), "")


def test_a_file_that_is_larger_than_was_said_is_refused_at_once(world: Beside) -> None:
    world.desk.contents["F1"] = b"x" * 1_000_001
    world.handle(given(replace(PLAN, size=0)))

    (text,) = told(world)
    assert "larger than wellread reads. The most is 1 MB." in text
    assert world.said(SaidApproval) == held(world) == []


def test_a_file_that_is_gone_already_is_refused_at_once(world: Beside) -> None:
    world.desk.contents.clear()
    world.handle(given(PLAN))

    (text,) = told(world)
    assert text.startswith("“plan.md”: The file could not be opened.")
    assert world.said(SaidApproval) == held(world) == []


def test_so_many_files_of_one_person_wait_and_no_more(world: Beside) -> None:
    def wait(count: int, who: str, message: str) -> str:
        files = [replace(PLAN, id=f"{who}{message}{n}") for n in range(count)]
        world.desk.contents |= {file.id: b"# Plan\n" for file in files}
        world.handle(given(*files, who=who, message=message))
        return told(world, who)[-1]

    assert "waits" not in wait(MOST_HELD, "ada", "18.1")
    assert len(held(world)) == MOST_HELD
    assert "10 of your files wait for approval already" in wait(1, "ada", "18.2")
    assert len(held(world)) == MOST_HELD
    assert "I asked" in wait(1, "ben", "18.3")

    world.handle(decided(world, approved=False))
    assert "I asked" in wait(1, "ada", "18.4")


def test_what_was_asked_about_is_not_fetched_again(world: Beside) -> None:
    for _ in range(3):
        world.handle(given(PLAN))
    assert world.desk.calls.count("fetch") == 1

    world.handle(decided(world))
    world.handle(given(PLAN))
    assert world.desk.calls.count("fetch") == 1
    assert held(world) == []


def test_what_was_fetched_survives_that_approvers_could_not_be_asked_at_once(
    world: Beside,
) -> None:
    world.desk.fail("write", TransientError("away"))
    with pytest.raises(TransientError):
        world.handle(given(PLAN))
    world.desk.contents.clear()
    world.handle(given(PLAN))
    world.handle(decided(world))

    assert KEY in files_of(world)


def test_where_nobody_can_be_asked_nothing_is_held(world: Beside) -> None:
    world.desk.fail("write", DeliveryError("The bot is not in that conversation. Invite it."))
    world.handle(given(PLAN))

    assert held(world) == []
    assert "no access to the place" in told(world)[0]


def test_elsewhere_a_file_is_left_where_it_is_until_it_is_approved(world: Beside) -> None:
    world.platform = world.desk.platform()
    world.handle(given(PLAN))

    assert "fetch" not in world.desk.calls
    assert held(world) == []


class DoomedHolder(Doomed):
    """A world whose platform serves files for minutes, and in which workers die."""

    def __init__(self, folder: Path, fate: Fate) -> None:
        super().__init__(folder, fate)
        self._held = self.laptop.adapters.held

    def through(self, fate: Fate, work: Callable[[], None]) -> None:
        super().through(fate, lambda: None)
        self.platform = replace(self.platform, files_pass=True)
        self.rewire(held=Mortal(self._held, fate))
        work()


def sharing(world: DoomedHolder) -> None:
    world.doomed(lambda: world.handle(given(PLAN)))

    assert len(world.said(SaidApproval)) == len(told(world)) == len(held(world)) == 1


def deciding(world: DoomedHolder, *, approved: bool) -> None:
    world.through(Fate(), lambda: world.handle(given(PLAN)))
    world.desk.contents.clear()
    click = decided(world, approved=approved)
    world.doomed(lambda: world.handle(click))

    assert world.puts.count(KEY) == approved
    assert [each.outcome for each in world.said(SaidApproval)] == [
        "Approved" if approved else "Rejected"
    ]
    assert len(told(world)) == 2
    assert held(world) == []


@pytest.mark.parametrize(
    "scenario",
    [sharing, lambda w: deciding(w, approved=True), lambda w: deciding(w, approved=False)],
    ids=["sharing", "approving", "rejecting"],
)
def test_whatever_a_worker_died_at_nothing_is_lost_and_nothing_added_twice(
    tmp_path: Path, scenario: Callable[[DoomedHolder], None]
) -> None:
    kill_at_every_call(DoomedHolder, tmp_path, scenario)
