"""Making a follow-up question searchable without its thread."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wellread.domain.prompting import is_decline
from wellread.domain.questions import Turn
from wellread.domain.sentences import plain, split_sentences
from wellread.domain.words import STOPWORDS, content_words, stem, words

STANDALONE_CHARACTERS = 400
"""A rewritten question is at most so much longer than what was asked."""

_TOPIC_CHARACTERS = 240
_ANSWER_WORDS = 6

_TELLING = 3
"""A question with so many content words stands by itself even after an "And"."""

_TELLING_AFTER_DECLINE = 2
"""After a decline people turn to something else, so fewer suffice."""

_CONNECTIVE = re.compile(
    r"^\W*(?:and|but|or|so|also|then|what about|how about|what if|und|aber|oder|was ist mit|"
    r"wie ist es mit|wie sieht es (?:mit|bei)|gilt das|same (?:for|question))\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"^\W*(?:for|in|on|at|with|without|during|after|before|from|per|für|bei|in|im|mit|ohne|nach|"
    r"vor|während|ab|seit)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|there|"
    r"davon|dafür|dazu|damit|dabei|dagegen|dessen|deren|dort|ihn|ihm|ihnen|denen)\b",
    re.IGNORECASE,
)
# "that" joins clauses and "this" points at a noun of the same question more often than not.
_POINTER = re.compile(
    r"\b(?:this|that|these|those|das|dies|diese|dieser|dieses)\b"
    r"(?=\W*$|\s+(?:is|are|was|were|does|do|did|can|will|would|mean|work|take|cost|apply|include|"
    r"happen|also|too|ist|sind|gilt|bedeutet|kostet|geht|auch)\b)"
    r"|\b(?:about|does|do|is|after|before|besides|like|was|did)\s+(?:this|that|these|those)\b",
    re.IGNORECASE,
)
_THIS_NOUN = re.compile(r"\b(?:this|these|those|such)\s+\w+", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|does|do|can|will|would|if)\s+it\s+(?:\w+\s+){0,3}?(?:to|that|if|when|for)\b"
    r"|\bit\s+(?:takes?|is|was)\s+(?:\w+\s+){0,2}?(?:to|that)\b"
    r"|\b(?:is|are|was|were|does|do|will)\s+there\b|\bthere\s+(?:is|are)\b",
    re.IGNORECASE,
)
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|fifth|last|latter|former|1st|2nd|3rd|4th|5th|other|"
    r"erste[nrs]?|zweite[nrs]?|dritte[nrs]?|letzte[nrs]?|andere[nrs]?)\b(?:\s+(?:one|ones))?",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:the|that|this|which|\w+(?:st|nd|rd|th|er|est))\s+(?:\w+\s+)?ones?\b(?=\W|$)",
    re.IGNORECASE,
)
_DEFINES = re.compile(
    r"^\W*(?:what|who|whats|what's|who's|where|define|explain|describe|was|wer|wo|tell me about)\b",
    re.IGNORECASE,
)
_POSITIONS = {
    "first": 0, "1st": 0, "former": 0, "erste": 0, "second": 1, "2nd": 1, "zweite": 1,
    "third": 2, "3rd": 2, "dritte": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "last": -1, "latter": -1, "letzte": -1,
}  # fmt: skip
_VAGUE = frozenset(
    stem(word)
    for word in (
        "limit maximum minimum deadline cost price fee exception exceptions example examples "
        "details detail more reason reasons difference step steps next else further approval form "
        "alternative alternatives default requirement requirements longer long many much often "
        "mehr beispiel beispiele kosten frist grund ausnahme ausnahmen unterschied lange viel oft"
    ).split()
)
_NAME = re.compile(r"(?<=[a-zà-ÿ,] )[^\W\d_a-zß-ÿ][\w-]{2,}(?: [^\W\d_a-zß-ÿ][\w-]+)*")
_SENTENCE_END = re.compile(r"(?<=[?!.])\s+")
_MARKER = re.compile(r"\s*\[\d+\]")


def standalone(question: str, turns: Sequence[Turn]) -> str:
    """A question as it is searched for: a follow-up gets the topic of its thread put in front.

    A question that stands by itself stays as it is. What is put in front is what the last turn was
    searched for, and what its answer named where the question points there, never more than
    STANDALONE_CHARACTERS. A turn that was declined was perhaps about nothing, so the last turn
    that got an answer is put in front of it.
    """
    question = " ".join(question.split())
    if not turns or not _leans_on_thread(question, turns[-1].declined):
        return question
    last = turns[-1]
    topic = _topic(last.standalone, question)
    if last.declined:
        answered = next((turn for turn in reversed(turns) if not turn.declined), None)
        if answered is not None and answered.standalone not in last.standalone:
            earlier = " ".join(dict.fromkeys(_names_and_content(answered.standalone)))
            topic = f"{topic} ({_cut(earlier, _TOPIC_CHARACTERS // 3)})"
    named = _named_in_answer(last, question)
    return " ".join(part for part in (topic, question, f"({named})" if named else "") if part)


def _leans_on_thread(question: str, after_decline: bool) -> bool:
    asked = words(question)
    content = [word for word in asked if word not in STOPWORDS]
    if connective := _CONNECTIVE.match(question):
        rest = question[connective.end() :].lstrip(" ,")
        enough = _TELLING_AFTER_DECLINE if after_decline else _TELLING
        return len(set(content_words(rest))) < enough or _leans_on_thread(rest, after_decline)
    if not content or (_PREPOSITION.match(question) and len(asked) <= 4):
        return True
    if _POINTER.search(question) or _ONE.search(question):
        return True
    unresolved = _EXPLETIVE.sub(" ", question)
    for pronoun in _PRONOUN.finditer(unresolved):
        # "When I stop an instance, does it keep its address?" says itself what "it" is.
        if len(content_words(unresolved[: pronoun.start()])) < 2:
            return True
    if _THIS_NOUN.search(question) and len(content) <= 3:
        return True
    telling = [word for word in content if stem(word) not in _VAGUE]
    if not telling:
        return True
    return len(content) == 1 and not _DEFINES.match(question) and len(asked) <= 4


def _topic(searched: str, question: str) -> str:
    """What the last turn was searched for, shortened from the middle as the thread goes on."""
    parts = [part for part in _SENTENCE_END.split(" ".join(searched.split())) if part]
    kept = parts if len(parts) < 2 else [parts[0], parts[-1]]
    kept = [part for part in kept if part.casefold() != question.casefold()]
    topic = " ".join(kept)
    if len(topic) > _TOPIC_CHARACTERS:
        topic = _cut(" ".join(dict.fromkeys(_names_and_content(topic))), _TOPIC_CHARACTERS)
    return topic if not topic or topic[-1] in "?!.)" else f"{topic}."


def _names_and_content(text: str) -> list[str]:
    return [
        word
        for word in re.findall(r"\w[\w.'’-]*\w|\w", text)
        if not all(part in STOPWORDS for part in words(word))
    ]


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit + 1].rpartition(" ")[0] or text[:limit]


def _named_in_answer(turn: Turn, question: str) -> str:
    """What the last answer named, where the question can only mean that."""
    if turn.declined or is_decline(turn.answer):
        return ""
    answer = _MARKER.sub("", turn.answer)
    room = STANDALONE_CHARACTERS - _TOPIC_CHARACTERS
    if (ordinal := _ORDINAL.search(question)) and (items := _items(answer)):
        position = _POSITIONS.get(ordinal[1].lower().removesuffix("n").removesuffix("r"))
        if position is not None and -len(items) <= position < len(items):
            named = _names_and_content(items[position])[:_ANSWER_WORDS]
            return _cut(" ".join(named), room)
    if _PRONOUN.search(question) or _POINTER.search(question):
        known = set(content_words(turn.standalone)) | set(content_words(question))
        names = [
            word
            for name in _NAME.findall(answer)
            for word in name.split()
            if not set(content_words(word)) <= known
        ]
        return _cut(" ".join(list(dict.fromkeys(names))[:_ANSWER_WORDS]), room)
    return ""


def _items(answer: str) -> list[str]:
    """What an answer lists, one a line or behind a colon."""
    lines = [line for line in answer.splitlines() if re.match(r"\s*(?:[-*•]|\d+[.)])\s", line)]
    if len(lines) > 1:
        return [plain(line) for line in lines]
    for unit in split_sentences(answer):
        sentence = answer[unit.start : unit.end]
        listed = re.split(r";\s*", sentence.partition(":")[2]) if ":" in sentence else []
        if len(listed) < 2:
            listed = re.split(r",\s*(?:and|or|und|oder)?\s*|\s+(?:and|or|und|oder)\s+", sentence)
        if len(listed) > 1:
            return [plain(item) for item in listed]
    return []
