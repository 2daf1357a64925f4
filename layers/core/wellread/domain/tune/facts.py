"""What a document states that can be asked about, and by which words it can be asked for.

Found by the shape of sentences, tables and headings; what stands in no shape that is known is a
statement still, and can be asked for by its rarest words. No words of any topic are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from wellread.domain.ask.checking.leaning import leans
from wellread.domain.ask.quoting.quotable import Candidate, candidates
from wellread.domain.knowledge.documents import Chunk, ParsedText, Passage
from wellread.domain.text.names import plain_name
from wellread.domain.text.plain import plain_cells
from wellread.domain.text.sentences import UnitKind
from wellread.domain.text.words import content_words
from wellread.domain.tune import sentence_shapes as shapes

SHORTEST, LONGEST = 35, 320
"""Characters of a statement that an answer can be."""

_FEWEST_WORDS = 4
_FEWEST_SMALL = 4
"""A sentence has words in small letters; an address or a title line has few."""
_LONGEST_NAME = 60
_LONGEST_CELL = 120
_LONGEST_ROW = 220
_FEWEST_CELLS, _MOST_CELLS = 2, 7


class FactKind(StrEnum):
    """In what shape a document states something."""

    ASKED = "asked"
    """It stands below a question."""
    HEADING = "heading"
    """The first statement below a heading."""
    ROW = "row"
    """A cell of a table."""
    DEFINITION = "definition"
    """What something is."""
    LABEL = "label"
    """A name and, behind a colon or dash, what is to be said of it."""
    PERMISSION = "permission"
    """What somebody can, may, must or must not do."""
    CONDITION = "condition"
    """What happens, or is to be done, if or when something is so."""
    PURPOSE = "purpose"
    """What is to be done to get somewhere."""
    AMOUNT = "amount"
    """A number of something."""
    STATEMENT = "statement"
    """Anything else."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a document states.

    Attributes:
        start, end: Where, in the revision's text.
        said: As an answer says it.
        words: What a question is made of, by name: "subject", "column", "action".
        answer: What no question may hold; empty where that is the statement as a whole.
        beside: What the answer draws on besides its place: the names of a row's columns.
        german: Whether it is stated in German.
    """

    kind: FactKind
    start: int
    end: int
    said: str
    words: Mapping[str, str] = field(default_factory=dict)
    answer: str = ""
    beside: str = ""
    german: bool = False


_NOT_SAID = re.compile(
    r"://|:\s*$|\b(?:see|refer to|described in|the following|as follows|siehe|folgende\w*)\b",
    re.IGNORECASE,
)
"""What points elsewhere or onwards, or holds an address, is not what an answer repeats."""

_SHAPES = (
    (FactKind.PURPOSE, shapes.purpose),
    (FactKind.CONDITION, shapes.condition),
    (FactKind.DEFINITION, shapes.definition),
    (FactKind.PERMISSION, shapes.permission),
    (FactKind.LABEL, shapes.label),
)


def facts_of(passage: Passage, parsed: ParsedText) -> list[Fact]:
    """What a chunk states, in its order; of a sentence in each shape that it has.

    Args:
        passage: The chunk.
        parsed: The text of its revision.
    """
    found = [each for each in candidates([passage], lambda _: parsed) if not each.is_list]
    heading = _heading_in(passage.chunk, parsed)
    facts: list[Fact] = []
    for candidate in found:
        made = list(_of(candidate, passage.chunk))
        if heading and made and made[0].kind is not FactKind.ROW and made[0].start > heading[1]:
            facts += _below(heading[0], made[0])
            heading = None
        facts += made
    return facts


def _heading_in(chunk: Chunk, parsed: ParsedText) -> tuple[str, int] | None:
    """The heading that a chunk begins with, and where that stands."""
    for heading in parsed.headings:
        if chunk.start <= heading.start < chunk.end and heading.title in chunk.heading_path[-1:]:
            name = plain_name(heading.title)
            told = 0 < len(name) <= _LONGEST_NAME and content_words(name)
            return (name, heading.start) if told else None
    return None


def _below(name: str, first: Fact) -> list[Fact]:
    """The first statement below a heading as what is asked for by it, where it speaks of that."""
    if set(content_words(name)).isdisjoint(content_words(first.said)):
        return []
    words = shapes.heading(name)
    kind = FactKind.PURPOSE if "goal" in words else FactKind.HEADING
    return [replace(first, kind=kind, words=words, answer="")]


def _of(candidate: Candidate, chunk: Chunk) -> Iterator[Fact]:
    """What a unit states."""
    region, last = candidate.region, candidate.last
    span = region.spans[last]
    if span.kind is UnitKind.ROW:
        yield from _cells(candidate, chunk)
        return
    said = region.read[last]
    if not _stands_alone(said, span.kind) or _NOT_SAID.search(region.raw(last)):
        return
    fact = Fact(
        FactKind.STATEMENT,
        region.offset + span.start,
        region.offset + span.end,
        said,
        german=shapes.is_german(said),
    )
    if candidate.first < last and region.read[candidate.first].endswith("?"):
        question = region.read[candidate.first]
        if candidate.first == last - 1 and not _NOT_SAID.search(question):
            yield replace(fact, kind=FactKind.ASKED, words={"question": question})
        return
    for kind, words_of in _SHAPES:
        if words := words_of(said):
            yield replace(fact, kind=kind, words=words)
    if number := shapes.amount(said):
        yield replace(fact, kind=FactKind.AMOUNT, words=number, answer=number["number"])
    yield fact


def _stands_alone(said: str, kind: UnitKind) -> bool:
    """Whether a unit tells something by itself, as one sentence."""
    return (
        kind in (UnitKind.SENTENCE, UnitKind.ITEM)
        and SHORTEST <= len(said) <= LONGEST
        and said[:1].isupper() | said[:1].isdigit() | (said[:1] in '"“„«')
        and said.endswith((".", "!", "。"))
        and not leans(said)
        and sum(word.islower() for word in said.split()) >= _FEWEST_SMALL
        and len(content_words(said)) >= _FEWEST_WORDS
    )


def _cells(candidate: Candidate, chunk: Chunk) -> Iterator[Fact]:
    """What each cell of a row says of what the row is about."""
    region, position = candidate.region, candidate.last
    span, said = region.spans[position], region.read[position]
    names = (
        plain_cells(region.raw(span.lead)) if span.lead is not None else chunk.columns.split(" | ")
    )
    cells = plain_cells(region.raw(position))
    if not (_FEWEST_CELLS <= len(cells) <= _MOST_CELLS) or len(names) != len(cells):
        return
    key = cells[0].rstrip(".")
    if len(said) > _LONGEST_ROW or not (0 < len(key) <= _LONGEST_NAME) or not names[0].strip():
        return
    for name, cell in zip(names[1:], cells[1:], strict=True):
        if name.strip() and 0 < len(cell) <= _LONGEST_CELL and cell != key:
            yield Fact(
                FactKind.ROW,
                region.offset + span.start,
                region.offset + span.end,
                said,
                {"row": key, "column": name.rstrip(":. "), "first": names[0].rstrip(":. ")},
                answer=cell.rstrip("."),
                beside=" ".join(names),
                german=shapes.is_german(said),
            )
