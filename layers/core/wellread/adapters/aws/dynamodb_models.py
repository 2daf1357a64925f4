"""Tuned models, in DynamoDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wellread.adapters.aws.dynamodb_tables import Item, Table, as_key
from wellread.domain.knowledge.errors import ConflictError
from wellread.domain.tune.models import (
    ModelChange,
    ModelStatus,
    RunName,
    TunedModel,
    is_same_model,
)
from wellread.wire.stored_models import pack_model, unpack_model

_PARTITION = "models"
_ANSWERING: Item = {"pk": {"S": "models#promoted"}, "sk": {"S": "now"}}
_TRIES = 5


class DynamoModelRegistry:
    """A `ModelRegistry` on the threads table.

    `pk` is "models", so that all can be listed; `sk` is the run, `body` what is known of its model.
    The item "models#promoted" names the run whose model is promoted, so that at most one is: who
    promotes, or takes that away, changes it in the same transaction. None of them expires.
    """

    def __init__(self, client: Any, table: str):
        """Keep models in this table.

        Args:
            client: Of DynamoDB, low level.
            table: Its name.
        """
        self._table = Table(client, table, "WELLREAD_THREADS_TABLE")

    def register(self, model: TunedModel) -> None:
        stored = self._body(model.run)
        for _ in range(_TRIES):
            known = None if stored is None else unpack_model(stored)
            if known is not None and known.status is not ModelStatus.CANDIDATE:
                if is_same_model(known, model):
                    return
                raise ConflictError(
                    f"The run {model.run} has a model that was judged already. Give the new run "
                    "another name."
                )
            refused = self._table.put(_item(model, stored), **_unchanged(stored))
            if refused is None:
                return
            stored = refused["body"]["B"] if refused else None
        raise ConflictError(f"The model {model.run} is changed again and again. Try again.")

    def get(self, run: RunName) -> TunedModel | None:
        stored = self._body(run)
        return None if stored is None else unpack_model(stored)

    def list(self) -> Sequence[TunedModel]:
        items = self._table.query(
            ConsistentRead=True,
            KeyConditionExpression="pk = :models",
            ExpressionAttributeValues={":models": {"S": _PARTITION}},
        )
        models = (unpack_model(item["body"]["B"]) for item in items)
        return sorted(models, key=lambda model: (model.created_at, model.run))

    def replace(self, *changes: ModelChange) -> None:
        writes = [self._write(change) for change in changes]
        pointer = _pointer(changes)
        if len(writes) == 1 and not pointer:
            # Whoever only marks models may do no more than that to the table.
            (write,) = writes
            done = self._table.update(write.pop("Key"), **write) is None
        else:
            done = self._table.write_together([*({"Update": each} for each in writes), *pointer])
        # An attempt may have taken effect whose answer was lost.
        after = [change.after for change in changes]
        if not done and [self.get(model.run) for model in after] != after:
            raise _conflict()

    def promoted(self) -> TunedModel | None:
        for _ in range(_TRIES):
            named = self._table.get(_ANSWERING)
            if named is None:
                return None
            model = self.get(RunName(named["run"]["S"]))
            # Where it is not, it gave up its place between the two looks.
            if model is not None and model.status is ModelStatus.PROMOTED:
                return model
        raise _conflict()

    def _write(self, change: ModelChange) -> dict[str, Any]:
        key = _key(change.before.run)
        stored = self._body(change.before.run)
        if stored is None or unpack_model(stored) != change.before:
            raise _conflict()
        return {
            "Key": key,
            "UpdateExpression": "SET body = :body",
            "ConditionExpression": "body = :read",
            "ExpressionAttributeValues": {
                ":body": {"B": pack_model(change.after, stored)},
                ":read": {"B": stored},
            },
        }

    def _body(self, run: RunName) -> bytes | None:
        item = self._table.get(_key(run))
        return None if item is None else item["body"]["B"]


def _key(run: RunName) -> Item:
    return {"pk": {"S": _PARTITION}, "sk": {"S": as_key(run)}}


def _item(model: TunedModel, stored: bytes | None) -> Item:
    return _key(model.run) | {"body": {"B": pack_model(model, stored)}}


def _unchanged(stored: bytes | None) -> dict[str, Any]:
    if stored is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "body = :read",
        "ExpressionAttributeValues": {":read": {"B": stored}},
    }


def _pointer(changes: Sequence[ModelChange]) -> list[Item]:
    """What names the promoted model anew, on condition that it names the one it did."""
    before = _promoted_of([change.before for change in changes])
    after = _promoted_of([change.after for change in changes])
    if before == after:
        return []
    if before is None:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
    else:
        condition = {
            "ConditionExpression": "#run = :before",
            "ExpressionAttributeNames": {"#run": "run"},
            "ExpressionAttributeValues": {":before": {"S": before}},
        }
    if after is None:
        return [{"Delete": {"Key": _ANSWERING, **condition}}]
    return [{"Put": {"Item": _ANSWERING | {"run": {"S": after}}, **condition}}]


def _promoted_of(models: Sequence[TunedModel]) -> RunName | None:
    promoted = [model.run for model in models if model.status is ModelStatus.PROMOTED]
    if len(promoted) > 1:
        raise ConflictError("Two models would be promoted at once.")
    return promoted[0] if promoted else None


def _conflict() -> ConflictError:
    return ConflictError(
        "What is known of the models was changed meanwhile. Look at them and try again."
    )
