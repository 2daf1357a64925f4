"""Making a follow-up question searchable: what of its thread it leans on, put in its place.

Four signals, in this order. A fragment ("and Birch?") stands in for the part of the question before
that is of its kind. A pronoun stands for what was named last. What says too little by itself gets
the question before in front. Anything else stands by itself, and is searched for with the thread's
topic only beside that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wellread.domain.ask.prompting import is_decline
from wellread.domain.ask.questions import Turn
from wellread.domain.ask.searching.going_on import may_go_on
from wellread.domain.ask.searching.phrases import (
    INDEFINITE,
    PREPOSITIONS,
    Swap,
    names,
    swapped,
    tokens,
)
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.text.plain import plain
from wellread.domain.text.sentences import split_sentences
from wellread.domain.text.words import content_words, words

STANDALONE_CHARACTERS = 400
"""A rewritten question is at most so much longer than what was asked."""

_TOPIC_CHARACTERS = 240
_ANSWER_WORDS = 6
_LONGEST_FRAGMENT = 6
_TELLING = 3
"""A question with so many content words says itself what it is about, even after an "And"."""

_LEAD_IN = re.compile(
    r"\W*(?:(?:(?:not|nicht)\s[^,]{1,40},(?:\s*(?:but|sondern))?|and|but|or|so|also|then|no|nope|sorry|"
    r"wait|actually|ok|okay|what about|how about|i meant?|(?:the )?same (?:question )?for|"
    r"und|aber|oder|nein|doch|ich meinte?|was ist mit|wie (?:ist|steht|sieht) es (?:mit|bei|um)"
    r")(?!\w)\W*)+",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\W*(?:no|nope|sorry|wait|actually|not|i mean|nein|nicht|ich mein)", re.IGNORECASE
)
_LEAD_OUT = re.compile(
    r"(?:,?\s+(?:then|instead|too|as well|please|i meant?|not\s.*|aus|auch|bitte|meinte ich))*\W*$",
    re.IGNORECASE,
)
_SAME_FOR = re.compile(
    r"\W*(?:is|does|would|will)\s+(?:that|this|it)\s+(?:(?:also|even)\s+)?"
    r"(?:(?:true|apply|hold|go|valid|the case|the same)\s+)?(?:for|to|at|in|of)\b\W*",
    re.IGNORECASE,
)
_CLAUSE = frozenset(
    """
    is are was were be do does did has have had can could may might must shall should will would
    i we you he she they who what which when where why how
    ist sind war hat haben kann darf muss soll wird werden ich wir es man
    wer was wann wo wie warum welche gibt gilt geht kostet braucht dauert
    """.split()
)
_PRONOUN = re.compile(
    r"\b(?:its|their|theirs|his|dessen|deren|seine[rnms]?|it|they|them|he|him|she|her|there|"
    r"davon|dafür|dazu|damit|dabei|dagegen|dort|ihn|ihm|ihnen|denen"
    r"|(?-i:sie|er))\b",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"its|theirs?|his|her|dessen|deren|seine[rnms]?", re.IGNORECASE)
_HOW = frozenset("how when wie wann".split())
_AFTER_VERB = ("sie", "er")
_PLACE = re.compile(r"there|dort", re.IGNORECASE)
# "that" joins clauses and "this" points at a noun of the same question more often than not.
_POINTER = re.compile(
    r"\b(?:this|that|these|those|das|dies|diese|dieser|dieses)\b"
    r"(?=\W*$|\s+(?:is|are|was|were|does|do|did|can|will|would|mean|work|take|cost|apply|include|"
    r"happen|also|too|ist|sind|gilt|bedeutet|kostet|geht|auch)\b)"
    r"|\b(?:about|does|do|is|after|before|besides|like|was|did)\s+(?:this|that|these|those)\b"
    r"|\b(?:this|these|those|such)\s+\w+\W*$"
    r"|\b(?:the|that|this|which|\w+(?:st|nd|rd|th|er|est))\s+(?:\w+\s+)?ones?\b(?=\W|$)",
    re.IGNORECASE,
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|does|do|can|will|would|if)\s+it\s+(?:\w+\s+){0,3}?(?:to|that|if|when|for)\b"
    r"|\bit\s+(?:takes?|is|was)\s+(?:\w+\s+){0,2}?(?:to|that)\b"
    r"|\b(?:is|are|was|were|does|do|will)\s+there\b|\bthere\s+(?:is|are)\b",
    re.IGNORECASE,
)
_ORDINALS = (
    ("first", "1st", "former", "erste"), ("second", "2nd", "zweite"), ("third", "3rd", "dritte"),
    ("fourth", "4th", "vierte"), ("fifth", "5th", "fünfte"), ("last", "latter", "letzte"),
)  # fmt: skip
_POSITIONS = {word: -1 if i == 5 else i for i, same in enumerate(_ORDINALS) for word in same}
_DEFINES = re.compile(
    r"\W*(?:what(?:['’]s| is| are)|was (?:ist|sind))\b(?!.*\b(?:the|der|die|das)\b)"
    r"|\W*(?:(?:who|where|wer|wo)(?:['’]s|\s+(?:is|are|ist|sind))|define|explain)\b",
    re.IGNORECASE,
)
_ASKS_FOR_NAME = re.compile(
    r"\b(?:who|whom|which|where|wer|wem|wen|wo|welche[rnms]?)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[?!.])\s+")
_LISTED = re.compile(r",\s*(?:and|or|und|oder)?\s*|(?<!\s)\s++(?:and|or|und|oder)\s+")
_MARKER = re.compile(r"(?<!\s)\s*+\[\d+\]")


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for.

    Attributes:
        text: The question, understandable without its thread.
        also: The same in other words, whose findings come second; empty for none.
        preferred: Documents that the question may go on about: where they fit as well as others,
            they come first.
        of: Another reading, where documents speak of the first as something of the second: "the
            deposit" of "a boat"; None where the question has but one.
    """

    text: str
    also: str = ""
    preferred: frozenset[DocumentId] = frozenset()
    of: tuple[str, str] | None = None


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """A question as it is searched for, never longer by more than STANDALONE_CHARACTERS."""
    return follow_up(question, turns).text


def follow_up(question: str, turns: Sequence[Turn]) -> Search:
    """What a question is searched for as, in its thread."""
    question = " ".join(question.split())
    if not turns:
        return Search(question)
    last = turns[-1]
    rest, led = without_lead_in(question)
    counting = _POINTER.search(rest) or _counted_out(last, question)
    fragment = not counting and _is_fragment(rest, led or question.endswith("?"))
    if fragment:
        swap = swapped(rest, last.standalone)
        if swap and len(swap.text) <= len(question) + STANDALONE_CHARACTERS:
            return Search(swap.text, question, of=_attribute(rest, question, swap))
    elif subject := _subject(question, last):
        mark = "?" if question.endswith("?") else ""
        return Search(_resolved(rest, subject) + mark, question, last.documents)
    with_topic = _with_topic(question, turns)
    if fragment or _leans(question, rest, led, last.declined):
        return Search(with_topic, question, last.documents)
    also = with_topic if may_go_on(question) and not last.declined else ""
    return Search(question, also, last.documents)


def without_lead_in(question: str) -> tuple[str, bool]:
    """The question without "and", "no, I meant" and the like around it, and whether there was."""
    same = _SAME_FOR.match(question)
    if same and tokens(question)[-1].kind != "thing":
        return _LEAD_OUT.sub("", question[same.end() :]), True
    lead_in = _LEAD_IN.match(question)
    rest = question[lead_in.end() if lead_in else 0 :]
    bare = _LEAD_OUT.sub("", rest)
    return bare, lead_in is not None or len(bare) < len(rest.rstrip(" ?.!"))


def _attribute(rest: str, question: str, swap: Swap) -> tuple[str, str] | None:
    """What "and the deposit?" may be of: not another thing in its place, but something of it."""
    said = [word for word in tokens(rest) if word.content]
    plain_thing = all(word.kind == "thing" for word in said) and not _CORRECTS.match(question)
    leads = tokens(rest)[0].low
    if not plain_thing or leads in PREPOSITIONS or leads in INDEFINITE:
        return None
    return rest, swap.instead_of


def _is_fragment(rest: str, marked: bool) -> bool:
    """Whether what was asked is a phrase that only another question makes a question of."""
    asked = tokens(rest)
    if not marked or not 0 < len(asked) <= _LONGEST_FRAGMENT:
        return False
    parts = [part for word in asked for part in words(word.text)]
    whole = any(part in _CLAUSE or _PRONOUN.fullmatch(part) for part in parts)
    return not whole and any(word.content for word in asked)


def _subject(question: str, last: Turn) -> str:
    """What a pronoun of the question stands for: what was named last. Empty for none."""
    if not _has_open_pronoun(question) or _POINTER.search(question):
        return ""
    if _ASKS_FOR_NAME.search(last.standalone) and (named := _named_in_answer(last, question)):
        return named
    named = ""
    before, led = without_lead_in(last.question)
    if led and last.standalone != last.question and _is_fragment(before, led):
        named = before if tokens(before)[0].low not in PREPOSITIONS else ""
    return named or next(iter(reversed(names(last.standalone))), "")


def _has_open_pronoun(question: str) -> bool:
    unresolved = _EXPLETIVE.sub(" ", question)
    # "When I stop an instance, does it keep its address?" says itself what "it" is.
    return any(
        _PLACE.fullmatch(pronoun[0])
        or len(content_words(unresolved[: pronoun.start()]))
        < (3 if pronoun[0] in _AFTER_VERB else 2)
        for pronoun in _PRONOUN.finditer(unresolved)
    )


def _resolved(question: str, subject: str) -> str:
    def named(pronoun: re.Match[str]) -> str:
        if _PLACE.fullmatch(pronoun[0]):
            return f"at {subject}" if pronoun[0].casefold() == "there" else f"in {subject}"
        own = _POSSESSIVE.fullmatch(pronoun[0]) and question[pronoun.end() :].strip(" ?.!")
        return f"{subject}'s" if own else subject

    return _PRONOUN.sub(named, question)


def _leans(question: str, rest: str, led: bool, after_decline: bool) -> bool:
    """Whether a question says too little by itself."""
    asked, content = words(question), set(content_words(rest))
    if not content or _POINTER.search(question) or _has_open_pronoun(question):
        return True
    named = bool(names(f"- {rest[:1].lower()}{rest[1:]}"))
    if led and len(content) < (_TELLING - 1 if after_decline or named else _TELLING):
        return True
    if asked[0] in PREPOSITIONS and len(asked) <= 4:
        return True
    if asked[0] in _HOW and len(asked) <= 3:
        return True
    return len(content) == 1 and not named and not _DEFINES.match(question)


def _with_topic(question: str, turns: Sequence[Turn]) -> str:
    """A question with what the last turn was searched for in front.

    With it what the answer listed there, where the question counts through it. A turn that was
    declined was perhaps about nothing, so the last one that got an answer comes along.
    """
    last = turns[-1]
    topic = _topic(last.standalone, question)
    if last.declined:
        answered = next((turn for turn in reversed(turns) if not turn.declined), None)
        if answered is not None and answered.standalone not in last.standalone:
            topic = f"{topic} ({_gist(answered.standalone, _TOPIC_CHARACTERS // 3)})"
    named = _counted_out(last, question)
    return " ".join(part for part in (topic, question, f"({named})" if named else "") if part)


def _topic(searched: str, question: str) -> str:
    """What the last turn was searched for, shortened from the middle as the thread goes on."""
    parts = [part for part in _SENTENCE_END.split(" ".join(searched.split())) if part]
    kept = parts if len(parts) < 2 else [parts[0], parts[-1]]
    topic = " ".join(part for part in kept if part.casefold() != question.casefold())
    if len(topic) > _TOPIC_CHARACTERS:
        topic = _gist(topic, _TOPIC_CHARACTERS)
    return topic if not topic or topic[-1] in "?!.)" else f"{topic}."


def _gist(text: str, limit: int) -> str:
    """The telling words of a text, each once, as far as they fit."""
    told = " ".join(dict.fromkeys(word.text for word in tokens(text) if word.content))
    return told if len(told) <= limit else told[: limit + 1].rpartition(" ")[0] or told[:limit]


def _named_in_answer(turn: Turn, question: str) -> str:
    """The first things that the last answer called by name, beside those known before."""
    if turn.declined or is_decline(turn.answer):
        return ""
    known = {*content_words(turn.standalone), *content_words(question)}
    found = names(_said(turn.answer))
    new = [name for name in found if not known.issuperset(content_words(name))]
    return _gist(" ".join(new[:1]), STANDALONE_CHARACTERS - _TOPIC_CHARACTERS - 10)


def _said(answer: str) -> str:
    """An answer's words without markers; of one made of quotes, without where they stand."""
    quoted = [line for line in answer.splitlines() if line.startswith(">")]
    return _MARKER.sub("", "\n".join(quoted) or answer)


def _counted_out(turn: Turn, question: str) -> str:
    """The item of the last answer that the question counts out: "the second one"."""
    if turn.declined or is_decline(turn.answer):
        return ""
    for word in words(question):
        position = _POSITIONS.get(word if word in _POSITIONS else re.sub("[nrms]$", "", word))
        items = _items(_said(turn.answer)) if position is not None else []
        if position is not None and -len(items) <= position < len(items):
            told = [part.text for part in tokens(items[position]) if part.content]
            return _gist(" ".join(told[:_ANSWER_WORDS]), STANDALONE_CHARACTERS // 3)
    return ""


def _items(answer: str) -> list[str]:
    """What an answer lists, one a line or behind a colon."""
    listed = re.compile(r"\s*>?\s*(?:[-*•]|\d+[.)])\s")
    lines = [line for line in answer.splitlines() if listed.match(line)]
    if len(lines) > 1:
        return [plain(line) for line in lines]
    for unit in split_sentences(answer):
        sentence = answer[unit.start : unit.end]
        parts = re.split(r";\s*", sentence.partition(":")[2]) if ":" in sentence else []
        if len(parts) < 2:
            parts = re.split(
                r",\s*(?:and|or|und|oder)?\s*|(?<!\s)\s++(?:and|or|und|oder)\s+", sentence
            )
        if len(parts) > 1:
            return [plain(part) for part in parts]
    return []
