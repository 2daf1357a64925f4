"""What is asked about a document or section as a whole, and what such a whole is made of.

A bare topic ("travel policy"), the kinds of something whose kinds are headings, and a summary all
ask for the part of a document that bears that name, not for a sentence in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from wellread.domain.ask.names import offered, plain_name
from wellread.domain.ask.quotes import body_start, quotable
from wellread.domain.documents import Heading, ParsedText
from wellread.domain.sentences import UnitKind, split_sentences
from wellread.domain.words import STOPWORDS, content_words, words

LISTED = 15
"""So many headings or items are shown; of the rest it is said how many there are."""

_LONGEST_TOPIC = 5
_QUOTED_CHARACTERS = 400

_ASKING = frozenset(
    """
    what which who whom whose when where why how is are was were be am do does did has have had can
    could may might must shall should will would i we you he she they it me my our your its there
    was wer wen wem wie wo wann warum wieso welche welcher welches welchen ist sind war hat haben
    kann darf muss soll wird werden gibt ich wir sie er es mein meine man nicht not no and or but
    und oder aber if wenn then this that these those
    """.split()
)
"""Words of sentences: a phrase that holds one of them is more than the name of a thing."""

_KIND = (
    r"(?:kinds?|types?|sorts?|forms?|categor(?:y|ies)|varieties|variants|arten|formen|typen|sorten)"
)
_KINDS = re.compile(
    rf"(?:^|\b)(?:{_KIND}\s+(?:of|von|an|der|des)\s+(?P<of>.+?)|(?P<first>[\w-]+(?:\s+[\w-]+)?)\s+{_KIND})"
    r"(?P<rest>\s+(?:is|are|do|does|can|could|may|exist|gibt|sind|kann|bietet|haben|hat)\b.*)?$",
    re.IGNORECASE,
)
_COMPOUND_KINDS = re.compile(
    r"\b(?P<of>\w{4,})(?:arten|formen|typen|sorten)\b(?P<rest>.*)", re.IGNORECASE
)
_EVERY = frozenset("alle different various verschiedenen verschiedene possible available".split())
_LIST = re.compile(
    r"^(?:please\s+|bitte\s+)?(?:list|name|show(?:\s+me)?|give\s+me|tell\s+me|what|which|welche|nenne?|liste|zeige?)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:(?:please|bitte|can|could|would|will|you|kannst|könntest|können|du|sie|mir|uns|me|us|give|gib|geben|"
    r"write|make|i|we|need|want|ich|brauche|a|an|the|short|brief|quick|eine?n?|kurze[nr]?)\s+)*",
    re.IGNORECASE,
)
_SUMMARY = re.compile(
    r"^(?:summari[sz]e|sum\s+up|tl\s*;?\s*dr|(?:summary|overview|outline|gist)\s+of|"
    r"fass(?:en?|t)?|zusammenfassung|überblick)\b[\s:,]*(?P<of>.*)$"
    r"|^(?P<of_verb>.+)\s+zusammenfassen$"
    r"|^(?:what(?:\s+is|['’]s)|what\s+does)\s+(?P<about>.+?)\s+(?:all\s+)?(?:about|cover)$"
    r"|^worum\s+geht\s+es\s+(?:in|bei)\s+(?P<in>.+)$",
    re.IGNORECASE,
)
_TELL = re.compile(
    r"^(?:tell\s+(?:me|us)\s+(?:more\s+|something\s+)?about|(?:more|info|information)\s+(?:about|on)|"
    r"erzähl\w*\s+(?:mir|uns)\s+(?:etwas\s+|mehr\s+)?über|infos?\s+(?:zu[rm]?|über))\s+",
    re.IGNORECASE,
)
_AROUND_TOPIC = re.compile(
    r"^(?:(?:the|an?|our|my|all|about|on|of|for|me|us|you|sie|mir|uns|bitte|document|documents|content|contents|"
    r"über|von|zu|zum|zur|de[rnms]|die|das|eine?[rnms]?|unsere?[nr]?|dokument)\s+)*"
    r"|(?:\s+(?:please|bitte|for\s+(?:me|us)|document|in\s+(?:short|brief|.{1,20}\s+sentences?|sätzen)|kurz|zusammen|"
    r"zusammenfassen|briefly|available|then))*\W*$",
    re.IGNORECASE,
)


class Want(StrEnum):
    """What is wanted of a topic."""

    TOPIC = "topic"
    KINDS = "kinds"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Topic:
    """What a question is about as a whole.

    Attributes:
        name: The topic's words; empty where they only point back ("summarise it").
        title: The document that it stands in, where the question says so.
    """

    name: str
    want: Want
    title: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a parsed text: `text[start:end]`, from a heading, or the whole text.

    Attributes:
        path: The headings above it and its own; empty for the whole text.
        headings: Those inside it.
    """

    start: int
    end: int
    path: tuple[str, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A quotable piece of a text: `text[start:end]`, under the headings of its path."""

    start: int
    end: int
    path: tuple[str, ...]


def topic_of(question: str) -> Topic | None:
    """What a question is about as a whole; None where it asks for something in particular."""
    question = " ".join(question.split())
    if named := offered(question):
        title, heading = named
        return Topic(heading or title, Want.TOPIC, title)
    bare = question.rstrip(" ?!.…:;")
    if summary := _SUMMARY.match(_POLITE.sub("", bare)):
        return Topic(_topic_words(next(filter(None, summary.groups()), "")), Want.SUMMARY)
    if kinds := _kinds(bare):
        return Topic(kinds, Want.KINDS)
    bare = _TELL.sub("", bare)
    asked = words(bare)
    if (
        not asked
        or not _ASKING.isdisjoint(asked)
        or not 0 < len(content_words(bare)) <= _LONGEST_TOPIC
    ):
        return None
    return Topic(_topic_words(bare), Want.TOPIC)


def _kinds(bare: str) -> str:
    found = _KINDS.search(bare)
    if found is None and _LIST.match(bare):
        found = _COMPOUND_KINDS.search(bare)
    if found is None:
        return ""
    before = words(bare[: found.start()])
    rest = content_words(found["rest"] or "")
    telling = [w for w in before if not (w in STOPWORDS or w in _EVERY or _LIST.match(w))]
    of = found["of"] or found.groupdict().get("first") or ""
    return _topic_words(re.sub(_LIST, "", of)) if len(rest) <= 1 and not telling else ""


def _topic_words(text: str) -> str:
    name = _AROUND_TOPIC.sub("", text.strip(' "“”'))
    return "" if all(word in STOPWORDS for word in words(name)) else name


def fit(topic: str, name: str) -> int:
    """How well a title or heading is what a topic names: 2 as a whole, 1 with one word more."""
    asked, named = set(content_words(topic)), set(content_words(plain_name(name)))
    if not asked or not asked <= named:
        return 0
    return 2 if asked == named else int(len(named) == len(asked) + 1)


def part_named(parsed: ParsedText, path: tuple[str, ...]) -> Part:
    """The part under the last heading of a path; the whole text where there is no such heading."""
    above: list[Heading] = []
    for position, heading in enumerate(parsed.headings):
        above = [*(h for h in above if h.level < heading.level), heading]
        if path and tuple(h.title for h in above if h.title)[-len(path) :] == path:
            after = parsed.headings[position + 1 :]
            last = next((h for h in after if h.level <= heading.level), None)
            end = last.start if last else len(parsed.text)
            inside = tuple(h for h in after if h.start < end)
            return Part(heading.start, end, tuple(h.title for h in above if h.title), inside)
    return Part(body_start(parsed.text), len(parsed.text), (), parsed.headings)


def kinds(part: Part, topic: str) -> tuple[tuple[Heading, ...], bool]:
    """The headings right below a part's own, and whether they name kinds of the topic.

    They do where half of them bear its name: "Annual leave" and "Sick leave" are kinds of leave.
    """
    headings = [heading for heading in part.headings if plain_name(heading.title)]
    while headings:
        outermost = min(heading.level for heading in headings)
        top = [heading for heading in headings if heading.level == outermost]
        if len(top) > 1:
            named = sum(_holds(heading.title, topic) for heading in top)
            return tuple(top), 2 * named >= len(top)
        headings = [heading for heading in headings if heading.level > outermost]
    return (), False


def _holds(name: str, topic: str) -> bool:
    stems = set(content_words(topic))
    joined = " ".join(content_words(name))
    return any(stem in joined for stem in stems)


def outline(part: Part) -> tuple[Heading, ...]:
    """The headings of a part that tell what is in it: all, or the outermost where all are many."""
    named = tuple(heading for heading in part.headings if plain_name(heading.title))
    if not part.path and named and named[0].level < min((h.level for h in named[1:]), default=9):
        named = named[1:]  # the first one is the document's title
    return named if len(named) <= LISTED else kinds(part, "")[0] or named


def heading_span(parsed: ParsedText, heading: Heading) -> tuple[int, int]:
    """Where a heading's words stand, without the marks before and behind them."""
    line = parsed.text[heading.start : _line_end(parsed.text, heading.start)]
    bare = re.sub(r"^\s*#{0,6}\s*|\s+#+\s*$|\s+$", "", line)
    start = heading.start + line.find(bare)
    return start, start + len(bare)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def first_piece(parsed: ParsedText, part: Part) -> Piece | None:
    """The first thing that a part says: a paragraph, or a list or table with what leads to it."""
    titles = {heading.title for heading in parsed.headings}
    text = parsed.text[: part.end]
    units = split_sentences(text[part.start :], titles)
    said = [
        (part.start + unit.start, part.start + unit.end, unit)
        for unit in units
        if unit.kind not in (UnitKind.HEADING, UnitKind.CODE)
        and quotable(text[part.start + unit.start : part.start + unit.end])
    ]
    if not said:
        return None
    start, end, first = said[0]
    block = first.kind
    for next_start, next_end, unit in said[1:]:
        between = text[end:next_start]
        leads = text[start:end].rstrip("*_ ").endswith(":")
        listed = unit.kind in (UnitKind.ITEM, UnitKind.ROW)
        enough = next_end - start > _QUOTED_CHARACTERS and not listed
        apart = "\n\n" in between and not leads and not (listed and block is unit.kind)
        if enough or apart or (listed and block not in (unit.kind, UnitKind.HEADER) and not leads):
            break
        end, block = next_end, unit.kind
    return Piece(start, end, _path_at(parsed, start))


def _path_at(parsed: ParsedText, offset: int) -> tuple[str, ...]:
    above: list[Heading] = []
    for heading in parsed.headings:
        if heading.start > offset:
            break
        above = [*(h for h in above if h.level < heading.level), heading]
    return tuple(heading.title for heading in above if heading.title)
