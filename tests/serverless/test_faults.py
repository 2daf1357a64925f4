"""What goes wrong when it is told to."""

from __future__ import annotations

import math
import threading
import time
from contextlib import closing

import pytest
from opensearchpy import ConnectionError as LostConnection
from opensearchpy import ConnectionTimeout, TransportError

from tests.serverless.collection import client_of


def statuses(answer):
    return [next(iter(item.values()))["status"] for item in answer["items"]]


def five():
    return [line for n in range(5) for line in ({"index": {}}, {"document": str(n)})]


def test_chosen_items_of_a_bulk_are_throttled_and_the_others_written(collection):
    collection.standin.faults.throttle_items([1, 3])
    answer = collection.client.bulk(index=collection.index, body=five())
    assert statuses(answer) == [201, 429, 201, 429, 201]
    assert answer["errors"] is True
    assert "_id" not in answer["items"][1]["index"]
    assert statuses(collection.client.bulk(index=collection.index, body=five())) == [201] * 5
    collection.standin.settle()
    assert sorted(collection.documents()) == sorted("0240" + "1234")


def test_every_other_item_of_some_bulks_is_throttled(start):
    collection = start()
    collection.create()
    collection.standin.faults.throttle_items(every=2, bulks=2)
    answers = [collection.client.bulk(index=collection.index, body=five()) for _ in range(3)]
    assert [statuses(answer).count(429) for answer in answers] == [3, 3, 0]


def test_deletions_are_throttled_too(start):
    collection = start()
    collection.create()
    numbers = collection.add({"document": "a"}, {"document": "b"})
    collection.standin.faults.throttle_items([0])
    assert [each["status"] for each in collection.remove(*numbers)] == [429, 200]
    assert collection.documents() == ["a"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_the_next_requests_are_answered_with_a_status_and_not_done(start, status):
    collection = start()
    collection.create()
    collection.standin.faults.answer(status, 2)
    for _ in range(2):
        with pytest.raises(TransportError) as caught:
            collection.add({"document": "lost"})
        assert caught.value.status_code == status
    collection.add({"document": "kept"})
    assert collection.documents() == ["kept"]


def test_a_status_may_be_for_some_operations_only_and_until_it_is_cleared(start):
    collection = start()
    collection.create()
    faults = collection.standin.faults
    faults.answer(503, math.inf, operations=["search", "multi_search"])
    collection.add({"document": "a"})
    for _ in range(3):
        with pytest.raises(TransportError):
            collection.documents()
    faults.clear()
    assert collection.documents() == ["a"]
    with pytest.raises(ValueError, match="refresh"):
        faults.answer(503, operations=["refresh"])


def test_a_bulk_may_be_written_and_its_answer_lost(collection):
    collection.standin.faults.lose_answers()
    with pytest.raises(LostConnection):
        collection.client.bulk(index=collection.index, body=five())
    collection.standin.settle()
    assert sorted(collection.documents()) == list("01234")


@pytest.mark.parametrize(("share", "written"), [(0.0, ""), (0.4, "01")])
def test_a_bulk_may_be_lost_with_its_answer_or_half_of_it(start, share, written):
    collection = start()
    collection.create()
    collection.standin.faults.lose_answers(applied=share)
    with pytest.raises(LostConnection):
        collection.client.bulk(index=collection.index, body=five())
    assert sorted(collection.documents()) == list(written)


def test_a_bulk_may_be_written_while_its_sender_waits_in_vain(start):
    collection = start()
    collection.create()
    collection.standin.faults.lose_answers(hold_seconds=60)
    hasty = client_of(collection.standin.url, timeout=0.1)
    with closing(hasty), pytest.raises(ConnectionTimeout):
        hasty.bulk(index=collection.index, body=five())
    assert sorted(collection.documents()) == list("01234")


def test_closing_waits_for_nobody(start):
    collection = start()
    collection.create()
    collection.standin.faults.lose_answers(hold_seconds=3600)
    caught = []

    def send():
        try:
            collection.client.bulk(index=collection.index, body=five())
        except LostConnection as error:
            caught.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    while not collection.standin.served["bulk"]:
        time.sleep(0.01)
    collection.standin.close()
    sender.join(30)
    assert len(caught) == 1


def test_the_first_request_after_an_idle_time_waits(start, clock):
    collection = start(cold_start_seconds=5.0, idle_seconds=600, clock=clock)
    collection.create()
    started = time.monotonic()
    clock.now += 599
    collection.documents()
    clock.now += 601
    hasty = client_of(collection.standin.url, timeout=0.1)
    with closing(hasty), pytest.raises(ConnectionTimeout):
        hasty.search(index=collection.index)
    clock.now += 6
    collection.documents()
    assert time.monotonic() - started < 5


def test_a_collection_can_be_put_to_sleep(start):
    collection = start(cold_start_seconds=0.05)
    collection.create()
    collection.standin.faults.fall_asleep()
    hasty = client_of(collection.standin.url, timeout=0.02)
    with closing(hasty), pytest.raises(ConnectionTimeout):
        hasty.search(index=collection.index)
    assert collection.documents() == []


def test_what_was_asked_is_counted(start):
    collection = start()
    collection.create()
    collection.documents()
    query = {"query": {"match_all": {}}}
    collection.client.msearch(index=collection.index, body=[{}, query, {}, query])
    assert collection.standin.served == {"create_index": 1, "search": 1, "multi_search": 1}
