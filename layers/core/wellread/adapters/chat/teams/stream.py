"""A reply that grows in a personal chat.

Each activity says all that was said before; they are at least a second apart, and the last one
comes within two minutes of the first.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/streaming-ux
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wellread.adapters.chat.answer_text import as_markdown, settled
from wellread.adapters.chat.recent import Recent
from wellread.adapters.chat.teams.rendering import TEXT_CHARACTERS
from wellread.adapters.chat.teams.speaking import Speaking
from wellread.adapters.chat.teams.web import RefusedError
from wellread.adapters.chat.waiting import PATIENCE_SECONDS
from wellread.domain.knowledge.errors import TransientError, WellreadError

_SECONDS = 5.0
_CONVERSATIONS, _REMEMBERED_SECONDS = 1000, 600.0


@dataclass(frozen=True, slots=True)
class Pace:
    """When activities of a stream may be sent.

    Attributes:
        apart: Least seconds between two of them; a little more than Teams asks for.
        longest: Seconds after which a stream is ended, in any case.
        now: The time, which nobody puts back.
        sleep: Waits for so many seconds.
    """

    apart: float = 1.1
    longest: float = 100.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Turns:
    """When each conversation takes an activity of a stream again."""

    def __init__(self, pace: Pace) -> None:
        """Nothing was sent yet."""
        self.pace = pace
        self._next = Recent[float](_CONVERSATIONS, _REMEMBERED_SECONDS, pace.now)
        # A process before this one may have sent something just now.
        self._first = pace.now() + pace.apart

    def left(self, conversation: str, otherwise: float = 0.0) -> float:
        """So many seconds must pass before; another number where nothing is known to be sent."""
        now, free_at = self.pace.now(), self._next.known(conversation)
        if free_at is None:
            return max(otherwise, self._first - now)
        return max(0.0, free_at - now)

    def sent(self, conversation: str, asked: float = 0.0) -> None:
        """Something was sent, and Teams asks to wait for so long."""
        now = self.pace.now()
        self._next.put(conversation, now + max(self.pace.apart, asked), now)


class TeamsStream:
    """`ReplyStream` of Teams."""

    def __init__(self, speaking: Speaking, text: str, turns: Turns) -> None:
        """Show nothing yet.

        Args:
            speaking: Where it will be.
            text: What it will begin with.
            turns: When it may grow.
        """
        self._speaking = speaking
        self._text = text
        self._turns = turns
        self._pace = turns.pace
        self._place = speaking.conversation
        self._reference = ""
        self._sequence = 0
        self._begun = 0.0
        self._growing = True
        self._open = True
        self._shown = ""

    @property
    def reference(self) -> str:
        return self._reference

    def begin(self) -> bool:
        """Start it; whether it has begun.

        Raises:
            TransientError, DeliveryError: As `TeamsWeb.call`.
        """
        text = as_markdown(self._text)
        left = self._turns.left(self._place)
        if left > self._pace.apart:
            return False
        self._pace.sleep(left)
        self._begun = self._pace.now()
        self._reference = self._send(_chunk(settled(text) or text or "…", 1, ""), patience=0.0)
        self._shown, self._sequence = settled(text) or text or "…", 1
        return bool(self._reference)

    def append(self, text: str) -> None:
        self._text += text
        if not self._growing or self._turns.left(self._place):
            return
        if self._pace.now() - self._begun >= self._pace.longest:
            self._growing = False
            self._end_with(self._shown)
            return
        ready = settled(as_markdown(self._text))
        # What follows may change what was said before it means: the end sets that right.
        self._growing = ready.startswith(self._shown) and len(ready) <= TEXT_CHARACTERS
        if not self._growing or ready == self._shown:
            return
        try:
            self._send(_chunk(ready, self._sequence + 1, self._reference), patience=0.0)
        except TransientError as error:
            # What was refused for its rate was not taken; what got lost may have been.
            self._growing = error.retry_after > 0
            self._shown = self._shown if self._growing else ready
        except WellreadError:
            self._growing = False
        else:
            self._shown, self._sequence = ready, self._sequence + 1

    def end(self, activity: dict[str, Any]) -> bool:
        """End it with a message; whether that is what can be seen now.

        Raises:
            TransientError: It may or may not have ended.
        """
        if not self._open or self._pace.now() - self._begun > self._pace.longest + _SECONDS:
            return False
        if not str(activity.get("text") or "").startswith(self._shown):
            self._end_with(self._shown)
            return False
        return self._finish(activity)

    def _end_with(self, text: str) -> None:
        """End it with what is shown already: another message takes its place later."""
        try:
            self._finish({"type": "message", "textFormat": "markdown", "text": text})
        except WellreadError:
            self._open = False

    def _finish(self, activity: dict[str, Any]) -> bool:
        self._open = self._growing = False
        last = final(activity, self._reference)
        left = PATIENCE_SECONDS
        while True:
            self._pace.sleep(self._turns.left(self._place))
            try:
                self._send(last, patience=0.0)
            except RefusedError:
                return False
            except TransientError as error:
                wait = max(error.retry_after, self._pace.apart)
                if not error.retry_after or wait > left:
                    raise
                left -= wait
            else:
                return True

    def _send(self, activity: dict[str, Any], *, patience: float) -> str:
        asked = 0.0
        try:
            return self._speaking.say(activity, seconds=_SECONDS, patience=patience)
        except TransientError as error:
            asked = error.retry_after
            raise
        finally:
            self._turns.sent(self._place, asked)


def final(activity: dict[str, Any], reference: str) -> dict[str, Any]:
    """The activity that ends a stream as this message."""
    info = {"streamId": reference, "streamType": "final"}
    return _of_stream(activity, info)


def _chunk(text: str, sequence: int, reference: str) -> dict[str, Any]:
    info: dict[str, Any] = {"streamType": "streaming", "streamSequence": sequence}
    if reference:
        info["streamId"] = reference
    return _of_stream({"type": "typing", "textFormat": "markdown", "text": text}, info)


def _of_stream(activity: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    return {
        **activity,
        "entities": [*activity.get("entities", ()), {"type": "streaminfo", **info}],
        "channelData": {**activity.get("channelData", {}), **info},
    }
