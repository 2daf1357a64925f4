"""Words as they are compared: lower case, without endings, function words set apart.

Deliberately light and the same for every language: endings are cut where that joins the forms of
one word often and different words rarely. English and German function words are known.
"""

from __future__ import annotations

import re
import unicodedata

from wellread.domain.text.unspaced import spaced

STOPWORDS = frozenset(
    """
    a an the this that these those there here it its itself he she him her his they them their we
    us our ours you your yours i me my mine one ones
    and or but nor so if then than as at by for from in into of off on onto out over to up down
    with within without about after before between during through under until while per via
    is are was were be been being am do does did done doing have has had having can could may
    might must shall should will would cannot
    what which who whom whose when where why how
    any all both each every some such only own same too very also just please
    not no yes don doesn didn isn aren wasn weren won wouldn shouldn couldn can't t s d ll re ve m
    get gets got let lets tell know want need use used uses using many much say says said
    der die das des dem den ein eine einer eines einem einen und oder aber wenn dann als am an auf
    aus bei bis durch für gegen im in ins mit nach ohne seit über um unter von vom vor während zu
    zum zur zwischen ist sind war waren sein bin bist wird werden wurde wurden hat habe haben hatte
    kann können könnte darf dürfen muss müssen soll sollen sollte will wollen mag möchte
    ich du er sie es wir ihr mich mir dich dir ihn ihm uns euch ihnen mein dein unser euer
    was wer wen wem wessen wie wo wann warum wieso welche welcher welches welchen welchem
    kein keine keinen nicht auch nur noch schon sehr man sich dies diese dieser dieses diesen
    gibt es ja nein bitte
    """.split()
)
"""English and German words that say nothing about the topic."""

NEGATIONS = frozenset(
    """
    not no never none neither nor cannot without unable unsupported
    don doesn didn isn aren wasn weren won wouldn shouldn couldn can't
    kein keine keinen keiner keinem nicht nie niemals ohne
    """.split()
)
"""Words that turn a statement around (after `words` has split contractions)."""

LIMITING = frozenset(
    """
    only unless excepting although provided not
    nur außer ausgenommen sondern nicht sofern solange
    """.split()
)
"""Words that, at the beginning of a sentence, limit the one before it without leaning on it."""

_WORD = re.compile(r"[^\W_]+")
_CONTRACTED_NOT = re.compile(
    r"\b(ca|do|does|did|is|are|was|were|wo|would|should|could|have|has|must)n['’]t\b"
)
_NUMBER = re.compile(r"\d+(?:[.,:'’\u00a0\u202f]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+")
NUMBER_WORDS = {
    name: str(value)
    for names in (
        "zero one two three four five six seven eight nine ten eleven twelve",
        "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for value, name in enumerate(names.split())
}

_ENDINGS = (
    "ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "ungen", "ung",
    "ities", "ity", "ies", "ied", "ern", "ers", "est", "ed", "en", "er", "es", "em", "ly",
    "s", "e", "n", "y",
)  # fmt: skip
_SHORTEST_STEM = 4
_PLURAL = re.compile(r"^(\w{3})s$")


def words(text: str) -> list[str]:
    """The words of a text in order, lower case; identifiers fall into their parts.

    Words of scripts without spaces fall into overlapping pairs of characters.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return _WORD.findall(spaced(_CONTRACTED_NOT.sub(r"\1 not", folded)))


def stem(word: str) -> str:
    """A word without its ending."""
    if plural := _PLURAL.match(word):
        # "days", "jobs": short words lose nothing but the plural.
        return plural[1] if not word.endswith(("ss", "us", "is")) else word
    while True:
        for ending in _ENDINGS:
            if ending == "s" and word.endswith("ss"):
                continue
            if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
                word = word[: -len(ending)]
                break
        else:
            return word


def content_words(text: str) -> list[str]:
    """The stems of a text's words in order, function words left out."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def numbers(text: str) -> frozenset[str]:
    """The numbers of a text, without thousands separators; "three" counts as 3."""
    folded = unicodedata.normalize("NFKC", text).lower()
    found = {
        re.sub(r"\D", "", number) if _GROUPED.fullmatch(number) else number.replace(",", ".")
        for number in _NUMBER.findall(folded)
    }
    return frozenset(found) | {
        NUMBER_WORDS[word] for word in _WORD.findall(folded) if word in NUMBER_WORDS
    }


def negated(text: str) -> bool:
    """Whether a text holds a negation."""
    return not NEGATIONS.isdisjoint(words(text))
