"""What services invoke functions with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def http_event(repository: Path, method: str, path: str, body: Any = None) -> dict[str, Any]:
    """An event of the HTTP API, from a caller whose signature API Gateway has verified."""
    event: dict[str, Any] = json.loads(
        (repository / "tests" / "events" / "api_ask_iam.json").read_text("utf-8")
    )
    event["rawPath"] = path
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["body"] = json.dumps(body) if body is not None else None
    return event


def sqs_event(body: str) -> dict[str, Any]:
    """The event with which SQS invokes a function."""
    return {
        "Records": [
            {
                "messageId": "message-1",
                "receiptHandle": "handle-1",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1773396000000",
                    "SenderId": "AIDASENDER",
                    "ApproximateFirstReceiveTimestamp": "1773396000000",
                },
                "messageAttributes": {},
                "md5OfBody": "0",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-west-1:111122223333:queue",
                "awsRegion": "eu-west-1",
            }
        ]
    }
