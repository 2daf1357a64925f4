"""What the adapters over DynamoDB share: items by key, many at once, and names as keys."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of
from wellread.domain.knowledge.errors import TransientError

Item = dict[str, Any]
"""Attribute → value as the service has it: `{"S": ...}`, `{"N": ...}`, `{"B": ...}`."""

_MOST_READ = 100
_MOST_WRITTEN = 25
_TRIES = 8
_LONGEST_WAIT_SECONDS = 2.0
_BEYOND = "\U0010ffff"


class Table:
    """One table."""

    def __init__(
        self,
        client: Any,
        name: str,
        setting: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ):
        """Use this table through a client of DynamoDB.

        Args:
            client: Of DynamoDB, low level.
            name: The table's.
            setting: The environment variable that names it, for errors.
            sleep: Between attempts of what the service left undone.
        """
        self.client = client
        self.name = name
        self.resource = Resource("table", name, setting)
        self._sleep = sleep

    def get(self, key: Item) -> Item | None:
        """An item as it is now, None where there is none."""
        with self.resource.errors():
            found = self.client.get_item(TableName=self.name, Key=key, ConsistentRead=True)
        item: Item | None = found.get("Item")
        return item

    def put(self, item: Item, **condition: Any) -> Item | None:
        """Write an item on a condition; what it returns is as `delete` says."""
        return self._conditionally(self.client.put_item, Item=item, **condition)

    def delete(self, key: Item, **condition: Any) -> Item | None:
        """Delete an item on a condition.

        Returns:
            None where the condition held; else the item as it is stored, empty where there is none.
            An attempt that took effect, and whose answer was lost, looks like that too.
        """
        return self._conditionally(self.client.delete_item, Key=key, **condition)

    def update(self, key: Item, **request: Any) -> Item | None:
        """Change an item on a condition; what it returns is as `delete` says."""
        return self._conditionally(self.client.update_item, Key=key, **request)

    def _conditionally(self, write: Callable[..., Any], **request: Any) -> Item | None:
        with self.resource.errors():
            try:
                write(TableName=self.name, ReturnValuesOnConditionCheckFailure="ALL_OLD", **request)
            except ClientError as exc:
                if code_of(exc) != "ConditionalCheckFailedException":
                    raise
                stored: Item = exc.response.get("Item") or {}
                return stored
        return None

    def write_together(self, writes: Sequence[Item]) -> bool:
        """Write up to 100 items on conditions, all or none.

        Args:
            writes: "Put", "Update", "Delete" or "ConditionCheck" → the request, without the table.

        Returns:
            Whether it was done; not so where a condition did not hold, or another transaction was
            at one of the items.
        """
        items = [
            {kind: {"TableName": self.name, **request} for kind, request in write.items()}
            for write in writes
        ]
        with self.resource.errors():
            try:
                self.client.transact_write_items(TransactItems=items)
            except ClientError as exc:
                if code_of(exc) != "TransactionCanceledException":
                    raise
                why = {reason.get("Code") for reason in exc.response["CancellationReasons"]}
                if why.isdisjoint({"ConditionalCheckFailed", "TransactionConflict"}):
                    raise self._left_undone() from exc
                return False
        return True

    def get_many(self, keys: Sequence[Item], *, consistent: bool = True) -> Iterator[Item]:
        """The items that there are of these different keys, in no order."""
        for start in range(0, len(keys), _MOST_READ):
            wanted: Mapping[str, Any] = {
                self.name: {
                    "Keys": list(keys[start : start + _MOST_READ]),
                    "ConsistentRead": consistent,
                }
            }
            for attempt in range(_TRIES):
                with self.resource.errors():
                    answer = self.client.batch_get_item(RequestItems=wanted)
                yield from answer.get("Responses", {}).get(self.name, ())
                wanted = answer.get("UnprocessedKeys") or {}
                if not wanted:
                    break
                self._wait(attempt)
            else:
                raise self._left_undone()

    def put_many(self, items: Sequence[Item]) -> None:
        """Write items, or write over them, in no order."""
        for start in range(0, len(items), _MOST_WRITTEN):
            wanted: Mapping[str, Any] = {
                self.name: [
                    {"PutRequest": {"Item": item}} for item in items[start : start + _MOST_WRITTEN]
                ]
            }
            for attempt in range(_TRIES):
                with self.resource.errors():
                    answer = self.client.batch_write_item(RequestItems=wanted)
                wanted = answer.get("UnprocessedItems") or {}
                if not wanted:
                    break
                self._wait(attempt)
            else:
                raise self._left_undone()

    def query(self, **request: Any) -> Iterator[Item]:
        """The items of a query, fetched a page at a time while they are asked for."""
        while True:
            with self.resource.errors():
                page = self.client.query(TableName=self.name, **request)
            yield from page.get("Items", ())
            if not page.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _wait(self, attempt: int) -> None:
        """Wait at random, longer each time, so that many callers do not come back together."""
        longest = min(_LONGEST_WAIT_SECONDS, 0.05 * 2.0**attempt)
        self._sleep(random.uniform(0, longest))  # noqa: S311 - no secret

    def _left_undone(self) -> TransientError:
        return TransientError(f"The table {self.name!r} keeps leaving work undone. Try again.")


def as_key(name: str) -> str:
    """A name as a key attribute: itself, but for names that UTF-8 cannot hold.

    Those come after all others. Names with lone surrogates do not come from S3.
    """
    if not name.startswith(_BEYOND):
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            pass
        else:
            return name
    return _BEYOND + name.encode("unicode-escape").decode("ascii")


def of_key(key: str) -> str:
    """The name that `as_key` was given."""
    if not key.startswith(_BEYOND):
        return key
    return key.removeprefix(_BEYOND).encode("ascii").decode("unicode-escape")
