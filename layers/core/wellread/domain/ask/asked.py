"""What a question asks for, as far as its words tell."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wellread.domain.ask.identifiers import identifiers, names_identifier
from wellread.domain.ask.quotable import NOT, Candidate, stems_of
from wellread.domain.words import content_words, stem, words

NAME_WEIGHT, IDENTIFIER_WEIGHT = 2.0, 4.0
"""How much more a name (a capital amid the question) and an identifier count than a word."""

FOLLOW_UP_WEIGHT = 2.5
"""How much more the words of a follow-up count than those of the thread it goes on with."""

HEADING_SHARE, PASSAGE_SHARE = 0.8, 0.6
"""What a word counts that stands in the title or headings only, or elsewhere in the passage."""

_TOKEN = re.compile(r"[^\W_][\w'’.-]*")
_NAME = re.compile(r"(?<=[^\s.!?:;] )[^\W_][\w.-]*")


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A question, read.

    Attributes:
        text: Understandable without its thread.
        follow_up: What is new, where the question goes on with a thread; else empty.
        weights: Content stems, each with what it counts before rarity.
        names: Those of the stems that are names.
        identifiers: Part numbers, versions, addresses: matched as wholes.
    """

    text: str
    follow_up: str
    weights: Mapping[str, float]
    names: frozenset[str]
    identifiers: tuple[str, ...]

    @classmethod
    def of(cls, standalone: str, asked: str) -> AskedFor:
        """Read a question.

        Args:
            standalone: Understandable without its thread.
            asked: As the asker wrote it: of a follow-up, what is new.
        """
        names = {
            stem(part)
            for name in _NAME.findall(standalone)
            if any(c.isupper() or c.isdigit() for c in name)
            for part in words(name)
        }
        # "How often?" is about what the thread is about, and brings nothing new.
        follows = standalone != asked and bool(content_words(asked))
        new = set(content_words(asked)) if follows else set()
        called = identifiers(standalone)
        inside = {stem(part) for name in called for part in words(name)} - {
            stem(word) for word in words(standalone) if word.isalpha()
        }
        weights = {
            root: (NAME_WEIGHT if root in names else 1.0)
            * (FOLLOW_UP_WEIGHT if root in new else 1.0)
            for root in content_words(standalone)
            if root not in inside
        } | dict.fromkeys(called, IDENTIFIER_WEIGHT)
        if NOT in stems_of(standalone):
            weights[NOT] = 1.0
        return cls(
            standalone,
            asked if follows else "",
            weights,
            frozenset(names & weights.keys()),
            called,
        )

    def rarity(self, found: Sequence[Candidate]) -> dict[str, float]:
        """What is asked by how much it tells among these candidates."""
        return {
            word: weight
            * math.log(1 + (len(found) + 1) / (sum(self.names_in(c, word) for c in found) + 0.5))
            for word, weight in self.weights.items()
        }

    def names_in(self, candidate: Candidate, word: str) -> bool:
        """Whether a candidate, or where it stands, holds a stem or identifier of the question."""
        if word in self.identifiers:
            return _identifies(candidate, word)
        return holds(candidate.held, word)

    def rest(self, frame: frozenset[str]) -> str:
        """The question without the words that only say where to look; "" where all of them do."""
        kept = [
            token
            for token in _TOKEN.findall(self.text)
            if not (stems := content_words(token)) or not all(holds(frame, s) for s in stems)
        ]
        rest = " ".join(kept)
        return rest if len(kept) < len(_TOKEN.findall(self.text)) and content_words(rest) else ""

    def about(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Those that speak of the things that the question names.

        An identifier must be named as a whole. A name that titles one of the documents found tells
        that one from the others: what lacks it speaks of another thing of the same kind.
        """
        titled = [n for n in self.names if any(holds(c.region.frame, n) for c in found)]
        return [
            candidate
            for candidate in found
            if all(holds(candidate.held | candidate.region.around, name) for name in titled)
            and all(_identifies(candidate, identifier) for identifier in self.identifiers)
        ]


def _identifies(candidate: Candidate, identifier: str) -> bool:
    chunk = candidate.region.passage.chunk
    shown = (chunk.title, *chunk.heading_path, candidate.region.passage.document)
    return names_identifier("\n".join((*shown, candidate.lead, candidate.text)), identifier)


def holds(stems: frozenset[str], word: str) -> bool:
    """Whether a word is among these stems, in any form."""
    # Compounds: "Urlaubstage" holds "Urlaub".
    return word in stems or (len(word) >= 5 and any(other.startswith(word) for other in stems))


def covered(asked: AskedFor, rarity: Mapping[str, float], candidate: Candidate) -> float:
    """The share of a question that a candidate covers, by itself or through where it stands.

    Args:
        asked: The question.
        rarity: Of it.
        candidate: One that names all its identifiers.
    """
    found = 0.0
    for word, weight in rarity.items():
        if holds(candidate.own, word) or word in asked.identifiers:
            found += weight
        elif holds(candidate.region.frame, word):
            found += HEADING_SHARE * weight
        elif holds(candidate.region.around, word):
            found += PASSAGE_SHARE * weight
    return found / (sum(rarity.values()) or 1.0)
