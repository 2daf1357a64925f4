"""Words of scripts that put no spaces between them, cut into overlapping pairs of characters.

Chinese and Japanese do not say where a word ends, and Korean joins particles to it. A pair of
characters is nearly always part of a word, and pairs can be looked up. What asks or only connects
("是多少", "ですか") is left out, in documents as in questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Escaped: some of these characters are others once a text is composed.
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_HIRAGANA = "\u3041-\u3096\u309d-\u309f"
_HANGUL = "\uac00-\ud7a3"
_ANY = re.compile("[\u3005-\U0003ffff]")
_RUN = re.compile(
    f"(?P<han>[{_HAN}]+)|[{_KATAKANA}]+|(?P<kana>[{_HIRAGANA}]+)|(?P<hangul>[{_HANGUL}]+)"
)

_ASKING_HAN = re.compile(
    "为什么|為什麼|请问|請問|什么|什麼|怎么|怎麼|怎样|怎樣|如何|多少|多久|多长|多長|哪里|哪裡|哪儿|"
    "哪个|哪個|哪些|哪|谁|誰|吗|嗎|呢|是|的|了|何時|何人|何日|何"
)
_CONNECTING_KANA = re.compile(
    "ください|でしょうか|について|という|いくら|でした|ですか|ますか|ました|ません|ありま|です|ます|"
    "ある|いる|ない|する|した|して|どこ|いつ|だれ|どの|どう|どれ|なに|なん|から|まで|"
    "[はがをにでとのもへやか]"
)
_ASKING_HANGUL = re.compile("얼마나|얼마|무엇|어디|언제|누구|어떻게|어느|무슨|몇|왜")
_PARTICLE = re.compile(
    "(?<=..)(?:입니까|습니까|입니다|습니다|인가요|나요|까요|에서는|에서|에는|까지|부터|으로|"
    "[은는이가을를에의로도와과])$"
)


def spaced(text: str) -> str:
    """The text with the pieces of such words in their place, a space between them.

    Args:
        text: Composed (NFKC). One without such words comes back as it is.
    """
    return _RUN.sub(_pieces, text) if _ANY.search(text) else text


def _pieces(match: re.Match[str]) -> str:
    return f" {' '.join(piece for run in _told(match) for piece in _pairs(run))} "


def _told(match: re.Match[str]) -> Iterator[str]:
    """What is left of a run without the words that say nothing."""
    if match["hangul"]:
        yield from _ASKING_HANGUL.split(_PARTICLE.sub("", match[0]))
    elif match["kana"]:
        # A single one is an ending.
        yield from (part for part in _CONNECTING_KANA.split(match[0]) if len(part) > 1)
    else:
        yield from _ASKING_HAN.split(match[0])


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] if len(run) > 1 else [run] * len(run)
