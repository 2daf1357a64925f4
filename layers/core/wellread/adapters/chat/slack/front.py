"""Takes what Slack sends: knows it for Slack's, enqueues it, and answers at once.

Nothing that answers questions is imported on this way.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from wellread.adapters.chat.fields import Fields, MalformedError
from wellread.adapters.chat.requests import RefusedError, body_of
from wellread.adapters.chat.slack import requests
from wellread.adapters.chat.slack.arrivals import Arrival, Modal, Taken
from wellread.adapters.chat.slack.events import take_event
from wellread.adapters.chat.slack.interactions import said_alone, take_command, take_interaction
from wellread.adapters.chat.slack.workspaces import uninstalled
from wellread.domain.knowledge.errors import InvalidConfigurationError, WellreadError
from wellread.domain.knowledge.journey import on_journey
from wellread.domain.knowledge.metrics import Metric

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.workspaces import Workspaces
    from wellread.ports.chat import QuestionQueue
    from wellread.ports.operations import Clock, Meter, Secret

logger = logging.getLogger(__name__)

_NOT_NOW = (
    "I could not take your question at this moment. Ask again in a minute; if it stays so, tell "
    "whoever looks after wellread this: {}"
)


class SlackFront:
    """One Slack app's door."""

    def __init__(
        self,
        secret: Secret | None,
        queue: Callable[[], QuestionQueue],
        *,
        clock: Clock,
        meter: Meter,
        open_modal: Callable[[Modal, str], None],
        workspaces: Workspaces | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            secret: Slack's `signing_secret` and `bot_token`; None where Slack is off.
            queue: Makes, or gives, what takes events; not called for what is refused.
            clock: The time.
            meter: Counts what could not be enqueued.
            open_modal: Opens a modal by a token.
            workspaces: Those that it is taken from; None for all, by the one `bot_token`.
        """
        self._secret = secret
        self._queue = queue
        self._clock = clock
        self._meter = meter
        self._open_modal = open_modal
        self._workspaces = workspaces

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer one HTTP request (payload format 2.0).

        What is refused gets a 4xx, and nothing is done. 503 says that it was Slack's and could not
        be enqueued, so that Slack sends it again.
        """
        try:
            payload = self._payload(event)
        except RefusedError as error:
            logger.info("refused a request to Slack's path", extra={"why": str(error)})
            return _response(error.status)
        except WellreadError:
            logger.exception("what Slack signs its requests with cannot be looked up")
            self._meter.add(Metric.CHAT_NOT_TAKEN, 1)
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)
        try:
            return _response(HTTPStatus.OK, self.take(payload))
        except MalformedError as error:
            logger.info("refused a request of Slack's", extra={"why": str(error)})
            return _response(HTTPStatus.BAD_REQUEST)
        except WellreadError:
            return _response(HTTPStatus.SERVICE_UNAVAILABLE)

    def take(self, payload: Fields) -> dict[str, Any] | None:
        """Take what is known to be Slack's; a slash command is told where that is not possible.

        Returns:
            What Slack is answered, as JSON; None for nothing.

        Raises:
            MalformedError: It is not of the shape that Slack says it has.
            WellreadError: It could not be enqueued.
        """
        arrival = Arrival(uuid.uuid4().hex, self._clock())
        with on_journey(correlation=arrival.correlation):
            try:
                taken = self._taken(payload, arrival)
                for event in taken.events:
                    self._queue().put(event)
            except WellreadError:
                logger.exception("what Slack sent could not be enqueued")
                self._meter.add(Metric.CHAT_NOT_TAKEN, 1)
                if payload.has("command"):
                    return dict(said_alone(_NOT_NOW.format(arrival.correlation)))
                raise
            if taken.modal is not None:
                self._open(taken.modal, taken.events[0].key.team)
            return taken.answer

    def _payload(self, event: dict[str, Any]) -> Fields:
        body = body_of(event)
        if self._secret is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "Slack is off")
        try:
            requests.verify(event, body, self._secret, self._clock())
        except InvalidConfigurationError as error:
            logger.warning("Slack is off: %s", error)
            raise RefusedError(HTTPStatus.NOT_FOUND, "Slack is off") from None
        return requests.payload_of(body)

    def _taken(self, payload: Fields, arrival: Arrival) -> Taken:
        """What comes of a request: nothing where the workspace is none that it is taken from."""
        taken = _taken(payload, arrival)
        if self._workspaces is None:
            return taken
        if gone := uninstalled(payload):
            self._workspaces.forget(*gone)
        if any(not self._workspaces.takes(event.key.team) for event in taken.events):
            logger.warning("something happened in a workspace that is not named")
            return Taken()
        return taken

    def _open(self, modal: Modal, team: str) -> None:
        try:
            if self._secret is not None and modal.trigger:
                several, secret = self._workspaces, self._secret
                token = several.token(team) if several else secret.part("bot_token")
                self._open_modal(modal, token)
        except Exception:
            # The verdict is taken; only why it was given stays unsaid.
            logger.warning("the modal that asks for a reason was not opened", exc_info=True)


def _taken(payload: Fields, arrival: Arrival) -> Taken:
    kind = payload.text("type")
    if payload.has("ssl_check"):
        return Taken()
    if payload.has("command"):
        return take_command(payload, arrival)
    if not kind:
        raise MalformedError("it has no type")
    if kind == "url_verification":
        return Taken(answer={"challenge": payload.text("challenge")})
    return (take_event if kind == "event_callback" else take_interaction)(payload, arrival)


def _response(status: HTTPStatus, answer: dict[str, Any] | None = None) -> dict[str, Any]:
    # What is malformed is so however often it is sent.
    headers = {"X-Slack-No-Retry": "1"} if status is HTTPStatus.BAD_REQUEST else {}
    if answer is None:
        return {"statusCode": int(status), "headers": headers, "body": ""}
    headers["Content-Type"] = "application/json"
    return {"statusCode": int(status), "headers": headers, "body": json.dumps(answer)}
