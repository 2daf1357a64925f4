"""What the documents do not answer, told on an event bus."""

from __future__ import annotations

from wellread.adapters.aws.event_bus import EventBus
from wellread.domain.ask.gaps import GapReport

REPORTED = "Gaps Reported"
_MOST = 50
_CHARACTERS = 300
"""An event holds 256 KB in all: the first gaps in so many characters are a fraction of that."""


class EventBridgeGapNews:
    """`GapNews`: events of the detail-type "Gaps Reported"."""

    def __init__(self, bus: EventBus) -> None:
        """Tell them on this bus."""
        self._bus = bus

    def tell(self, report: GapReport, audience: str) -> None:
        gaps = [
            gap | {"question": str(gap["question"])[:_CHARACTERS]}
            for gap in report.as_values()["gaps"][:_MOST]
        ]
        detail = report.as_values() | {"gaps": gaps, "audience": audience}
        self._bus.put(REPORTED, detail, called="a report of gaps")
