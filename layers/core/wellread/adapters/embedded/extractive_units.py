"""Passages read as pieces that could be an answer, each as it would be said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from wellread.domain.documents import Chunk, Passage
from wellread.domain.prompting import speaks_to_the_model
from wellread.domain.sentences import Span, UnitKind, plain, plain_unit, split_sentences
from wellread.domain.words import STOPWORDS, content_words, stem, words

LONGEST_LIST = 60
"""A list is told up to so many words."""

LONGEST_INTRODUCTION = 25
"""A list item is shown with the line that introduces it where that has at most so many words."""

ANSWER_REACH = 3
"""A question in a document is answered by at most so many units below it."""

_NAVIGATION = re.compile(
    r"^(?:(?:for (?:more|further|additional) (?:information|details)|see also|learn more|read more|"
    r"to learn (?:more|how|about)|next steps?|topics?|related (?:topics|information|links)|"
    r"table of contents|contents|back to|weitere informationen|siehe)\b|for\b.{3,120}\bsee\b"
    r"|see \w)|\b(?:for more information|for details),? see\b.{0,80}$",
    re.IGNORECASE,
)
_LINK_ONLY = re.compile(r"^\W*\[(?:\\.|[^\[\]])*\]\([^()]*\)\W*$")
_BARE_VERDICT = re.compile(r"^(yes|no|ja|nein)\W*$", re.IGNORECASE)
_CELL_VERDICT = re.compile(r"(?:^|;)([^;]*?):? (yes|no)(?=[;.]|$)", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_FEW_WORDS, _FEW_ON_A_LINE = 2, 5
_ENUMERATOR = re.compile(
    r"^(?:\(?\w{1,4}[.)]\s+|\d+(?:\.\d+)+\.?\s+|(?:section|article)\s+\S+\s+)+", re.I
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|am|has|have|had|do|does|did|can|could|may|might|must|shall|should|"
    r"will|would|cannot|means?|ist|sind|war|wird|werden|hat|haben|kann|können|darf|dürfen|muss|"
    r"müssen|soll|sollen)\b",
    re.IGNORECASE,
)
_ITEM_NAME = re.compile(r"\s(?:–|—|-)\s|:\s")


@dataclass(frozen=True, slots=True)
class AnswerUnit:
    """A piece of a passage that could be (part of) an answer.

    Attributes:
        passages: Positions in the prompt of the passages that the shown words lie in, its own
            first.
        start: Offset in the document, for the order of reading.
        text: As it is shown.
        introduction: The line that introduces a list item, shown with it.
        about: Stems of what the text is about: a row's first cell, an item's name, or all of it.
        own: Stems of the text.
        lead: Stems of the header, question or line that introduces it.
        asked: The question that it answers in a document of questions and answers.
        heading: The innermost heading above.
        frame: Stems of title, headings and path.
        surroundings: Stems of the whole passage.
        verdict: A yes or no that the document itself gives, and what to.
        is_list: The text is a whole list, joined.
        goes_on: Offset of the unit before, where this one goes on the same paragraph.
    """

    passages: tuple[int, ...]
    best_of_document: int
    start: int
    kind: UnitKind
    text: str
    introduction: str
    about: tuple[str, ...]
    own: frozenset[str]
    lead: frozenset[str]
    asked: str
    heading: str
    frame: frozenset[str]
    surroundings: frozenset[str]
    is_list: bool = False
    verdict: tuple[str, str] = ("", "")
    goes_on: int | None = None
    coverage: float = 0.0
    meaning: float = 0.0
    closeness: float = 0.0
    score: float = 0.0

    @property
    def sentence(self) -> str:
        """The text with the line that introduces it."""
        return f"{self.introduction}: {self.text}" if self.introduction else self.text

    @property
    def embedded(self) -> str:
        """What is compared with the question."""
        above = self.asked or ("" if self.heading == self.introduction else self.heading)
        return (
            f"{above}{' ' if above.endswith('?') else ': '}{self.sentence}"
            if above
            else self.sentence
        )

    @property
    def shown(self) -> frozenset[str]:
        """Stems of the text and of what introduces it."""
        return self.own | self.lead


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Passages that follow each other in a document, read as one text.

    A chunk's cut must not part a list from its introduction or a table from its header.
    """

    text: str
    pieces: tuple[tuple[int, int, int], ...]
    start: int

    def passages(self, start: int, end: int) -> tuple[int, ...]:
        """The prompt's positions of the passages that hold these offsets."""
        return tuple(number for number, a, b in self.pieces if a < end and start < b)


def _stretches(passages: Sequence[Passage]) -> list[_Stretch]:
    order = sorted(
        range(len(passages)),
        key=lambda n: (passages[n].document, passages[n].revision, passages[n].chunk.start, n),
    )
    stretches: list[_Stretch] = []
    previous: Passage | None = None
    for number in order:
        passage = passages[number]
        chunk = passage.chunk
        gap = chunk.start - previous.chunk.end if previous else -1
        if (
            previous is not None
            and (previous.document, previous.revision) == (passage.document, passage.revision)
            and _of_one_section(previous.chunk, chunk)
            and previous.chunk.ordinal + 1 == chunk.ordinal
            and gap >= 0
        ):
            last = stretches.pop()
            text = last.text + "\n" * min(gap, 2)
            piece = (number, len(text), len(text) + len(chunk.text))
            stretches.append(_Stretch(text + chunk.text, (*last.pieces, piece), last.start))
        else:
            piece = (number, 0, len(chunk.text))
            stretches.append(_Stretch(chunk.text, (piece,), chunk.start))
        previous = passage
    return stretches


def _of_one_section(before: Chunk, chunk: Chunk) -> bool:
    """Whether a chunk goes on where the one before ended; amid a table its path has the header."""
    path = chunk.heading_path
    if before.heading_path == path:
        return True
    return chunk.text.startswith("|") and before.heading_path == path[:-1]


def answer_units(passages: Sequence[Passage]) -> list[AnswerUnit]:
    """All that could be (part of) an answer in these passages."""
    units: list[AnswerUnit] = []
    for stretch in _stretches(passages):
        reading = _Reading.of(stretch, passages)
        for position in range(len(reading.spans)):
            units.extend(u for u in (reading.unit(position), reading.list_at(position)) if u)
    return units


@dataclass(frozen=True, slots=True)
class _Reading:
    """A stretch cut into units, each as it would be shown; "" for what never is."""

    stretch: _Stretch
    spans: tuple[Span, ...]
    raw: tuple[str, ...]
    read: tuple[str, ...]
    titles: tuple[str, ...]
    heading: str
    best_of_document: int
    frame: frozenset[str]
    surroundings: frozenset[str]

    @classmethod
    def of(cls, stretch: _Stretch, passages: Sequence[Passage]) -> _Reading:
        """Reads a stretch."""
        text = stretch.text
        first = passages[stretch.pieces[0][0]]
        spans = split_sentences(text, (first.chunk.title, *first.chunk.heading_path))
        raw = tuple(text[span.start : span.end] for span in spans)
        read = tuple(
            "" if speaks_to_the_model(raw[i]) else plain_unit(text, spans, i, first.chunk.columns)
            for i in range(len(spans))
        )
        frame = " ".join((first.chunk.title, *first.chunk.heading_path, first.document))
        around = joined_stems(" ".join(read))
        heading = (first.chunk.heading_path or (first.chunk.title,))[-1]
        best = next(n for n, p in enumerate(passages) if p.document == first.document)
        return cls(
            stretch, tuple(spans), raw, read, _titles(spans, raw, read), heading, best,
            joined_stems(frame), around,
        )  # fmt: skip

    def unit(self, position: int) -> AnswerUnit | None:
        """The unit at a position, None where it is not an answer by itself."""
        span, text = self.spans[position], self.read[position]
        if not text or span.kind in (UnitKind.HEADING, UnitKind.HEADER, UnitKind.CODE):
            return None
        if _NAVIGATION.search(text) or _LINK_ONLY.match(self.raw[position].lstrip("+-*• ")):
            return None
        if self.raw[position].rstrip("*_ ").endswith(":") or text.endswith("?"):
            return None
        if self.titles[position] == text:
            return None  # "9.1 Governing law." says nothing
        lead = self.read[span.lead] if span.lead is not None else ""
        asked = self._asked(position)
        if (len(text.split()) < 3 and not lead and not asked) or _BARE_VERDICT.match(text):
            return None
        begins_item = span.kind is UnitKind.ITEM and not span.following
        introduction = lead.rstrip(".: ") if begins_item else ""
        if span.following and self._is_term(position - 1):
            introduction = self.read[position - 1].rstrip(".: ")
            lead = introduction
        if len(introduction.split()) > LONGEST_INTRODUCTION:
            introduction = ""
        return self._made(position, span, text, introduction, f"{lead} {asked}")

    def list_at(self, position: int) -> AnswerUnit | None:
        """The list that a unit introduces, as one sentence: its items, long ones by their names."""
        items = [
            i
            for i in range(position + 1, len(self.spans))
            if self.spans[i].kind is UnitKind.ITEM
            and self.spans[i].lead == position
            and not self.spans[i].following
            and self.read[i]
            and not _NAVIGATION.search(self.read[i])
        ] or self._terms_below(position)
        if len(items) < 2 or not self.read[position] or _NAVIGATION.search(self.read[position]):
            return None
        introduction = self.read[position].rstrip(".: ")
        room = LONGEST_LIST - len(introduction.split())
        kept: list[str] = []
        for i in items:
            name = _ITEM_NAME.split(self.read[i], maxsplit=1)[0].rstrip(".")
            room -= len(name.split())
            if room < 0 and kept:
                break
            kept.append(name)
        whole = Span(self.spans[position].start, self.spans[items[len(kept) - 1]].end)
        text = f"{'; '.join(kept)}."
        return self._made(position, whole, text, introduction, introduction, is_list=True)

    def _made(
        self, position: int, span: Span, text: str, introduction: str, lead: str,
        is_list: bool = False,
    ) -> AnswerUnit:  # fmt: skip
        own = self.stretch.passages(span.start, span.end)
        above = self.spans[position].lead
        if introduction and above is not None and not is_list:
            leading = self.spans[above]
            own += tuple(
                n for n in self.stretch.passages(leading.start, leading.end) if n not in own
            )
        return AnswerUnit(
            passages=own,
            best_of_document=self.best_of_document,
            start=self.stretch.start + span.start,
            kind=self.spans[position].kind,
            text=text,
            introduction=introduction,
            about=tuple(content_words(self._topic(position) or text)),
            own=joined_stems(text),
            lead=joined_stems(lead),
            asked=self._asked(position),
            heading=self.titles[position].rstrip(".") or self.heading,
            frame=self.frame | joined_stems(self.titles[position]),
            surroundings=self.surroundings,
            is_list=is_list,
            verdict=self._written_verdict(position),
            goes_on=(
                self.stretch.start + self.spans[position - 1].start
                if self.spans[position].following and not is_list
                else None
            ),
        )

    def _is_term(self, position: int) -> bool:
        """Whether a unit is a line of its own that names what the next lines explain."""
        titled = self.titles[position] == self.read[position] and not self.spans[position].following
        return titled and bool(self.read[position]) and not self.raw[position].endswith(".")

    def _terms_below(self, position: int) -> list[int]:
        """The terms explained in the paragraphs below an introduction ("... these states:")."""
        if not self.raw[position].rstrip("*_ ").endswith(":"):
            return []
        terms = []
        for i in range(position + 1, len(self.spans)):
            if self._is_term(i):
                terms.append(i)
            elif not self.spans[i].following:
                break
        return terms

    def _topic(self, position: int) -> str:
        """A row's first cell, an item's name; what stands in brackets apart."""
        kind, raw = self.spans[position].kind, self.raw[position]
        if kind is UnitKind.ROW:
            cells = [cell for cell in raw.strip().strip("|").split("|") if cell.strip()]
            return _BRACKETS.sub(" ", plain(cells[0])) if cells else ""
        if kind is UnitKind.ITEM and not self.spans[position].following:
            return _BRACKETS.sub(" ", _ITEM_NAME.split(self.read[position], maxsplit=1)[0])
        return ""

    def _asked(self, position: int) -> str:
        """The question above, where the text is one of questions and answers."""
        for above in range(position - 1, max(-1, position - 1 - ANSWER_REACH), -1):
            if self.spans[above].kind is UnitKind.HEADING and not self.read[above].endswith("?"):
                break
            if self.read[above].endswith("?"):
                return self.read[above]
        return ""

    def _written_verdict(self, position: int) -> tuple[str, str]:
        """A yes or no that the document gives, and what to: "Adjustable?: No", a FAQ's "No."."""
        if self.spans[position].kind is UnitKind.ROW:
            found = _CELL_VERDICT.search(self.read[position])
            return (found[1], found[2].lower()) if found else ("", "")
        above = self.read[position - 1] if position else ""
        if (bare := _BARE_VERDICT.match(above)) and self._asked(position):
            return self._asked(position), bare[1].lower()
        return "", ""


def _titles(spans: Sequence[Span], raw: Sequence[str], read: Sequence[str]) -> tuple[str, ...]:
    """For each unit the title its paragraph begins with ("9.1 Governing law. This ..."), or ""."""
    titles: list[str] = []
    for position, span in enumerate(spans):
        if span.following and titles:
            titles.append(titles[-1])
            continue
        goes_on = position + 1 < len(spans) and spans[position + 1].following
        ended = raw[position].endswith(".")
        is_title = _is_title(read[position], goes_on=goes_on, ended=ended)
        titles.append(read[position] if is_title else "")
    return tuple(titles)


def _is_title(text: str, *, goes_on: bool, ended: bool) -> bool:
    """Whether a text reads like a heading: capitals without a verb, or a few words before more."""
    bare = _ENUMERATOR.sub("", text).rstrip(".")
    parts = [
        part for part in re.findall(r"[^\W_][\w'’-]*", bare) if part.isalpha() or len(part) > 1
    ]
    if not parts or len(parts) > 10 or _VERB.search(bare) or any(c.isdigit() for c in bare):
        return False
    telling = [part for part in parts if part.lower() not in STOPWORDS]
    capital = all(part[0].isupper() for part in telling)
    # A sentence of few words is no title, but a line without a stop that explains itself below is.
    few = _FEW_WORDS if ended else _FEW_ON_A_LINE
    return (capital and (goes_on or len(parts) > 1)) or (goes_on and len(parts) <= few)


def joined_stems(text: str) -> frozenset[str]:
    """A text's stems, and neighbours joined: "Ground Truth" holds "GroundTruth"."""
    stems = content_words(text)
    plain_words = [word for word in words(text) if word not in STOPWORDS]
    joined = {stem(a + b) for a, b in pairwise(plain_words)}
    return frozenset(stems) | joined
