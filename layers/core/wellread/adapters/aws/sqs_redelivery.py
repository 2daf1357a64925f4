"""When SQS delivers a message again."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

logger = logging.getLogger(__name__)

_LONGEST_SECONDS = 12 * 3600


class SqsRedelivery:
    """A `Redelivery` that shortens (or lengthens) a message's visibility time-out."""

    def __init__(self, client: Any, urls: Iterable[str]) -> None:
        """Postpone messages of these queues.

        Args:
            client: Of SQS.
            urls: The queues that the function is invoked by.
        """
        self._client = client
        self._urls = {url.rsplit("/", 1)[-1]: url for url in urls}

    def postpone(self, queue: str, delivery: str, seconds: float) -> None:
        """Have a message delivered again after so long; failing that, when its time is over."""
        url = self._urls.get(queue)
        if url is None:
            return
        try:
            self._client.change_message_visibility(
                QueueUrl=url,
                ReceiptHandle=delivery,
                VisibilityTimeout=min(int(seconds), _LONGEST_SECONDS),
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning(
                "a message is delivered again later than it could be",
                extra={"why": type(error).__name__},
            )
