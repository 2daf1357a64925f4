"""Takes what Slack sends: knows it for Slack's, enqueues it, and answers at once.

Nothing that answers questions is imported on this way.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from wellread.adapters.chat.fields import Fields, MalformedError
from wellread.adapters.chat.fronts import ChatFront
from wellread.adapters.chat.requests import RefusedError, body_of
from wellread.adapters.chat.slack import requests
from wellread.adapters.chat.slack.arrivals import PLATFORM, Arrival, Modal, Taken
from wellread.adapters.chat.slack.events import take_event
from wellread.adapters.chat.slack.interactions import said_alone, take_command, take_interaction
from wellread.adapters.chat.slack.workspaces import uninstalled
from wellread.domain.knowledge.errors import InvalidConfigurationError, WellreadError
from wellread.domain.knowledge.journey import on_journey

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.workspaces import Workspaces
    from wellread.ports.chat import QuestionQueue
    from wellread.ports.operations import Clock, Meter, Secret

logger = logging.getLogger(__name__)

_NOT_NOW = (
    "I could not take your question at this moment. Ask again in a minute; if it stays so, tell "
    "whoever looks after wellread this: {}"
)


class SlackFront(ChatFront[Fields]):
    """One Slack app's door."""

    platform = PLATFORM
    # What is malformed is so however often it is sent.
    headers: ClassVar = {HTTPStatus.BAD_REQUEST: {"X-Slack-No-Retry": "1"}}

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
            queue: As `ChatFront` takes it.
            clock: The time.
            meter: Counts what could not be enqueued.
            open_modal: Opens a modal by a token.
            workspaces: Those that it is taken from; None for all, by the one `bot_token`.
        """
        super().__init__(queue, clock=clock, meter=meter)
        self._secret = secret
        self._open_modal = open_modal
        self._workspaces = workspaces

    def take(self, payload: Fields) -> dict[str, Any] | None:
        # A slash command is told where it cannot be enqueued.
        arrival = Arrival(uuid.uuid4().hex, self._clock())
        with on_journey(correlation=arrival.correlation):
            try:
                taken = self._taken(payload, arrival)
                self._enqueue(taken.events)
            except WellreadError:
                self._missed()
                if payload.has("command"):
                    return dict(said_alone(_NOT_NOW.format(arrival.correlation)))
                raise
            if taken.modal is not None:
                self._open(taken.modal, taken.events[0].key.team)
            return taken.answer

    def _read(self, event: dict[str, Any]) -> Fields:
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
        for event in taken.events:
            if not self._workspaces.takes(event.key.team):
                extra = {"team": event.key.team}
                logger.warning("something happened in a workspace that is not named", extra=extra)
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
