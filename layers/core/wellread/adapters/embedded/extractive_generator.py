"""Answers in the documents' own words: no language model, nothing invented."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise
from statistics import fmean, median

from wellread.domain.documents import Passage
from wellread.domain.prompting import Prompt, speaks_to_the_model
from wellread.domain.sentences import Span, UnitKind, plain, plain_unit, split_sentences
from wellread.domain.words import NEGATIONS, STOPWORDS, content_words, stem, words
from wellread.ports import Embedder

MAX_SENTENCES = 3
MAX_WORDS = 60
"""An answer is at most so long, its first sentence apart."""

EMBEDDED_UNITS = 40
"""So many units, those with the best words and ranks, are compared by meaning too."""

MEANING_WEIGHT, WORDS_WEIGHT, RANK_WEIGHT, CUE_WEIGHT, FOCUS_WEIGHT = 0.4, 0.4, 0.08, 0.06, 0.1
"""Shares of similarity, shared words, passage rank, answer type and focus in a unit's score."""

LEANING_COST = 0.04
"""What a sentence loses that begins with a word for something in the sentence before it."""

LONGEST_INTRODUCTION = 25
"""A list item is shown with the line that introduces it where that has at most so many words."""

HEADING_SHARE, PASSAGE_SHARE = 0.8, 0.4
"""A question's word found only in the title or headings, or only elsewhere in the passage, counts
that much."""

NAME_WEIGHT = 2.0
"""How much more a question's name (a capital amid the question, a digit) counts."""

ANSWER_REACH = 3
"""A question in a document is answered by at most so many units below it."""

COVERAGE_SUPPORT, MARGIN_SUPPORT, MISSING_NAME = 0.3, 0.5, 0.1
"""What covered words, standing out and a missing name add to the meaning of the best unit."""

ENOUGH_SUPPORT = 0.70
"""Less support than that is a decline.

Set with the three shares above on two sets at once, so that each answers and declines more than
four in five: a large one of technical pages, whose unanswerable questions are near misses, and a
small one of office rules, whose questions share few words with the answers.
"""

ENOUGH_TO_COMPARE, TYPICAL_MEANING = 8, 0.25
"""Among fewer units nothing stands out; what else was found is then taken to be at most so close."""

COMPANION = 0.8
"""A further sentence must score that share of the best one."""

DUPLICATE = 0.7
"""Two sentences that share so much of their words say the same."""


class _Kind(Enum):
    """What kind of answer a question wants."""

    YES_NO = auto()
    NUMBER = auto()
    LIST = auto()
    TIME = auto()
    OPEN = auto()


_AUXILIARY = (
    r"(?:is|are|was|were|can|could|do|does|did|will|would|should|must|may|might|has|have|had|am|"
    r"ist|sind|kann|können|darf|dürfen|muss|müssen|wird|werden|hat|haben|gibt es|soll|gilt|gelten)"
)
_YES_NO = re.compile(
    rf"^\W*(?:[^?]*?,\s*)?{_AUXILIARY}\b"
    rf"|^\W*(?:if|when|wenn)\s+(?!{_AUXILIARY}\b)[^?]*\b{_AUXILIARY}\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|where|when|why|how|was|wer|wen|wem|wo|wann|warum|wie|welche[rsmn]?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\bhow (?:many|much|long|often|large|big|old|far|fast|high)\b|\b(?:max(?:imum)?|min(?:imum)?|"
    r"number|limits?|quotas?|size|latency|rate|ratio|percent(?:age)?|price|cost|fee|amount|duration|"
    r"version|timeout|port|default|interval|period)\b|\bwie (?:viele?|lange|oft|hoch|groß|teuer)\b",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\b(?:what|which) (?:are|were)\b|\b(?:what|which) \w+s\b|^\W*(?:list|name)\b|"
    r"\b(?:types|kinds|steps|factors|states|options|ways|methods|reasons|requirements|features|"
    r"benefits|results)\b|\bwelche\b|\bwas sind\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"^\W*(?:since |until |by |ab |bis |seit )?(?:when|wann)\b", re.IGNORECASE)
_DATE_OR_TIME = re.compile(
    r"\d|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|"
    r"june|july|august|september|october|november|december|day|week|month|year|immediately|after|"
    r"before)s?\b",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"^(?:(?:for (?:more|further|additional) (?:information|details)|see also|learn more|read more|"
    r"to learn (?:more|how|about)|next steps?|topics?|related (?:topics|information|links)|"
    r"table of contents|contents|back to|weitere informationen|siehe)\b|for\b.{3,120}\bsee\b"
    r"|see \w)|\b(?:for more information|for details),? see\b.{0,80}$",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|otherwise|however|also|in this case|then|"
    r"therefore|another|dies|dieser?s?|sie|er|es|außerdem|allerdings|jedoch)\b",
    re.IGNORECASE,
)
_LINK_ONLY = re.compile(r"^\W*\[(?:\\.|[^\[\]])*\]\([^()]*\)\W*$")
_BARE_VERDICT = re.compile(r"^(yes|no|ja|nein)\W*$", re.IGNORECASE)
_CELL_VERDICT = re.compile(r"([^;]*?):? (yes|no)(?=[;.]|$)", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_ALIKE = {
    stem(word): frozenset(map(stem, group.split()))
    for group in ("max maximum limit quota upper", "min minimum lower", "price cost fee charge")
    for word in group.split()
}
"""Words that questions and documents use for each other everywhere."""

_ITEM_NAME = re.compile(r"\s(?:–|—|-)\s|:\s")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked.

    Attributes:
        stems: Content stems, each with its weight (before rarity).
        names: Those of the stems that are names.
    """

    text: str
    kind: _Kind
    stems: dict[str, float]
    names: frozenset[str]

    @classmethod
    def of(cls, text: str) -> _Question:
        """Reads a question; of several, the last that asks something decides what is wanted."""
        names = {
            stem(part)
            for name in re.findall(r"(?<=[^\s.!?:;] )[^\W_][\w.-]*", text)
            if any(c.isupper() or c.isdigit() for c in name)
            for part in words(name)
        }
        stems: dict[str, float] = {}
        for word in words(text):
            if word not in STOPWORDS:
                stems[stem(word)] = NAME_WEIGHT if stem(word) in names else 1.0
        return cls(text, _kind_of(text), stems, frozenset(names & stems.keys()))


def _kind_of(text: str) -> _Kind:
    sentences = [s for s in re.split(r"(?<=[?.!])\s+", text) if _ASKS.search(s) or _YES_NO.match(s)]
    asked = sentences[-1] if sentences else text
    if _YES_NO.match(asked) and not re.match(
        r"^\W*(?:what|which|how|who|where|why)\b", asked, re.I
    ):
        return _Kind.YES_NO
    if _TIME.match(asked):
        return _Kind.TIME
    if _LIST.search(asked) and not re.search(r"\b(?:max(?:imum)?|limit|number)\b", asked, re.I):
        return _Kind.LIST
    return _Kind.NUMBER if _NUMBER.search(asked) else _Kind.OPEN


@dataclass(frozen=True, slots=True)
class _Unit:
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
    """

    passages: tuple[int, ...]
    best_of_document: int
    start: int
    kind: UnitKind
    text: str
    introduction: str
    about: frozenset[str]
    own: frozenset[str]
    lead: frozenset[str]
    asked: str
    heading: str
    frame: frozenset[str]
    surroundings: frozenset[str]
    is_list: bool = False
    verdict: tuple[str, str] = ("", "")
    coverage: float = 0.0
    meaning: float = 0.0
    score: float = 0.0

    @property
    def sentence(self) -> str:
        """The text with the line that introduces it."""
        return f"{self.introduction}: {self.text}" if self.introduction else self.text

    @property
    def embedded(self) -> str:
        """What is compared with the question."""
        above = self.asked or self.heading
        return (
            f"{above}{' ' if above.endswith('?') else ': '}{self.sentence}"
            if above
            else self.sentence
        )

    @property
    def shown(self) -> frozenset[str]:
        """Stems of the text and of what introduces it."""
        return self.own | self.lead


class ExtractiveGenerator:
    """Picks the sentences that answer a question, or none."""

    def __init__(self, embedder: Embedder) -> None:
        """Compares question and sentences with this embedder."""
        self._embedder = embedder
        self._unrelated: float | None = None

    @property
    def name(self) -> str:
        """Who speaks."""
        return "extractive"

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Sentences of the passages, each with its marker; nothing where none answers."""
        question = _Question.of(prompt.standalone)
        if not prompt.passages or not question.stems:
            return
        ranked = self._ranked(question, _units(prompt.passages))
        if not ranked or not _answers(question, ranked):
            return
        for unit in _joined(_chosen(question, ranked)):
            verdict = _verdict(question, unit) if unit.score == ranked[0].score else ""
            markers = "".join(f"[{number + 1}]" for number in unit.passages)
            yield f"{verdict}{unit.sentence} {markers} "

    def _ranked(self, question: _Question, units: Sequence[_Unit]) -> list[_Unit]:
        rarity = _rarity(question, units)
        scored = [replace(unit, coverage=_coverage(question, rarity, unit)) for unit in units]
        scored.sort(key=lambda u: (-(u.coverage + _rank_score(u)), u.passages, u.start))
        scored = scored[:EMBEDDED_UNITS]
        if not scored:
            return []
        wanted = self._embedder.embed_question(question.text)
        meanings = self._embedder.embed_documents([unit.embedded for unit in scored])
        rated = []
        for unit, vector in zip(scored, meanings, strict=True):
            meaning = self._calibrated(_dot(wanted, vector))
            score = (
                MEANING_WEIGHT * meaning
                + WORDS_WEIGHT * unit.coverage
                + RANK_WEIGHT * _rank_score(unit)
                + CUE_WEIGHT * _cue(question, unit)
                + FOCUS_WEIGHT * _focus(question, unit)
                - (LEANING_COST if _LEANING.match(unit.text) else 0.0)
            )
            rated.append(replace(unit, meaning=meaning, score=score))
        return sorted(rated, key=lambda u: (-u.score, u.passages, u.start))

    def _calibrated(self, cosine: float) -> float:
        """A cosine on a scale that embedders share: 0 for unrelated texts, 1 for equal ones.

        Some embedders give unrelated texts 0.0, some 0.7: what this one gives is measured once.
        """
        if self._unrelated is None:
            statements = self._embedder.embed_documents([said for _, said in _UNRELATED])
            asked = [self._embedder.embed_question(question) for question, _ in _UNRELATED]
            self._unrelated = max(
                0.0,
                fmean(_dot(q, s) for q, s in zip(asked, statements, strict=True)),
            )
        return (cosine - self._unrelated) / max(1 - self._unrelated, 0.01)


_UNRELATED = (
    ("How long does water take to boil?", "The library opens at nine on weekdays."),
    ("Who painted the ceiling of the chapel?", "Invoices are numbered one after another."),
    ("Which bus goes to the airport?", "Photosynthesis turns light into sugar."),
    ("What is the largest planet?", "The tenant pays the deposit before moving in."),
    ("How do I prune an apple tree?", "The server restarts after every update."),
    ("When was the treaty signed?", "Knead the dough until it no longer sticks."),
)


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


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
            and previous.chunk.heading_path == chunk.heading_path
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


def _units(passages: Sequence[Passage]) -> list[_Unit]:
    units: list[_Unit] = []
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
    heading: str
    best_of_document: int
    frame: frozenset[str]
    surroundings: frozenset[str]

    @classmethod
    def of(cls, stretch: _Stretch, passages: Sequence[Passage]) -> _Reading:
        """Reads a stretch."""
        text = stretch.text
        spans = split_sentences(text)
        raw = tuple(text[span.start : span.end] for span in spans)
        read = tuple(
            "" if speaks_to_the_model(raw[i]) else plain_unit(text, spans, i)
            for i in range(len(spans))
        )
        first = passages[stretch.pieces[0][0]]
        frame = " ".join((first.chunk.title, *first.chunk.heading_path, first.document))
        around = _stems(" ".join(read))
        heading = (first.chunk.heading_path or (first.chunk.title,))[-1]
        best = next(n for n, p in enumerate(passages) if p.document == first.document)
        return cls(stretch, tuple(spans), raw, read, heading, best, _stems(frame), around)

    def unit(self, position: int) -> _Unit | None:
        """The unit at a position, None where it is not an answer by itself."""
        span, text = self.spans[position], self.read[position]
        if not text or span.kind in (UnitKind.HEADING, UnitKind.HEADER, UnitKind.CODE):
            return None
        if _NAVIGATION.search(text) or _LINK_ONLY.match(self.raw[position].lstrip("+-*• ")):
            return None
        if self.raw[position].rstrip("*_ ").endswith(":") or text.endswith("?"):
            return None
        lead = self.read[span.lead] if span.lead is not None else ""
        asked = self._asked(position)
        if (len(text.split()) < 3 and not lead and not asked) or _BARE_VERDICT.match(text):
            return None
        begins_item = span.kind is UnitKind.ITEM and not span.following
        introduction = lead.rstrip(".: ") if begins_item else ""
        if len(introduction.split()) > LONGEST_INTRODUCTION:
            introduction = ""
        return self._made(position, span, text, introduction, f"{lead} {asked}")

    def list_at(self, position: int) -> _Unit | None:
        """The list that a unit introduces, as one sentence: its items, long ones by their names."""
        items = [
            i
            for i in range(position + 1, len(self.spans))
            if self.spans[i].kind is UnitKind.ITEM
            and self.spans[i].lead == position
            and not self.spans[i].following
            and self.read[i]
            and not _NAVIGATION.search(self.read[i])
        ]
        if len(items) < 2 or not self.read[position] or _NAVIGATION.search(self.read[position]):
            return None
        introduction = self.read[position].rstrip(".: ")
        room = MAX_WORDS - len(introduction.split())
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
    ) -> _Unit:  # fmt: skip
        own = self.stretch.passages(span.start, span.end)
        above = self.spans[position].lead
        if introduction and above is not None and not is_list:
            leading = self.spans[above]
            own += tuple(
                n for n in self.stretch.passages(leading.start, leading.end) if n not in own
            )
        return _Unit(
            passages=own,
            best_of_document=self.best_of_document,
            start=self.stretch.start + span.start,
            kind=self.spans[position].kind,
            text=text,
            introduction=introduction,
            about=frozenset(content_words(self._topic(position) or text)),
            own=_stems(text),
            lead=_stems(lead),
            asked=self._asked(position),
            heading=self.heading,
            frame=self.frame,
            surroundings=self.surroundings,
            is_list=is_list,
            verdict=self._written_verdict(position),
        )

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


def _stems(text: str) -> frozenset[str]:
    """A text's stems, and neighbours joined: "Ground Truth" holds "GroundTruth"."""
    stems = content_words(text)
    plain_words = [word for word in words(text) if word not in STOPWORDS]
    joined = {stem(a + b) for a, b in pairwise(plain_words)}
    return frozenset(stems) | joined


def _rarity(question: _Question, units: Sequence[_Unit]) -> dict[str, float]:
    """The question's stems by how much they tell among these passages."""
    weights = {}
    for word, weight in question.stems.items():
        # A word of the title tells nothing among the passages of that document.
        holding = sum(1 for unit in units if _holds(unit.shown | unit.frame, word))
        weights[word] = weight * math.log(1 + (len(units) + 1) / (holding + 0.5))
    return weights


def _holds(stems: frozenset[str], word: str) -> bool:
    if word in stems or not stems.isdisjoint(_ALIKE.get(word, ())):
        return True
    # Compounds: "Urlaubstage" holds "Urlaub".
    return len(word) >= 5 and any(other.startswith(word) for other in stems)


def _coverage(question: _Question, rarity: dict[str, float], unit: _Unit) -> float:
    """The share of the question that a unit covers, by itself or through where it stands."""
    found = 0.0
    for word, weight in rarity.items():
        if _holds(unit.shown, word):
            found += weight
        elif _holds(unit.frame, word):
            found += HEADING_SHARE * weight
        elif _holds(unit.surroundings, word):
            found += PASSAGE_SHARE * weight
    return found / (sum(rarity.values()) or 1.0)


def _rank_score(unit: _Unit) -> float:
    """How high its passage and its document were found; rows of one table share the latter."""
    return (1 / (1 + unit.passages[0] / 2) + 1 / (1 + unit.best_of_document / 2)) / 2


def _focus(question: _Question, unit: _Unit) -> float:
    """How exactly what a unit is about (a row's first cell) is what the question is about."""
    if unit.is_list:
        return 0.0
    about = {word for word in unit.about if not word.isdigit()}
    asked = {word for word in question.stems if not _holds(unit.frame, word)} or set(question.stems)
    met = sum(1 for word in asked if _holds(frozenset(about), word))
    covered = sum(1 for word in about if word in question.stems)
    return (covered / len(about) + met / len(asked)) / 2 if about else 0.0


def _cue(question: _Question, unit: _Unit) -> float:
    """Whether a unit has the shape of the answer that is wanted: 1 has it, 0 has not."""
    if question.kind is _Kind.NUMBER:
        return float(any(c.isdigit() for c in unit.text))
    if question.kind is _Kind.LIST:
        return float(unit.is_list or unit.text.count(",") >= 2)
    if question.kind is _Kind.TIME:
        return float(_DATE_OR_TIME.search(unit.text) is not None)
    return 0.0 if unit.is_list else 0.5


def _answers(question: _Question, ranked: Sequence[_Unit]) -> bool:
    """Whether the best unit answers the question at all.

    Neither words nor meaning tell by themselves: a paraphrase shares no words, and among documents
    about one subject everything is close to every question. So what the best unit covers counts,
    how close it is, and how far it stands out from what else was found; and a name that is asked
    about must be there.
    """
    best = ranked[0]
    background = median(unit.meaning for unit in ranked)
    if len(ranked) < ENOUGH_TO_COMPARE:
        background = min(background, TYPICAL_MEANING)
    unnamed = any(not _holds(best.shown | best.frame, name) for name in question.names)
    support = (
        best.meaning
        + COVERAGE_SUPPORT * best.coverage
        + MARGIN_SUPPORT * (best.meaning - background)
        - (MISSING_NAME if unnamed else 0.0)
    )
    return support >= ENOUGH_SUPPORT


def _chosen(question: _Question, ranked: Sequence[_Unit]) -> list[_Unit]:
    best = ranked[0]
    chosen = [best]
    room = MAX_WORDS - len(best.sentence.split())
    for unit in ranked[1:]:
        if len(chosen) == MAX_SENTENCES or unit.score < COMPANION * best.score:
            break
        length = len(unit.sentence.split())
        if length <= room and not any(_same(unit, other) for other in chosen):
            chosen.append(unit)
            room -= length
    if question.kind is _Kind.YES_NO:
        return chosen
    order = {unit.passages[0]: place for place, unit in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda unit: (order[unit.passages[0]], unit.start))


def _joined(chosen: Sequence[_Unit]) -> list[_Unit]:
    """Items of one list under their introduction, once."""
    joined: list[_Unit] = []
    for unit in chosen:
        last = joined[-1] if joined else None
        if last and unit.introduction and unit.introduction == last.introduction:
            joined[-1] = replace(
                last,
                text=f"{last.text.rstrip('.')}; {unit.text}",
                passages=tuple(dict.fromkeys((*last.passages, *unit.passages))),
                score=max(last.score, unit.score),
            )
        else:
            joined.append(unit)
    return joined


def _same(one: _Unit, other: _Unit) -> bool:
    a, b = one.shown, other.shown
    if one.is_list or other.is_list:
        return len(a & b) >= DUPLICATE * min(len(a), len(b))
    # Rows and items of one list share their lead; what tells them apart is their own words.
    a, b = one.own, other.own
    return len(a & b) >= DUPLICATE * max(1, min(len(a), len(b)))


def _verdict(question: _Question, unit: _Unit) -> str:
    """Yes or no before the best sentence of an answer to a yes/no question."""
    if question.kind is not _Kind.YES_NO:
        return ""
    about, verdict = unit.verdict
    if not question.stems.keys().isdisjoint(content_words(about)):
        return "No: " if verdict == "no" else "Yes: "
    return "No: " if not NEGATIONS.isdisjoint(words(unit.sentence)) else "Yes: "
