"""What speaks against a claim: named signals, each from 0 (nothing) to 1."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence

from wellread.domain.ask.checking.claim_words import VERBS, Word, holds, passive, read
from wellread.domain.ask.checking.clause_match import Clause, Match
from wellread.domain.ask.checking.source_reading import Source
from wellread.domain.text.plain import plain

_VERDICT = re.compile(r"^(?:yes|no|ja|nein)\b\s*[,:.!–—-]\s*", re.IGNORECASE)
_CLAUSES = re.compile(
    r"[;:.!?]\s|,?\s(?:but|whereas|although)\s|,\s(?:and|so|or|while)\s|,?\s(?=(?:because|which)\s)",
    re.IGNORECASE,
)
_SHORTEST_CLAUSE = 2
_LONG_CLAUSE = 6
_MOSTLY = 0.6


def clauses(claim: str) -> list[list[Word]]:
    """The words of a claim's clauses; what is too short for one belongs to its neighbour."""
    pieces = _CLAUSES.split(_VERDICT.sub("", plain(claim)))
    found: list[list[Word]] = []
    for words in filter(None, map(read, pieces)):
        if found and not (_is_clause(words) and _is_clause(found[-1])):
            found[-1] = [*found[-1], *words]
        else:
            found.append(words)
    return found


def _is_clause(words: Sequence[Word]) -> bool:
    content = sum(word.content for word in words)
    return content >= _SHORTEST_CLAUSE and (holds(words, VERBS) or content > _LONG_CLAUSE)


def signals(
    claim: str, source: Source, against: Callable[[dict[str, float]], float]
) -> dict[str, float]:
    """What speaks against a claim.

    Args:
        claim: A sentence.
        source: What is said to support it.
        against: How much the signals of a clause beside one unit speak against it: the unit
            meant is the one that speaks least against.
    """
    read_clauses = [Clause.of(words, source) for words in clauses(claim)]
    read_clauses = [clause for clause in read_clauses if clause.content]
    if not read_clauses or not source.units:
        return {}
    worst: dict[str, float] = {}
    matches = []
    for clause in read_clauses:
        options = [Match(clause, source, number) for number in clause.candidates(source)]
        read_options = [(match, match.signals()) for match in options]
        match, found = min(read_options, key=lambda option: against(option[1]))
        matches.append(match)
        for name, value in found.items():
            worst[name] = max(worst.get(name, 0.0), value)
    close = min(clause.closeness for clause in read_clauses)
    return worst | {
        **_missing(read_clauses),
        "number_rival": max(c.closeness * _number_rival(c, source) for c in read_clauses),
        "places_exchanged": close * _places_exchanged(matches),
    }


def _missing(read_clauses: Sequence[Clause]) -> dict[str, float]:
    """Words that the source does not have at all."""
    missing = [
        clause.words[n] for clause in read_clauses for n in clause.content
        if clause.found[n].stem is None
    ]  # fmt: skip
    total = max(4, sum(len(clause.content) for clause in read_clauses))
    return {
        "number_missing": float(any(w.number and not w.spelled for w in missing)),
        "name_missing": float(any(w.name and not w.number for w in missing)),
        "missing": sum(not w.name and not w.number for w in missing) / total,
    }


def _number_rival(clause: Clause, source: Source) -> float:
    """How much better another number of the source fits what the clause says of its own."""
    own = {clause.found[n].stem for n in clause.content}
    worst = 0.0
    for n in clause.content:
        stem = clause.found[n].stem
        if not clause.words[n].number or stem not in source.numbers:
            continue
        context = _number_context(clause, n, source)
        total = sum(context.values())
        if not total:
            continue
        following = clause.words[n + 1] if n + 1 < len(clause.words) else None
        best = max(_fit(context, source, place) for place in source.numbers[stem])
        for other, places in source.numbers.items():
            if other not in own:
                fit = max(
                    _fit(context, source, p) * _same_kind(following, source, p) for p in places
                )
                worst = max(worst, (fit - best) / total)
    return min(1.0, worst)


def _number_context(clause: Clause, number: int, source: Source) -> dict[str, float]:
    """What the clause says of a number; words that stand beside every number tell little."""
    count = max(1, sum(map(len, source.numbers.values())))
    context: dict[str, float] = {}
    for n in clause.content:
        stem = clause.found[n].stem
        if stem is not None and not clause.words[n].number:
            rarity = math.log(1 + count / (source.number_neighbours[stem] or count))
            weight = rarity * clause.words[n].weight / (1 + abs(n - number) / 6)
            context[stem] = max(context.get(stem, 0.0), weight)
    return context


def _fit(context: dict[str, float], source: Source, place: tuple[int, int]) -> float:
    number, position = place
    unit = source.units[number]
    segment = source.segment_stems[unit.first_segment + unit.words[position].segment]
    before = source.units[number - 1].stems if number else frozenset()
    label = source.segment_stems[unit.first_segment]
    fit = 0.0
    for stem, weight in context.items():
        if stem in segment or (unit.is_row and stem in label):
            fit += weight
        elif unit.is_row and stem in unit.stems:
            fit += 0.2 * weight
        elif stem in unit.stems:
            away = [abs(p - position) for u, p in source.places[stem] if u == number]
            fit += weight * max(0.4, 0.9 - 0.05 * min(away, default=10))
        elif stem in unit.heading or stem in before:
            fit += 0.3 * weight
    if unit.is_row:
        # Of two rows that both fit, the one with fewer words left unsaid is meant.
        said = {word.stem for word in unit.words if word.content and not word.number}
        fit *= 1 - 0.4 * len(said - context.keys() - source.head) / max(1, len(said))
    return fit


def _same_kind(following: Word | None, source: Source, place: tuple[int, int]) -> float:
    """Less where a number counts other things than the clause's does: days, not hours."""
    words = source.units[place[0]].words
    beside = words[place[1] + 1] if place[1] + 1 < len(words) else None
    if following is None or beside is None or not following.content or not beside.content:
        return 1.0
    return 1.0 if following.stem == beside.stem else 0.8


def _places_exchanged(matches: Sequence[Match]) -> float:
    """Whether two pieces of the source stand in each other's place, all else in its order."""
    source = matches[0].source
    meant = sorted({match.number for match in matches})
    if len(meant) == 1 and source.units[meant[0]].is_row:
        return 0.0  # the cells of a row have no order
    offsets = {}
    length = 0
    for number in meant:
        offsets[number] = length
        length += len(source.units[number].words)
    order = []
    for match in matches:
        for n in match.clause.content:
            places = [
                offsets[u] + p
                for u, p in source.places.get(match.clause.found[n].stem or "", ())
                if u in offsets
            ]
            if len(places) == 1:
                order.append(places[0])
    if len(set(order)) != len(order):
        order = [place for place in order if order.count(place) == 1]
    numbers = {
        offsets[u] + p for places in source.numbers.values() for u, p in places if u in offsets
    }
    if any(passive(match.clause.words) != passive(match.part) for match in matches):
        return 0.0
    ranked = {place: rank for rank, place in enumerate(sorted(order))}
    counts = {ranked[place] for place in order if place in numbers}
    return float(_is_exchange([ranked[place] for place in order], counts))


def _is_exchange(order: Sequence[int], numbers: Collection[int]) -> bool:
    """Whether most of what is out of order comes of two pieces that stand in each other's place.

    A number and the word beside it are one piece in either order.
    """
    blocks: list[int] = []
    last = None
    for rank in order:
        bound = last == rank + 1 and (rank in numbers) != (last in numbers)
        if last is None or not (rank == last + 1 or bound):
            blocks.append(rank)
        last = rank
    pairs = [
        (i, j) for i in range(len(blocks)) for j in range(i + 1, len(blocks))
        if blocks[i] > blocks[j]
    ]  # fmt: skip
    best = 0
    for i, j in pairs:
        between = sum(blocks[j] < block < blocks[i] for block in blocks[i + 1 : j])
        best = max(best, 2 * between + 1)
    return best > 1 and best >= _MOSTLY * len(pairs)
