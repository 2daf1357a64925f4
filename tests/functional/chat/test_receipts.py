"""What became of files is told in chats: to who gave one, and in places that want to know."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chat_desk import person
from tests.functional.chat.beside import DIRECT, RULES, Beside
from tests.functional.chat.test_files import PLAN, decided, given
from wellread.domain.chat.members import Readers, Standing
from wellread.domain.chat.said import SaidReceipts
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DeliveryError, TransientError

LAB = RULES | {"places": [{"place": "C1", "receipts": ["lab/"]}]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Beside]:
    world = Beside(tmp_path, LAB)
    yield world
    world.laptop.close()


def drop(world: Beside, *keys: str, text: str = "# One\n\nSome words.\n") -> list[DocumentId]:
    for key in keys:
        world.laptop.write(key, text)
    world.laptop.work()
    return [DocumentId(key) for key in keys]


def tell(world: Beside, *keys: str, last: bool = False) -> None:
    world.receipts.tell([DocumentId(key) for key in keys], last=last)


def receipts(world: Beside) -> list[SaidReceipts]:
    return world.said(SaidReceipts)


def hide(world: Beside, key: str) -> None:
    world.laptop.write(f"{key}.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')


def test_a_folder_of_200_files_is_one_message_that_grows(world: Beside) -> None:
    keys = drop(world, *(f"lab/{n:03}.md" for n in range(200)))
    for start in range(0, 200, 40):
        world.clock.now += 1.0
        tell(world, *keys[start : start + 40])

    (said,) = receipts(world)
    assert (said.indexed, said.failed, said.where) == (200, (), "lab/")
    assert said.some == ("000.md", "001.md", "002.md", "003.md", "004.md")
    (message,) = world.desk.messages
    assert (message.place.conversation, message.place.thread) == ("C1", "")


def test_it_is_edited_no_more_often_than_every_five_seconds(world: Beside) -> None:
    keys = drop(world, *(f"lab/{n}.md" for n in range(6)))
    written = []
    for key in keys:
        tell(world, key)
        written.append(world.clock.now)

    assert world.desk.calls.count("write") == 6
    assert all(b - a >= 5.0 for a, b in itertools.pairwise(written))
    assert receipts(world)[0].indexed == 6


def test_nobody_waits_for_a_clock_that_was_put_back(world: Beside) -> None:
    drop(world, "lab/a.md", "lab/b.md")
    tell(world, "lab/a.md")
    world.clock.now -= 3600
    before = world.clock.now
    tell(world, "lab/b.md")

    assert world.clock.now - before <= 5.0
    assert receipts(world)[-1].some == ("a.md", "b.md")


def test_after_a_quiet_time_a_new_message_begins(world: Beside) -> None:
    drop(world, "lab/a.md", "lab/b.md")
    tell(world, "lab/a.md")
    world.clock.now += 601
    tell(world, "lab/b.md")

    assert [each.some for each in receipts(world)] == [("a.md",), ("b.md",)]


def test_what_failed_is_named_with_cause_and_fix(world: Beside) -> None:
    drop(world, "lab/a.md")
    drop(world, "lab/empty.txt", text="")
    tell(world, "lab/a.md", "lab/empty.txt")

    (said,) = receipts(world)
    assert said.indexed == 1
    ((name, words),) = said.failed
    assert name == "empty.txt"
    assert words.startswith("The file is empty. Check that")


def test_what_is_mended_is_not_said_to_have_failed_any_more(world: Beside) -> None:
    drop(world, "lab/a.md", text="")
    tell(world, "lab/a.md")
    drop(world, "lab/a.md")
    tell(world, "lab/a.md")

    (said,) = receipts(world)
    assert (said.indexed, said.failed) == (1, ())


def test_files_under_another_prefix_are_not_told(world: Beside) -> None:
    drop(world, "labour/a.md", "other.md")
    tell(world, "labour/a.md", "other.md")

    assert world.desk.messages == []


def test_what_not_all_may_see_who_read_along_is_not_even_counted(world: Beside) -> None:
    hide(world, "lab/secret.md")
    drop(world, "lab/secret.md", "lab/open.md")
    tell(world, "lab/secret.md", "lab/open.md")

    (said,) = receipts(world)
    assert (said.indexed, said.some) == (1, ("open.md",))
    assert "secret" not in repr(said)


def test_where_nobody_may_see_any_of_it_nothing_is_said(world: Beside) -> None:
    hide(world, "lab/secret.md")
    drop(world, "lab/secret.md")
    tell(world, "lab/secret.md")

    assert world.desk.messages == []


def test_a_failed_file_that_is_not_for_all_is_not_named_either(world: Beside) -> None:
    hide(world, "lab/secret.txt")
    drop(world, "lab/secret.txt", text="")
    tell(world, "lab/secret.txt")

    assert world.desk.messages == []


def test_where_a_guest_reads_along_only_what_guests_may_see_is_told(world: Beside) -> None:
    world.desk.people["gus"] = Standing.GUEST
    world.desk.conversations["C1"] = Readers((person("ada"), person("gus")))
    drop(world, "lab/a.md")
    tell(world, "lab/a.md")

    assert world.desk.messages == []


def test_what_was_restricted_meanwhile_is_gone_from_the_message_at_its_next_edit(
    world: Beside,
) -> None:
    drop(world, "lab/a.md", "lab/b.md")
    tell(world, "lab/a.md")
    hide(world, "lab/a.md")
    tell(world, "lab/b.md")

    (said,) = receipts(world)
    assert (said.indexed, said.some) == (1, ("b.md",))


def test_where_nobody_can_be_looked_up_it_is_told_later(world: Beside) -> None:
    drop(world, "lab/a.md")
    world.desk.fail("readers", TransientError("away"))
    with pytest.raises(TransientError):
        tell(world, "lab/a.md")
    assert world.desk.messages == []
    tell(world, "lab/a.md")

    assert len(receipts(world)) == 1


@pytest.mark.parametrize("after", [False, True])
def test_redeliveries_neither_lose_nor_double_what_is_told(world: Beside, after: bool) -> None:
    drop(world, "lab/a.md", "lab/b.md")
    world.desk.fail("write", TransientError("away"), after=after)
    with pytest.raises(TransientError):
        tell(world, "lab/a.md")
    tell(world, "lab/b.md")
    tell(world, "lab/a.md")
    calls = len(world.desk.calls)
    tell(world, "lab/a.md", "lab/b.md")

    (said,) = receipts(world)
    assert said.indexed == 2
    assert "write" not in world.desk.calls[calls:]


def test_a_place_that_refuses_it_holds_up_no_other(
    tmp_path: Path,
) -> None:
    places = [{"place": place, "receipts": ["lab/"]} for place in ("C9", "C1")]
    world = Beside(tmp_path, RULES | {"places": places})
    drop(world, "lab/a.md")
    world.desk.conversations["C9"] = world.desk.conversations["C1"]
    world.desk.fail("write", DeliveryError("The place is archived."))
    tell(world, "lab/a.md")

    assert [m.place.conversation for m in world.desk.messages] == ["C1"]
    world.laptop.close()


def test_hostile_names_call_nobody(world: Beside) -> None:
    drop(world, "lab/@here evil.example.com.md")
    tell(world, "lab/@here evil.example.com.md")

    (said,) = receipts(world)
    assert said.indexed == 1
    assert "@here" not in repr(said)


def test_who_gave_a_file_is_told_below_it_that_it_is_searchable(world: Beside) -> None:
    world.desk.contents = {"F1": b"# Plan\n\nThe plan is secret.\n"}
    world.handle(given(PLAN))
    world.handle(decided(world))
    world.laptop.work()
    for _ in range(2):
        tell(world, "chat/slack/T1/D1/plan.md")

    (message,) = [m for m in world.desk.messages if isinstance(m.said, SaidReceipts)]
    assert message.place == DIRECT
    assert message.said == SaidReceipts(indexed=1, some=("plan.md",))


def test_who_gave_a_file_that_cannot_be_read_is_told_cause_and_fix(world: Beside) -> None:
    world.desk.contents = {"F1": b"  \n"}
    world.handle(given(PLAN))
    world.handle(decided(world))
    world.laptop.work()
    tell(world, "chat/slack/T1/D1/plan.md")

    ((name, words),) = receipts(world)[0].failed
    assert name == "plan.md"
    assert words.startswith("The file is empty. ")


def test_what_somebody_put_under_that_prefix_by_hand_is_told_nobody(world: Beside) -> None:
    drop(world, "chat/slack/T1/D1/other.md", "chat/slack/T1/other.md")
    tell(world, "chat/slack/T1/D1/other.md", "chat/slack/T1/other.md")

    assert world.desk.messages == []


def test_a_given_file_is_told_in_no_place_however_its_prefix_reads(tmp_path: Path) -> None:
    everything = RULES | {"places": [{"place": "C1", "receipts": [""]}]}
    world = Beside(tmp_path, everything)
    world.desk.contents = {"F1": b"# Plan\n\nThe plan is secret.\n"}
    world.handle(given(replace(PLAN, name="merger.md")))
    world.handle(decided(world))
    world.laptop.work()
    tell(world, "chat/slack/T1/D1/merger.md")

    assert [m.place for m in world.desk.messages if isinstance(m.said, SaidReceipts)] == [DIRECT]
    world.laptop.close()


def test_on_one_machine_receipts_come_through_their_queue_a_batch_at_a_time(
    tmp_path: Path,
) -> None:
    world = Beside(tmp_path, LAB, slack_bot_token="xoxb-1", slack_signing_secret="s")
    world.laptop.services.platforms = {"slack": world.desk.platform()}
    drop(world, *(f"lab/{n}.md" for n in range(30)))
    assert not world.laptop.host.deliver_next("receipts"), "more may come"
    world.clock.now += 6
    assert world.laptop.host.deliver_next("receipts")

    (said,) = receipts(world)
    assert said.indexed == 30
    assert not world.laptop.host.deliver_next("receipts")
    world.laptop.close()


def test_what_cannot_be_told_now_is_delivered_again(tmp_path: Path) -> None:
    world = Beside(tmp_path, LAB, slack_bot_token="xoxb-1", slack_signing_secret="s")
    drop(world, "lab/a.md")
    world.clock.now += 6
    world.desk.fail("write", TransientError("away", retry_after=40.0))
    assert world.laptop.host.deliver_next("receipts")
    assert not world.laptop.host.deliver_next("receipts")
    world.clock.now += 41
    assert world.laptop.host.deliver_next("receipts")

    assert len(receipts(world)) == 1
    world.laptop.close()


def test_a_message_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    world = Beside(tmp_path, LAB, slack_bot_token="xoxb-1", slack_signing_secret="s")
    queue = world.laptop.adapters.queues["receipts"]
    queue.send(['{"detail": {}}'])
    drop(world, "lab/a.md")
    world.clock.now += 6
    assert world.laptop.host.deliver_next("receipts")

    assert [each.indexed for each in receipts(world)] == [1]
    assert queue.depth() == 1, "it is delivered again, and given up some time"
    for _ in range(5):
        world.clock.now += 100
        world.laptop.host.deliver_next("receipts")
    assert queue.depth() == 0
    world.laptop.close()


def test_who_gave_a_file_that_the_rules_keep_from_them_is_told_so(world: Beside) -> None:
    world.say_rules({"default": "nobody"}, chat={"slack": RULES})
    world.desk.contents = {"F1": b"# Plan\n\nThe plan is secret.\n"}
    world.handle(given(PLAN))
    world.handle(decided(world))
    world.laptop.work()
    tell(world, "chat/slack/T1/D1/plan.md")

    (said,) = receipts(world)
    assert said.indexed == 0
    assert "access rules" in said.failed[0][1]
