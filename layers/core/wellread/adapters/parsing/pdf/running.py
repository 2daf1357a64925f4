"""Headers and footers of a PDF: kept where they come first, dropped where they come back."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wellread.adapters.parsing.pdf.lines import Line, Page

_EDGE_LINES = 2
_ROUNDS = 2
_FEWEST = 3
_MOST_SHARE = 0.8
_NEAR = 3.0
_LOOKED_AT = 500
"""Lines of the first page that may say what a running line says."""

_NUMBER = re.compile(r"\d+")
_PAGE_WORDS = re.compile(
    r"(?:page|seite|pagina|p\u00e1gina|side|sida|strona|of|von|de|di|sur|van|af|av|z|p|pg|\W|\d)*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A line at the top or the bottom of a page."""

    page: Page
    index: int

    @property
    def text(self) -> str:
        return self.page.lines[self.index].text

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(int(number[:9]) for number in _NUMBER.findall(self.text))


def drop_running_lines(pages: Sequence[Page]) -> None:
    """Drop lines at the edges of pages that come back, but for the first of each, and page numbers.

    What comes back is the same but for the page's number: lines with other numbers in them, such as
    those of invoices, are content. It comes back on most pages, or at the same height on those of a
    chapter.
    """
    said: list[Line] = []
    for _ in range(_ROUNDS):
        running: dict[int, set[int]] = defaultdict(set)
        for place in _running(pages, said):
            running[place.page.number].add(place.index)
        for page in pages:
            places = running.get(page.number, set())
            places.update(index for index, _ in _edges(page) if _is_page_number(page, index))
            kept = [line for index, line in enumerate(page.lines) if index not in places]
            if kept:
                page.lines = kept
        if not running:
            break
    if said:
        for page in pages:
            page.lines = _headings_first(page.lines, said)


def _running(pages: Sequence[Page], said: list[Line]) -> Iterator[_Place]:
    """The lines to drop; those that are kept because they say something first are added to said."""
    groups: dict[tuple[bool, str], list[_Place]] = defaultdict(list)
    for page in pages:
        for index, top in _edges(page):
            place = _Place(page, index)
            groups[top, _NUMBER.sub("#", place.text.casefold()).strip()].append(place)
    opening = [(line, _comparable(line.text)) for line in pages[0].lines[:_LOOKED_AT]]
    for found in groups.values():
        if len(found) < _FEWEST or not _is_running(found, len(pages)):
            continue
        first = found[0]
        if _says_more(first, opening):
            said.append(first.page.lines[first.index])
            yield from found[1:]
        else:
            yield from found


def _edges(page: Page) -> Iterator[tuple[int, bool]]:
    """Indexes of the lines at the top (True) and bottom (False) that are not headings."""
    last = len(page.lines) - 1
    top = [(i, True) for i in range(min(_EDGE_LINES, len(page.lines)))]
    bottom = [(i, False) for i in range(max(last - _EDGE_LINES + 1, _EDGE_LINES), last + 1)]
    return (
        (i, at_top)
        for i, at_top in top + bottom
        if not (page.lines[i].level or page.lines[i].table)
    )


def _is_running(found: Sequence[_Place], count: int) -> bool:
    most = len(found) * _MOST_SHARE
    for numbers in zip(*(place.numbers for place in found), strict=True):
        if len(set(numbers)) == 1:
            continue
        offsets = Counter(
            number - place.page.number for number, place in zip(numbers, found, strict=True)
        )
        if offsets.most_common(1)[0][1] < most:
            return False
    if len(found) >= count // 2:
        return True
    span = found[-1].page.number - found[0].page.number + 1
    heights = sorted(place.page.lines[place.index].bottom for place in found)
    usual = heights[len(heights) // 2]
    level = sum(abs(height - usual) <= _NEAR for height in heights)
    return span <= 2 * len(found) + 1 and level >= most


def _headings_first(lines: Sequence[Line], running: Sequence[Line]) -> list[Line]:
    """The lines with a header that is kept below the title of its page, not above."""
    start = 0
    while start < len(lines) and any(lines[start] is line for line in running):
        start += 1
    end = start
    while end < len(lines) and lines[end].level:
        end += 1
    return [*lines[start:end], *lines[:start], *lines[end:]]


def _says_more(first: _Place, opening: Sequence[tuple[Line, str]]) -> bool:
    """Whether a line is more than a page's number, and than what the first page says anyway."""
    if _PAGE_WORDS.fullmatch(first.text):
        return False
    words = _comparable(first.text)
    own = first.page.lines[first.index]
    return not any(words in text for line, text in opening if line is not own)


def _comparable(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalpha())


def _is_page_number(page: Page, index: int) -> bool:
    text = page.lines[index].text.strip(" -\u2013\u2014|.")
    return index in (0, len(page.lines) - 1) and text == str(page.number) and len(page.lines) > 3
