"""What a question asks for, word by word, and how much of it a place in a document holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wellread.domain.ask.quoting.quotable import NOT, Candidate, stems_of
from wellread.domain.ask.searching.held_words import content_stems, name_tokens, names_in
from wellread.domain.ask.searching.identifiers import (
    identifier_words,
    identifiers,
    names_identifier,
)
from wellread.domain.text.words import STOPWORDS, content_words, stem, words

NAME, IDENTIFIER, FOLLOW_UP = 2.0, 4.0, 2.5
"""How much more than another word a name, an identifier, and what a follow-up adds count."""

HEADING_SHARE, PASSAGE_SHARE = 0.8, 0.6
"""What a word counts that stands in the title or headings only, or elsewhere in the passage."""

_LONGEST_AMOUNT = 3
"""A number of more digits that stands nowhere may be a year, or a name."""


@dataclass(frozen=True, slots=True)
class AskedFor:
    """A question, read.

    Attributes:
        text: Understandable without its thread.
        follow_up: What is new, where the question goes on with a thread; else empty.
        weights: Content stems and identifiers, each with what it counts before rarity.
        names: Stems of what it calls by name.
        identifiers: Part numbers, versions, addresses: held as wholes or not at all.
    """

    text: str
    follow_up: str
    weights: Mapping[str, float]
    names: frozenset[str]
    identifiers: tuple[str, ...]

    @classmethod
    def of(cls, standalone: str, asked: str) -> AskedFor:
        """Read a question, understandable without its thread and as the asker wrote it."""
        called = identifiers(standalone)
        # "8 years" names nothing: it is an amount, and often the asker's own.
        names = frozenset(name for name in names_in(standalone) if not name.isdigit())
        # "How often?" is about what the thread is about, and brings nothing new.
        new = content_words(asked) if standalone != asked else []
        # "How long" asks for a length, and "error code" announces a number: no text need say so.
        unsaid = frozenset[str]().union(*identifier_words(standalone), _degrees(standalone))
        whole = "".join(called).replace(".", "")
        unsaid |= {w for w in words(standalone) if w in whole and (len(w) < 3 or not w.isalpha())}
        weights = {
            root: (NAME if root in names else 1.0) * (FOLLOW_UP if root in new else 1.0)
            for root in (stem(w) for w in words(standalone) if w not in STOPWORDS | unsaid)
        } | dict.fromkeys(called, IDENTIFIER)
        if NOT in stems_of(standalone):
            weights[NOT] = 1.0
        return cls(standalone, asked if new else "", weights, names & weights.keys(), called)

    def holds(self, candidate: Candidate, word: str) -> bool:
        """Whether a candidate, or where it stands, holds a stem or identifier of the question."""
        if word not in self.identifiers:
            return holds(candidate.held, word)
        chunk = candidate.region.passage.chunk
        above = "\n".join((chunk.title, *chunk.heading_path, candidate.region.passage.document))
        return self._says(candidate, word) or names_identifier(above, word)

    def _says(self, candidate: Candidate, word: str) -> bool:
        """Whether a candidate itself holds a stem or identifier."""
        if word in self.identifiers:
            return names_identifier(f"{candidate.lead}\n{candidate.text}", word)
        return holds(candidate.own, word)

    def rarity(self, found: Sequence[Candidate]) -> dict[str, float]:
        """What is asked by how much it tells among these candidates.

        An amount that none of them holds is the asker's own ("a parcel of 7 kg") and left out.
        """
        held = {word: sum(self.holds(c, word) for c in found) for word in self.weights}
        return {
            word: weight * math.log(1 + (len(found) + 1) / (held[word] + 0.5))
            for word, weight in self.weights.items()
            if held[word] or not word.isdigit() or len(word) > _LONGEST_AMOUNT
        }

    def about(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Those that speak of what the question names.

        What holds none of the names that title the documents found is about something else. The
        name that titles fewest of them tells these from the others: what lacks it in a document
        with a title of the same mould speaks of another thing of the kind.
        """
        named = [n for n in self.names if any(holds(c.region.frame, n) for c in found)]
        titles = {
            c.region.passage.document: content_stems(c.region.passage.chunk.title) for c in found
        }
        counts = {n: sum(n in stems for stems in titles.values()) for n in self.names}
        name = min((n for n in counts if counts[n]), key=lambda n: (counts[n], n), default="")
        moulds = [stems for stems in titles.values() if name in stems]
        alike = {d for d, title in titles.items() if any(_of_one_mould(title, m) for m in moulds)}

        def speaks_of_it(each: Candidate) -> bool:
            said = each.held | each.region.around
            other = each.region.passage.document in alike and not holds(said, name)
            return not other and (not named or any(holds(said, n) for n in named))

        return [
            each
            for each in found
            if (not self.identifiers or any(self.holds(each, i) for i in self.identifiers))
            and speaks_of_it(each)
        ]

    def covered(self, rarity: Mapping[str, float], candidate: Candidate) -> float:
        """The share of the question that a candidate covers, by itself or by where it stands."""
        found = 0.0
        for word, weight in rarity.items():
            if self._says(candidate, word):
                found += weight
            elif self.holds(candidate, word):
                found += HEADING_SHARE * weight
            elif holds(candidate.region.around, word):
                found += PASSAGE_SHARE * weight
        return found / (sum(rarity.values()) or 1.0)

    def met_by(self, candidate: Candidate) -> float:
        """The share of a candidate's words, title and headings apart, that it asks for."""
        said = content_stems(candidate.text)
        own = said - candidate.region.frame or said
        return len(own & self.weights.keys()) / len(own) if own else 0.0

    def rest(self, frame: frozenset[str]) -> str:
        """The question without the words that only say where to look; "" where that is nothing."""
        tokens = [token[0] for token, _ in name_tokens(self.text)]
        kept = [t for t in tokens if not all(holds(frame, s) for s in content_words(t) or [""])]
        rest = " ".join(kept)
        return rest if len(kept) < len(tokens) and content_words(rest) else ""


def _of_one_mould(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two titles share a third of their words: "Lisbon office", "Porto office"."""
    return 3 * len(one & other) >= len(one | other)


def _degrees(question: str) -> list[str]:
    """The words that "how" asks the degree of."""
    said = words(question)
    return [after for before, after in pairwise(said) if before in ("how", "wie")]


def holds(stems: frozenset[str], word: str) -> bool:
    """Whether a word is among these stems, in any form."""
    # Compounds: "Urlaubstage" holds "Urlaub".
    return word in stems or (len(word) >= 5 and any(other.startswith(word) for other in stems))
