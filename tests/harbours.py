"""A knowledge base large enough to learn from: harbours, each with rules, fees and a table."""

from __future__ import annotations

from collections.abc import Iterator

NAMES = (
    "Arnhem Bresken Colmar Delft Egersund Farsund Gedser Husum Isafjord Jelsa Kiruna Lerwick"
).split()
_KEEPERS = "Abel Bertil Cato Dorte Ebba Frode Gerda Hauk Ingrid Jonas Karla Lasse".split()


def harbour(number: int) -> str:
    """What a harbour's page says; every fact of it names the harbour or its people."""
    name, keeper = NAMES[number], _KEEPERS[number]
    return f"""\
# Harbour of {name}

The harbour of {name} is a shelter for {12 + number} fishing boats and their crews.

## Mooring in {name}

You can moor at the pier of {name} for {3 + number} nights without asking the warden.
If the pier of {name} is full, boats wait at the buoys outside of the breakwater.
Every skipper must give {keeper} a list of passengers before the evening.

## Fees of {name}

To pay the fee in {name}, go to the kiosk of {keeper} beside the crane.

| Berth | Depth | Fee a night |
| --- | --- | --- |
| {name} N{number}1 | {2 + number} m | {20 + number} euros |
| {name} S{number}2 | {3 + number} m | {30 + number} euros |

## Lamps of {name}

The lamps of {name} are lit by {keeper} when the fog is thicker than usual.
The warden of {name} keeps {40 + number} spare lamps in the red shed.
"""


def documents() -> Iterator[tuple[str, str]]:
    """Their keys and texts."""
    for number, name in enumerate(NAMES):
        yield f"{name.lower()}.md", harbour(number)
