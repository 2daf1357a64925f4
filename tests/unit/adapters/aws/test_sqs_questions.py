"""The question queue in SQS: one call, that a platform can wait for."""

from __future__ import annotations

import json

import pytest

from tests.chat_desk import Spot, person
from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws.sqs_questions import SqsQuestionQueue
from wellread.domain.chat.events import QuestionAsked
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
)

SPOT = Spot()
EVENT = QuestionAsked(SPOT.key(), SPOT.place, person(), False, False, "c1", 1.0, "Who? \ud800 é")


@pytest.fixture
def url(aws):
    return aws.queue(FifoQueue="true")


def test_an_event_takes_one_call_in_ascii_with_ids_that_sqs_takes(sqs, url):
    calls = Between(sqs)
    SqsQuestionQueue(calls, url).put(EVENT)

    assert calls.calls == ["send_message"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])["Messages"]
    assert message["Body"].isascii()
    assert json.loads(message["Body"])["kind"] == "question"
    assert message["Attributes"]["MessageGroupId"] == EVENT.group
    assert message["Attributes"]["MessageDeduplicationId"] == EVENT.deduplication
    assert len(EVENT.group) == len(EVENT.deduplication) == 64


@pytest.mark.parametrize(
    ("code", "error", "says"),
    [
        ("RequestThrottled", TransientError, "Try again"),
        ("AccessDenied", InvalidConfigurationError, "permission"),
        ("QueueDoesNotExist", InvalidConfigurationError, "WELLREAD_QUESTION_QUEUE_URL"),
        ("InvalidParameterValue", PermanentError, "refused"),
    ],
)
def test_what_sqs_answers_is_said_without_what_was_asked(sqs, url, code, error, says):
    queue = SqsQuestionQueue(Between(sqs, send_message=raising(refused(code))), url)

    with pytest.raises(error, match=says) as raised:
        queue.put(EVENT)
    assert "Who?" not in str(raised.value)
