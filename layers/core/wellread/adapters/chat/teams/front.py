"""Takes what Teams sends: knows it for Teams' own, enqueues it, and answers at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wellread.adapters.chat.arrivals import Taken
from wellread.adapters.chat.fields import MalformedError, fields_of_json
from wellread.adapters.chat.fronts import ChatFront
from wellread.adapters.chat.requests import RefusedError, body_of, headers_of
from wellread.adapters.chat.teams.activities import (
    PLATFORM,
    ActivityFields,
    Arrival,
    Told,
    take_activity,
)
from wellread.adapters.chat.teams.clicks import take_invoke
from wellread.adapters.chat.teams.keys import CHANNEL, ConnectorKeys
from wellread.adapters.chat.teams.tokens import verified
from wellread.domain.knowledge.errors import WellreadError
from wellread.domain.knowledge.journey import on_journey

if TYPE_CHECKING:
    from wellread.ports.chat import ConversationReferences, QuestionQueue
    from wellread.ports.operations import Clock, Meter


class TeamsFront(ChatFront[ActivityFields]):
    """The door of one bot in one tenant."""

    platform = PLATFORM

    def __init__(
        self,
        bot: tuple[str, str] | None,
        keys: ConnectorKeys,
        queue: Callable[[], QuestionQueue],
        references: Callable[[], ConversationReferences],
        *,
        clock: Clock,
        meter: Meter,
    ) -> None:
        """Open nothing yet.

        Args:
            bot: Its client id and the tenant's id; None where Teams is off.
            keys: What Microsoft signs its tokens with.
            queue: As `ChatFront` takes it.
            references: Makes, or gives, what keeps where conversations are; as `queue`.
            clock: The time.
            meter: Counts what could not be enqueued.
        """
        super().__init__(queue, clock=clock, meter=meter)
        self._bot = bot
        self._keys = keys
        self._references = references

    def _read(self, event: dict[str, Any]) -> ActivityFields:
        body = body_of(event)
        if self._bot is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "Teams is off")
        client_id, tenant_id = self._bot
        sent = headers_of(event).get("authorization", "")
        claims = verified(sent, self._keys, client_id, self._clock())
        activity = _activity_of(body)
        if claims["serviceurl"] != activity.text("serviceUrl"):
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "the token is for another serviceUrl")
        if activity.text("channelId") != CHANNEL:
            raise RefusedError(HTTPStatus.FORBIDDEN, "it is not from Teams")
        _check_tenant(activity, tenant_id)
        return activity

    def take(self, payload: ActivityFields) -> dict[str, Any] | None:
        client_id, tenant_id = self._bot or ("", "")
        arrival = Arrival(uuid.uuid4().hex, self._clock())
        told = Told(arrival, payload, tenant_id, client_id)
        with on_journey(correlation=arrival.correlation):
            invoked = payload.text("type") == "invoke"
            taken = take_invoke(told) if invoked else Taken(take_activity(told))
            try:
                if taken.events:
                    # First: whoever answers has to know where.
                    self._references().keep(told.reference)
                self._enqueue(taken.events)
            except WellreadError:
                self._missed()
                raise
            return taken.answer


def _activity_of(body: bytes) -> ActivityFields:
    try:
        activity = fields_of_json(body.decode("utf-8"), ActivityFields)
    except (MalformedError, UnicodeDecodeError) as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"malformed: {error}") from None
    if not activity.text("type") or not _is_address(activity.text("serviceUrl")):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the activity has no type or no serviceUrl")
    return activity


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        return False
    return named and parts.scheme in ("https", "http") and not (parts.query or parts.fragment)


def _check_tenant(activity: ActivityFields, tenant_id: str) -> None:
    named = (
        activity.part("channelData").part("tenant").text("id"),
        activity.part("conversation").text("tenantId"),
    )
    told = {name.casefold() for name in named if name}
    if told != {tenant_id.casefold()}:
        raise RefusedError(HTTPStatus.FORBIDDEN, "it is of another tenant")
