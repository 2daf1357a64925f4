"""The words of a statement that tell it from others, and names that no document knows."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator

from wellread.domain.ask.searching.phrases import names
from wellread.domain.text.words import STOPWORDS, words
from wellread.domain.tune.sentence_shapes import is_german

_MARKS = "\"'“”„‘’«».,:;!?()[]{}*_`"
_SHORTEST = 3
_PLACES = (
    "{question} at {name}{mark}",
    "{question} for {name}{mark}",
    "{name}: {question}{mark}",
    "About {name}: {question}{mark}",
)
_GERMAN_PLACES = ("{question} bei {name}{mark}", "Zu {name}: {question}{mark}")
_BEGINNINGS = "Bra Cor Dal Fen Gor Hal Jor Kel Lun Nor Pel Quor Ras Sel Tor Vex Wen Zan".split()
_MIDDLES = "va lo ri na mo be du ke".split()
_ENDS = "holm dor wick lin mont stad tia ron mere ford".split()


def telling_terms(said: str, rarity: Callable[[str], int], without: str = "", most: int = 4) -> str:
    """The rarest words of a statement in its order, as somebody types them into a search.

    Empty where there is but one.

    Args:
        said: The statement.
        rarity: In how many documents a word stands.
        without: Words that must not be among them.
        most: So many words.
    """
    apart = set(words(without)) | STOPWORDS
    counted: dict[str, tuple[int, int, str]] = {}
    for place, token in enumerate(said.split()):
        bare = token.strip(_MARKS)
        folded = words(bare)
        if len(folded) == 1 and len(folded[0]) >= _SHORTEST and folded[0] not in apart:
            counted.setdefault(folded[0], (rarity(folded[0]), place, bare))
    rarest = sorted(counted.values())[:most]
    if len(rarest) < 2:
        return ""
    return " ".join(_as_typed(token, place) for _, place, token in sorted(rarest, key=_by_place))


def with_unknown_name(question: str, known: Collection[str]) -> str:
    """The question about something that no document knows: a name in it has another digit.

    Empty where the question names nothing that has letters and a digit.

    Args:
        question: What is asked.
        known: The words of all documents.
    """
    for token in question.split():
        bare = token.strip(_MARKS)
        place = next((n for n in reversed(range(len(bare))) if bare[n].isdigit()), None)
        if place is None or len(bare) < _SHORTEST or not any(map(str.isalpha, bare)):
            continue
        for digit in "7394586":
            other = f"{bare[:place]}{digit}{bare[place + 1 :]}"
            numbered = [part for part in words(other) if any(map(str.isdigit, part))]
            if not all(part in known for part in numbered):
                return question.replace(bare, other)
    return ""


def with_invented_name(question: str, known: Collection[str], draw: random.Random) -> str:
    """The question about somebody or something that no document knows.

    The last name in it is another one; a question without a name gets one.

    Args:
        question: What is asked.
        known: The words of all documents.
        draw: Says which name.
    """
    name = next(made for made in _invented(draw) if made.lower() not in known)
    called = [each for each in names(question) if each in question]
    if called:
        before, _, after = question.rpartition(called[-1])
        return f"{before}{name}{after}"
    frames = _GERMAN_PLACES if is_german(question) else _PLACES
    mark = "?" if question.endswith("?") else ""
    bare = question.rstrip("?.! ")
    return draw.choice(frames).format(question=bare, name=name, mark=mark)


def _invented(draw: random.Random) -> Iterator[str]:
    while True:
        yield draw.choice(_BEGINNINGS) + draw.choice(_MIDDLES) + draw.choice(_ENDS)


def _by_place(counted: tuple[int, int, str]) -> int:
    return counted[1]


def _as_typed(token: str, place: int) -> str:
    """A sentence's first word in small letters, unless it is written in a way of its own."""
    return token.lower() if place == 0 and token.istitle() else token
