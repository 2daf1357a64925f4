"""What a training costs: told before, as what it may cost at most, and after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from wellread.domain.knowledge.errors import InvalidConfigurationError

_HOUR_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What computers cost for a time.

    Attributes:
        hours: The time.
        dollars: None where nobody said what an hour costs.
    """

    hours: float
    dollars: float | None

    def as_words(self) -> str:
        """For people."""
        hours = f"{self.hours:.2f} hours"
        return hours if self.dollars is None else f"{hours}, {self.dollars:.2f} dollars"


@dataclass(frozen=True, slots=True)
class Prices:
    """What an hour of each kind of computer costs.

    Attributes:
        dollars: By the name of the kind.
    """

    dollars: Mapping[str, float]

    def of(self, instance: str, seconds: float) -> Cost:
        """What so many seconds of one computer cost."""
        hours = seconds / _HOUR_SECONDS
        price = self.dollars.get(instance)
        return Cost(hours, None if price is None else hours * price)


def read_prices(text: str) -> Prices:
    """Prices written as `ml.g5.xlarge=1.41,ml.g5.2xlarge=1.52`, in dollars an hour.

    Raises:
        InvalidConfigurationError: They are written otherwise.
    """
    found: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, sign, price = (each.strip() for each in part.partition("="))
        try:
            found[name] = float(price)
        except ValueError:
            sign = ""
        if not (name and sign and math.isfinite(found[name]) and found[name] >= 0):
            raise InvalidConfigurationError(
                f'"{part}" is no price. Say what an hour of an instance costs in dollars, as in '
                '"ml.g5.2xlarge=1.52", several separated by commas.'
            )
    return Prices(found)
