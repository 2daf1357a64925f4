"""The words of a question, those that look like names, and which passages hold them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from wellread.domain.ask.searching.wording import Asked, Wording, cut
from wellread.domain.knowledge.documents import Passage
from wellread.domain.text.words import content_words, stem

_PREFIX = 3
"""A word and its stem share so many first letters, so that few words need stemming."""

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"[^\W_][\w.'’-]*")


def held_stems(asked: Sequence[str], passages: Sequence[Passage]) -> list[frozenset[str]]:
    """Which of the stems each passage holds, with its title, headings and file name."""
    beginnings = {word[:_PREFIX] for word in asked}
    shown = []
    for passage in passages:
        text = unicodedata.normalize("NFKC", passage.searched_text)
        found = _WORD.findall(text.lower())
        shown.append({word for word in found if word[:_PREFIX] in beginnings})
    # The same words come again in most passages.
    stems = {word: stem(word) for word in set[str]().union(*shown)}
    return [frozenset(asked).intersection(stems[word] for word in each) for each in shown]


def read_beside(
    question: str, passages: Sequence[Passage]
) -> tuple[tuple[Asked, ...], list[Mapping[str, float]]]:
    """What a question asks for, and what of it each passage holds, with its title and names."""
    texts = [passage.searched_text for passage in passages]
    found = [cut(text) for text in texts]
    wording = Wording.among(question, found)
    return wording.asked, [wording.held(*each) for each in zip(texts, found, strict=True)]


def name_tokens(question: str) -> Iterator[tuple[re.Match[str], bool]]:
    """The words of a question with what is joined to them, and whether each looks like a name.

    A name has a capital or a digit; so has the first word of a question, where it says nothing.
    """
    for token in _TOKEN.finditer(question):
        yield token, any(c.isdigit() or c.isupper() for c in token[0])


def content_stems(*texts: str) -> frozenset[str]:
    """The stems of texts' words, function words left out."""
    return frozenset(word for text in texts for word in content_words(text))


def names_in(question: str) -> frozenset[str]:
    """Stems of what the question calls by name: a capital amid the sentence, or a digit."""
    return content_stems(
        *(
            token[0]
            for token, is_name in name_tokens(question)
            if is_name and (token.start() > 0 or any(c.isdigit() for c in token[0]))
        )
    )
