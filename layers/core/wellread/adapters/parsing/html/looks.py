"""How the words of a page look: bold, large, underlined."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborNode

_WEIGHT = re.compile(r"font-weight\s*:\s*([a-z0-9]+)", re.IGNORECASE)
_SIZE = re.compile(r"font-size\s*:\s*([\d.]{1,8})\s*(pt|px)", re.IGNORECASE)
_UNDERLINE = re.compile(r"text-decoration(?:-line)?\s*+:[^;:]*underline", re.IGNORECASE)
_SLANT = re.compile(r"font-style\s*:\s*(?:italic|oblique)", re.IGNORECASE)
_POINTS = {"pt": 1.0, "px": 0.75}
_FONT_SIZES = {"4": 13.5, "5": 18.0, "6": 24.0, "7": 36.0, "+1": 13.5, "+2": 18.0, "+3": 24.0}
_BOLD_FROM = 600


@dataclass(frozen=True, slots=True)
class Look:
    """How words look; the size is in points, 0 where nothing says it."""

    bold: bool = False
    underlined: bool = False
    italic: bool = False
    size: float = 0.0
    linked: bool = False

    def both(self, other: Look) -> Look:
        """What two stretches of words have in common."""
        return Look(
            self.bold and other.bold,
            self.underlined and other.underlined,
            self.italic and other.italic,
            min(self.size, other.size),
            self.linked and other.linked,
        )


_PLAIN = Look()


class Looks:
    """Follows a walk through a page, and knows how each line looks."""

    def __init__(self) -> None:
        self._around: list[Look] = []
        self._lines: list[Look | None] = [None]
        self._known: dict[tuple[Look, str, str], Look] = {}

    def enter(self, node: LexborNode) -> None:
        """Go into an element."""
        around = self._around[-1] if self._around else _PLAIN
        self._around.append(self._styled(around, node))

    def leave(self) -> None:
        """Go out of the element that was entered last."""
        self._around.pop()

    def saw(self, text: str) -> None:
        """Count words towards the looks of the line."""
        if text and not text.isspace():
            look = self._around[-1] if self._around else _PLAIN
            last = self._lines[-1]
            self._lines[-1] = look if last is None or last is look else last.both(look)

    def end_line(self) -> None:
        """Begin the next line."""
        if self._lines[-1] is not None:
            self._lines.append(None)

    def take(self) -> list[Look]:
        """The looks of the lines since the last call."""
        lines = [look for look in self._lines if look is not None]
        self._lines = [None]
        return lines

    def _styled(self, around: Look, node: LexborNode) -> Look:
        tag = node.tag or ""
        attributes = node.attributes
        style = attributes.get("style") or ""
        if tag == "font":
            style = f"{style} {attributes.get('size') or ''}"
        elif tag == "a" and "href" not in attributes:
            tag = ""
        if not style and tag not in ("b", "strong", "u", "i", "em", "a"):
            return around
        key = (around, tag, style)
        look = self._known.get(key)
        if look is None:
            look = self._known[key] = _changed(around, tag, style)
        return look


def _changed(around: Look, tag: str, style: str) -> Look:
    weight, size = _WEIGHT.search(style), _SIZE.search(style)
    bold, points = around.bold or tag in ("b", "strong"), around.size
    if weight:
        named = weight[1].lower()
        bold = int(named) >= _BOLD_FROM if named.isdigit() else named in ("bold", "bolder")
    if size:
        points = float(size[1].strip(".") or 0) if size[1].count(".") <= 1 else points
        points *= _POINTS[size[2].lower()]
    elif tag == "font":
        points = _FONT_SIZES.get(style.split()[-1] if style.split() else "", points)
    return replace(
        around,
        bold=bold,
        size=points,
        underlined=around.underlined or tag == "u" or _UNDERLINE.search(style) is not None,
        italic=around.italic or tag in ("i", "em") or _SLANT.search(style) is not None,
        linked=around.linked or tag == "a",
    )
