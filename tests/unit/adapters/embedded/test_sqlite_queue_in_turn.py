"""Messages that are delivered in turn, and messages that are delivered together."""

from __future__ import annotations

import itertools

import pytest

from tests.doubles import SetClock
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_queue import QueueMessage, SqliteQueue

_numbers = itertools.count(1)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(100_000.0)


@pytest.fixture
def queue(database: SqliteDatabase, clock: SetClock) -> SqliteQueue:
    return SqliteQueue(database, "questions.fifo", clock)


def send(queue: SqliteQueue, *bodies: str, group: str = "g") -> None:
    for body in bodies:
        assert queue.send_in_turn(body, group=group, deduplication=f"d{next(_numbers)}")


def send_again(queue: SqliteQueue, deduplication: str = "d") -> bool:
    return queue.send_in_turn("again", group="g", deduplication=deduplication)


def bodies(messages: list[QueueMessage]) -> list[str]:
    return [message.body for message in messages]


def test_a_taken_message_holds_back_its_group_and_no_other(queue: SqliteQueue) -> None:
    send(queue, "a1", "a2", group="a")
    send(queue, "b1", "b2", group="b")

    first = queue.receive(10, 60)
    assert [(m.body, m.group) for m in first] == [("a1", "a"), ("b1", "b")]
    assert queue.receive(10, 60) == []
    queue.delete([first[1]])
    assert bodies(queue.receive(10, 60)) == ["b2"]


def test_a_message_whose_worker_is_silent_comes_before_what_follows_it(
    queue: SqliteQueue, clock: SetClock
) -> None:
    send(queue, "one", "two")
    queue.receive(1, 60)
    clock.now += 60

    assert bodies(queue.receive(10, 60)) == ["one"]


def test_a_message_that_was_given_up_holds_nothing_back(queue: SqliteQueue) -> None:
    send(queue, "bad", "good")
    queue.bury(queue.receive(1, 60)[0])

    assert bodies(queue.receive(10, 60)) == ["good"]


def test_after_a_restart_each_group_goes_on_where_it_was(queue: SqliteQueue) -> None:
    send(queue, "one", "two", "three")
    queue.delete(queue.receive(1, 60))
    queue.receive(1, 60)

    assert queue.release_all() == 1
    delivered = []
    while messages := queue.receive(10, 60):
        delivered += bodies(messages)
        queue.delete(messages)
    assert delivered == ["two", "three"]


def test_groups_of_other_queues_of_the_file_are_others(
    queue: SqliteQueue, database: SqliteDatabase, clock: SetClock
) -> None:
    other = SqliteQueue(database, "other.fifo", clock)
    assert send_again(queue)
    assert send_again(other)
    queue.receive(1, 60)

    assert len(other.receive(1, 60)) == 1


@pytest.mark.parametrize(("seconds", "taken"), [(0, False), (299, False), (300, True)])
def test_what_was_sent_is_not_sent_again_within_five_minutes_though_it_is_done(
    queue: SqliteQueue, clock: SetClock, seconds: int, taken: bool
) -> None:
    assert send_again(queue)
    queue.delete(queue.receive(1, 60))
    clock.now += seconds

    assert send_again(queue) is taken
    assert send_again(queue, "another")


def test_what_waits_for_longer_is_not_sent_again_either(
    queue: SqliteQueue, clock: SetClock
) -> None:
    assert send_again(queue)
    clock.now += 1000
    assert not send_again(queue)

    (message,) = queue.receive(1, 60)
    assert not send_again(queue)
    queue.bury(message)
    assert send_again(queue)


def test_a_clock_that_is_put_back_keeps_nothing_from_being_sent(
    queue: SqliteQueue, clock: SetClock
) -> None:
    assert send_again(queue)
    queue.delete(queue.receive(1, 60))
    clock.now -= 7200

    assert send_again(queue)


def test_what_is_remembered_of_the_sent_does_not_grow(
    queue: SqliteQueue, database: SqliteDatabase, clock: SetClock
) -> None:
    for _ in range(50):
        send(queue, "message")
        clock.now += 60

    (kept,) = database.connection().execute("SELECT count(*) FROM queue_sent").fetchone()
    assert kept <= 6


def test_who_receives_in_this_process_is_told_once_something_is_there(queue: SqliteQueue) -> None:
    found: list[int] = []
    queue.sent = lambda: found.append(queue.depth())
    queue.send(["one"])
    send(queue, "two")
    assert send_again(queue)
    assert not send_again(queue)

    assert found == [1, 2, 3]


def test_messages_are_left_until_enough_are_there(queue: SqliteQueue, clock: SetClock) -> None:
    queue.send(["1", "2"])
    assert queue.receive(3, 60, window_seconds=5.0) == []
    clock.now += 4
    assert queue.receive(3, 60, window_seconds=5.0) == []
    queue.send(["3", "4"])

    assert bodies(queue.receive(3, 60, window_seconds=5.0)) == ["1", "2", "3"]
    assert queue.receive(3, 60, window_seconds=5.0) == []


def test_messages_are_left_until_the_oldest_has_waited_long_enough(
    queue: SqliteQueue, clock: SetClock
) -> None:
    queue.send(["1"])
    clock.now += 4
    queue.send(["2"])
    clock.now += 1

    taken = queue.receive(3, 60, window_seconds=5.0)
    assert bodies(taken) == ["1", "2"]
    queue.release(taken[1], 4.0)
    clock.now += 4
    assert bodies(queue.receive(3, 60, window_seconds=5.0)) == ["2"]


def test_a_clock_that_is_put_back_leaves_nothing_to_wait(
    queue: SqliteQueue, clock: SetClock
) -> None:
    queue.send(["1"])
    clock.now -= 7200

    assert bodies(queue.receive(3, 60, window_seconds=5.0)) == ["1"]
