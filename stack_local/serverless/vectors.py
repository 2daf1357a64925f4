"""The vectors of a field, searched exactly; scores as OpenSearch makes them of inner products.

https://docs.opensearch.org/latest/vector-search/creating-vector-index/vector-field-spaces/ (the
formula was checked on OpenSearch 2.19.1).
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray


class VectorField:
    """One field's vectors in one matrix that grows."""

    def __init__(self, dimension: int) -> None:
        self._matrix: NDArray[np.float32] = np.zeros((64, dimension), dtype=np.float32)
        self._places: dict[int, int] = {}
        self._free: list[int] = list(range(63, -1, -1))

    def add(self, number: int, vector: Sequence[float]) -> None:
        """Keep a row's vector."""
        if not self._free:
            rows = len(self._matrix)
            self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
            self._free = list(range(2 * rows - 1, rows - 1, -1))
        place = self._free.pop()
        self._places[number] = place
        self._matrix[place] = vector

    def remove(self, number: int) -> None:
        """Forget a row's vector."""
        self._free.append(self._places.pop(number))

    def nearest(self, vector: Sequence[float], among: Set[int], k: int) -> dict[int, float]:
        """The best k of these rows, with their scores."""
        numbers = sorted(among & self._places.keys())
        if not numbers:
            return {}
        chosen = self._matrix[[self._places[number] for number in numbers]]
        products = chosen @ np.asarray(vector, dtype=np.float32)
        scores = np.where(products >= 0, products + 1, 1 / (1 - np.minimum(products, 0)))
        best = np.argsort(-scores, kind="stable")[:k]
        return {numbers[place]: float(scores[place]) for place in best}
