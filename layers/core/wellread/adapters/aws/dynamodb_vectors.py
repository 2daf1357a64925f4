"""Vectors by content hash in DynamoDB."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wellread.adapters.aws.dynamodb_tables import Item, Table
from wellread.ports.models import Vector
from wellread.ports.operations import Clock

_KEEP_SECONDS = 90 * 86_400.0


class DynamoVectorCache:
    """A `VectorCache`: `pk` is "<model>#<hash>", `vector` holds 32-bit floats.

    A vector expires some time after it was made; a text that is embedded later than that is
    embedded once more.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ):
        """Keep vectors in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
            clock: The time.
            sleep: Between attempts of what the service left undone.
        """
        self._table = Table(client, table, "WELLREAD_VECTORS_TABLE", sleep=sleep)
        self._clock = clock

    def get(self, model_version: str, hashes: Sequence[str]) -> dict[str, Vector]:
        keys = {f"{model_version}#{content}": content for content in hashes}
        # A vector that is missed for a moment is made once more; half the price in return.
        items = self._table.get_many([{"pk": {"S": key}} for key in keys], consistent=False)
        return {keys[item["pk"]["S"]]: tuple(array("f", item["vector"]["B"])) for item in items}

    def put(self, model_version: str, vectors: Mapping[str, Vector]) -> None:
        expires = {"N": str(int(self._clock() + _KEEP_SECONDS))}
        items: list[Item] = [
            {
                "pk": {"S": f"{model_version}#{content}"},
                "vector": {"B": array("f", vector).tobytes()},
                "expires": expires,
            }
            for content, vector in vectors.items()
        ]
        self._table.put_many(items)
