"""How often askers ask, counted in DynamoDB."""

from __future__ import annotations

import hashlib
from array import array
from typing import Any

from wellread.adapters.aws.dynamodb_tables import Table
from wellread.domain.ask.questions import AskerId
from wellread.ports.operations import Clock
from wellread.wire.question_rate import WINDOW_SECONDS, admitted

_TRIES = 10
_CONTENDED_SECONDS = 1.0


class DynamoRateLimiter:
    """A `RateLimiter` on the threads table: the times of an asker's last questions.

    `pk` is "rate#<SHA-256 of the asker>", `sk` is "rate", `times` holds 64-bit floats. Each write
    is conditional on the times that were read, so no question of several at once goes uncounted.
    """

    def __init__(self, client: Any, table: str, per_minute: int, *, clock: Clock):
        """Count in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
            per_minute: Questions that one asker may ask in any minute; 0 for any number.
            clock: The time.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")
        self._per_minute = per_minute
        self._clock = clock

    def admit(self, asker: AskerId) -> float:
        if not self._per_minute:
            return 0.0
        name = hashlib.sha256(asker.encode("utf-8", "surrogatepass")).hexdigest()
        key = {"pk": {"S": f"rate#{name}"}, "sk": {"S": "rate"}}
        for _ in range(_TRIES):
            stored = self._table.get(key)
            times = stored["times"]["B"] if stored else None
            now = self._clock()
            wait, after = admitted(array("d", times or b""), now, self._per_minute)
            if wait:
                return wait
            condition: dict[str, Any] = (
                {"ConditionExpression": "attribute_not_exists(pk)"}
                if times is None
                else {
                    "ConditionExpression": "times = :times",
                    "ExpressionAttributeValues": {":times": {"B": times}},
                }
            )
            item = key | {
                "times": {"B": array("d", after).tobytes()},
                "expires": {"N": str(int(now + 2 * WINDOW_SECONDS))},
            }
            if self._table.put(item, **condition) is None:
                return 0.0
        # So many at once that they keep getting in each other's way.
        return _CONTENDED_SECONDS
