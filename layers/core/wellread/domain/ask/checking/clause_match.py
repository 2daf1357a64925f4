"""A clause of a claim, held against the unit of the source that speaks of the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wellread.domain.ask.checking import claim_words as cw
from wellread.domain.ask.checking.claim_words import Word, denials, holds, passive, scope, sides
from wellread.domain.ask.checking.source_reading import Found, Source, Unit

CANDIDATES = 4
_ALIKE, _OTHERWISE = 0.1, 0.3
_FEW = 4.0
_NEARLY = 0.65
"""A unit that matches this much of what the best one does may be the one meant."""


@dataclass(slots=True)
class Clause:
    """A clause and what the source has for each of its words."""

    words: list[Word]
    found: list[Found]
    content: list[int]

    @classmethod
    def of(cls, words: list[Word], source: Source) -> Clause:
        """Looks the words up in the source."""
        content = [n for n, word in enumerate(words) if word.content]
        return cls(words, [source.find(word) for word in words], content)

    @property
    def weight(self) -> float:
        """Of all its content words."""
        return sum(self.words[n].weight for n in self.content) or 1.0

    @property
    def missing(self) -> float:
        """The share of it that the source has no words for."""
        lacking = sum(self.words[n].weight for n in self.content if self.found[n].stem is None)
        return lacking / max(_FEW, self.weight)

    @property
    def closeness(self) -> float:
        """1 where the clause speaks in the source's own words, 0 where it is put quite otherwise.

        What differs between two sentences tells only as far as all else is the same.
        """
        return min(1.0, max(0.0, (_OTHERWISE - self.missing) / (_OTHERWISE - _ALIKE)))

    def candidates(self, source: Source) -> list[int]:
        """The units that may be meant, the likeliest first."""
        function = {word.text for word in self.words if not word.content}
        scores = []
        for unit in source.units:
            score = 0.05 * len(function & unit.stems)
            for n in self.content:
                stem = self.found[n].stem
                if stem is None:
                    continue
                framed = stem in unit.heading or stem in source.head
                share = 0.3 if framed else 1.0 if stem in unit.stems else 0.0
                if share:
                    word = self.words[n]
                    score += share * word.weight * self.found[n].likeness * source.rarity(stem)
            scores.append(score / (1 + 0.004 * len(unit.words)))
        order = sorted(range(len(scores)), key=lambda u: -scores[u])[:CANDIDATES]
        return [u for u in order if scores[u] >= _NEARLY * scores[order[0]]]


class Match:
    """A clause beside one unit."""

    def __init__(self, clause: Clause, source: Source, number: int) -> None:
        """Aligns the clause with the unit of that number."""
        self.clause = clause
        self.source = source
        self.number = number
        self.unit: Unit = source.units[number]
        before = source.units[number - 1].stems if number else frozenset()
        after = source.units[number + 1].stems if number + 1 < len(source.units) else frozenset()
        self.near = self.unit.stems | self.unit.heading | source.head
        self.around = self.near | before | after
        self.places = self._places()
        touched = {self.unit.words[place].segment for place in self.places.values()}
        self.part = [word for word in self.unit.words if word.segment in touched] or self.unit.words

    def _places(self) -> dict[int, int]:
        """Content word of the clause → its place in the unit, each as near the last as can be."""
        where: dict[str, list[int]] = {}
        for place, word in enumerate(self.unit.words):
            where.setdefault(word.stem, []).append(place)
        places: dict[int, int] = {}
        last = -1
        for n in self.clause.content:
            if found := where.get(self.clause.found[n].stem or ""):
                last = _nearest(found, last + 1)
                places[n] = last
        return places

    def signals(self) -> dict[str, float]:
        """What speaks against the clause, each from 0 (nothing) to 1."""
        differing = {
            **self._polarity(),
            **self._modality(),
            "condition_new": self._condition_new(),
            "opposite": self._opposite(),
            "roles_turned": self._roles_turned(),
            "number_exchanged": self._number_exchanged(),
        }
        close = self.clause.closeness
        return self._coverage() | {name: close * value for name, value in differing.items()}

    def _coverage(self) -> dict[str, float]:
        words, found = self.clause.words, self.clause.found
        known = [n for n in self.clause.content if found[n].stem]
        near = [n for n in known if found[n].stem in self.near]
        around = [n for n in known if found[n].stem in self.around]
        weight = self.clause.weight
        held = sum(words[n].weight * found[n].likeness for n in around)
        return {
            "far": (sum(words[n].weight for n in known) - sum(words[n].weight for n in near))
            / weight,
            "uncovered": 1 - held / weight,
        }

    def _polarity(self) -> dict[str, float]:
        said = len(denials(self.clause.words))
        part = self._denials_met() + (len(denials(self.unit.lead)) if said else 0)
        turned = sum(found.opposite for found in self.clause.found)
        return {
            "denial_odd": float((said + part + turned) % 2),
            "denial_new": float(said > 0 and not part and not turned),
            "denial_lost": float(part > 0 and not said and not turned),
        }

    def _denials_met(self) -> int:
        """How many denials of the unit are about what the clause speaks of."""
        own = {self.clause.found[n].stem for n in self.clause.content}
        return sum(
            any(word.stem in own for word in scope(self.part, position))
            for position in denials(self.part)
        )

    def _modality(self) -> dict[str, float]:
        said, unit = self.clause.words, [*self.unit.words, *self.unit.lead]
        part = [*self.part, *self.unit.lead]
        new = {
            name: float(holds(said, names) and not holds(unit, names))
            for name, names in (
                ("must", cw.NECESSITY), ("may", cw.POSSIBILITY), ("should", cw.ADVICE),
                ("all", cw.UNIVERSAL), ("only", cw.EXCLUSIVE),
            )
        }  # fmt: skip
        hedged = holds(part, cw.PARTIAL) or holds(part, cw.POSSIBILITY)
        optional = holds(unit, cw.POSSIBILITY) or holds(part, cw.ADVICE)
        return {
            "must_new": new["must"],
            "must_for_less": new["must"] * optional,
            "may_for_must": new["may"] * holds(part, cw.NECESSITY),
            "should_new": new["should"],
            "all_new": new["all"],
            "all_for_some": new["all"] * hedged,
            "only_new": new["only"],
            "only_lost": float(holds(part, cw.EXCLUSIVE) and not holds(said, cw.EXCLUSIVE)),
            "hedge_lost": self._hedge_lost(),
        }

    def _hedge_lost(self) -> float:
        """Whether the unit says "might" of a word of which the clause says so without doubt."""
        if holds(self.clause.words, cw.POSSIBILITY) or holds(self.clause.words, cw.PARTIAL):
            return 0.0
        words = self.unit.words
        return float(any(holds(words[max(0, p - 2) : p], cw.HEDGES) for p in self.places.values()))

    def _condition_new(self) -> float:
        """Whether the clause makes a condition of what the unit does not speak of."""
        said = self.clause.words
        for n, word in enumerate(said):
            if word.text in cw.CONDITION or word.text in cw.EXCLUSIVE:
                after = [k for k in range(n + 1, min(len(said), n + 9)) if said[k].content][:4]
                held = sum(self.clause.found[k].stem in self.unit.stems for k in after)
                if after and 2 * held <= len(after):
                    return 1.0
        return 0.0

    def _opposite(self) -> float:
        """Whether the clause names one side of a pair of opposites, the unit only the other."""
        said, part = sides(self.clause.words), sides(self.part)
        return float(any(pair in part and said[pair].isdisjoint(part[pair]) for pair in said))

    def _roles_turned(self) -> float:
        """Whether three words stand in the opposite order, and no passive voice explains it.

        Words that the unit has more than once are left aside; a row's cells have no order.
        """
        if self.unit.is_row:
            return 0.0
        often = Counter(word.stem for word in self.unit.words)
        places = [p for p in self.places.values() if often[self.unit.words[p].stem] == 1]
        turned = any(a > b > c for a, b, c in zip(places, places[1:], places[2:], strict=False))
        return float(turned and passive(self.clause.words) == passive(self.part))

    def _number_exchanged(self) -> float:
        """Whether a number stands where the unit has another, all around it being the same."""
        words = self.clause.words
        if not self.places or not any(word.number for word in words):
            return 0.0
        said = [
            found.stem or word.text for found, word in zip(self.clause.found, words, strict=True)
        ]
        unit = self.unit.words[:_LONGEST]
        own = set(said)
        last_n = last_place = -1
        for n, place in (*_in_order(said, [word.stem for word in unit]), (len(words), len(unit))):
            put = [word for word in words[last_n + 1 : n] if word.content]
            gone = [w for w in unit[last_place + 1 : place] if w.content and w.stem not in own]
            short = max(len(put), len(gone)) <= _EXCHANGE
            if short and any(w.number for w in put) and any(w.number for w in gone):
                return 1.0
            last_n, last_place = n, place
        return 0.0


_LONGEST = 120
"""Words of a unit that are compared in order."""

_EXCHANGE = 4
"""A longer piece is another statement, not another thing in the same one."""


def _nearest(places: Sequence[int], to: int) -> int:
    return min(places, key=lambda place: abs(place - to))


def _in_order(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """The longest common subsequence, as pairs of positions."""
    rows = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for n in range(len(one) - 1, -1, -1):
        row, below = rows[n], rows[n + 1]
        for m in range(len(other) - 1, -1, -1):
            row[m] = below[m + 1] + 1 if one[n] == other[m] else max(below[m], row[m + 1])
    pairs = []
    n = m = 0
    while n < len(one) and m < len(other):
        if one[n] == other[m]:
            pairs.append((n, m))
            n, m = n + 1, m + 1
        elif rows[n + 1][m] >= rows[n][m + 1]:
            n += 1
        else:
            m += 1
    return pairs
