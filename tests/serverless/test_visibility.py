"""When writes show, and windows in which a collection answers otherwise than it will."""

from __future__ import annotations

import math
from contextlib import closing

import pytest
from opensearchpy import AuthorizationException, NotFoundError

from tests.serverless.collection import client_of


def test_a_write_shows_when_it_is_made_visible(collection):
    collection.add({"document": "a"})
    assert collection.documents() == []
    collection.standin.settle()
    assert collection.documents() == ["a"]


def test_a_deletion_shows_when_it_is_made_visible(collection):
    (number,) = collection.add({"document": "a"})
    collection.standin.settle()
    assert [each["result"] for each in collection.remove(number)] == ["deleted"]
    assert collection.documents() == ["a"]
    assert [each["result"] for each in collection.remove(number)] == ["not_found"]
    collection.standin.settle()
    assert collection.documents() == []


def test_what_is_not_visible_yet_can_be_deleted_by_its_id(collection):
    _, gone = collection.add({"document": "kept"}, {"document": "gone"})
    collection.remove(gone)
    collection.standin.settle()
    assert collection.documents() == ["kept"]


def test_writes_show_after_the_lag(start, clock):
    collection = start(lag_seconds=60.0, clock=clock)
    collection.create()
    (number,) = collection.add({"document": "a"})
    clock.now += 59.9
    assert collection.documents() == []
    clock.now += 0.2
    assert collection.documents() == ["a"]
    collection.remove(number)
    clock.now += 59.9
    assert collection.documents() == ["a"]
    clock.now += 0.2
    assert collection.documents() == []


@pytest.mark.shared
def test_a_real_server_behind_the_front_shows_writes_after_the_lag(start, clock, real_opensearch):
    collection = start(lag_seconds=60.0, clock=clock, forward=real_opensearch())
    collection.create()
    collection.add({"document": "a"})
    clock.now += 59.9
    assert collection.documents() == []
    clock.now += 0.2
    assert collection.documents() == ["a"]


def test_with_uneven_lags_writes_show_in_another_order_than_they_were_made(start, clock):
    collection = start(lag_seconds=60.0, uneven=7, clock=clock)
    collection.create()
    for number in range(20):
        collection.add({"document": str(number)})
    seen = []
    for _ in range(60):
        clock.now += 1
        seen += [each for each in collection.documents() if each not in seen]
    assert sorted(seen, key=int) == [str(number) for number in range(20)]
    assert seen != sorted(seen, key=int)


def test_a_deletion_never_shows_before_what_it_deletes(start, clock):
    collection = start(lag_seconds=60.0, uneven=3, clock=clock)
    collection.create()
    for number in range(30):
        collection.remove(*collection.add({"document": str(number)}))
    clock.now += 61
    assert collection.documents() == []


def test_a_new_index_is_not_found_for_a_while(start, clock):
    collection = start(create_window_seconds=15.0, clock=clock)
    collection.create()
    client, index = collection.client, collection.index
    for ask in (
        lambda: client.search(index=index, body={}),
        lambda: client.indices.get_mapping(index=index),
    ):
        with pytest.raises(NotFoundError, match="index_not_found_exception"):
            ask()
    (answer,) = client.msearch(index=index, body=[{}, {}])["responses"]
    assert answer["status"] == 404
    written = client.bulk(index=index, body=[{"index": {}}, {"document": "a"}])
    assert written["items"][0]["index"]["status"] == 404
    clock.now += 15
    collection.add({"document": "b"})
    assert collection.documents() == ["b"]


def test_everything_is_forbidden_for_a_while_after_the_start(start, clock):
    collection = start(policy_window_seconds=60.0, clock=clock)
    with pytest.raises(AuthorizationException, match="authorization_exception"):
        collection.create()
    clock.now += 60
    collection.create()


def test_everything_is_forbidden_for_a_while_after_a_policy_changed(start, clock):
    collection = start(clock=clock)
    collection.create()
    collection.standin.faults.change_policy(30.0)
    with pytest.raises(AuthorizationException):
        collection.documents()
    clock.now += 29
    with pytest.raises(AuthorizationException):
        collection.documents()
    clock.now += 1
    assert collection.documents() == []


@pytest.mark.shared
def test_a_second_stand_in_shows_what_a_first_one_left_unseen(start, real_opensearch):
    url = real_opensearch()
    before = start(lag_seconds=math.inf, forward=url)
    before.create()
    before.add({"document": "a"})
    after = start(lag_seconds=math.inf, forward=url)
    with closing(client_of(after.standin.url)) as client:
        assert client.search(index=before.index)["hits"]["total"]["value"] == 1
