"""Phrases of a question, and which of them another phrase can stand in for.

No grammar: a phrase is found by the small words around it, and by being a number, a day, a name or
a thing. English and German small words are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from wellread.domain.text.words import STOPWORDS, stem, words

PREPOSITIONS = frozenset(
    """
    for in on at with without during after before from per to of by about under over
    für bei im ins am mit ohne nach vor während ab seit aus von vom zu zum zur über unter
    """.split()
)
_OF = frozenset("for of at from with für bei von".split())
INDEFINITE = frozenset("a an one any each every ein eine einen einem einer jede jeder".split())
_GERMAN = frozenset("der die das den dem des ein eine einen einem einer mein meine unser".split())
_GERMAN_SMALL = _GERMAN | frozenset("wie wann wer wo was welche ist gibt kostet viele".split())
_DETERMINERS = INDEFINITE | _GERMAN | frozenset("the my our your its their".split())
_IS = frozenset("is are was were ist sind war".split())
_OPENS = _IS | frozenset("do does did can may must should will kann darf muss soll".split())
_COUNTING = frozenset("many viele".split())
_CALENDAR = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december montag dienstag mittwoch donnerstag freitag
    samstag sonntag januar februar märz mai juni juli oktober dezember
    """.split()
)
_NEAR = 5
_TOKEN = re.compile(r"\w[\w.'’-]*\w|\w")


@dataclass(frozen=True, slots=True)
class Word:
    """A word where it stands: `text[start:end]` of the question."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """The word in small letters."""
        return self.text.casefold()

    @property
    def content(self) -> bool:
        """Whether it says something about the topic."""
        return not all(part in STOPWORDS for part in words(self.text))

    @property
    def kind(self) -> str:
        """What could stand in its place: a number, a day or month, a name, or a thing."""
        if any(c.isdigit() for c in self.text):
            return "number"
        if self.low.removesuffix("s") in _CALENDAR:
            return "day"
        return "name" if self.text[:1].isupper() else "thing"


def tokens(text: str) -> list[Word]:
    """The words of a text in order, identifiers and hyphenated words in one piece."""
    return [Word(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]


def names(text: str) -> list[str]:
    """What a text calls by name, in order: capitals amid a sentence, and identifiers."""
    found: list[str] = []
    last: Word | None = None
    before = ""
    every = tokens(text)
    for position, word in enumerate(every):
        after = every[position + 1] if position + 1 < len(every) else word
        twice = after.kind == "name" and after.content and after.start == word.end + 1
        amid = word.start > 0 and text[: word.start].rstrip(" \"“'‘(")[-1:] not in ".?!>\n"
        identifier = word.kind == "number" and any(c.isalpha() for c in word.text)
        named = identifier or ((amid or twice) and word.content and word.kind == "name")
        # Every German noun has a capital, so one with an article is no name.
        if named and before not in _GERMAN:
            if last is not None and word.start == last.end + 1:
                found[-1] += f" {word.text}"
            else:
                found.append(word.text)
            last = word
        before = word.low
    return [re.sub("['’]s?$", "", name) for name in found]


def things(question: str) -> frozenset[str]:
    """The stems of what a question is of: what its first article leads to, else all its words."""
    asked = tokens(question)
    for position, word in enumerate(asked[:-1]):
        if word.low in _DETERMINERS and asked[position + 1].content:
            run = takewhile(lambda following: following.content, asked[position + 1 :])
            return frozenset(stem(each.low) for each in run)
    return frozenset(stem(word.low) for word in asked if word.content)


@dataclass(frozen=True, slots=True)
class Swap:
    """A question with another phrase in it: what it is then, and which phrase had to go."""

    text: str
    instead_of: str


def belongs(new: str, replaced: str, sentence: str) -> bool:
    """Whether a sentence speaks of one thing as something of another: "the deposit for a boat"."""
    ours, theirs = ([stem(w.low) for w in tokens(p) if w.content] for p in (new, replaced))
    said = tokens(sentence)
    stems = [stem(word.low) for word in said]
    for position, word in enumerate(stems):
        if not ours or not theirs or word != ours[-1]:
            continue
        if position and stems[position - 1] == theirs[-1]:
            return True
        after = said[position + 1 : position + _NEAR]
        if (
            after
            and after[0].low in PREPOSITIONS | _GERMAN
            and theirs[-1] in stems[position + 2 : position + _NEAR + len(theirs)]
        ):
            return True
    return False


def swapped(fragment: str, question: str) -> Swap | None:
    """A question with a fragment in the place of what it stands in for; None where of nothing.

    A phrase with a preposition stands in for one with the same, one that shares its last word for
    what bears that word, and any other for a phrase of its kind. What follows within the fragment
    ("Birch on Sundays") comes behind the question.
    """
    new, old = tokens(fragment), tokens(question)
    if new[0].low in PREPOSITIONS:
        span = _with_preposition(new[0].low, old)
        named = len(new) > 1 and new[1].kind == "name" and not _german(old)
        if span or new[0].low not in _OF or not named:
            return _put(fragment, question, span)
        new = new[1:]
    more = next((word for word in new[1:] if word.low in PREPOSITIONS), None)
    if more is not None:
        new = [word for word in new if word.start < more.start]
    bare = [word for word in new if word.low not in _DETERMINERS]
    if not bare:
        return None
    end = bare[-1].end
    if shared := _sharing(new, old):
        span, begin = shared
    else:
        span, begin = _alike(new, bare, old), bare[0].start
        article = next((w for w in old if span and w.end + 1 == span[0]), None)
        if span and article and {article.low, new[0].low} <= INDEFINITE:
            span, begin = (article.start, span[1]), new[0].start  # "an adult" for "a child"
    swap = _put(fragment[begin:end], question, span)
    if swap is None or more is None:
        return swap
    bare_question = swap.text.rstrip(" ?.!")
    mark = swap.text[len(bare_question) :]
    return Swap(f"{bare_question} {fragment[more.start :]}{mark}", swap.instead_of)


def _put(phrase: str, question: str, span: tuple[int, int] | None) -> Swap | None:
    if span is None:
        return None
    before = question[: span[0]].rsplit(maxsplit=1)[-1:]
    article = f"{before[0]} " if before and before[0].casefold() in _DETERMINERS else ""
    swapped_in = question[: span[0]] + phrase + question[span[1] :]
    return Swap(swapped_in, article + question[slice(*span)])


def _with_preposition(preposition: str, old: Sequence[Word]) -> tuple[int, int] | None:
    for position in range(len(old) - 1, -1, -1):
        end = position
        while end + 1 < len(old) and (old[end + 1].content or old[end + 1].low in _DETERMINERS):
            end += 1
        if old[position].low == preposition and end > position:
            return old[position].start, old[end].end
    return None


def _sharing(new: Sequence[Word], old: Sequence[Word]) -> tuple[tuple[int, int], int] | None:
    """Of "annual leave" after "How long is sick leave?": the place of "sick leave"."""
    said = [word for word in new if word.content]
    for position in range(len(old) - 1, -1, -1):
        same = old[position].content and stem(old[position].low) == stem(said[-1].low)
        if same and len(said) > 1:
            first = position
            while first and old[first - 1].content and position - first < len(said) - 1:
                first -= 1
            return (old[first].start, old[position].end), said[0].start
    return None


def _alike(
    new: Sequence[Word], bare: Sequence[Word], old: Sequence[Word]
) -> tuple[int, int] | None:
    """Where the phrase stands that is most like the new one: the last one in case of doubt."""
    length = sum(word.content for word in bare)
    indefinite, without = new[0].low in INDEFINITE, len(new) == len(bare)
    plural = without and bare[-1].low.endswith("s")
    kinds = [bare[0].kind] if without else [bare[0].kind, "thing"]  # "my PIN" for "my password"
    for kind in kinds:
        best: tuple[tuple[bool, bool, bool, int], tuple[int, int]] | None = None
        for first, last, determiner, preposition in _phrases(kind, length, plural, old):
            of = _goes_on(last, old)
            asked_for = preposition in _IS and of + 1 < len(old) and old[of + 1].low in PREPOSITIONS
            alike = determiner in INDEFINITE if indefinite else preposition not in PREPOSITIONS
            if kind == "thing" and without and determiner and not alike:
                continue
            fits = (plural and not determiner, not asked_for, alike, first)
            if best is None or fits > best[0]:
                best = fits, (old[first].start, old[last].end)
        if best:
            return best[1]
    return None


def _german(asked: Sequence[Word]) -> bool:
    """Whether a capital says nothing."""
    return any(word.low in _GERMAN_SMALL for word in asked)


def _goes_on(position: int, old: Sequence[Word]) -> int:
    while position + 1 < len(old) and old[position + 1].content:
        position += 1
    return position


def _phrases(
    kind: str, length: int, plural: bool, old: Sequence[Word]
) -> Iterator[tuple[int, int, str, str]]:
    """The phrases of a kind: first and last word, determiner, and the word before both.

    A thing begins behind a determiner, and is as long as the new one; or it is a plural without
    any, with what stands before it, or what a question for yes or no begins with. Anything else is
    as long as its kind goes on.
    """
    for position, word in enumerate(old):
        before = old[position - 1] if position else None
        if word.kind != kind or not word.content or before is None:
            continue
        first = last = position
        determiner = before.low if before.low in _DETERMINERS else ""
        if kind == "thing" and not determiner:
            while first > 1 and old[first - 1].content:
                first -= 1
            counted = any(w.low in _COUNTING for w in old[max(first - 1, 0) : first])
            listed = plural and word.low.endswith("s")
            if counted or not (listed or (position == 1 and before.low in _OPENS)):
                continue
        elif before.content and before.kind == kind:
            continue
        elif kind == "thing":
            last = min(_goes_on(position, old), position + length - 1)
        else:
            while last + 1 < len(old) and old[last + 1].content and old[last + 1].kind == kind:
                last += 1
            if kind == "name" and _german(old):
                first = max(first, last - length + 1)  # nouns in a row are no name of one thing
        place = first - 1 - bool(determiner)
        yield first, last, determiner, old[place].low if place >= 0 else ""
