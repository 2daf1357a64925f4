"""Turning generated text into text that its citations support."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wellread.domain.answers import Citation
from wellread.domain.documents import Passage
from wellread.domain.evidence import QUOTE_CHARACTERS, SUPPORT, Evidence, Statement
from wellread.domain.prompting import is_decline
from wellread.domain.sentences import (
    Span,
    UnitKind,
    plain,
    plain_row,
    split_sentences,
)

_MARKER = re.compile(
    r"(?:\*\*)?(?:\[|【)\^?\s*(?:sources?:?\s*)?(\d+(?:\s*[,;&–-]\s*\d+)*)\s*(?:\](?!\()|】)(?:\*\*)?",
    re.IGNORECASE,
)
_MARKERS_AFTER_STOP = re.compile(
    rf"([.!?…][\"'”’»)]*)((?:[ \t]*{_MARKER.pattern})+)", re.IGNORECASE
)
_OPEN_MARKER = re.compile(r"(?:\s*(?:\[|【)[\^\w\s,;:&–-]{0,40}$)")
_VERDICT = re.compile(r"^(yes|no|ja|nein)\b\s*[,:.!–—-]\s*", re.IGNORECASE)
_BARE_VERDICT = re.compile(r"^(yes|no|ja|nein)\W*$", re.IGNORECASE)
_WHOLE_WORD = re.compile(r"\w\S*\s")


class Grounding:
    """Checks generated text against the passages, sentence by sentence, as it comes.

    What comes out holds no sentence that no passage supports, no link, no mention and no markup,
    and its markers [1], [2] count `citations`.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        source: Callable[[Passage], str | None],
        link: Callable[[Passage, int, int], str],
        title: Callable[[Passage], str],
        page: Callable[[Passage, int], int | None] | None = None,
        dated: Callable[[Passage], str] | None = None,
    ) -> None:
        """Checks against these passages.

        Args:
            passages: In the order that the generator numbered them.
            source: The whole text of the passage's revision, None where it is not kept: a passage
                that is not verbatim in it cannot be cited.
            link: Opens the passage's revision at the quote between two offsets.
            title: The passage's document's title, for people.
            page: The page at an offset; the page on which the chunk starts where left out.
            dated: When the passage's document says that it is of; never, where left out.
        """
        self._passages = passages
        self._source = source
        self._link = link
        self._title = title
        self._page = page
        self._dated = dated
        self._evidence: dict[int, Evidence | None] = {}
        self._sources: dict[tuple[str, str], str | None] = {}
        self._quotes: list[_Quote] = []
        self._buffer = ""
        self._text = ""
        self._pending = ""
        self._header = ""
        self._in_list = False

    @property
    def text(self) -> str:
        """All that was let through so far."""
        return self._text

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the markers of `text` mean; a quote may still grow until `finish`."""
        return tuple(self._citation(quote) for quote in self._quotes)

    def feed(self, piece: str) -> str:
        """Take more generated text; returns what may be shown now."""
        self._buffer = _MARKERS_AFTER_STOP.sub(r"\2\1", self._buffer + piece)
        units = split_sentences(self._buffer)
        complete = 0
        for position in range(1, len(units)):
            rest = _MARKER.sub("", self._buffer[units[position].start :])
            # What follows must be more than the beginning of a marker, and a whole word of it
            # must be there: it decides whether the sentence has ended.
            if _OPEN_MARKER.match(rest) or not _WHOLE_WORD.search(rest):
                break
            complete = position
        if not complete:
            return ""
        shown = self._take(units[:complete])
        self._buffer = self._buffer[units[complete].start :]
        return shown

    def finish(self) -> str:
        """The generated text has ended; returns what may be shown of the rest."""
        shown = self._take(split_sentences(self._buffer))
        self._buffer = ""
        return shown

    def _take(self, units: Sequence[Span]) -> str:
        return "".join([self._statement(self._buffer[u.start : u.end], u.kind) for u in units])

    def _statement(self, raw: str, kind: UnitKind) -> str:
        marked = [int(n) for marker in _MARKER.finditer(raw) for n in re.findall(r"\d+", marker[1])]
        raw = _MARKER.sub("", raw)
        if kind is UnitKind.HEADER:
            self._header = raw
            return ""
        if kind is UnitKind.ROW and self._header:
            sentence = plain_row(self._header, raw)
        else:
            self._header = ""
            sentence = plain(raw)
        if not sentence or is_decline(sentence) or kind is UnitKind.HEADING:
            return ""
        if bare := _BARE_VERDICT.match(sentence):
            self._pending = f"{bare[1].capitalize()}: "
            return ""
        is_lead = raw.rstrip(" *_").endswith(":") and kind is not UnitKind.ROW
        if is_lead and not marked:
            # "The types are:" says nothing by itself; it is shown with what it introduces.
            self._pending += sentence.rstrip(".") + ": "
            return ""
        pending, self._pending = self._pending, ""
        checked = _VERDICT.sub("", pending + sentence)
        supports = self._supports(checked, [n - 1 for n in marked])
        if not supports and pending and not _BARE_VERDICT.match(pending):
            pending = ""
            supports = self._supports(_VERDICT.sub("", sentence), [n - 1 for n in marked])
        if not supports:
            return ""
        found = sorted({self._cite(index, start, end) for index, start, end in supports})
        markers = "".join(f"[{number}]" for number in found)
        return self._show(f"{pending}{sentence} {markers}", pending, kind is UnitKind.ITEM)

    def _show(self, statement: str, pending: str, is_item: bool) -> str:
        separator = " "
        if is_item and not pending:
            separator = "\n- "
        elif self._in_list:
            separator = "\n\n"
        if not self._text:
            separator = separator.lstrip()
        self._in_list = is_item
        shown = separator + statement
        self._text += shown
        return shown

    def _supports(self, sentence: str, marked: Iterable[int]) -> list[tuple[int, int, int]]:
        """The passages that support a sentence, as (passage, start, end in its chunk)."""
        statement = Statement.of(sentence)
        if not statement.weights:
            return []
        cited = [index for index in dict.fromkeys(marked) if 0 <= index < len(self._passages)]
        found = [
            (index, *match[1:])
            for index in cited
            if (match := self._match(statement, index)) is not None
        ]
        if len(found) < len(cited) and (joint := self._jointly(statement, cited)):
            return joint
        if found:
            return found
        others = [
            (match, -index)
            for index in range(len(self._passages))
            if index not in cited and (match := self._match(statement, index)) is not None
        ]
        if not others:
            return []
        (_, start, end), index = max(others, key=lambda other: (other[0][0], other[1]))
        return [(-index, start, end)]

    def _jointly(self, statement: Statement, cited: Sequence[int]) -> list[tuple[int, int, int]]:
        """The cited passages where they support a sentence together, each by a part of it.

        A list's introduction and its item, a table's header and its row may lie in two passages.
        """
        parts = []
        for index in cited:
            evidence = self._evidence.get(index)
            part = evidence.part(statement) if evidence else None
            if part is not None:
                parts.append((index, part))
        told = [part.stems & statement.weights.keys() for _, part in parts]
        held = frozenset[str]().union(*told)
        alone = max((statement.covered(stems) for stems in told), default=1.0)
        found = frozenset[str]().union(*(part.numbers for _, part in parts))
        if statement.covered(held) <= alone or statement.covered(held) < SUPPORT:
            return []
        if not statement.required <= found:
            return []
        return [(index, part.span.start, part.span.end) for index, part in parts]

    def _match(self, statement: Statement, index: int) -> tuple[float, int, int] | None:
        if index not in self._evidence:
            self._evidence[index] = self._gather(self._passages[index])
        evidence = self._evidence[index]
        return None if evidence is None else evidence.match(statement)

    def _gather(self, passage: Passage) -> Evidence | None:
        chunk = passage.chunk
        text = self._stored(passage)
        if text is None or text[chunk.start : chunk.end] != chunk.text:
            return None
        return Evidence.of(passage, self._title(passage))

    def _stored(self, passage: Passage) -> str | None:
        key = (passage.document, passage.revision)
        if key not in self._sources:
            self._sources[key] = self._source(passage)
        return self._sources[key]

    def _cite(self, index: int, start: int, end: int) -> int:
        """The number of the citation that holds these offsets of the passage's chunk."""
        passage = self._passages[index]
        start, end = passage.chunk.start + start, passage.chunk.start + end
        for number, quote in enumerate(self._quotes, start=1):
            if quote.admits(passage, start, end, self._stored(passage) or ""):
                quote.start, quote.end = min(start, quote.start), max(end, quote.end)
                return number
        self._quotes.append(_Quote(passage, start, end))
        return len(self._quotes)

    def _citation(self, quote: _Quote) -> Citation:
        passage, chunk = quote.passage, quote.passage.chunk
        stored = self._stored(passage) or ""
        return Citation(
            document=passage.document,
            revision=passage.revision,
            start=quote.start,
            end=quote.end,
            quote=stored[quote.start : quote.end],
            page=self._page(passage, quote.start) if self._page else chunk.page,
            heading=" > ".join(chunk.heading_path),
            link=self._link(passage, quote.start, quote.end),
            title=self._title(passage),
            dated=self._dated(passage) if self._dated else "",
        )


@dataclass(slots=True)
class _Quote:
    """A citation in the making: its quote can still grow."""

    passage: Passage
    start: int
    end: int

    def admits(self, passage: Passage, start: int, end: int, stored: str) -> bool:
        """Whether the quote holds these offsets of the same text, or may grow to hold them."""
        mine = self.passage
        if (mine.document, mine.revision) != (passage.document, passage.revision):
            return False
        low, high = min(start, self.start), max(end, self.end)
        if (low, high) == (self.start, self.end):
            return True
        gap = stored[min(end, self.end) : max(start, self.start)]
        near = not gap.strip() or mine.chunk.heading_path == passage.chunk.heading_path
        return near and high - low <= QUOTE_CHARACTERS
