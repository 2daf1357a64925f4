"""The vectors of a passage index in memory, as one state that never changes under a reader."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from wellread.domain.access.scope import Scope

# A question's products are bound by memory, not by arithmetic: BLAS's threads win nothing with them
# and spin while they wait for the next one, which doubled the processor time of a search.
threadpool_limits(limits=1, user_api="blas")

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SPARSE = 0.2
"""Below this share of permitted rows, copying them out is cheaper than scoring all."""
_EQUAL = 1e-6
"""Cosines closer than that are a tie: the same text scores differently in another row."""


def _no_integers() -> Integers:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class VectorMatrix:
    """The vectors at one change of the index.

    A later state shares the arrays of an earlier one: rows are only ever added behind `rows`, and
    what may change about a row (`alive`, a document's audiences) is copied for the new state.

    Attributes:
        model: The model's version, None where no model was adopted.
        change: Of the index, up to which the state is complete.
        last_vector: Highest id of a vector that was read.
        rows: How many rows of the arrays are in use.
        vectors, chunks, documents: A row each: its vector, chunk id and document id.
        alive: Whether the row's chunk still exists.
        document_audiences: Audience set id of each document id.
        audience_sets: Names of each audience set id.
    """

    model: str | None = None
    change: int = -1
    last_vector: int = 0
    rows: int = 0
    vectors: Floats = field(default_factory=lambda: np.empty((0, 0), dtype=np.float32))
    chunks: Integers = field(default_factory=_no_integers)
    documents: Integers = field(default_factory=_no_integers)
    alive: Flags = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    document_audiences: Integers = field(default_factory=_no_integers)
    audience_sets: dict[int, frozenset[str]] = field(default_factory=dict)

    def permitted(self, scope: Scope) -> list[int]:
        """The audience sets within a scope; there are few, however many documents there are."""
        return [number for number, names in self.audience_sets.items() if scope.permits(names)]

    def nearest(
        self,
        query: Floats,
        permitted: Sequence[int],
        limit: int,
        within: Sequence[int] | None = None,
    ) -> list[tuple[int, float]]:
        """Chunk ids and cosines of the nearest permitted rows, best first.

        `within` are the ids of the only documents that count; None is all of them.
        There may be a few more than `limit`, where several tie for the last place.
        """
        if limit < 1 or not self.rows or not permitted:
            return []
        mask = self.alive[: self.rows]
        if len(permitted) < len(self.audience_sets):
            sets = np.zeros(max(self.audience_sets) + 1, dtype=np.bool_)
            sets[list(permitted)] = True
            mask = mask & sets[self.document_audiences[self.documents[: self.rows]]]
        if within is not None:
            wanted = np.zeros(len(self.document_audiences), dtype=np.bool_)
            wanted[list(within)] = True
            mask = mask & wanted[self.documents[: self.rows]]
        candidates = np.flatnonzero(mask)
        if not len(candidates):
            return []
        if len(candidates) < self.rows * _SPARSE:
            scores = self.vectors[candidates] @ query
        else:
            scores = (self.vectors[: self.rows] @ query)[candidates]
        if len(scores) > limit:
            last = np.partition(scores, len(scores) - limit)[len(scores) - limit]
            chosen = np.flatnonzero(scores >= last - _EQUAL)
            candidates, scores = candidates[chosen], scores[chosen]
        rounded = np.round(scores.astype(np.float64), 6)
        chunks = self.chunks[candidates]
        best = np.lexsort((chunks, -rounded))[: 2 * limit]
        return [(int(chunks[i]), float(rounded[i])) for i in best]

    def without(self, dropped: Iterable[int]) -> VectorMatrix:
        """The state after these chunks' vectors went."""
        gone = np.fromiter(dropped, dtype=np.int64)
        if not len(gone) or not self.rows:
            return self
        alive = self.alive.copy()
        alive[: self.rows] &= ~np.isin(self.chunks[: self.rows], gone)
        living = int(np.count_nonzero(alive[: self.rows]))
        if living > self.rows // 2:
            return replace(self, alive=alive)
        keep = np.flatnonzero(alive[: self.rows])
        return replace(
            self,
            rows=living,
            vectors=self.vectors[keep],
            chunks=self.chunks[keep],
            documents=self.documents[keep],
            alive=np.ones(living, dtype=np.bool_),
        )

    def with_vectors(self, found: Sequence[tuple[int, int, int, bytes]]) -> VectorMatrix:
        """The state after vectors were added: their ids, chunk ids, document ids, and bytes."""
        if not found:
            return self
        added = np.frombuffer(b"".join(row[3] for row in found), dtype=np.float32)
        added = added.reshape(len(found), -1)
        grown = self._with_room(len(found), added.shape[1])
        end = grown.rows + len(found)
        grown.vectors[grown.rows : end] = added
        grown.chunks[grown.rows : end] = [row[1] for row in found]
        grown.documents[grown.rows : end] = [row[2] for row in found]
        grown.alive[grown.rows : end] = True
        return replace(grown, rows=end, last_vector=found[-1][0])

    def with_documents(self, found: Sequence[tuple[int, int]]) -> VectorMatrix:
        """The state after documents got audiences: document ids and audience set ids."""
        if not found:
            return self
        size = max(len(self.document_audiences), max(document for document, _ in found) + 1)
        audiences = np.zeros(size, dtype=np.int64)
        audiences[: len(self.document_audiences)] = self.document_audiences
        audiences[[document for document, _ in found]] = [number for _, number in found]
        return replace(self, document_audiences=audiences)

    def _with_room(self, more: int, dimensions: int) -> VectorMatrix:
        """The same state with room behind its rows; in place where there is some already."""
        needed = self.rows + more
        if needed <= len(self.chunks):
            return self
        capacity = max(needed, len(self.chunks) * 3 // 2, 256)
        vectors = np.empty((capacity, dimensions), dtype=np.float32)
        if self.rows:
            vectors[: self.rows] = self.vectors[: self.rows]
        return replace(
            self,
            vectors=vectors,
            chunks=_longer(self.chunks, capacity),
            documents=_longer(self.documents, capacity),
            alive=_longer(self.alive, capacity),
        )


def _longer(values: npt.NDArray[Any], capacity: int) -> npt.NDArray[Any]:
    longer = np.zeros(capacity, dtype=values.dtype)
    longer[: len(values)] = values
    return longer
