"""The vectors of a field, searched exactly; scores as OpenSearch makes them.

https://docs.opensearch.org/latest/vector-search/creating-vector-index/vector-field-spaces/ (the
formulas were checked on OpenSearch 2.19.1).
"""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray


class VectorField:
    """One field's vectors in one matrix that grows."""

    def __init__(self, space: str, dimension: int) -> None:
        self._space = space
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

    def rows(self) -> Set[int]:
        """The rows that have one."""
        return self._places.keys()

    def nearest(self, vector: Sequence[float], among: Set[int], k: int) -> dict[int, float]:
        """The best k of these rows, with their scores."""
        numbers = sorted(among & self._places.keys())
        if not numbers or k < 1:
            return {}
        chosen = self._matrix[[self._places[number] for number in numbers]]
        scores = self._scores(chosen, np.asarray(vector, dtype=np.float32))
        best = np.argsort(-scores, kind="stable")[:k]
        return {numbers[place]: float(scores[place]) for place in best}

    def _scores(
        self, chosen: NDArray[np.float32], vector: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        products = chosen @ vector
        if self._space == "cosinesimil":
            lengths = np.linalg.norm(chosen, axis=1) * np.linalg.norm(vector)
            return np.asarray((1 + products / lengths) / 2, dtype=np.float32)
        if self._space == "innerproduct":
            return np.where(products >= 0, products + 1, 1 / (1 - np.minimum(products, 0)))
        distances = np.sum((chosen - vector) ** 2, axis=1)
        return np.asarray(1 / (1 + distances), dtype=np.float32)
