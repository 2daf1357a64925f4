"""The queues in SQS, in calls that SQS takes, and each message known to have been taken."""

from __future__ import annotations

import json

import pytest

from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws.sqs_dead_letters import SqsDeadLetters
from wellread.adapters.aws.sqs_messages import MessageSender
from wellread.adapters.aws.sqs_queues import SqsChangeQueue, SqsChunkQueue
from wellread.domain.ingest.records import SWEEP_REQUESTED, BatchReference, ChangeHint
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
)


@pytest.fixture
def url(aws):
    return aws.queue()


def received(sqs, url):
    bodies = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in messages]
    return bodies


class Calls:
    """Remembers the entries of every call, and lets it through."""

    def __init__(self):
        self.entries = []

    def __call__(self, call, **request):
        self.entries.append(request["Entries"])
        return call(**request)


def sender(client, url):
    return MessageSender(client, url, "THE_SETTING", sleep=lambda _: None)


def test_many_messages_go_ten_at_a_time(sqs, url):
    calls = Calls()
    sender(Between(sqs, send_message_batch=calls), url).send([str(n) for n in range(25)])

    assert [len(entries) for entries in calls.entries] == [10, 10, 5]
    assert sorted(map(int, received(sqs, url))) == list(range(25))


def test_no_call_carries_more_than_sqs_takes(sqs, url):
    calls = Calls()
    bodies = ["x" * 100_000] * 5 + ["y" * 262_144, "z"]
    sender(Between(sqs, send_message_batch=calls), url).send(bodies)

    sizes = [sum(len(entry["MessageBody"]) for entry in entries) for entries in calls.entries]
    assert sizes == [200_000, 200_000, 100_000, 262_144, 1]


def test_nothing_to_send_is_no_call(sqs, url):
    client = Between(sqs)
    SqsChunkQueue(client, url).put([])

    assert client.calls == []


def test_messages_that_were_not_taken_are_sent_again_alone(sqs, url):
    first = []

    def all_but_two(call, **request):
        if first:
            return call(**request)
        first.append(request)
        entries = request["Entries"]
        call(QueueUrl=url, Entries=entries[2:])
        failed = [
            {"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"}
            for entry in entries[:2]
        ]
        return {"Successful": [], "Failed": failed}

    sender(Between(sqs, send_message_batch=all_but_two), url).send(["a", "b", "c", "d"])
    assert sorted(received(sqs, url)) == ["a", "b", "c", "d"]


def failing(fault):
    def instead(call, **request):
        return {
            "Failed": [
                {"Id": entry["Id"], "SenderFault": fault, "Code": "SomeReason"}
                for entry in request["Entries"]
            ]
        }

    return instead


def test_messages_that_are_never_taken_are_an_error(sqs, url):
    client = Between(sqs, send_message_batch=failing(False))

    with pytest.raises(TransientError, match="SomeReason"):
        sender(client, url).send(["a"])
    assert 1 < len(client.calls) < 10


def test_messages_that_sqs_will_never_take_are_not_sent_again(sqs, url):
    client = Between(sqs, send_message_batch=failing(True))

    with pytest.raises(PermanentError, match="SomeReason"):
        sender(client, url).send(["a"])
    assert len(client.calls) == 1


@pytest.mark.parametrize(("wanted", "sent"), [(0, 0), (0.2, 1), (5, 5), (900, 900), (5000, 900)])
def test_a_delay_is_never_shorter_than_wanted_up_to_what_sqs_allows(sqs, url, wanted, sent):
    calls = Calls()
    batch = BatchReference("a.pdf", "v1", "b1", 0)
    SqsChunkQueue(Between(sqs, send_message_batch=calls), url).put([batch], delay_seconds=wanted)

    assert calls.entries[0][0]["DelaySeconds"] == sent


def test_a_sweep_arrives_later_as_an_event_of_our_own(sqs, url):
    calls = Calls()
    changes = SqsChangeQueue(
        Between(sqs, send_message_batch=calls), url, "documents", clock=lambda: 1_800_000_000.0
    )
    changes.sweep(["ü/a.pdf"], delay_seconds=30)

    ((entry,),) = calls.entries
    event = json.loads(entry["MessageBody"])
    assert entry["DelaySeconds"] == 30
    assert (event["source"], event["detail-type"]) == ("wellread", SWEEP_REQUESTED)
    hint = ChangeHint.of_event(event)
    assert (hint.document, hint.sweep) == ("ü/a.pdf", True)


def test_a_queue_that_is_not_there_is_named_with_its_setting(sqs, url):
    lost = SqsChunkQueue(sqs, url + "-that-nobody-made")

    with pytest.raises(InvalidConfigurationError, match="WELLREAD_CHUNK_QUEUE_URL"):
        lost.put([BatchReference("a.pdf", "v1", "b1", 0)])


def dead_letters(client, url, dead, count=0):
    for number in range(count):
        client.send_message(QueueUrl=dead, MessageBody=f"message {number}")
    return SqsDeadLetters(client, url, dead, wait_seconds=0, sleep=lambda _: None)


def test_a_look_hides_dead_letters_from_nobody_for_long(aws, sqs, url):
    dead = aws.queue()
    assert len(dead_letters(sqs, url, dead, 13).dead()) == 13

    assert len(received(sqs, dead)) == 13


def test_sqs_moves_dead_letters_back_where_it_can(aws, sqs, url):
    dead = aws.queue()
    tasks = []

    def start(call, **request):
        tasks.append(request)
        return {"TaskHandle": "t"}

    class Whole(Between):
        """The simulation has no such operation."""

        def __getattr__(self, name):
            if name == "start_message_move_task":
                return lambda **request: start(None, **request)
            return super().__getattr__(name)

    letters = dead_letters(Whole(sqs), url, dead, 3)
    assert letters.redrive() == 3

    def arn(of):
        found = sqs.get_queue_attributes(QueueUrl=of, AttributeNames=["QueueArn"])
        return found["Attributes"]["QueueArn"]

    assert tasks == [{"SourceArn": arn(dead), "DestinationArn": arn(url)}]


@pytest.mark.parametrize("code", ["InvalidAction", "AWS.SimpleQueueService.UnsupportedOperation"])
def test_dead_letters_are_moved_by_hand_where_sqs_cannot(aws, sqs, url, code):
    dead = aws.queue()
    unknown = raising(refused(code, 400))
    letters = dead_letters(Between(sqs, start_message_move_task=unknown), url, dead, 12)

    assert letters.redrive() == 12
    assert letters.depth() == 0
    assert sorted(received(sqs, url)) == sorted(f"message {n}" for n in range(12))


def test_a_redrive_that_is_not_allowed_moves_nothing(aws, sqs, url):
    dead = aws.queue()
    denied = raising(refused("AccessDenied", 403, operation="StartMessageMoveTask"))
    letters = dead_letters(Between(sqs, start_message_move_task=denied), url, dead, 2)

    with pytest.raises(InvalidConfigurationError, match="StartMessageMoveTask"):
        letters.redrive()
    assert letters.depth() == 2
