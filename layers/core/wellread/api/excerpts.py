"""The part of a document that is worth showing around a quote."""

from __future__ import annotations

from dataclasses import dataclass

AROUND = 3_000
"""Characters shown on each side of a quote."""

WHOLE_UP_TO = 12_000
"""Shorter texts are shown whole."""

_SLACK = 200


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a text with a marked place in it.

    Attributes:
        start: Offset of `before` in the whole text.
        before, marked, after: The part; `marked` is empty where there is no place to mark.
        whole: Whether the part is all there is.
    """

    start: int
    before: str
    marked: str
    after: str
    whole: bool

    @property
    def text(self) -> str:
        """The part in one piece."""
        return self.before + self.marked + self.after


def excerpt(
    text: str,
    start: int | None,
    end: int | None,
    *,
    around: int = AROUND,
    whole_up_to: int = WHOLE_UP_TO,
) -> Excerpt:
    """The surroundings of `text[start:end]`, cut at line ends where one is near.

    Args:
        text: The whole text.
        start: Where the marked place begins; None shows the beginning.
        end: Where it ends.
        around: Characters wanted on each side.
        whole_up_to: Texts up to this length are not cut.
    """
    if start is None or end is None:
        start = end = 0
    if len(text) <= whole_up_to:
        return Excerpt(0, text[:start], text[start:end], text[end:], whole=True)
    first = _line_start(text, max(start - around, 0))
    last = _line_end(text, min(end + around, len(text)))
    return Excerpt(
        first,
        text[first:start],
        text[start:end],
        text[end:last],
        whole=first == 0 and last == len(text),
    )


def _line_start(text: str, offset: int) -> int:
    if offset == 0:
        return 0
    found = text.rfind("\n", max(offset - _SLACK, 0), offset)
    return found + 1 if found >= 0 else offset


def _line_end(text: str, offset: int) -> int:
    found = text.find("\n", offset, offset + _SLACK)
    return found if found >= 0 else offset
