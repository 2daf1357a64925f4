"""Calls Lambda handlers the way Lambda does: found by name, fed the service's own event shapes."""

from __future__ import annotations

import importlib
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wellread.adapters.embedded.sqlite_queue import QueueMessage
from wellread.domain.knowledge.errors import InvalidConfigurationError

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class LocalContext:
    """What a handler finds in its `context` argument.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    function_name: str
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 2048
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def invoked_function_arn(self) -> str:
        """An ARN of the right shape."""
        return f"arn:aws:lambda:local:000000000000:function:{self.function_name}"

    @property
    def log_group_name(self) -> str:
        """The log group that AWS would use."""
        return f"/aws/lambda/{self.function_name}"

    def get_remaining_time_in_millis(self) -> int:
        """The laptop sets no deadline; a queue's visibility does."""
        return 900_000


def load_handler(name: str) -> Handler:
    """The `lambda_handler` of `functions/<name>/app.py`, as template.yaml has it of every function.

    Raises:
        InvalidConfigurationError: The functions folder is not there: wellread was installed without
            its clone.
    """
    clone = Path(__file__).resolve().parents[4]
    if str(clone) not in sys.path:
        sys.path.append(str(clone))
    try:
        module = importlib.import_module(f"functions.{name}.app")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("functions"):
            raise
        raise InvalidConfigurationError(
            "The functions folder is not beside this wellread. Run it from a clone of the "
            "repository, installed there with `pip install -e '.[local]'`."
        ) from error
    handler: Handler = module.lambda_handler
    return handler


def sqs_event(queue: str, messages: Sequence[QueueMessage]) -> dict[str, Any]:
    """The event with which SQS invokes a function.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
    return {
        "Records": [
            {
                "messageId": message.id,
                "receiptHandle": message.receipt,
                "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": str(message.receive_count),
                    "SentTimestamp": str(int(message.sent_at * 1000)),
                    "SenderId": "000000000000",
                    "ApproximateFirstReceiveTimestamp": str(int(message.sent_at * 1000)),
                    **({"MessageGroupId": message.group} if message.group else {}),
                },
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:local:000000000000:{queue}",
                "awsRegion": "local",
            }
            for message in messages
        ]
    }
