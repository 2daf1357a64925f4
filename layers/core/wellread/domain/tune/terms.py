"""The words of a statement that tell it from others, and names that no document knows."""

from __future__ import annotations

from collections.abc import Callable, Collection

from wellread.domain.text.words import STOPWORDS, words

_MARKS = "\"'“”„‘’«».,:;!?()[]{}*_`"
_SHORTEST = 3


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


def _by_place(counted: tuple[int, int, str]) -> int:
    return counted[1]


def _as_typed(token: str, place: int) -> str:
    """A sentence's first word in small letters, unless it is written in a way of its own."""
    return token.lower() if place == 0 and token.istitle() else token
