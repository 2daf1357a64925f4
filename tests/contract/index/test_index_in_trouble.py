"""The passage index where OpenSearch Serverless is slow, throttled, waking, or silent."""

from __future__ import annotations

import contextlib
import math
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from stack_local.serverless import ServerlessStandIn, StandInOptions
from tests.contract.index.indexed_pieces import ALL, MODEL, found, piece, query
from tests.contract.index.passage_indexes import KEYS, Credentials, SetRules
from wellread.adapters.aws.opensearch_connection import connect
from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex
from wellread.domain.knowledge.errors import (
    IndexUnavailableError,
    InvalidConfigurationError,
    ModelMismatchError,
    TransientError,
)


class Collection:
    """A collection of its own, on a clock that sleeping moves."""

    def __init__(self, **options) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        settings = {"key_pairs": (KEYS,), "lag_seconds": 0.0, "clock": lambda: self.now} | options
        self.standin = ServerlessStandIn(StandInOptions(**settings))
        self.faults = self.standin.faults
        self.clients = []
        self.index = self.opened()

    def opened(self, **options):
        """Another process that uses the same index."""
        client = connect(
            self.standin.url, credentials=Credentials(), region="eu-central-1", timeout_seconds=10
        )
        self.clients.append(client)
        settings = {
            "engine": "faiss",
            "rules": SetRules(),
            "embedder_setting": "packaged",
            "clock": lambda: self.now,
            "sleep": self.sleep,
            "remember_seconds": 0.0,
        } | options
        return OpenSearchPassageIndex(client, "passages", **settings)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.standin.close()


@pytest.fixture
def collection_of():
    made = []

    def make(**options) -> Collection:
        made.append(Collection(**options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def filled(collection_of):
    """A collection whose index holds one document."""
    collection = collection_of()
    collection.index.add([piece("first.md")], MODEL)
    collection.slept.clear()
    return collection


def tokens(index):
    return sorted(hit.write for hit in index.search(query("plain", 0), ALL).vector)


def test_a_bulk_that_was_applied_unanswered_is_written_again_under_another_token(filled):
    filled.faults.lose_answers()
    with pytest.raises(IndexUnavailableError):
        filled.index.add([piece("a.md", ordinal=n, write="lost") for n in range(2)], MODEL)
    filled.index.add([piece("a.md", ordinal=n, write="counts") for n in range(2)], MODEL)

    assert tokens(filled.index) == ["counts", "counts", "lost", "lost", "w1"]
    assert filled.index.visible("a.md", frozenset({"counts"})) == 2
    filled.now += 120
    assert filled.index.sweep("a.md", keep=frozenset({"counts"}), before=filled.now) == 2
    assert tokens(filled.index) == ["counts", "counts", "w1"]


def test_of_a_bulk_applied_in_part_no_chunk_counts(filled):
    filled.faults.lose_answers(applied=0.5)
    with pytest.raises(IndexUnavailableError):
        filled.index.add([piece("a.md", ordinal=n, write="lost") for n in range(4)], MODEL)

    assert filled.index.visible("a.md", frozenset({"lost"})) == 2
    assert filled.standin.served["bulk"] == 2  # the first document's, and one attempt


def test_only_items_that_were_throttled_are_sent_again(filled):
    filled.faults.throttle_items([0, 2, 5])
    filled.faults.throttle_items([1])
    filled.index.add([piece("a.md", ordinal=n, write="w2") for n in range(6)], MODEL)

    assert filled.index.visible("a.md", frozenset({"w2"})) == 6
    hits = filled.index.search(query("plain", 0), ALL).vector
    assert sorted(hit.chunk.ordinal for hit in hits if hit.document == "a.md") == [*range(6)]
    assert len(filled.slept) == len(set(filled.slept)) >= 2


def test_items_that_stay_throttled_are_an_error(filled):
    filled.faults.throttle_items(every=1, bulks=50)

    with pytest.raises(IndexUnavailableError):
        filled.index.add([piece("a.md")], MODEL)
    assert filled.index.visible("a.md", frozenset({"w1"})) == 0
    assert sum(filled.slept) < 10


def test_throttled_deletions_are_sent_again(filled):
    filled.index.add([piece("a.md", ordinal=n) for n in range(4)], MODEL)
    filled.faults.throttle_items([1, 3])

    assert filled.index.delete("a.md", frozenset({"b1"})) == 4
    assert found(filled.index, "plain", 0) == {"first.md"}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_questions_outlast_a_short_storm(filled, status):
    filled.faults.answer(status, 4)

    assert found(filled.index, "plain", 0) == {"first.md"}
    assert filled.slept


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_long_storm_is_an_error_that_says_to_try_again(filled, status):
    filled.faults.answer(status, math.inf)

    for call in (
        lambda: found(filled.index, "plain", 0),
        lambda: filled.index.add([piece("a.md", write="w2")], MODEL),
        lambda: filled.index.delete("first.md", frozenset({"b1"})),
        lambda: filled.index.visible("first.md", frozenset({"w1"})),
        filled.index.inventory,
        filled.index.stats,
    ):
        with pytest.raises(IndexUnavailableError, match="Try again"):
            call()
    filled.faults.clear()
    assert found(filled.index, "plain", 0) == {"first.md"}


def test_a_write_answered_with_a_gateways_error_is_not_sent_again(filled):
    filled.faults.answer(502, 1, operations=["bulk"])

    with pytest.raises(IndexUnavailableError):
        filled.index.add([piece("a.md")], MODEL)
    assert filled.standin.served["bulk"] <= 2


def test_a_write_rejected_as_a_whole_is_sent_again(filled):
    filled.faults.answer(429, 2, operations=["bulk"])
    filled.index.add([piece("a.md")], MODEL)

    assert found(filled.index, "plain", 0) == {"first.md", "a.md"}


def test_a_new_policy_and_a_new_index_are_waited_for(collection_of):
    collection = collection_of(policy_window_seconds=40.0, create_window_seconds=12.0)
    collection.index.add([piece("a.md")], MODEL)

    assert found(collection.index, "plain", 0) == {"a.md"}
    assert 52 <= sum(collection.slept) <= 60


def test_while_an_index_is_new_questions_find_nothing(collection_of):
    collection = collection_of(create_window_seconds=12.0)
    other = collection.opened()
    seen = []

    def look(seconds):
        collection.now += seconds
        seen.append((found(other, "plain", 0), list(other.inventory())))

    collection.opened(sleep=look).add([piece("a.md")], MODEL)
    assert len(seen) >= 24
    assert all(each == (set(), []) for each in seen)
    assert found(other, "plain", 0) == {"a.md"}


def test_a_policy_that_never_allows_it_is_named(collection_of):
    collection = collection_of(policy_window_seconds=10_000.0)

    with pytest.raises(InvalidConfigurationError, match="data access policy"):
        collection.index.add([piece("a.md")], MODEL)
    assert 100 <= sum(collection.slept) <= 150


def test_a_policy_that_forbids_later_is_not_waited_for(filled):
    filled.faults.change_policy(60.0)

    for call in (
        lambda: found(filled.index, "plain", 0),
        lambda: filled.index.add([piece("a.md")], MODEL),
        lambda: filled.index.delete("first.md", frozenset({"b1"})),
        filled.index.stats,
    ):
        with pytest.raises(InvalidConfigurationError, match="data access policy"):
            call()
    assert filled.slept == []


def test_several_that_need_a_new_index_at_once_make_one(collection_of):
    collection = collection_of(create_window_seconds=3.0)
    others = [collection.opened() for _ in range(3)]

    def add(number):
        others[number].add([piece(f"{number}.md")], MODEL)

    with ThreadPoolExecutor(3) as processes:
        list(processes.map(add, range(3)))
    assert found(collection.index, "plain", 0) == {"0.md", "1.md", "2.md"}


def test_the_embedder_that_came_first_is_kept_whoever_asks(collection_of):
    collection = collection_of()
    other = collection.opened(embedder_setting="other")
    collection.index.add([piece("words.md", degrees=None)], None)
    collection.index.add([piece("a.md")], MODEL)

    assert other.stats().embedder == "packaged"
    with pytest.raises(ModelMismatchError, match="WELLREAD_INDEX_NAME"):
        other.add([piece("b.md")], "other@1")
    with pytest.raises(ModelMismatchError):
        other.search(query(degrees=0, model="other@1"), ALL)


def test_a_collection_that_sleeps_is_waited_for(collection_of):
    collection = collection_of(cold_start_seconds=0.1, idle_seconds=600.0)
    collection.index.add([piece("a.md")], MODEL)
    collection.now += 1200

    assert found(collection.index, "plain", 0) == {"a.md"}


def test_a_server_that_is_gone_is_an_error_that_says_what_to_check(filled):
    filled.standin.close()

    with pytest.raises(TransientError, match="WELLREAD_INDEX_URL"):
        found(filled.index, "plain", 0)
    with pytest.raises(TransientError, match="WELLREAD_INDEX_URL"):
        filled.index.add([piece("a.md")], MODEL)


def test_an_index_that_something_else_made_is_not_touched(filled):
    client = filled.clients[0]
    client.transport.perform_request("PUT", "/foreign", body={"settings": {"index.knn": True}})
    index = OpenSearchPassageIndex(client, "foreign", engine="faiss", rules=SetRules())

    with pytest.raises(InvalidConfigurationError, match="WELLREAD_INDEX_NAME"):
        index.add([piece("a.md")], MODEL)
    with pytest.raises(InvalidConfigurationError):
        found(index, "plain", 0)


def test_what_a_search_needs_to_know_of_the_index_is_remembered_for_a_while(filled):
    index = filled.opened(remember_seconds=10.0)
    found(index, "plain", 0)
    before = filled.standin.served.total()
    for _ in range(3):
        found(index, "plain", 0)
        index.stats()

    # A search is one round trip; the first count is another.
    assert filled.standin.served.total() - before <= 4 * 1 + 1


def test_no_message_quotes_a_document_or_a_question(filled):
    filled.faults.answer(503, math.inf)

    with pytest.raises(IndexUnavailableError) as raised:
        filled.index.search(query("sesame", 0), ALL)
    assert "sesame" not in str(raised.value)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_shows_when_no_change_of_readers_loses_a_chunk(collection_of, seed):
    chance = random.Random(seed)
    collection = collection_of(lag_seconds=10.0, uneven=seed)
    processes = [collection.opened() for _ in range(2)]
    processes[0].add([piece(ordinal=n, degrees=n) for n in range(3)], MODEL)
    for _ in range(12):
        audiences = frozenset({chance.choice(["hr", "it", "everyone"])})
        with contextlib.suppress(IndexUnavailableError):
            if chance.random() < 0.3:
                collection.faults.lose_answers(applied=chance.choice([0.0, 0.5, 1.0]))
            chance.choice(processes).update_access("a.md", audiences, own=audiences)
        collection.now += chance.choice([0.0, 0.0, 3.0, 12.0])
    collection.faults.clear()

    for step in ("what shows late", "what that left", "doubles"):
        collection.now += 20
        assert processes[1].visible("a.md", frozenset({"w1"})) == 3, step
        processes[0].update_access("a.md", frozenset({"everyone"}), own=frozenset({"everyone"}))
        processes[0].sweep("a.md", keep=frozenset({"w1"}), before=collection.now)
    collection.now += 20
    hits = processes[1].search(query("plain", 0), ALL)
    for leg in (hits.lexical, hits.vector):
        assert [hit.chunk.ordinal for hit in leg] == [0, 1, 2]
    assert hits.vector[2].cosine == pytest.approx(math.cos(math.radians(2)), abs=1e-6)
    assert processes[1].stats().chunks == 3
