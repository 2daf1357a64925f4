"""Questions about a document or section as a whole: what they name, and what they want of it.

A bare topic ("travel policy"), the kinds of something, and a summary all ask for the part of a
document that bears that name, not for a sentence in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from wellread.domain.ask.suggestions import offered
from wellread.domain.text.names import plain_name
from wellread.domain.text.words import STOPWORDS, content_words, words

_LONGEST_TOPIC = 5
_LONGEST_ASKED = 1_000

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
KINDS_TOLD = re.compile(
    r"\b(?:(?:kinds|types|sorts|categories|varieties|variants|arten|typen|sorten)\b"
    r"|(?:forms\s+of|formen\s+von)\b)",
    re.IGNORECASE,
)
"""How a sentence begins to tell kinds."""

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
_ALL = re.compile(
    r"^(?:which|what|welche)\s+(?P<of>[^,]+?)\s+"
    r"(?:are\s+(?:there|available|offered)|exist|do\s+(?:we|you)\s+have|gibt\s+es)$"
    r"|^(?:(?:please|bitte)\s+)?(?:list|name|enumerate|nenne?|liste)\s+(?:all|alle|the)\s+(?P<all>[^,]+)$",
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
    r"|^what(?:\s+is|['’]s)\s+(?P<about>.+?)\s+(?:all\s+)?about$"
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


_NUMBER = re.compile(r"^(?:§\s*)?(?:\d+(?:\.\d+)*[.):]?|[A-Z\d]{1,4}[.):])\s+")


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


def topic_of(question: str) -> Topic | None:
    """What a question is about as a whole; None where it asks for something in particular."""
    question = " ".join(question.split())
    if len(question) > _LONGEST_ASKED:
        return None
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
        every = _ALL.match(bare)
        return _topic_words(every["of"] or every["all"]) if every else ""
    before = words(bare[: found.start()])
    rest = content_words(found["rest"] or "")
    telling = [w for w in before if not (w in STOPWORDS or w in _EVERY or _LIST.match(w))]
    of = found["of"] or found.groupdict().get("first") or ""
    return _topic_words(re.sub(_LIST, "", of)) if len(rest) <= 1 and not telling else ""


def _topic_words(text: str) -> str:
    name = _AROUND_TOPIC.sub("", text.strip(' "“”'))
    return "" if all(word in STOPWORDS for word in words(name)) else name


def fit(topic: str, name: str) -> int:
    """How well a title or heading is what a topic names, apart from its number.

    3 word for word, 2 but for endings, 1 with one word more, else 0.
    """
    name = _NUMBER.sub("", plain_name(name))
    asked, named = set(content_words(topic)), set(content_words(name))
    if not asked or not asked <= named:
        return 0
    if asked == named:
        return 3 if words(topic) == words(name) else 2
    return int(len(named) == len(asked) + 1)
