"""What a question wants, as far as its words tell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from wellread.domain.words import STOPWORDS, content_words, stem, words

NAME_WEIGHT = 2.0
"""How much more a question's name (a capital amid the question, a digit) counts."""

FOLLOW_UP_WEIGHT = 2.5
"""How much more the words of a follow-up count than those of the thread it goes on with."""


class AnswerKind(Enum):
    """What kind of answer a question wants."""

    YES_NO = auto()
    NUMBER = auto()
    LIST = auto()
    TIME = auto()
    DEFINITION = auto()
    OPEN = auto()


_AUXILIARY = (
    r"(?:is|are|was|were|can|could|do|does|did|will|would|should|must|may|might|has|have|had|am|"
    r"ist|sind|kann|können|darf|dürfen|muss|müssen|wird|werden|hat|haben|gibt es|soll|gilt|gelten)"
)
_YES_NO = re.compile(
    # Possessive: a question of nothing but commas must not be tried in every way.
    rf"^\W*+(?:[^?]*?,\s*+)?{_AUXILIARY}\b"
    rf"|^\W*+(?:if|when|wenn)\s+(?!{_AUXILIARY}\b)[^?]*\b{_AUXILIARY}\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|where|when|why|how|was|wer|wen|wem|wo|wann|warum|wie|welche[rsmn]?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"\bhow (?:many|much|long|often|large|big|old|far|fast|high)\b|\b(?:max(?:imum)?|min(?:imum)?|"
    r"number|limits?|quotas?|size|latency|rate|ratio|percent(?:age)?|price|costs?|fees?|amount|cap|ceiling|share|salary|revenues?|sales|income|profit|duration|"
    r"version|timeout|port|default|interval|period)\b|\bwie (?:viele?|lange|oft|hoch|groß|teuer)\b",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\b(?:what|which) (?:are|were)\b|\b(?:what|which) (?!is\b|was\b|does\b|has\b|happens\b)\w+s\b|"
    r"^\W*(?:list|name)\b|"
    r"\b(?:types|kinds|steps|factors|states|options|ways|methods|reasons|requirements|features|"
    r"benefits|results)\b|\bwelche\b|\bwas sind\b",
    re.IGNORECASE,
)
_QUANTITY_ASKED = re.compile(
    r"\bhow (?:many|much|long|often|old|far|big|large|high)\b|\b(?:max(?:imum)?|min(?:imum)?|upper|"
    r"size) (?:\w+ ){0,2}(?:number|size|limit|amount|duration|length)\b|^\W*when\b|"
    r"\bwie (?:viele?|lange|oft|hoch|groß|teuer)\b|^\W*wann\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"(?<![\w.-])[$€£]?\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|"
    r"half|once|twice|daily|weekly|monthly|yearly|annually|hourly|unlimited|forever|free of charge|"
    r"any number|no (?:\w+ )?limit|million|billion|thousand|hundred|dozen|single-digit|"
    r"zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|täglich|wöchentlich|monatlich|"
    r"jährlich|unbegrenzt|kostenlos)\b",
    re.IGNORECASE,
)
_PRICE_ASKED = re.compile(
    r"\b(?:costs?|prices?|fees?|charges?|charged|salary|commission|pay|pays|paid|penalty|how much|"
    r"kosten|kostet|preis|gebühr|gehalt|zahlt|zahlen)\b",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"[$€£%\d]|\b(?:free|percent|dollars?|euros?|cents?|usd|eur|gbp|kostenlos|umsonst|prozent)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"\b(?:how many|wie viele) (\w+(?: \w+)?)", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d.,$€£])(?:19|20)\d\d(?![\d%]|[.,]\d)")
_FIGURE_ASKED = re.compile(
    r"^\W*(?:what|which|how much)\b(?=.*\b(?:sales|revenues?|income|earnings|profits?|loss|"
    r"margins?|"
    r"expenses?|assets|liabilities|equity|dividends?|debt|turnover|cash|tax|percentage|share|rate|"
    r"umsatz|gewinn|verlust|anteil)\b)(?=.*\b(?:19|20)\d\d\b)",
    re.IGNORECASE,
)
_MOMENT = re.compile(
    r"\b(?:after|before|until|immediately|(?:mon|tues|wednes|thurs|fri|satur|"
    r"sun)days?|nach|vor|bis|sobald|sofort|jede[nrs]?|\w+tags?)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"^\W*(?:since |until |by |ab |bis |seit )?(?:when|wann)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        follow_up: What is new, where the question goes on with a thread; else empty.
        stems: Content stems, each with its weight (before rarity).
        names: Those of the stems that are names.
        wants_quantity: A number or a time must be in the answer.
        wants_price: An amount of money must be in the answer, or that there is none to pay.
        counted: Stems of what "how many" is asked of.
    """

    text: str
    follow_up: str
    kind: AnswerKind
    stems: dict[str, float]
    names: frozenset[str]
    wants_quantity: bool = False
    wants_price: bool = False
    counted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, standalone: str, asked: str) -> Question:
        """Reads a question.

        Args:
            standalone: Understandable without its thread.
            asked: As the asker wrote it: of a follow-up, what is new.
        """
        names = {
            stem(part)
            for name in re.findall(r"(?<=[^\s.!?:;] )[^\W_][\w.-]*", standalone)
            if any(c.isupper() or c.isdigit() for c in name)
            for part in words(name)
        }
        # "How often?" is about what the thread is about, and brings nothing new.
        follows = standalone != asked and bool(content_words(asked))
        new = {stem(word) for word in words(asked)} if follows else set()
        stems: dict[str, float] = {}
        for word in words(standalone):
            if word not in STOPWORDS:
                root = stem(word)
                weight = NAME_WEIGHT if root in names else 1.0
                stems[root] = weight * FOLLOW_UP_WEIGHT if root in new else weight
        kind, counted = _kind_of(standalone), _COUNTED.search(standalone)
        return cls(
            standalone,
            asked if follows else "",
            kind,
            stems,
            frozenset(names & stems.keys()),
            _asks_quantity(_last_question(standalone)),
            kind is not AnswerKind.YES_NO and _PRICE_ASKED.search(standalone) is not None,
            frozenset(content_words(counted[1])) if counted else frozenset(),
        )


def holds_price(text: str) -> bool:
    """Whether a text names an amount, or says that nothing is to be paid."""
    return _PRICE.search(text) is not None


def holds_quantity(question: Question, text: str) -> bool:
    """Whether a text says how much, how many or how long; or when, where that is asked."""
    if question.kind is AnswerKind.TIME:
        return _MOMENT.search(text) is not None or _QUANTITY.search(text) is not None
    return _QUANTITY.search(_YEAR.sub(" ", text)) is not None


def _asks_quantity(asked: str) -> bool:
    return bool(_FIGURE_ASKED.search(asked) or _QUANTITY_ASKED.search(asked))


def _last_question(text: str) -> str:
    """The last sentence that asks something: a follow-up has its thread's topic in front."""
    sentences = [s for s in re.split(r"(?<=[?.!])\s+", text) if _ASKS.search(s) or _YES_NO.match(s)]
    return sentences[-1] if sentences else text


_DEFINITION = re.compile(
    r"^\W*(?:what|who)(?:'s| is| are)\s+(?:an?\s+)?(?:[\w-]+\s+){0,4}[\w-]+\W*$"
    r"|^\W*define\b|\bdefin(?:ed?|ition)\b"
    r"|\bwhat does .{1,60} mean\b|\bmeaning of\b|\bwas (?:ist|sind|bedeutet|heißt)\b",
    re.IGNORECASE,
)


def _kind_of(text: str) -> AnswerKind:
    asked = _last_question(text)
    if _YES_NO.match(asked) and not re.match(
        r"^\W*(?:what|which|how|who|where|why)\b", asked, re.I
    ):
        return AnswerKind.YES_NO
    if _TIME.match(asked):
        return AnswerKind.TIME
    if _FIGURE_ASKED.search(asked):
        return AnswerKind.NUMBER
    if _LIST.search(asked) and not re.search(r"\b(?:max(?:imum)?|limit|number)\b", asked, re.I):
        return AnswerKind.LIST
    if _NUMBER.search(asked):
        return AnswerKind.NUMBER
    return AnswerKind.DEFINITION if _DEFINITION.search(asked) else AnswerKind.OPEN
