"""The stand-in's own engine: small, exact, and strict about what it does not know."""

from __future__ import annotations

import json
import math
import random
import secrets
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from stack_local.serverless.bulk_lines import BulkItem
from stack_local.serverless.durable import DurableFile, Write
from stack_local.serverless.exchange import Json, Refusal, Response, index_not_found, object_at
from stack_local.serverless.field_types import ParsedDocument
from stack_local.serverless.operations import Call, Operation
from stack_local.serverless.searching import search
from stack_local.serverless.stored_index import StoredIndex


class OwnEngine:
    """Indices in memory, and in a file where one is given."""

    def __init__(
        self,
        clock: Callable[[], float],
        lag_seconds: float,
        *,
        uneven: int | None = None,
        data: Path | None = None,
    ) -> None:
        """Load what the file holds, all of it visible.

        Args:
            clock: Seconds.
            lag_seconds: From a write to its visibility; `math.inf` until `settle`.
            uneven: A seed: every write then has a lag of its own, up to `lag_seconds`, so that
                writes come into view in another order than they were made.
            data: The file.
        """
        self._lock = threading.RLock()
        self._clock = clock
        self._lag = lag_seconds
        self._uneven = None if uneven is None else random.Random(uneven)  # noqa: S311 - no secret
        self._file = DurableFile(data)
        self._indices = {name: StoredIndex(name, body) for name, body in self._file.indices()}
        for name, id_, source in self._file.documents():
            index = self._indices[name]
            index.add(id_, source, index.parse(source), -math.inf)
        self._answers: dict[Operation, Callable[[Call], Response]] = {
            Operation.CREATE_INDEX: self._create,
            Operation.DELETE_INDEX: self._drop,
            Operation.GET_MAPPING: self._mapping,
            Operation.PUT_MAPPING: self._put_mapping,
            Operation.SEARCH: self._search_one,
        }

    def has(self, index: str) -> bool:
        """Whether there is such an index."""
        return index in self._indices

    def answer(self, call: Call) -> Response:
        """Do anything but bulks and multi-searches."""
        with self._lock:
            return self._answers[call.operation](call)

    def bulk(self, items: Sequence[BulkItem]) -> list[Json]:
        """Write; one result an item, in order."""
        with self._lock:
            writes: list[Write] = []
            results = [self._write(item, writes) for item in items]
            self._file.apply(writes)
            return results

    def search(self, index: str, searches: Sequence[Json]) -> list[Json]:
        """Answer searches of an index in order, each with its `status`."""
        with self._lock:
            return [self._searched(index, request) for request in searches]

    def settle(self) -> None:
        """Make everything visible that was written."""
        with self._lock:
            for index in self._indices.values():
                index.advance(math.inf)

    def close(self) -> None:
        """Close the file, and free the words."""
        with self._lock:
            for index in self._indices.values():
                index.close()
            self._file.close()

    def _index(self, name: str) -> StoredIndex:
        if name not in self._indices:
            raise index_not_found(name)
        return self._indices[name]

    def _due(self) -> float:
        lag = self._lag
        if self._uneven is not None and math.isfinite(lag):
            lag *= self._uneven.random()
        return self._clock() + lag

    def _write(self, item: BulkItem, writes: list[Write]) -> Json:
        index = self._index(item.index)
        if item.action == "delete":
            found = index.remove(item.id, self._due())
            writes.append((item.index, item.id, None))
            return _written(
                item, item.id, "deleted" if found else "not_found", 200 if found else 404
            )
        try:
            source, values = _parsed(index, item.source)
        except Refusal as refusal:
            error = json.loads(refusal.response.body)["error"]
            return item.result(400, error["type"], error["reason"])
        id_ = f"1%3A0%3A{secrets.token_urlsafe(15)}"  # the service's ids look like that
        index.add(id_, source, values, self._due())
        writes.append((item.index, id_, source))
        return _written(item, id_, "created", 201)

    def _searched(self, name: str, request: Json) -> Json:
        try:
            return {**self._answer_search(name, request), "status": 200}
        except Refusal as refusal:
            body: Json = json.loads(refusal.response.body)
            if body["error"]["type"] == "parsing_exception":
                raise
            return body

    def _answer_search(self, name: str, request: Json) -> Json:
        index = self._index(name)
        index.advance(self._clock())
        return search(index, request)

    def _search_one(self, call: Call) -> Response:
        return Response.of(200, self._answer_search(call.index, call.request.document()))

    def _create(self, call: Call) -> Response:
        body, name = call.request.document(), call.index
        if name in self._indices:
            raise Refusal.because(
                400,
                "resource_already_exists_exception",
                f"index [{name}/{self._indices[name].uuid}] already exists",
                index=name,
            )
        self._indices[name] = StoredIndex(name, body)
        self._file.put_index(name, body)
        return Response.of(200, {"acknowledged": True, "shards_acknowledged": True, "index": name})

    def _drop(self, call: Call) -> Response:
        index = self._index(call.index)
        index.close()
        del self._indices[index.name]
        self._file.drop_index(index.name)
        return Response.of(200, {"acknowledged": True})

    def _mapping(self, call: Call) -> Response:
        index = self._index(call.index)
        return Response.of(200, {index.name: {"mappings": index.mappings}})

    def _put_mapping(self, call: Call) -> Response:
        index, more = self._index(call.index), call.request.document()
        unknown = set(more) - {"_meta", "properties"}
        if unknown:
            raise Refusal.because(
                400, "mapper_parsing_exception", f"the stand-in does not change {sorted(unknown)}"
            )
        before = object_at(index.mappings, "properties")
        for name, body in object_at(more, "properties").items():
            if name in before and before[name] != body:
                raise Refusal.because(
                    400, "illegal_argument_exception", f"mapper [{name}] cannot be changed"
                )
        mappings = {**index.mappings, **more}
        if "properties" in more:
            mappings["properties"] = {**before, **more["properties"]}
        index.remap(mappings)
        self._file.put_index(index.name, {"mappings": index.mappings, "settings": index.settings})
        return Response.of(200, {"acknowledged": True})


def _parsed(index: StoredIndex, sent: bytes) -> tuple[Json, ParsedDocument]:
    try:
        source = json.loads(sent)
    except ValueError as error:
        raise Refusal.because(
            400, "mapper_parsing_exception", f"failed to parse: {error}"
        ) from None
    if not isinstance(source, dict):
        raise Refusal.because(400, "mapper_parsing_exception", "a document must be an object")
    return source, index.parse(source)


def _written(item: BulkItem, id_: str, result: str, status: int) -> Json:
    return {
        item.action: {
            "_index": item.index,
            "_id": id_,
            "_version": 1,
            "result": result,
            "_shards": {"total": 0, "successful": 0, "failed": 0},
            "_seq_no": 0,
            "_primary_term": 0,
            "status": status,
        }
    }
