"""Which single-byte code page a text in a Latin alphabet is in, by the letters that it would have.

Statistics over whole texts guess these wrongly where few letters lie beyond ASCII, which is the
rule in the languages of Europe: a page of German may have ten of them. Here a code page has to turn
all of them into letters of one language, in places where letters may stand.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

_WEST = (
    "é ï ö ë è ê ñ",  # English, for its loanwords
    "é è ê ë à â ç î ï ô û ù ü œ æ ÿ",
    "ä ö ü ß é",
    "á é í ó ú ñ ü",
    "ã á à â ç é ê í ó ô õ ú ü",
    "à è é ì ò ù ó î",
    "å ä ö é",
    "æ ø å é",
    "ë ï é ö ü è",
    "á é í ó ú ý þ æ ö ð",
    "à ç è é í ï ò ó ú ü",
)
_CENTRE = (
    "ą ć ę ł ń ó ś ź ż",
    "á č ď é ě í ň ó ř š ť ú ů ý ž",
    "á ä č ď é í ĺ ľ ň ó ô ŕ š ť ú ý ž",
    "á é í ó ö ő ú ü ű",
    "ă â î ş ţ",
    "č ć đ š ž",
)
_TURKISH = ("ç ğ ı ö ş ü â î û",)
_BALTIC = ("ą č ę ė į š ų ū ž", "ā č ē ģ ī ķ ļ ņ š ū ž", "ä ö õ ü š ž")
# In order of preference where several fit equally well.
_CODE_PAGES = (
    ("cp1252", _WEST),
    ("cp1250", _CENTRE),
    ("iso8859-2", _CENTRE),
    ("cp1257", _BALTIC),
    ("cp1254", _TURKISH),
    ("iso8859-15", _WEST),
)
_OLD_CODE_PAGES = (
    ("mac_roman", _WEST),
    ("cp850", _WEST),
    ("cp437", _WEST),
    ("cp852", _CENTRE),
    ("mac_latin2", _CENTRE),
    ("cp857", _TURKISH),
)
_CAPITAL_I = "\u0130"
_MARKS = frozenset("\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u2022\u20ac\u00a3\u00a7"
                   "\u00b0\u00ab\u00bb\u00a9\u00ae\u2122\u00a0\u00bf\u00a1\u00aa\u00ba\u00bd\u00b7"
                   "\u00b2\u00b3\u00b1")  # fmt: skip
_APOSTROPHE = "\u2019"
_NEVER_BEFORE_LETTERS = frozenset("\u00bd\u00b2\u00b3\u00b1")
_HIGH = re.compile(rb"[\x80-\xff]")
_RUN = re.compile(rb"[\x80-\xff]+")
_SAMPLE = 64 * 1024
_MOST_PLACES = 4_000
_LONGEST_MEAN_RUN = 1.6
_LONGEST_FEW_RUNS = 2.0
_FEW_RUNS = 3
_OLD_COST = 0.15
_MOST_HIGH_SHARE = 0.5
_LEAST_SCORE = 0.5

_Place = tuple[int, bool, bool, bool]


def latin_code_page(data: bytes) -> str | None:
    """The code page whose letters fit best, None where none does or the alphabet is another."""
    sample = data[:_SAMPLE]
    runs = [match.end() - match.start() for match in _RUN.finditer(sample)]
    high = sum(runs)
    # Other alphabets, and those of two bytes a character, write whole words beyond ASCII.
    longest = _LONGEST_MEAN_RUN if len(runs) > _FEW_RUNS else _LONGEST_FEW_RUNS
    if not high or high > longest * len(runs) or high > _MOST_HIGH_SHARE * len(sample):
        return None
    places = _places(sample)
    best, best_score = None, _LEAST_SCORE
    for code_page, languages in _CODE_PAGES + _OLD_CODE_PAGES:
        characters = _upper_half(code_page)
        cost = _OLD_COST if (code_page, languages) in _OLD_CODE_PAGES else 0.0
        for language in languages:
            score = _score(places, characters, _letters(language)) - cost
            if score > best_score + 1e-9:
                best, best_score = code_page, score
    return best


def _places(sample: bytes) -> Counter[_Place]:
    """How often each byte beyond ASCII stands where: after a small letter, after and before any."""
    places: Counter[_Place] = Counter()
    for number, match in enumerate(_HIGH.finditer(sample)):
        if number == _MOST_PLACES:
            break
        before = sample[match.start() - 1 : match.start()] if match.start() else b""
        after = sample[match.end() : match.end() + 1]
        places[match[0][0], before.islower(), _in_word(before), _in_word(after)] += 1
    return places


def _in_word(byte: bytes) -> bool:
    return byte.isalpha() or byte > b"\x7f"


@cache
def _upper_half(code_page: str) -> str:
    return bytes(range(0x80, 0x100)).decode(code_page, errors="replace")


@cache
def _letters(language: str) -> frozenset[str]:
    small = language.split()
    return frozenset((*small, *(letter.upper() for letter in small), _CAPITAL_I))


def _score(places: Counter[_Place], characters: str, letters: frozenset[str]) -> float:
    """From 1, where everything fits the language, down."""
    score = 0.0
    for (byte, after_small, after_any, before_any), count in places.items():
        character = characters[byte - 0x80]
        if character in letters:
            fits = character.islower() or not after_small
            value = (1.0 if after_any or before_any else 0.7) if fits else -1.0
        elif character in _MARKS:
            inside = after_any and before_any and character != _APOSTROPHE
            inside = inside or (before_any and character in _NEVER_BEFORE_LETTERS)
            value = -1.0 if inside else 1.0
        else:
            value = -1.0 if character.isalpha() else -2.0
        score += value * count
    return score / places.total()
