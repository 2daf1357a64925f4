"""What comes of a request of Slack's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wellread.adapters.chat import arrivals
from wellread.adapters.chat.slack.buttons import AskedWhy

PLATFORM = "slack"


@dataclass(frozen=True, slots=True)
class Arrival(arrivals.Arrival):
    """A request of Slack's."""

    platform: ClassVar[str] = PLATFORM


@dataclass(frozen=True, slots=True)
class Modal:
    """A modal to open, which has to happen within three seconds of the click."""

    trigger: str
    about: AskedWhy


@dataclass(frozen=True, slots=True)
class Taken(arrivals.Taken):
    """What comes of a request of Slack's.

    Attributes:
        modal: What to open then.
    """

    modal: Modal | None = None
