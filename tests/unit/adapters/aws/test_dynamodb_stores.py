"""Threads, verdicts, rates and vectors in DynamoDB."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.aws_tables import EXPIRY_ATTRIBUTE, THREADS, VECTORS
from tests.doubles import SetClock
from tests.simulated_aws import Between
from wellread.adapters.aws.dynamodb_feedback import DynamoFeedbackStore
from wellread.adapters.aws.dynamodb_rate_limits import DynamoRateLimiter
from wellread.adapters.aws.dynamodb_threads import DynamoThreadStore
from wellread.adapters.aws.dynamodb_vectors import DynamoVectorCache
from wellread.domain.ask.answers import Answer, Feedback, GivenFeedback, Reply, Verdict
from wellread.domain.ask.questions import Mode, Place
from wellread.domain.knowledge.documents import DocumentId, document_digest
from wellread.domain.knowledge.errors import ConflictError, NotFoundError, TransientError
from wellread.wire.stored_form import pack

DAY = 86_400


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def table(aws):
    return aws.table(THREADS)


def reply(thread, turn, correlation="c1"):
    return Reply(Answer("So [1].", (), "extractive"), thread, turn, Mode.RAG, correlation)


def expiries(dynamodb, table):
    items = dynamodb.scan(TableName=table)["Items"]
    return [int(item.get(EXPIRY_ATTRIBUTE, {"N": 0})["N"]) for item in items]


def test_a_thread_expires_some_time_after_its_last_turn(dynamodb, table, clock):
    threads = DynamoThreadStore(dynamodb, table, clock=clock, keep_seconds=10 * DAY)
    thread = threads.start("a")
    clock.now += 5 * DAY
    threads.append(reply(thread, 1), "q", "s", asker="a")

    assert expiries(dynamodb, table) == [clock.now + 10 * DAY] * 3
    assert threads.owner(thread) == "a"


def test_a_thread_that_expires_while_it_is_answered_does_not_come_back_without_its_asker(
    dynamodb, table, clock
):
    thread = DynamoThreadStore(dynamodb, table, clock=clock).start("a")

    def expired(call, **request):
        dynamodb.delete_item(TableName=table, Key=request["Key"])
        return call(**request)

    late = DynamoThreadStore(Between(dynamodb, update_item=expired), table, clock=clock)
    late.append(reply(thread, 1), "q", "s", asker="a")
    assert late.owner(thread) is None


def test_a_places_thread_lives_on_when_it_is_opened_again(dynamodb, table, clock):
    place = Place("teams", "T1", "C1", "1")
    threads = DynamoThreadStore(dynamodb, table, clock=clock, keep_seconds=10 * DAY)
    threads.start(place)
    clock.now += 9 * DAY

    assert threads.owner(threads.start(place)) == place
    assert expiries(dynamodb, table) == [clock.now + 10 * DAY]


def test_ids_that_are_none_of_ours_never_reach_the_table(dynamodb, clock):
    client = Between(dynamodb)
    threads = DynamoThreadStore(client, "unused", clock=clock)

    for thread in ("", "nope", "x" * 5000, "lone \udc80", "A" * 32, "0" * 32 + "\n"):
        assert threads.owner(thread) is None
        assert threads.turns(thread) == []
        with pytest.raises(NotFoundError):
            threads.append(reply(thread, 1), "q", "s", asker="a")
    assert client.calls == []


def test_of_two_replies_to_one_turn_at_once_the_first_stays(dynamodb, table, clock):
    threads = DynamoThreadStore(dynamodb, table, clock=clock)
    thread = threads.start("a")

    def overtaken(call, **request):
        if "ConditionExpression" in request:
            threads.append(reply(thread, 1, "c2"), "first", "s", asker="a")
        return call(**request)

    late = DynamoThreadStore(Between(dynamodb, put_item=overtaken), table, clock=clock)
    with pytest.raises(ConflictError):
        late.append(reply(thread, 1, "c1"), "second", "s", asker="a")
    assert [turn.question for turn in threads.turns(thread)] == ["first"]


UP = GivenFeedback(Feedback("t", 1, Verdict.UP), "a", "web", 2.0)


def test_a_verdict_of_when_there_was_one_a_turn_is_read_erased_and_replaced(dynamodb, table):
    body = {"asker": "a", "thread": "t", "turn": 1, "verdict": "down", "reason": "not they"}
    body |= {"correction": None, "at": 1.0}
    old = {"pk": {"S": "feedback"}, "sk": {"S": "t#1"}, "body": {"B": pack(body)}}
    dynamodb.put_item(TableName=table, Item=old | {"came": {"N": "1"}})
    pointer = {"pk": {"S": f"judged#{document_digest('a.md')}"}, "sk": {"S": "t#1"}}
    dynamodb.put_item(TableName=table, Item=pointer)
    feedback = DynamoFeedbackStore(dynamodb, table)

    before = Feedback("t", 1, Verdict.DOWN, "not they")
    assert feedback.list() == [GivenFeedback(before, "a", "web", 1.0)]
    feedback.erase(DocumentId("a.md"))
    assert [each.feedback.reason for each in feedback.list()] == [None]
    feedback.put(UP)
    assert feedback.list() == [UP]


def test_of_two_verdicts_of_one_person_at_once_the_later_one_stays(dynamodb, table):
    later = replace(UP, feedback=Feedback("t", 1, Verdict.DOWN, "not they"), at=3.0)
    feedback = DynamoFeedbackStore(dynamodb, table)

    def overtaken(call, **request):
        if not feedback.list():
            feedback.put(later)
        return call(**request)

    DynamoFeedbackStore(Between(dynamodb, put_item=overtaken), table).put(UP)
    assert feedback.list() == [later]


def test_verdicts_do_not_expire(dynamodb, table):
    DynamoFeedbackStore(dynamodb, table).put(UP)

    assert expiries(dynamodb, table) == [0]


def test_everything_of_the_threads_table_lives_side_by_side(dynamodb, table, clock):
    threads = DynamoThreadStore(dynamodb, table, clock=clock)
    feedback = DynamoFeedbackStore(dynamodb, table)
    limiter = DynamoRateLimiter(dynamodb, table, 5, clock=clock)
    thread = threads.start("a")
    threads.append(reply(thread, 1), "q", "s", asker="a")
    feedback.put(UP)

    assert limiter.admit("a") == 0
    assert len(threads.turns(thread)) == 1
    assert feedback.list() == [UP]


def test_an_asker_s_name_is_not_in_the_table_and_their_count_expires(dynamodb, table, clock):
    DynamoRateLimiter(dynamodb, table, 5, clock=clock).admit("jwt:issuer#maria@example.com")

    (item,) = dynamodb.scan(TableName=table)["Items"]
    assert "maria" not in str(item)
    assert int(item[EXPIRY_ATTRIBUTE]["N"]) == clock.now + 120


def test_who_asks_so_often_that_counting_fails_waits(dynamodb, table, clock):
    other = DynamoRateLimiter(dynamodb, table, 1000, clock=clock)

    def overtaken(call, **request):
        other.admit("a")
        return call(**request)

    limiter = DynamoRateLimiter(Between(dynamodb, put_item=overtaken), table, 1000, clock=clock)
    assert limiter.admit("a") > 0


def test_vectors_go_in_and_out_in_calls_that_dynamodb_takes_and_expire(aws, dynamodb, clock):
    table = aws.table(VECTORS)
    client = Between(dynamodb)
    cache = DynamoVectorCache(client, table, clock=clock)
    vectors = {f"h{number}": (number / 256, 1.0) for number in range(130)}
    cache.put("m", vectors)
    assert client.calls == ["batch_write_item"] * 6

    assert cache.get("m", [*vectors, *vectors, "h999"]) == vectors
    assert client.calls[6:] == ["batch_get_item"] * 2
    assert set(expiries(dynamodb, table)) == {clock.now + 90 * DAY}


def test_vectors_that_dynamodb_leaves_unwritten_are_written_again(aws, dynamodb, clock):
    table = aws.table(VECTORS)

    def ten_at_a_time(call, *, RequestItems):  # noqa: N803 - the service's name
        items = RequestItems[table]
        call(RequestItems={table: items[:10]})
        return {"UnprocessedItems": {table: items[10:]} if items[10:] else {}}

    client = Between(dynamodb, batch_write_item=ten_at_a_time)
    cache = DynamoVectorCache(client, table, clock=clock, sleep=lambda _: None)
    vectors = {f"h{number}": (1.0,) for number in range(25)}
    cache.put("m", vectors)

    assert cache.get("m", list(vectors)) == vectors


def test_vectors_that_dynamodb_never_writes_are_no_success(dynamodb, clock):
    def nothing(call, *, RequestItems):  # noqa: N803
        return {"UnprocessedItems": RequestItems}

    client = Between(dynamodb, batch_write_item=nothing)
    cache = DynamoVectorCache(client, "any", clock=clock, sleep=lambda _: None)
    with pytest.raises(TransientError):
        cache.put("m", {"h": (1.0,)})
