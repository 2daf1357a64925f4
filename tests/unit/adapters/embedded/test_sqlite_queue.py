"""The durable queue: visibility, receipts, redelivery, dead letters."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.doubles import SetClock
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_queue import SqliteChangeQueue, SqliteQueue
from wellread.domain.knowledge.documents import ObjectVersion


@pytest.fixture
def clock():
    return SetClock(1000.0)


@pytest.fixture
def queue(database, clock):
    return SqliteQueue(database, "work", clock)


def bodies(messages):
    return [message.body for message in messages]


def test_messages_arrive_in_order_with_what_was_sent(queue):
    queue.send(["one \0\ud800", "two"])
    queue.send(["three"])

    messages = queue.receive(2, 60)
    assert bodies(messages) == ["one \0\ud800", "two"]
    assert [(m.receive_count, m.sent_at) for m in messages] == [(1, 1000.0)] * 2
    assert bodies(queue.receive(10, 60)) == ["three"]
    assert queue.receive(10, 60) == []


def test_a_taken_message_is_delivered_again_once_its_time_is_over(queue, clock):
    queue.send(["job"])
    (first,) = queue.receive(1, 60)
    clock.now += 59
    assert queue.receive(1, 60) == []

    clock.now += 1
    (second,) = queue.receive(1, 60)
    assert (second.id, second.body, second.receive_count) == (first.id, "job", 2)
    assert second.receipt != first.receipt


def test_a_deleted_message_never_comes_back(queue, clock):
    queue.send(["a", "b"])
    first, second = queue.receive(2, 60)
    assert queue.delete([first, second]) == 2

    clock.now += 1000
    assert queue.receive(10, 60) == []
    assert queue.depth() == 0


def test_a_receipt_of_an_earlier_delivery_does_nothing(queue, clock):
    queue.send(["job"])
    (stale,) = queue.receive(1, 60)
    clock.now += 60
    (current,) = queue.receive(1, 60)

    assert queue.delete([stale]) == 0
    queue.release(stale)
    queue.bury(stale)
    assert queue.receive(1, 60) == []
    assert queue.dead() == []
    assert queue.delete([current]) == 1


@pytest.mark.parametrize("receipt", ["", "x", "1", "0" * 32])
def test_a_receipt_that_was_never_given_deletes_nothing(queue, receipt):
    queue.send(["job"])
    (message,) = queue.receive(1, 60)

    assert queue.delete([replace(message, receipt=receipt)]) == 0
    assert queue.delete([]) == 0
    assert queue.depth() == 1


def test_a_late_delete_works_while_nobody_else_has_the_message(queue, clock):
    queue.send(["job"])
    (message,) = queue.receive(1, 60)
    clock.now += 100

    assert queue.delete([message]) == 1


def test_a_released_message_comes_back_after_its_delay(queue, clock):
    queue.send(["job"])
    (message,) = queue.receive(1, 600)
    queue.release(message, 30)
    assert queue.receive(1, 600) == []

    clock.now += 30
    (again,) = queue.receive(1, 600)
    assert again.receive_count == 2
    assert queue.delete([message]) == 0


def test_after_a_restart_taken_messages_come_back_at_once_but_delayed_ones_wait(queue, clock):
    queue.send(["taken", "delayed"])
    _, delayed = queue.receive(2, 600)
    queue.release(delayed, 30)

    assert queue.release_all() == 1
    assert bodies(queue.receive(10, 600)) == ["taken"]
    clock.now += 30
    assert bodies(queue.receive(10, 600)) == ["delayed"]


def test_buried_messages_are_dead_until_they_are_redriven(queue, clock):
    queue.send(["bad", "good"])
    bad, good = queue.receive(2, 60)
    queue.bury(bad)
    queue.delete([good])

    clock.now += 1000
    assert queue.receive(10, 60) == []
    assert queue.release_all() == 0
    assert bodies(queue.dead()) == ["bad"]
    assert queue.depth() == 0

    assert queue.redrive() == 1
    assert queue.dead() == []
    (again,) = queue.receive(10, 60)
    assert (again.body, again.receive_count) == ("bad", 1)


def test_a_dead_letter_can_be_deleted(queue):
    queue.send(["bad"])
    queue.bury(queue.receive(1, 60)[0])

    assert queue.delete(queue.dead()) == 1
    assert queue.dead() == []


def test_queues_of_one_file_do_not_mix(queue, database, clock):
    other = SqliteQueue(database, "other", clock)
    queue.send(["mine"])
    (message,) = queue.receive(1, 60)

    assert other.delete([message]) == 0
    assert other.release_all() == 0
    assert (queue.depth(), other.depth()) == (1, 0)


def test_every_message_goes_to_one_of_many_receivers(queue):
    queue.send([str(number) for number in range(60)])

    def take(_):
        return bodies(queue.receive(3, 600))

    with ThreadPoolExecutor(6) as threads:
        taken = [body for part in threads.map(take, range(30)) for body in part]
    assert sorted(taken, key=int) == [str(number) for number in range(60)]


def test_a_message_that_was_sent_survives_its_sender(queue, database, clock):
    queue.send(["job"])
    database.close()

    again = SqliteDatabase(database.path)
    assert bodies(SqliteQueue(again, "work", clock).receive(1, 60)) == ["job"]
    again.close()


def test_what_is_sent_in_a_transaction_that_fails_is_not_sent(queue, database):
    def send_and_fail():
        with database.transaction():
            queue.send(["job"])
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        send_and_fail()
    assert queue.depth() == 0


def test_change_events_tell_puts_from_deletions_and_are_numbered(queue):
    kept = ObjectVersion("kept.md", "v7-abc", 12, 7)
    changes = SqliteChangeQueue(queue, "docs", versions={"kept.md": kept}.get)
    changes.put(["kept.md", "gone.md"])

    put, deleted = [json.loads(body) for body in bodies(queue.receive(2, 60))]
    assert (put["detail-type"], put["detail"]["reason"]) == ("Object Created", "PutObject")
    assert put["detail"]["object"]["size"] == 12
    assert put["detail"]["object"]["version-id"] == "v7-abc"
    assert deleted["detail-type"] == "Object Deleted"
    assert deleted["detail"]["deletion-type"] == "Delete Marker Created"
    assert put["detail"]["object"]["sequencer"] < deleted["detail"]["object"]["sequencer"]
    assert put["time"] == "1970-01-01T00:16:40Z"


def test_messages_of_a_lower_rank_are_delivered_first(queue):
    queue.send(["book 0", "book 1", "book 2"], ranks=[0, 1, 2])
    queue.send(["note 0"], ranks=[0])

    delivered = [bodies(queue.receive(1, 60))[0] for _ in range(4)]
    assert delivered == ["book 0", "note 0", "book 1", "book 2"]
