"""The package that makes the Teams app: a manifest and two icons.

Sources: https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema,
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wellread import __version__
from wellread.adapters.chat.teams.grants import is_entra_id
from wellread.domain.knowledge.errors import InvalidConfigurationError

PATH = "/api/messages"
"""Where activities go, below the address of the server: the bot's messaging endpoint."""

MANIFEST_VERSION = "1.25"
MAX_NAME_CHARACTERS = 30

COLOR_PIXELS, OUTLINE_PIXELS = 192, 32
ACCENT = "#1F5A6B"

_SCOPES = ("personal", "team", "groupChat")
_SHORT = "Answers questions from your documents, and says where it stands."
_FULL = (
    "Ask about the documents that were put into the knowledge base: write to the app, or mention "
    "it in a channel or a group chat. Every answer names the passages that it rests on, with links "
    "to them, and draws only on documents that everybody who sees it may read. Where the documents "
    "do not say it, the app says so, and can ask a human."
)
_SIDES = 4
"""Points on each side of a pixel that decide its shade."""

Shape = Callable[[float, float], bool]


def package_of(url: str, client_id: str, *, name: str) -> bytes:
    """The package: a ZIP, the same one for the same arguments.

    Args:
        url: Where Teams sends its requests.
        client_id: Of the bot.
        name: What the app is called.

    Raises:
        InvalidConfigurationError: The client id is none.
    """
    parts = {
        "manifest.json": json.dumps(manifest_of(url, client_id, name=name), indent=2).encode(),
        "color.png": color_icon(),
        "outline.png": outline_icon(),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(zipfile.ZipInfo(part, (2026, 1, 1, 0, 0, 0)), content)
    return packed.getvalue()


def manifest_of(url: str, client_id: str, *, name: str) -> dict[str, Any]:
    """The manifest as an object; takes and raises what `package_of` does."""
    if not is_entra_id(client_id):
        raise InvalidConfigurationError(
            "WELLREAD_TEAMS_CLIENT_ID is no application id. Set it to the Application (client) ID "
            "of the bot's app registration, such as 0f8fad5b-d9cb-469f-a165-70867728950e."
        )
    host = urlsplit(url).hostname or ""
    about = f"https://{host}"
    schema = f"https://developer.microsoft.com/json-schemas/teams/v{MANIFEST_VERSION}"
    return {
        "$schema": f"{schema}/MicrosoftTeams.schema.json",
        "manifestVersion": MANIFEST_VERSION,
        "version": _semantic(__version__),
        "id": client_id.lower(),
        "developer": {
            "name": name,
            "websiteUrl": about,
            "privacyUrl": about,
            "termsOfUseUrl": about,
        },
        "name": {"short": name, "full": name},
        "description": {"short": _SHORT, "full": _FULL},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "bots": [
            {
                "botId": client_id.lower(),
                "scopes": list(_SCOPES),
                "supportsFiles": True,
                "isNotificationOnly": False,
            }
        ],
        # Also in shared and private channels.
        "supportsChannelFeatures": "tier1",
        "validDomains": [host],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
    }


def is_package(file: Path) -> bool:
    """Whether a file is a package of some Teams app."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as package:
        return "manifest.json" in package.namelist()


def color_icon() -> bytes:
    """A white book on the accent colour, as a PNG."""
    accent = tuple(int(ACCENT[at : at + 2], 16) for at in (1, 3, 5))

    def pixel(share: float) -> tuple[int, int, int, int]:
        red, green, blue = (round(c + (255 - c) * share) for c in accent)
        return red, green, blue, 255

    return _png(COLOR_PIXELS, pixel, _book)


def outline_icon() -> bytes:
    """The same book in white on nothing, as a PNG."""
    return _png(OUTLINE_PIXELS, lambda share: (255, 255, 255, round(255 * share)), _book_outlined)


def _semantic(version: str) -> str:
    found = re.match(r"\d+\.\d+\.\d+", version)
    return found[0] if found else "1.0.0"


def _book(x: float, y: float) -> bool:
    """Whether a point of the unit square is on an open book, with lines left out of its pages."""
    across = abs(x - 0.5)
    slope = 0.12 * (1 - across / 0.28)
    top, bottom = 0.3 + slope, 0.66 + slope
    if not (0.015 < across < 0.28 and top < y < bottom):
        return False
    line = (y - top) / (bottom - top)
    written = 0.06 < across < 0.23
    return not (written and any(abs(line - at) < 0.045 for at in (0.28, 0.5, 0.72)))


def _book_outlined(x: float, y: float) -> bool:
    across = abs(x - 0.5)
    slope = 0.16 * (1 - across / 0.42)
    top, bottom = 0.18 + slope, 0.68 + slope
    if not (across < 0.42 and top < y < bottom):
        return False
    edge = 0.075
    return across < edge / 2 or across > 0.42 - edge or y < top + edge or y > bottom - edge


def _png(pixels: int, pixel: Callable[[float], tuple[int, int, int, int]], shape: Shape) -> bytes:
    """A square picture of a shape in the unit square.

    Args:
        pixels: On each side.
        pixel: The colour of a pixel by how much of it the shape covers.
        shape: Whether a point belongs to it.
    """
    points = [(at + 0.5) / _SIDES for at in range(_SIDES)]

    def share(column: int, row: int) -> float:
        inside = (shape((column + x) / pixels, (row + y) / pixels) for x in points for y in points)
        return sum(inside) / len(points) ** 2

    rows = (
        b"\0" + b"".join(bytes(pixel(share(column, row))) for column in range(pixels))
        for row in range(pixels)
    )
    header = struct.pack(">IIBBBBB", pixels, pixels, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
