"""A chat platform's door: what comes in is known for the platform's, enqueued, answered at once.

Nothing that answers questions is imported on this way.
"""

from __future__ import annotations

import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from wellread.adapters.chat.fields import MalformedError
from wellread.adapters.chat.requests import RefusedError
from wellread.domain.knowledge.errors import WellreadError
from wellread.domain.knowledge.metrics import Metric

if TYPE_CHECKING:
    from wellread.domain.chat.events import ChatEvent
    from wellread.ports.chat import QuestionQueue
    from wellread.ports.operations import Clock, Meter

logger = logging.getLogger(__name__)

P = TypeVar("P")


class ChatFront(ABC, Generic[P]):
    """One app's door.

    Attributes:
        platform: Its name, for the log.
        headers: What is answered beside a status.
    """

    platform: ClassVar[str]
    headers: ClassVar[Mapping[HTTPStatus, Mapping[str, str]]] = {}

    def __init__(self, queue: Callable[[], QuestionQueue], *, clock: Clock, meter: Meter) -> None:
        """Open nothing yet.

        Args:
            queue: Makes, or gives, what takes events; not called for what is refused.
            clock: The time.
            meter: Counts what could not be enqueued.
        """
        self._queue = queue
        self._clock = clock
        self._meter = meter

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer one HTTP request (payload format 2.0).

        What is refused gets a 4xx, and nothing is done. 503 says that it was the platform's and
        could not be enqueued, or that what it is known by cannot be looked up.
        """
        why = {"platform": self.platform}
        try:
            payload = self._read(event)
        except RefusedError as error:
            logger.info("refused a request", extra={**why, "why": str(error)})
            return self._response(error.status)
        except WellreadError:
            logger.exception("what requests are known by cannot be looked up", extra=why)
            self._meter.add(Metric.CHAT_NOT_TAKEN, 1)
            return self._response(HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            return self._response(HTTPStatus.OK, self.take(payload))
        except MalformedError as error:
            logger.info("refused what the platform sent", extra={**why, "why": str(error)})
            return self._response(HTTPStatus.BAD_REQUEST)
        except WellreadError:
            return self._response(HTTPStatus.SERVICE_UNAVAILABLE)

    @abstractmethod
    def _read(self, event: dict[str, Any]) -> P:
        """What a request says.

        Raises:
            RefusedError: It is not acted upon.
            WellreadError: It cannot be learnt now whether it is the platform's.
        """

    @abstractmethod
    def take(self, payload: P) -> dict[str, Any] | None:
        """Take what is known to be the platform's.

        Returns:
            What it is answered, as JSON; None for nothing.

        Raises:
            MalformedError: It is not of the shape that the platform says it has.
            WellreadError: It could not be enqueued.
        """

    def _enqueue(self, events: Iterable[ChatEvent]) -> None:
        for event in events:
            self._queue().put(event)

    def _missed(self) -> None:
        """Tell of the error at hand: something is lost unless it is sent again."""
        logger.exception("what was sent could not be enqueued", extra={"platform": self.platform})
        self._meter.add(Metric.CHAT_NOT_TAKEN, 1)

    def _response(self, status: HTTPStatus, answer: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = dict(self.headers.get(status, {}))
        if answer is None:
            return {"statusCode": int(status), "headers": headers, "body": ""}
        headers["Content-Type"] = "application/json"
        return {"statusCode": int(status), "headers": headers, "body": json.dumps(answer)}
