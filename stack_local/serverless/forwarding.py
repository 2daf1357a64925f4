"""A real OpenSearch server behind the front.

It makes ids, and answers queries, as the service does; it shows a write when it is told to
refresh, which the front does once the lag is over. Its published plugin has no engine faiss, so
the front says lucene to the server, and faiss to whoever asks.
"""

from __future__ import annotations

import copy
import json
import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import urllib3

from stack_local.serverless.bulk_lines import BulkItem
from stack_local.serverless.exchange import Json, Refusal, Response
from stack_local.serverless.index_body import index_settings, vector_properties
from stack_local.serverless.operations import Call, Operation

_NDJSON = "application/x-ndjson"


class ForwardingEngine:
    """Forwards to a server, and refreshes its indices when the lag is over."""

    def __init__(self, url: str, clock: Callable[[], float], lag_seconds: float) -> None:
        """Forward to the server at a URL.

        Args:
            url: Without a path.
            clock: Seconds.
            lag_seconds: From a write to its visibility at the latest; `math.inf` until `settle`.
        """
        self._url = url.rstrip("/")
        self._clock = clock
        self._lag = lag_seconds
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=120)
        self._lock = threading.Lock()
        # Another stand-in before this one may have left writes behind that nobody has seen.
        self._due: dict[str, float] = {"_all": clock()}
        self._known: set[str] = set()

    def has(self, index: str) -> bool:
        """Whether there is such an index."""
        if index not in self._known:
            found = self._send("HEAD", f"/{index}", b"")
            if found.status != 200:
                return False
            self._known.add(index)
        return True

    def answer(self, call: Call) -> Response:
        """Do anything but bulks and multi-searches."""
        if call.operation is Operation.SEARCH:
            self._refresh()
        body = call.request.body
        if call.operation in (Operation.CREATE_INDEX, Operation.PUT_MAPPING):
            body = json.dumps(_for_the_server(call, call.request.document())).encode()
        query = f"?{call.request.query}" if call.request.query else ""
        found = self._send(call.request.method, call.request.path + query, body)
        if call.operation is Operation.DELETE_INDEX and found.status == 200:
            self._known.discard(call.index)
        if call.operation is Operation.GET_MAPPING and found.body:
            return Response.of(found.status, _for_the_client(json.loads(found.body)))
        return found

    def bulk(self, items: Sequence[BulkItem]) -> list[Json]:
        """Write; one result an item, in order."""
        if not items:
            return []
        self._refresh()
        lines = []
        for item in items:
            options = {"_index": item.index, **({"_id": item.id} if item.id else {})}
            lines.append(json.dumps({item.action: options}).encode())
            if item.source:
                lines.append(item.source)
        found = self._send("POST", "/_bulk", b"\n".join([*lines, b""]), _NDJSON)
        if found.status != 200:
            raise Refusal(found, "the server refused the bulk")
        with self._lock:
            for index in {item.index for item in items}:
                self._due.setdefault(index, self._clock() + self._lag)
        results: list[Json] = json.loads(found.body)["items"]
        return results

    def search(self, index: str, searches: Sequence[Json]) -> list[Json]:
        """Answer searches of an index in order, each with its `status`."""
        self._refresh()
        lines = "".join(f"{{}}\n{json.dumps(request)}\n" for request in searches).encode()
        found = self._send("POST", f"/{index}/_msearch", lines, _NDJSON)
        if found.status != 200:
            raise Refusal(found, "the server refused the searches")
        responses: list[Json] = json.loads(found.body)["responses"]
        return responses

    def settle(self) -> None:
        """Make everything visible that was written."""
        self._refresh(math.inf)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _refresh(self, until: float | None = None) -> None:
        now = self._clock() if until is None else until
        with self._lock:
            due = [index for index, when in self._due.items() if when <= now]
            # Taken out first: what is written meanwhile is due again.
            for index in due:
                del self._due[index]
            for index in due:
                self._send("POST", f"/{index}/_refresh", b"")

    def _send(
        self, method: str, path: str, body: bytes, media_type: str = "application/json"
    ) -> Response:
        headers = {"content-type": media_type} if body else {}
        try:
            found = self._pool.request(method, self._url + path, body=body or None, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise Refusal.empty(502, f"the server behind the stand-in: {error!r:.200}") from error
        kept = {"content-type": found.headers.get("content-type", "text/plain")}
        return Response(found.status, found.data, kept)


def _for_the_server(call: Call, body: Json) -> Json:
    body = copy.deepcopy(body)
    mappings = body.get("mappings", {}) if call.operation is Operation.CREATE_INDEX else body
    for _, each in vector_properties(mappings):
        if "method" in each:
            each["method"]["engine"] = "lucene"
    if call.operation is Operation.CREATE_INDEX:
        settings = body.get("settings", {})
        analysis = settings.get("analysis") or settings.get("index", {}).get("analysis")
        own: dict[str, Any] = {
            "refresh_interval": "-1", "number_of_shards": 1, "number_of_replicas": 0
        }  # fmt: skip
        body["settings"] = {"index": {**index_settings(body), **own}}
        if analysis is not None:
            body["settings"]["analysis"] = analysis
    return body


def _for_the_client(described: Json) -> Json:
    for each in described.values():
        if isinstance(each, dict) and "mappings" in each:
            for _, vector in vector_properties(each["mappings"]):
                vector.get("method", {})["engine"] = "faiss"
    return described
