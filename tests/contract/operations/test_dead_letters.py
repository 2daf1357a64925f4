"""What every queue's dead letters do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simulated_aws import Between, SimulatedAws, raising, refused, simulated_aws
from wellread.adapters.aws.sqs_dead_letters import SqsDeadLetters
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_queue import SqliteDeadLetters, SqliteQueue
from wellread.ports.operations import DeadLetters

Grave = tuple[DeadLetters, Callable[[str], object], Callable[[], list[str]]]


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


def sqlite_grave(folder: Path) -> Iterator[Grave]:
    database = SqliteDatabase(folder / "data" / "wellread.sqlite")
    queue = SqliteQueue(database, "chunks", lambda: 1_800_000_000.0)

    def bury(body: str) -> None:
        queue.send([body])
        (message,) = queue.receive(1, 60)
        queue.bury(message)

    yield SqliteDeadLetters(queue), bury, lambda: [m.body for m in queue.receive(10, 60)]
    database.close()


def sqs_grave(aws: SimulatedAws) -> Iterator[Grave]:
    sqs = aws.client("sqs")
    queue, dead = aws.queue(), aws.queue()

    def waiting() -> list[str]:
        received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [message["Body"] for message in received.get("Messages", [])]

    # The simulation cannot move messages by itself.
    without_moves = Between(sqs, start_message_move_task=raising(refused("InvalidAction")))
    letters = SqsDeadLetters(without_moves, queue, dead, wait_seconds=0, sleep=lambda _: None)
    yield letters, lambda body: sqs.send_message(QueueUrl=dead, MessageBody=body), waiting


@pytest.fixture(params=["sqlite", "sqs"])
def grave(request: pytest.FixtureRequest, tmp_path: Path, aws: SimulatedAws) -> Iterator[Grave]:
    yield from sqlite_grave(tmp_path) if request.param == "sqlite" else sqs_grave(aws)


def test_a_look_at_dead_letters_leaves_them_there(grave: Grave) -> None:
    letters, bury, waiting = grave
    for body in ("one", "two"):
        bury(body)

    assert sorted(letter.body for letter in letters.dead()) == ["one", "two"]
    assert all(letter.sent_at > 1_700_000_000 for letter in letters.dead())
    assert len(letters.dead(1)) == 1
    assert letters.depth() == 2
    assert waiting() == []


@pytest.mark.parametrize("limit", [1, 4, 12])
def test_no_more_are_shown_than_wanted_and_the_oldest_first(grave: Grave, limit: int) -> None:
    letters, bury, _ = grave
    for number in range(13):
        bury(f"message {number}")

    sent = [letter.sent_at for letter in letters.dead(limit)]
    assert len(sent) == limit
    assert sent == sorted(sent)
    assert len(letters.dead()) == 13


def test_redriven_letters_are_delivered_again(grave: Grave) -> None:
    letters, bury, waiting = grave
    for body in ("one", "two"):
        bury(body)

    assert letters.redrive() == 2
    assert sorted(waiting()) == ["one", "two"]
    assert letters.depth() == 0


def test_without_dead_letters_there_is_nothing_to_redrive(grave: Grave) -> None:
    letters, _, waiting = grave

    assert letters.redrive() == 0
    assert letters.dead() == []
    assert waiting() == []
