"""A parsed document's text, cut into chunks: by heading, to a budget, with exact offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wellread.domain.knowledge.documents import Chunk, Heading, ParsedText, embedded_text

CHUNKER_VERSION = "1"
"""Raise it with every change of the chunks that come out: documents are then cut up anew."""

MAX_CHARACTERS = 800
"""Budget of a chunk with its title and heading path: within 256 tokens for common embedders."""

MIN_CHARACTERS = 100
"""Shorter pieces are avoided where their section allows it."""

_VISIBLE = re.compile(r"\S")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_SENTENCE_END = re.compile(r"[.!?…][\"'\u201d\u2019)\]]*(?=\s)|[\u3002\uff01\uff1f]")
_SPACE = re.compile(r"\s")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*$", re.MULTILINE)
_TABLE_RULE = re.compile(r"[ \t]*(?:\|[ \t]*)?:?-{3}[ \t:|-]*(?:\n|$)")
_TABLE = re.compile(r"\n\|[ \t]*:?-{3}[ \t:|-]*\n(?=\|)")
_ROWS = re.compile(r"(?:\|[^\n]*\n?)+")
_CELL_END = re.compile(r"(?<!\\)\|")
_PATH = " > "
_LONGEST_TABLE_HEADER = 200
_SUBSTANCE = re.compile(r"[^\s=\-_*#|~`>:]")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]")


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of a table below its header, which the chunks that begin there inherit."""

    start: int
    end: int
    header: str


@dataclass(frozen=True, slots=True)
class _Section:
    """Text under one heading (or before the first), with what its chunks inherit."""

    start: int
    end: int
    path: tuple[str, ...]


def chunk(
    parsed: ParsedText,
    title: str,
    *,
    max_chars: int = MAX_CHARACTERS,
    min_chars: int = MIN_CHARACTERS,
) -> list[Chunk]:
    """Cut a text into chunks.

    Every visible character is in exactly one chunk. A chunk never holds text of two sections; a
    section that is only a heading line goes with the next one. Cuts fall, in order of preference,
    at a blank line, a line's end, a sentence's end, a space; code fences and tables stay whole
    where they fit. A chunk that begins amid a table's rows has the table's header as the last
    part of its heading path.

    Args:
        parsed: The text with its headings and pages.
        title: Carried by every chunk.
        max_chars: Budget of title, heading path and text together. However long title and path
            are, half of it is the text's.
        min_chars: Pieces shorter than that are avoided within a section.
    """
    text = parsed.text
    blocks = _Blocks(_fences(text), _tables(text))
    page_starts = [page.start for page in parsed.pages]
    spans: list[tuple[int, int, tuple[str, ...]]] = []
    for section in _sections(text, parsed.headings):
        head = len(embedded_text(title, section.path, ""))
        budget = max(max_chars - head, max_chars // 2, 1)
        for start, end, header in _pack(text, section, budget, min(min_chars, budget // 3), blocks):
            spans.append((start, end, (*section.path, header) if header else section.path))
    chunks = []
    for ordinal, (start, end, path) in enumerate(spans):
        page = bisect_right(page_starts, start) - 1
        number = parsed.pages[page].number if page >= 0 else None
        chunks.append(Chunk(ordinal, start, end, text[start:end], title, path, number))
    return chunks


class _Blocks:
    """What a text holds besides prose."""

    def __init__(self, fences: Sequence[tuple[int, int]], tables: Sequence[_Table]) -> None:
        self.fences = fences
        self._tables = tables

    def header_at(self, position: int) -> str:
        """The header of the table whose rows are around a position, empty for none."""
        index = bisect_right(self._tables, position, key=lambda table: table.start) - 1
        if index >= 0 and position < self._tables[index].end:
            return self._tables[index].header
        return ""


def _tables(text: str) -> list[_Table]:
    tables: list[_Table] = []
    for match in _TABLE.finditer(text):
        if tables and match.start() < tables[-1].end:
            continue  # a row of dashes
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].strip()
        rows = _ROWS.match(text, match.end()) if line.startswith("|") else None
        if rows:
            cells = (cell.strip() for cell in _CELL_END.split(line))
            header = " | ".join(cell for cell in cells if cell)
            if len(header) > _LONGEST_TABLE_HEADER:
                header = header[:_LONGEST_TABLE_HEADER].rpartition(" | ")[0]
            tables.append(_Table(rows.start(), rows.end(), header))
    return tables


def _sections(text: str, headings: Sequence[Heading]) -> list[_Section]:
    """Sections with substance; a bare heading's line is at the start of the next one."""
    sections: list[_Section] = []
    path: list[Heading] = []
    pending = 0
    starts = [heading.start for heading in headings]
    if not starts or starts[0] > 0:
        end = starts[0] if starts else len(text)
        if _VISIBLE.search(text, 0, end):
            sections.append(_Section(0, end, ()))
        pending = end
    for index, heading in enumerate(headings):
        end = starts[index + 1] if index + 1 < len(starts) else len(text)
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
        line_end = text.find("\n", heading.start, end) if heading.title else heading.start
        if line_end >= 0 and _SUBSTANCE.search(text, line_end, end):
            sections.append(_Section(pending, end, tuple(h.title for h in path if h.title)))
            pending = end
    if _VISIBLE.search(text, pending):
        # Bare headings at the very end have no next section: they stay with the one before.
        if sections:
            last = sections.pop()
            sections.append(_Section(last.start, len(text), last.path))
        else:
            titles = tuple(h.title for h in path[:-1] if h.title)
            sections.append(_Section(pending, len(text), titles))
    return sections


def _pack(
    text: str, section: _Section, budget: int, min_chars: int, blocks: _Blocks
) -> Iterator[tuple[int, int, str]]:
    """Spans of a section, each within the budget, without the white space around them.

    With each the header of the table in which it begins, which counts towards the budget.
    """
    end = len(text[section.start : section.end].rstrip()) + section.start
    position = section.start
    while visible := _VISIBLE.search(text, position, end):
        start = visible.start()
        header = blocks.header_at(start)
        room = max(budget - len(header) - len(_PATH), budget // 2, 1) if header else budget
        if end - start <= room:
            yield start, end, header
            return
        # The limit leaves enough behind that the section's last chunk is no scrap.
        limit = max(min(start + room, end - min_chars), start + 1)
        low = start + max((limit - start) // 3, 1)
        position = _cut(text, start, low, limit, blocks.fences)
        yield start, start + len(text[start:position].rstrip()), header


def _cut(text: str, start: int, low: int, limit: int, fences: Sequence[tuple[int, int]]) -> int:
    """The best place in [low, limit] to end a chunk that begins at `start`."""
    fence = _fence_around(fences, limit)
    if fence and fence[0] >= low:
        return fence[0]
    in_fence = fence is not None
    blank = _last(
        match.start()
        for match in _BLANK_LINE.finditer(text, low, limit)
        if in_fence or not _fence_around(fences, match.start())
    )
    if blank is not None:
        return blank
    line_ends = [match.start() for match in re.finditer("\n", text[low : limit + 1])]
    strong = _last(
        low + offset for offset in line_ends if in_fence or _ends_unit(text, start, low + offset)
    )
    if strong is not None:
        return strong
    sentence = _last(match.end() for match in _SENTENCE_END.finditer(text, low, limit))
    if sentence is not None:
        return sentence
    if line_ends:
        return low + line_ends[-1]
    space = _last(match.start() for match in _SPACE.finditer(text, low, limit + 1))
    return limit if space is None else space


def _ends_unit(text: str, start: int, line_end: int) -> bool:
    """Whether the line that ends here also ends a sentence, a list item or a table row."""
    line_start = max(text.rfind("\n", start, line_end) + 1, start)
    if _TABLE_RULE.match(text, line_start) or _TABLE_RULE.match(text, line_end + 1):
        return False
    last = text[line_end - 1]
    return last in ".!?:;|\u2026\u3002\uff01\uff1f" or bool(_LIST_ITEM.match(text, line_end + 1))


def _last(positions: Iterator[int]) -> int | None:
    found = None
    for found in positions:  # noqa: B007 - only the last one counts
        pass
    return found


def _fences(text: str) -> list[tuple[int, int]]:
    """Fenced code, from the opening line's start to the closing line's end."""
    spans: list[tuple[int, int]] = []
    opened: tuple[int, str] | None = None
    for match in _FENCE.finditer(text):
        mark = match[1]
        if opened is None:
            opened = (match.start(), mark)
        elif mark.startswith(opened[1]) and match[0].strip() == mark:
            spans.append((opened[0], match.end()))
            opened = None
    return spans


def _fence_around(fences: Sequence[tuple[int, int]], position: int) -> tuple[int, int] | None:
    index = bisect_right(fences, position, key=lambda span: span[0]) - 1
    if index >= 0 and fences[index][0] < position < fences[index][1]:
        return fences[index]
    return None
