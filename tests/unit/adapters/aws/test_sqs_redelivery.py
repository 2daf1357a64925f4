"""When SQS delivers a message again."""

from __future__ import annotations

import pytest

from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws.sqs_redelivery import SqsRedelivery


@pytest.fixture
def url(aws):
    return aws.queue()


def delivered(sqs, url):
    return sqs.receive_message(QueueUrl=url, VisibilityTimeout=900).get("Messages", [])


def test_a_message_is_delivered_again_at_once_instead_of_when_its_time_is_over(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    (message,) = delivered(sqs, url)
    assert delivered(sqs, url) == []

    SqsRedelivery(sqs, [url]).postpone(url.rsplit("/", 1)[-1], message["ReceiptHandle"], 0)
    assert len(delivered(sqs, url)) == 1


def test_a_message_of_another_queue_is_left_alone(sqs, url):
    client = Between(sqs)
    SqsRedelivery(client, [url]).postpone("another", "receipt", 5)

    assert client.calls == []


def test_a_refusal_is_no_error_because_the_message_comes_again_anyway(sqs, url):
    client = Between(sqs, change_message_visibility=raising(refused("AccessDenied", 403)))
    SqsRedelivery(client, [url]).postpone(url.rsplit("/", 1)[-1], "receipt", 5)

    assert client.calls == ["change_message_visibility"]
