"""Receipts on an event bus that takes a call and refuses the event within."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.simulated_aws import Between, raising, refused
from wellread.adapters.aws.eventbridge_receipts import EventBridgeReceipts
from wellread.domain.ingest.receipts import Receipt
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
)

RECEIPT = Receipt("a@v1:b1", "a.pdf", "v1", DocumentStatus.INDEXED)


def refusing(code):
    def instead(call, **request):
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": code, "ErrorMessage": "no"}]}

    return instead


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ThrottlingException", TransientError),
        ("InternalFailure", TransientError),
        ("MalformedDetail", PermanentError),
    ],
)
def test_an_event_that_was_not_taken_is_an_error_though_the_call_succeeded(aws, code, error):
    events = Between(aws.client("events"), put_events=refusing(code))

    with pytest.raises(error, match=code):
        EventBridgeReceipts(events, "default").publish(RECEIPT)


def test_a_bus_that_is_not_there_is_named_with_its_setting(aws):
    gone = raising(refused("ResourceNotFoundException", operation="PutEvents"))

    with pytest.raises(InvalidConfigurationError, match="WELLREAD_EVENT_BUS"):
        EventBridgeReceipts(Between(aws.client("events"), put_events=gone), "lost").publish(RECEIPT)


def test_half_a_character_in_a_damaged_title_does_not_hold_a_receipt_back(aws):
    sent = []

    def taking(call, **request):
        sent.extend(request["Entries"])
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    damaged = replace(RECEIPT, title="Ü \ud800 \U0001f600")
    EventBridgeReceipts(Between(aws.client("events"), put_events=taking), "default").publish(
        damaged
    )

    assert json.loads(sent[0]["Detail"].encode())["title"] == "Ü ? \U0001f600"
