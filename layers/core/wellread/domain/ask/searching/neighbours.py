"""Passages as a model reads them: neighbouring chunks in one piece, and what stands around them.

What a clause means often stands beside it: its exceptions behind it, whom it is about before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from wellread.domain.knowledge.documents import Chunk, ParsedText, Passage

TextOf = Callable[[Passage], ParsedText | None]

WIDENED_BY = 800
"""So many characters are added at most on either side: about a chunk."""

_BREAK = re.compile(r"(?<=[.!?:;])\s+|\n+")
_SHORTEST = 40
"""Less than that says nothing that a passage lacks."""


def with_neighbours(
    passages: Sequence[Passage], text_of: TextOf, characters: int
) -> tuple[Passage, ...]:
    """Join passages that adjoin, and widen the best while there is room.

    Every passage stays verbatim in its revision, `text[chunk.start:chunk.end] == chunk.text`, and
    no two overlap.

    Args:
        passages: Best first.
        text_of: The text of a passage's revision; None where it is not kept.
        characters: Room for all passages with their titles and headings.

    Returns:
        What adjoins as one passage in the order of the document, in the place of its best part.
    """
    joined = _joined(passages, text_of)
    room = characters - sum(len(each.chunk.embedded_text) for each in joined)
    for place, passage in enumerate(joined):
        if room < _SHORTEST:
            break
        others = [each.chunk for each in joined if each is not passage and _same(each, passage)]
        if (parsed := text_of(passage)) is not None and _verbatim(passage.chunk, parsed):
            wider = _widened(passage.chunk, parsed, others, room)
            room -= len(wider.text) - len(passage.chunk.text)
            joined[place] = replace(passage, chunk=wider)
    return tuple(joined)


def _joined(passages: Sequence[Passage], text_of: TextOf) -> list[Passage]:
    """Each run of adjoining passages as one, where the best of them stood."""
    kept: list[Passage] = []
    for passage in passages:
        run = [passage]
        for other in [each for each in kept if _same(each, passage)]:
            parsed = text_of(passage)
            if parsed is not None and any(_adjoin(each.chunk, other.chunk, parsed) for each in run):
                run.append(other)
        if len(run) == 1:
            kept.append(passage)
            continue
        best = min(run[1:], key=kept.index)
        place = kept.index(best)
        kept = [each for each in kept if each is best or each not in run]
        ordered = sorted(run, key=lambda each: each.chunk.start)
        kept[place] = replace(best, chunk=_one(ordered, text_of(passage)))
    return kept


def _same(one: Passage, other: Passage) -> bool:
    return (one.document, one.revision) == (other.document, other.revision)


def _adjoin(one: Chunk, other: Chunk, parsed: ParsedText) -> bool:
    """Whether nothing stands between two chunks, and the headings of the first hold for both."""
    first, second = sorted((one, other), key=lambda chunk: chunk.start)
    path = first.heading_path
    return (
        _verbatim(first, parsed)
        and _verbatim(second, parsed)
        and second.heading_path[: len(path)] == path
        and not parsed.text[first.end : second.start].strip()
    )


def _verbatim(chunk: Chunk, parsed: ParsedText) -> bool:
    return parsed.text[chunk.start : chunk.end] == chunk.text


def _one(ordered: Sequence[Passage], parsed: ParsedText | None) -> Chunk:
    chunks = [passage.chunk for passage in ordered]
    start, end = chunks[0].start, max(chunk.end for chunk in chunks)
    text = parsed.text[start:end] if parsed else ""
    return replace(chunks[0], end=end, text=text)


def _widened(chunk: Chunk, parsed: ParsedText, others: Sequence[Chunk], room: int) -> Chunk:
    """A chunk with what follows it and what comes before it, within its section."""
    low, high = parsed.section(chunk.start, chunk.end)
    high = min([high, *(other.start for other in others if other.start >= chunk.end)])
    low = max([low, *(other.end for other in others if other.end <= chunk.start)])
    end = _end(parsed.text, chunk.end, min(high, chunk.end + min(room, WIDENED_BY)))
    room -= end - chunk.end
    start = chunk.start
    if not chunk.columns:  # the rows before would come without the names of their columns
        start = _start(parsed.text, max(low, start - max(min(room, WIDENED_BY), 0)), start)
    page = parsed.page_at(start) if start < chunk.start else chunk.page
    return replace(chunk, start=start, end=end, text=parsed.text[start:end], page=page)


def _end(text: str, end: int, limit: int) -> int:
    """The last end of a sentence or line up to the limit; `end` where there is none."""
    if not text[limit : limit + 1].strip():
        return end + len(text[end:limit].rstrip())
    breaks = [found.start() for found in _BREAK.finditer(text, end, limit)]
    return max([end, *breaks])


def _start(text: str, limit: int, start: int) -> int:
    """The first beginning of a sentence or line from the limit on."""
    if limit == 0 or text[limit - 1] == "\n":
        return start - len(text[limit:start].lstrip())
    breaks = [found.end() for found in _BREAK.finditer(text, limit, start)]
    return min([start, *breaks])
