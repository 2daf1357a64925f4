"""Which lines of a PDF are headings: those of its outline, else those that stand out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence

import pypdfium2

from wellread.adapters.parsing.characters import clean, one_line
from wellread.adapters.parsing.pdf.lines import PARAGRAPH_GAP, Line, Page

_MOST_OUTLINE_ENTRIES = 20_000
_LONGEST_TITLE = 1_000
_LINES_OF_TITLE = 3
_HEADING_RATIO = 1.1
_HEADING_CHARACTERS = 150
_HEADING_LEVELS = 6
_MOST_HEADING_SHARE = 0.3
_HEADING_GAP = 1.2
_HEADING_WORDS = re.compile(r"[\dA-Z\W].*[^.,;:]$|[^\x00-\x7f].*[^.,;:]$")
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2})*\.?\s+[A-Z]")
_LETTERS = re.compile(r"[^\W\d_].*[^\W\d_]")
_LEADER = re.compile(r"(?:\.\s?){4}")
_SECTION_NUMBER = re.compile(
    r"^(?:(?:chapter|section|part|appendix)\s+)?[\divxlc]+(?:\.\d+)*[.:)]?\s+", re.IGNORECASE
)


def read_outline(document: pypdfium2.PdfDocument) -> list[tuple[int, str, int]]:
    """Level (from 1), title and page index of each entry that points into the document."""
    entries: list[tuple[int, str, int]] = []
    try:
        for number, bookmark in enumerate(document.get_toc(max_depth=_HEADING_LEVELS + 2)):
            if number > _MOST_OUTLINE_ENTRIES:
                break
            destination = bookmark.get_dest()
            index = destination.get_index() if destination else None
            title = one_line(clean(bookmark.get_title()))
            if index is not None and 0 <= index < len(document) and title:
                entries.append((bookmark.level + 1, title, index))
    except (pypdfium2.PdfiumError, ValueError):
        return entries
    return entries


def mark_by_outline(pages: Sequence[Page], outline: Sequence[tuple[int, str, int]]) -> bool:
    """Mark the lines that the outline names; False where it names too few to go by."""
    found = 0
    indexed: dict[int, _Titles] = {}
    for level, title, index in outline:
        if index not in indexed:
            indexed[index] = _Titles(pages[index].lines)
        found += indexed[index].mark(_comparable(title), level)
    for index, titles in indexed.items():
        pages[index].lines = titles.marked()
    if found >= 3 and found >= len(outline) * 0.3:
        return True
    for page in pages:
        page.lines = [line._replace(level=0) if line.level else line for line in page.lines]
    return False


class _Titles:
    """A page's lines by what up to three successive ones spell."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._levels: dict[int, tuple[int, int]] = {}
        self._taken = [False] * len(lines)
        self._next = 0
        whole = [_comparable(line.text, keep_number=True) for line in lines]
        for first, line in enumerate(lines):
            spelled = _comparable(line.text)
            for end in range(first + 1, min(first + _LINES_OF_TITLE, len(lines)) + 1):
                spelled += whole[end - 1] if end > first + 1 else ""
                if len(spelled) > _LONGEST_TITLE:
                    break
                self._places[spelled].append((first, end))

    def mark(self, wanted: str, level: int) -> bool:
        """Mark the next place that spells a title, else the first one; False where none is free."""
        places = self._places.get(wanted) if wanted else None
        if not places:
            return False
        later = bisect_left(places, (self._next, 0))
        first, end = places[later if later < len(places) else 0]
        if any(self._taken[first:end]):
            return False
        self._taken[first:end] = [True] * (end - first)
        self._levels[first] = (end, level)
        self._next = end
        return True

    def marked(self) -> list[Line]:
        """The lines, those of a title as one."""
        lines: list[Line] = []
        place = 0
        while place < len(self._lines):
            line = self._lines[place]
            end, level = self._levels.get(place, (place + 1, 0))
            if level:
                text = " ".join(line.text for line in self._lines[place:end])
                line = line._replace(text=text, level=level)
            lines.append(line)
            place = end
        return lines


def _comparable(title: str, *, keep_number: bool = False) -> str:
    if not keep_number:
        title = _SECTION_NUMBER.sub("", title)
    return "".join(character for character in title.casefold() if character.isalnum())


def mark_by_size(pages: Sequence[Page]) -> None:
    """Mark lines in the (up to six) styles that stand out: clearly larger, or bold and apart."""
    characters: Counter[tuple[float, bool]] = Counter()
    for page in pages:
        for line in page.lines:
            if not line.table:
                characters[line.size, line.bold] += len(line.text)
    if not characters:
        return
    body = characters.most_common(1)[0][0]
    candidates = [
        (page, index)
        for page in pages
        for index in range(len(page.lines))
        if _could_head(page.lines, index, *body)
    ]
    # Where much of a document stands out, it is a form or a poster, and nothing of it heads.
    most = max(_MOST_HEADING_SHARE * sum(len(page.lines) for page in pages), 10)
    if len(candidates) > most:
        return
    styles = sorted(
        {(page.lines[index].size, page.lines[index].bold) for page, index in candidates},
        reverse=True,
    )
    levels = {style: level for level, style in enumerate(styles[:_HEADING_LEVELS], start=1)}
    for page, index in candidates:
        line = page.lines[index]
        level = levels.get((line.size, line.bold), 0)
        if level:
            page.lines[index] = line._replace(level=level)
    for page in pages:
        page.lines = _with_whole_headings(page.lines)


def _with_whole_headings(lines: Sequence[Line]) -> list[Line]:
    whole: list[Line] = []
    for line in lines:
        last = whole[-1] if whole else None
        if line.level and last and last.level == line.level and _continues(last, line):
            whole[-1] = last._replace(text=f"{last.text} {line.text}", bottom=line.bottom)
        else:
            whole.append(line)
    return whole


def _could_head(lines: Sequence[Line], index: int, body: float, body_bold: bool) -> bool:
    line = lines[index]
    larger = line.size > body * _HEADING_RATIO
    bolder = line.bold and not body_bold and line.size >= body
    if line.table or not (larger or bolder) or len(line.text) >= _HEADING_CHARACTERS:
        return False
    if not _LETTERS.search(line.text) or _LEADER.search(line.text):
        return False
    if larger:
        return True
    if not _HEADING_WORDS.match(line.text):
        return False
    following = lines[index + 1] if index + 1 < len(lines) else None
    if following is None or (following.bold and following.size <= line.size):
        return False
    if index == 0 or _NUMBERED.match(line.text):
        return True
    gap_above = lines[index - 1].bottom - line.bottom
    return gap_above > (line.bottom - following.bottom) * _HEADING_GAP or gap_above < 0


def _continues(heading: Line, line: Line) -> bool:
    """Whether a line is the next line of the same heading."""
    gap = heading.bottom - line.bottom
    together = len(heading.text) + len(line.text)
    return 0 < gap < line.size * PARAGRAPH_GAP and together < _HEADING_CHARACTERS
