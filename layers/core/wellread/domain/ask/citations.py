"""Turning generated text into text that its citations support."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wellread.domain.ask.answers import Citation
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.ask.checking.leaning import leans
from wellread.domain.ask.checking.placing import Found, Placing
from wellread.domain.ask.evidence import QUOTE_CHARACTERS, telling
from wellread.domain.ask.prompting import is_decline
from wellread.domain.knowledge.documents import Passage
from wellread.domain.text.harmless import unlinkable
from wellread.domain.text.plain import plain, plain_row
from wellread.domain.text.sentences import Span, UnitKind, split_sentences

_QUESTION_MARKS = ("?", "？", "؟")
_MARKER = re.compile(
    r"(?:\*\*)?(?:\[|【)\^?\s*(?:sources?:?\s*)?(\d+(?:\s*[,;&–-]\s*\d+)*)\s*(?:\](?!\()|】)(?:\*\*)?",
    re.IGNORECASE,
)
_MARKERS_AFTER_STOP = re.compile(
    rf"([.!?…][\"'”’»)]*)((?:[ \t]*{_MARKER.pattern})+)", re.IGNORECASE
)
_OPEN_MARKER = re.compile(r"(?:\s*(?:\[|【)[\^\w\s,;:&–-]{0,40}$)")
_ENDED = re.compile(r"[.!?…。！？][\"'”’»)\]*_]*$")
_WHOLE_WORD = re.compile(r"(?<!\S)[^\w\s]*+\w\S*+\s")


class Grounding:
    """Finds the places of generated text in the passages, sentence by sentence, as it comes.

    `feed` and `finish` give the claims that are to be verified; `settle` takes the verdicts, in
    any order, and gives what may be shown, in the order it was written. What comes out holds no
    sentence that was not supported, none that leaned on one that was left out, no link, no mention
    and no markup, and its markers [1], [2] count `citations`.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        source: Callable[[Passage], str | None],
        cite: Callable[[Passage, int, int], Citation],
    ) -> None:
        """Checks against these passages.

        Args:
            passages: In the order that the generator numbered them.
            source: The whole text of the passage's revision, None where it is not kept: a passage
                that is not verbatim in it cannot be cited.
            cite: A citation of what a passage's revision says between two offsets.
        """
        self._passages = passages
        self._placing = Placing(passages, source)
        self._source = source
        self._cite_between = cite
        self._quotes: list[_Quote] = []
        self._buffer = ""
        self._text = ""
        self._header = ""
        self._lead: _Lead | None = None
        self._waiting: deque[_Sentence] = deque()
        self._claimed = 0
        self._said = ""
        self._before: _Sentence | None = None
        self._in_list = False
        self._fell = False
        self._fates: dict[str, bool] = {}
        self._placeless = 0

    @property
    def text(self) -> str:
        """All that was let through so far."""
        return self._text

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the markers of `text` mean; a quote may still grow until all is settled."""
        return tuple(self._citation(quote) for quote in self._quotes)

    @property
    def fates(self) -> Mapping[str, bool]:
        """Of each settled claim, by its id, whether it is in `text`."""
        return self._fates

    @property
    def placeless(self) -> int:
        """How many sentences were left out because nothing in the passages is like them."""
        return self._placeless

    def feed(self, piece: str) -> list[Claim]:
        """Take more generated text; returns the claims that are complete now."""
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
            return []
        claims = self._take(units[:complete])
        self._buffer = self._buffer[units[complete].start :]
        return claims

    def finish(self, *, broken: bool = False) -> list[Claim]:
        """The generated text has ended; returns the claims of the rest.

        Args:
            broken: It broke off: a sentence without its end may lack the condition that makes it
                right, so it is left out.
        """
        units = split_sentences(self._buffer)
        if broken and units and not _ENDED.search(_MARKER.sub("", self._buffer).rstrip()):
            units.pop()
        claims = self._take(units)
        self._buffer = ""
        return claims

    def settle(self, verdicts: Mapping[str, bool]) -> str:
        """Take verdicts on claims, by their ids; returns what may be shown now."""
        for sentence in self._waiting:
            if sentence.id in verdicts:
                sentence.supported = verdicts[sentence.id]
        shown = ""
        while self._waiting and self._waiting[0].supported is not None:
            shown += self._settled(self._waiting.popleft())
        return shown

    def _take(self, units: Sequence[Span]) -> list[Claim]:
        found = [self._claim(self._buffer[u.start : u.end], u.kind) for u in units]
        return [claim for claim in found if claim is not None]

    def _claim(self, raw: str, kind: UnitKind) -> Claim | None:
        marked = [int(n) for marker in _MARKER.finditer(raw) for n in re.findall(r"\d+", marker[1])]
        raw = _MARKER.sub("", raw)
        if kind is UnitKind.HEADER:
            self._header = raw
            return None
        if kind is UnitKind.ROW and self._header:
            text, shown = plain_row(self._header, raw), plain_row(self._header, raw, unlinkable)
        else:
            self._header = ""
            text, shown = plain(raw), plain(raw, unlinkable)
        if not text or is_decline(text) or kind is UnitKind.HEADING:
            return None
        if text.endswith(_QUESTION_MARKS) and kind is not UnitKind.ROW:
            return None  # it states nothing: small models say the question again
        if self._introduces(raw, text, shown, kind, marked):
            return None
        sentence = self._sentence(text, shown, kind, marked)
        self._waiting.append(sentence)
        if not sentence.places:
            sentence.supported = False
            self._placeless += 1
            return None
        self._claimed += 1
        sentence.id = str(self._claimed)
        head, source = self._placing.around(sentence.places)
        before = self._said if leans(text) else ""
        self._said = sentence.claim
        return Claim(sentence.id, sentence.claim, source, head, before)

    def _introduces(
        self, raw: str, text: str, shown: str, kind: UnitKind, marked: Sequence[int]
    ) -> bool:
        """Take in what says nothing by itself: "The types are:", "No."; it goes with the next."""
        opens = raw.rstrip(" *_").endswith(":") and kind is not UnitKind.ROW and not marked
        if not opens and telling(text):
            return False
        before = self._lead if self._lead and not self._lead.used else _Lead("", "")
        if opens:
            text, shown = f"{text.rstrip('.')}:", f"{shown.rstrip('.')}:"
        self._lead = _Lead(f"{before.text} {text}".strip(), f"{before.words} {shown}".strip())
        return True

    def _sentence(self, text: str, shown: str, kind: UnitKind, marked: Sequence[int]) -> _Sentence:
        in_list = kind in (UnitKind.ITEM, UnitKind.ROW)
        lead = self._lead
        if not in_list:
            # A list's introduction is said of each of its items, and of nothing after them.
            lead = None if lead and lead.used else lead
            self._lead = None
        if lead:
            lead.used = True
        claim = f"{lead.text} {text}" if lead else text
        above = self._before if in_list and not lead else None
        if not in_list:
            self._before = None
        sentence = _Sentence(
            text,
            shown,
            claim,
            self._placing.find(claim, marked),
            kind is UnitKind.ITEM,
            lead,
            above,
        )
        if not in_list:
            self._before = sentence
        return sentence

    def _settled(self, sentence: _Sentence) -> str:
        above = sentence.above
        alone = (above and above.fell) or (self._fell and leans(sentence.text))
        sentence.fell = self._fell = not sentence.supported or bool(alone)
        if sentence.id:
            self._fates[sentence.id] = not sentence.fell
        return "" if sentence.fell else self._show(sentence)

    def _show(self, sentence: _Sentence) -> str:
        cited = sorted({self._cite(found) for found in sentence.places})
        lead = ""
        if sentence.lead and not sentence.lead.shown:
            sentence.lead.shown = True
            lead = f"{sentence.lead.words} "
        separator = " "
        if sentence.is_item and not lead:
            separator = "\n- "
        elif self._in_list:
            separator = "\n\n"
        self._in_list = sentence.is_item
        markers = "".join(f"[{number}]" for number in cited)
        shown = f"{separator}{lead}{sentence.words} {markers}"
        shown = shown if self._text else shown.lstrip()
        self._text += shown
        return shown

    def _cite(self, found: Found) -> int:
        """The number of the citation that holds a place in a passage's chunk."""
        passage = self._passages[found.passage]
        start = passage.chunk.start + found.place.start
        end = passage.chunk.start + found.place.end
        for number, quote in enumerate(self._quotes, start=1):
            if quote.admits(passage, start, end, self._source(passage) or ""):
                quote.start, quote.end = min(start, quote.start), max(end, quote.end)
                return number
        self._quotes.append(_Quote(passage, start, end))
        return len(self._quotes)

    def _citation(self, quote: _Quote) -> Citation:
        return self._cite_between(quote.passage, quote.start, quote.end)


@dataclass(slots=True)
class _Lead:
    """What introduces sentences: said of each of them, shown once.

    Attributes:
        text: As it is checked.
        words: As it is shown: no client makes a link of it.
    """

    text: str
    words: str
    used: bool = False
    shown: bool = False


@dataclass(slots=True)
class _Sentence:
    """A generated sentence on its way.

    Attributes:
        text: Alone, as it is compared with others.
        words: As it is shown: no client makes a link of it.
        claim: As it is checked: with what introduces it.
        above: The sentence above the list that this is an item of.
        id: Of its claim; empty where it has no place.
        supported: None until that is known.
        fell: Whether it was left out.
    """

    text: str
    words: str
    claim: str
    places: list[Found]
    is_item: bool
    lead: _Lead | None
    above: _Sentence | None
    id: str = ""
    supported: bool | None = None
    fell: bool = False


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
