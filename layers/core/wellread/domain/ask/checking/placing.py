"""In which passages the sentences of an answer may stand, and what they are checked against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wellread.domain.ask.evidence import Evidence, Place, surroundings, telling, without_commands
from wellread.domain.knowledge.documents import Passage, embedded_text

_TOLD = 0.5
"""A passage that holds this share of what tells where a sentence stands may well be its place."""

_MOST_PLACES = 3
"""No sentence is checked against more passages, whatever its markers say."""


@dataclass(frozen=True, slots=True)
class Found:
    """A place in one of the passages."""

    passage: int
    place: Place


class Placing:
    """Finds places in passages, and reads the text around them."""

    def __init__(
        self,
        passages: Sequence[Passage],
        source: Callable[[Passage], str | None],
    ) -> None:
        """Look into these passages; see `Grounding` for the arguments."""
        self._passages = passages
        self._source = source
        self._evidence: dict[int, Evidence | None] = {}

    def find(self, sentence: str, marked: Iterable[int]) -> list[Found]:
        """Where a sentence may stand, best first: where its markers say, and where its words do.

        Each place holds something of the sentence that those before it do not. A sentence is
        checked against all of them and cites all of them.
        """
        weights = telling(sentence)
        cited = dict.fromkeys(n - 1 for n in marked if 0 < n <= len(self._passages))
        found = self._places(weights, cited)
        told = max((each.place.share for each in found), default=0.0)
        if told < _TOLD:
            # No marker, or a wrong one perhaps.
            told = max(told, _TOLD) if found else 0.0
            others = self._places(weights, set(range(len(self._passages))) - cited.keys())
            found += [other for other in others if other.place.share > told][:1]
        return _telling_most(sorted(found, key=_share))[:_MOST_PLACES]

    def around(self, found: Sequence[Found]) -> tuple[str, str]:
        """Title and headings of the first place, and the passages of all with their neighbours."""
        heads: list[str] = []
        texts: list[str] = []
        seen: list[tuple[Passage, int, int]] = []
        for passage in (self._passages[each.passage] for each in found):
            chunk = passage.chunk
            text = self._source(passage) or ""
            if any(
                (p.document, p.revision) == (passage.document, passage.revision)
                and low <= chunk.start <= chunk.end <= high
                for p, low, high in seen
            ):
                continue
            low, high = surroundings(text, chunk.start, chunk.end)
            seen.append((passage, low, high))
            head = without_commands(embedded_text(chunk.title, chunk.heading_path, "").strip())
            texts.append(f"{head}\n\n" if heads else "")
            texts[-1] += without_commands(text[low:high].strip())
            heads.append(head)
        return heads[0], "\n\n".join(texts)

    def _places(self, weights: dict[str, float], among: Iterable[int]) -> list[Found]:
        places = ((index, self._place(weights, index)) for index in sorted(among))
        return sorted((Found(index, place) for index, place in places if place), key=_share)

    def _place(self, weights: dict[str, float], index: int) -> Place | None:
        if index not in self._evidence:
            self._evidence[index] = self._gather(self._passages[index])
        evidence = self._evidence[index]
        return None if evidence is None else evidence.place(weights)

    def _gather(self, passage: Passage) -> Evidence | None:
        chunk = passage.chunk
        text = self._source(passage)
        if text is None or text[chunk.start : chunk.end] != chunk.text:
            return None
        return Evidence.of(passage)


def _telling_most(found: Sequence[Found]) -> list[Found]:
    cited: list[Found] = []
    held: frozenset[str] = frozenset()
    for each in found:
        if not cited or each.place.held - held:
            cited.append(each)
            held |= each.place.held
    return cited


def _share(found: Found) -> float:
    return -found.place.share
