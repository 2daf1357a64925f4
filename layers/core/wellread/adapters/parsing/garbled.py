"""Text that is none: characters that come from a font whose map to letters is wrong."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_FEWEST = 20
_SAMPLE = 4_000
_WORD = re.compile(r"[^\W\d_]{2,}")
_LEAST_BEYOND_ASCII = 0.3
_MOST_CHANGES = 0.25
_MOST_SYMBOLS = 0.3
_SYMBOL = re.compile("[\u00a1-\u00bf\u02b0-\u02ff\u00d7\u00f7]")
_EAST_ASIA = frozenset(
    ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "IDEOGRAPHIC", "KATAKANA-HIRAGANA")
)


def is_garbled(text: str) -> bool:
    """Whether letters of many alphabets are mixed within words, or most of it is stray symbols."""
    if text.isascii():
        return False
    sample = text[:_SAMPLE]
    beyond = len(sample) - len(sample.encode("ascii", "ignore"))
    if beyond < _FEWEST * _LEAST_BEYOND_ASCII:
        return False
    visible = sum(map(len, sample.split()))
    if visible < _FEWEST or beyond < visible * _LEAST_BEYOND_ASCII:
        return False
    if len(_SYMBOL.findall(sample)) > visible * _MOST_SYMBOLS:
        return True
    changes = pairs = 0
    for word in _WORD.findall(sample):
        alphabets = [_alphabet(character) for character in word]
        pairs += len(alphabets) - 1
        changes += sum(a != b for a, b in pairwise(alphabets))
    return pairs >= _FEWEST and changes > pairs * _MOST_CHANGES


@lru_cache(maxsize=4096)
def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "?").split(" ", 1)[0]
    return "CJK" if name in _EAST_ASIA else name
