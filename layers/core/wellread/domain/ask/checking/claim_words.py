"""The words of a claim and of its source, as they are compared: what each says and what it denies.

Only classes of function words are known (negations, modals, quantifiers, conditions, pairs of
opposites), no words of any topic.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from wellread.domain.text.words import NUMBER_WORDS, stem


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


FUNCTION_WORDS = _set(
    """
    a an the this that these those there here it its itself he she him her his they them their we
    us our ours you your yours yourself themselves i me my mine one ones and or but nor so then
    than as at by for from in into of off on onto out over to up down with within about between
    during through under while per via is are was were be been being am do does did done doing
    have has had having can could may might must shall should will would what which who whom
    whose when where why how any all both each every some such own same too very also just
    please not no yes if unless until before after without only even still yet because since
    whether either neither never always get gets got let lets make makes made take takes taken
    give gives given go goes use used uses using many much
    der die das dem den des ein eine einen einem einer und oder in im ist sind zu von mit auf für
    """
)
NEGATIONS = _set(
    """
    not no never none neither nor without nothing nobody nowhere unable
    kein keine keinen keiner keinem nicht nie niemals ohne
    """
)
DENYING_STEMS = _set(
    """
    lack refus prohibit forbid forbidd exclud prevent avoid discourag ban
    """
)
"""Stems of verbs and the like that deny what follows them."""

NECESSITY = _set(
    """
    must shall required require requires need needs needed mandatory compulsory obligatory obliged
    necessary obligation requirement essential muss müssen
    """
)
POSSIBILITY = _set(
    """
    may can could might optional optionally possible possibly allowed permitted able option free
    choose voluntary kann können darf dürfen
    """
)
ADVICE = _set(
    """
    should ought recommended recommend recommends advise advised suggest suggested suggests
    advisable preferably sollte soll
    """
)
UNIVERSAL = _set(
    """
    always every all whatever whenever never everyone everybody everything entire
    entirely fully completely regardless alle immer jeder
    """
)
PARTIAL = _set(
    """
    sometimes some often usually most mostly typically generally normally several few many
    occasionally frequently partly rarely manchmal oft meist
    """
)
EXCLUSIVE = _set("only solely exclusively just alone nur")
HEDGES = _set("may might could")
CONDITION = _set(
    """
    if unless except until provided when where while once whenever wherever excluding apart
    besides depending subject during till wenn falls außer
    """
)
VERBS = _set(
    """
    is are was were be can could may might must shall should will would has have had does do did
    it they you we he she which because
    """
)
"""What tells that a piece of a sentence is a clause: auxiliaries, and words that open one."""

_OPPOSITES = (
    (
        "more over above exceed exceeds greater higher larger longer increase increases increased "
        "rise rises raise bigger upper",
        "less fewer under below lower smaller shorter decrease decreases decreased fall falls "
        "reduce reduced reduces",
    ),
    (
        "before earlier prior first beginning starts",
        "after later following afterwards last end ends",
    ),
    ("maximum max most highest largest", "minimum min least lowest smallest"),
    ("include includes including included", "exclude excludes excluding excluded except"),
    ("with", "without"),
    ("same", "different"),
    ("inside within", "outside beyond"),
    ("both all", "either"),
    ("allow allows allowed enable enables", "prevent prevents disable disables forbid forbids"),
    ("add adds added", "remove removes removed"),
    ("open opens opened", "close closes closed"),
    ("automatic automatically", "manual manually"),
    ("internal", "external"),
    ("on", "off"),
    ("up", "down"),
    ("always", "never"),
)  # fmt: skip
_SIDES: dict[str, list[tuple[int, int]]] = {}
for _pair, (_one, _other) in enumerate(_OPPOSITES):
    for _side, _names in ((1, _one), (-1, _other)):
        for _name in _names.split():
            _SIDES.setdefault(_name, []).append((_pair, _side))

_TEENS = "thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred"
_NUMBER_WORDS = {
    **NUMBER_WORDS,
    **{name: str(n) for n, name in enumerate(_TEENS.split(), 13)},
    **{name: f"{n}0" for n, name in enumerate(_TENS.split(), 2)},
    "thousand": "1000", "million": "1000000", "billion": "1000000000", "dozen": "12",
    "twice": "2", "second": "2", "third": "3", "fourth": "4", "fifth": "5",
}  # fmt: skip
for _name in ("one", "eins", "null"):
    del _NUMBER_WORDS[_name]

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W_]+")
_PART = re.compile(r"\d[\d.,:]*|[^\d]+")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+$")
_ROUND = re.compile(r"^(\d+)[.:]0+$")
_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_SHORT = re.compile(r"['’](?:s|re|ve|ll|d|m)\b")
_CANNOT = re.compile(r"\b(?:cannot|can['’]t)\b", re.IGNORECASE)
_BREAK = re.compile(r"[,;.()|–—]")
_COORDINATORS = _set("and or but while whereas although though und oder aber")
_NEGATION_REACH = 3
"""A negation is about so many content words after it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text.

    Attributes:
        text: In lower case.
        stem: What is compared; a number's is "#" and its value.
        content: Whether it speaks of the topic.
        number: Whether it is a number; `spelled` if written as a word.
        name: Whether it is written like a name or an identifier.
        denied: Whether a negation is about it.
        segment: Which piece of the text between commas, stops and coordinators holds it.
    """

    text: str
    stem: str
    content: bool = True
    number: bool = False
    spelled: bool = False
    name: bool = False
    denied: bool = False
    segment: int = 0

    @property
    def weight(self) -> float:
        """How much it counts among the words of its clause."""
        return 2.0 if self.name or self.number else 1.0


def read(text: str) -> list[Word]:
    """The words of a text, markup already taken away."""
    text = _CANNOT.sub("can not", unicodedata.normalize("NFKC", text))
    text = _SHORT.sub(" ", _NOT.sub(" not", text.replace("won't", "will not")))
    found: list[Word] = []
    segment = end = 0
    for match in _TOKEN.finditer(text):
        between = text[end : match.start()]
        end = match.end()
        broken = _BREAK.search(between) is not None
        if found and (broken or match[0].lower() in _COORDINATORS):
            segment += found[-1].segment == segment
        begins = not found or between.strip()[-1:] in tuple(".!?:;")
        for part in _parts(match[0].lower()):
            if word := _word(part, match[0], begins, found):
                found.append(replace(word, segment=segment))
    return _with_denied(found)


def _parts(raw: str) -> Sequence[str]:
    return _PART.findall(raw) if raw[0].isdigit() and not raw.isdigit() else (raw,)


def _word(part: str, raw: str, begins: bool, before: Sequence[Word]) -> Word | None:
    if part[0].isdigit():
        return Word(part, _value(part), number=True)
    if part in _NUMBER_WORDS:
        return Word(part, "#" + _NUMBER_WORDS[part], number=True, spelled=True)
    if part in ("st", "nd", "rd", "th") and before and before[-1].number:
        return None
    if part in FUNCTION_WORDS:
        return Word(part, part, content=False)
    inside = any(c.isupper() or c.isdigit() for c in raw[1:])
    return Word(part, _stem(part), name=inside or (raw[0].isupper() and not begins))


_stem = lru_cache(maxsize=20_000)(stem)


def _value(digits: str) -> str:
    digits = digits.rstrip(".,:")
    value = digits.replace(",", "") if _GROUPED.match(digits) else digits.replace(",", ".")
    return "#" + (_ROUND.sub(r"\1", value).lstrip("0") or "0")


def _with_denied(found: list[Word]) -> list[Word]:
    reach = 0
    for position, word in enumerate(found):
        if denies(found, position) and not word.content:
            reach = _NEGATION_REACH
        elif word.content and reach:
            found[position] = replace(word, denied=True)
            reach -= 1
    return found


def denies(words: Sequence[Word], position: int) -> bool:
    """Whether the word at a position turns a statement around; "not only" does not."""
    word = words[position]
    if word.text == "not" and position + 1 < len(words) and words[position + 1].text == "only":
        return False
    return word.text in NEGATIONS or word.stem in DENYING_STEMS


def denials(words: Sequence[Word]) -> list[int]:
    """Where the words turn a statement around."""
    return [position for position in range(len(words)) if denies(words, position)]


_BEING = _set("is are was were be been being get gets got")


def passive(words: Sequence[Word]) -> bool:
    """Whether the words are in the passive voice, so that who does it stands last or nowhere."""
    if holds(words, _BY):
        return True
    for position, word in enumerate(words):
        following = words[position + 1 : position + 3]
        if word.text in _BEING and any(w.text.endswith(("ed", "en", "wn")) for w in following):
            return True
    return False


_BY = _set("by von")


def scope(words: Sequence[Word], position: int) -> list[Word]:
    """What a denial at a position is about: the next words of its piece, else the one before."""
    piece = words[position].segment
    after = [word for word in words[position + 1 :] if word.segment == piece and word.content]
    before = [word for word in words[:position] if word.segment == piece and word.content]
    return after[:_NEGATION_REACH] or before[-1:]


def holds(words: Sequence[Word], names: frozenset[str]) -> bool:
    """Whether any of the words is of a class."""
    return any(word.text in names for word in words)


def sides(words: Sequence[Word]) -> dict[int, set[int]]:
    """The pairs of opposites that the words name, and which side of each."""
    found: dict[int, set[int]] = {}
    for position, word in enumerate(words):
        before = words[position - 1].text if position else ""
        named = _SIDES.get(word.text, [])
        if before == "at" and word.text in ("least", "most"):
            named = [(0, 1 if word.text == "least" else -1)]
        turn = -1 if before in ("not", "no") else 1
        for pair, side in named:
            found.setdefault(pair, set()).add(turn * side)
    return found


_OPPOSITE_PREFIXES = ("un", "non", "in", "im", "dis")


def opposite_stems(of: str) -> list[str]:
    """Stems that a prefix makes from a stem, and what is left of it without one."""
    bare = [of[len(p) :] for p in _OPPOSITE_PREFIXES if of.startswith(p) and len(of) - len(p) > 3]
    return bare + [prefix + of for prefix in _OPPOSITE_PREFIXES]
