"""Requests to one index: sent again where that is safe, and errors in wellread's own words.

No message repeats what the server says about a request beyond the type of the error: its reasons
quote what was sent.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

from opensearchpy import OpenSearch
from opensearchpy.exceptions import (
    ConnectionError as NoConnectionError,
)
from opensearchpy.exceptions import (
    ConnectionTimeout,
    ImproperlyConfigured,
    SerializationError,
    TransportError,
)
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from wellread.domain.knowledge.errors import (
    IndexUnavailableError,
    InvalidConfigurationError,
    StorageFullError,
    WellreadError,
)

Json = Any
Query = dict[str, Any]
_Answer = TypeVar("_Answer")

ATTEMPTS = 6
"""Sent so often, a request has waited about three seconds (at most six) before it is given up."""

PAGE = 1000
"""Hits of a page where pages are read to their end."""

_FIRST_WAIT_SECONDS = 0.2
_REJECTED = 429
_BUSY = frozenset({_REJECTED, 502, 503, 504})
_DENIED = frozenset({401, 403})
_NEVER_SENT = (ConnectTimeoutError, NewConnectionError)
_LINES = {"content-type": "application/x-ndjson"}


class IndexMissingError(IndexUnavailableError):
    """There is no such index, or not yet everywhere."""


class IndexDeniedError(InvalidConfigurationError):
    """The role in use may not do that, or not yet."""


class IndexBusyError(IndexUnavailableError):
    """Throttled, scaling, waking, cut off. `rejected` where it is certain that nothing was done."""

    def __init__(self, message: str, *, rejected: bool) -> None:
        super().__init__(message)
        self.rejected = rejected


class IndexRefusedError(InvalidConfigurationError):
    """The server understood the request and will not do it. `kind` is the error's type."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class IndexRequests:
    """Sends requests about one index."""

    def __init__(self, client: OpenSearch, name: str, sleep: Callable[[float], None]) -> None:
        """Send through a client that sends nothing again by itself.

        Args:
            client: Of `opensearch_connection.connect`.
            name: The index.
            sleep: Waits before a request is sent again.
        """
        self._client = client
        self._name = name
        self._path = "/" + quote(name, safe="")
        self._sleep = sleep

    def get(self, path: str) -> Json:
        """What a GET answers.

        Raises:
            IndexUnavailableError, InvalidConfigurationError, StorageFullError: As `send`, once it
                was sent often enough.
        """
        return self._patiently(lambda: self.send("GET", path))

    def send(self, method: str, path: str = "", body: Json | bytes = None) -> Json:
        """A request, sent once.

        Raises:
            IndexMissingError, IndexDeniedError, IndexBusyError, IndexRefusedError: It was answered.
            StorageFullError: The server takes no writes until there is space.
            IndexUnavailableError: It was not answered, or not in time; it may have taken effect.
        """
        headers = _LINES if isinstance(body, bytes) else None
        try:
            return self._client.transport.perform_request(
                method, self._path + path, body=body, headers=headers
            )
        except NoConnectionError as error:
            raise _unanswered(error) from error
        except TransportError as error:
            status = error.status_code if isinstance(error.status_code, int) else 0
            raise self.error_of(status, str(error.error)) from error
        except SerializationError as error:
            raise IndexUnavailableError(
                "What the passage index answered cannot be understood. Check that "
                "WELLREAD_INDEX_URL is an OpenSearch server's."
            ) from error
        except ImproperlyConfigured as error:
            raise InvalidConfigurationError(f"The passage index cannot be used: {error}") from error

    def bulk(self, lines: bytes) -> Json:
        """A bulk request. It is sent again only where it was rejected as a whole.

        Raises:
            IndexUnavailableError: Among others, where it may have taken effect.
        """
        return self._patiently(lambda: self.send("POST", "/_bulk", lines), only_rejected=True)

    def searches(self, bodies: Sequence[Query]) -> Sequence[Json]:
        """The answers to several searches in one round trip; whole ones only."""
        lines = "".join(f"{{}}\n{json.dumps(body)}\n" for body in bodies).encode("utf-8")

        def once() -> Sequence[Json]:
            answers = self.send("POST", "/_msearch", lines)["responses"]
            for answer in answers:
                self._raise_unless_whole(answer)
            return list(answers)

        return self._patiently(once)

    def search(self, body: Query) -> Json:
        """The answer to a search; a whole one only."""

        def once() -> Json:
            answer = self.send("POST", "/_search", body)
            self._raise_unless_whole(answer)
            return answer

        return self._patiently(once)

    def count(self, *queries: Query) -> Sequence[int]:
        """How many documents match each query."""
        answers = self.searches(
            [{"size": 0, "track_total_hits": True, "query": query} for query in queries]
        )
        return [int(answer["hits"]["total"]["value"]) for answer in answers]

    def pages(
        self, query: Query, sort: Sequence[str], fields: Sequence[str] | bool, size: int = PAGE
    ) -> Iterator[Sequence[Json]]:
        """All matching documents as hits, in the order of these fields, page by page.

        What is deleted of the pages already read does not move those to come; hits whose sort
        values are equal may be left out at the edge of a page.
        """
        body: Query = {
            "size": size,
            "query": query,
            "sort": [{field: "asc"} for field in sort],
            "_source": fields,
        }
        while True:
            hits = self.search(body)["hits"]["hits"]
            if hits:
                yield hits
            if len(hits) < size:
                return
            body = body | {"search_after": hits[-1]["sort"]}

    def wait(self, attempt: int) -> None:
        """Wait before an attempt (from 1) is followed by another; at random, or all come again."""
        longest = _FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
        self._sleep(random.uniform(0.0, longest))  # noqa: S311 - nothing secret

    def error_of(self, status: int, kind: str) -> WellreadError:
        """The error that stands for an answer.

        Args:
            status: HTTP status, of the request or of one of its items.
            kind: The type of the error.
        """
        if "cluster_block" in kind:
            return StorageFullError(
                f"The passage index takes no writes ({kind}): most likely its disk is full. Free "
                "some space, or raise the collection's capacity limit."
            )
        if status in _BUSY:
            return IndexBusyError(
                f"The passage index is busy, waking or growing (HTTP {status}). Try again.",
                rejected=status == _REJECTED,
            )
        if status in _DENIED:
            return IndexDeniedError(
                f"The passage index refuses the credentials in use (HTTP {status}). Name the role "
                "in the data access policy of the OpenSearch Serverless collection, allow it "
                "aoss:APIAccessAll, and check WELLREAD_INDEX_URL and the region."
            )
        if status == 404:
            return IndexMissingError(
                f"There is no index {self._name!r} (any more, or not yet). It is made when the "
                "first document is indexed; if it was deleted, reconcile fills it again."
            )
        if 400 <= status < 500:
            return IndexRefusedError(
                f"The passage index refused a request (HTTP {status}, {kind[:80]}). The index "
                f"{self._name!r} may have been made by something else: delete it, or set "
                "WELLREAD_INDEX_NAME to another.",
                kind,
            )
        return IndexUnavailableError(f"The passage index failed (HTTP {status}). Try again.")

    def _raise_unless_whole(self, answer: Json) -> None:
        if "error" in answer:
            kind = answer["error"].get("type", "") if isinstance(answer["error"], dict) else ""
            raise self.error_of(int(answer.get("status", 500)), str(kind))
        failed = answer.get("_shards", {}).get("failed", 0)
        if failed or answer.get("timed_out"):
            raise IndexBusyError(
                "A part of the passage index did not answer. Try again.", rejected=True
            )

    def _patiently(self, call: Callable[[], _Answer], *, only_rejected: bool = False) -> _Answer:
        for attempt in range(1, ATTEMPTS):
            try:
                return call()
            except IndexBusyError as error:
                if only_rejected and not error.rejected:
                    raise
                self.wait(attempt)
        return call()


def _unanswered(error: NoConnectionError) -> IndexUnavailableError:
    message = (
        f"The passage index did not answer ({type(error).__name__}). Try again; if it stays so, "
        "check WELLREAD_INDEX_URL and the network."
    )
    if isinstance(error, ConnectionTimeout):
        return IndexUnavailableError(message)  # that long nobody waits twice
    # Among them connections that were closed while nobody used them, as of a function that slept.
    return IndexBusyError(message, rejected=isinstance(error.info, _NEVER_SENT))


def kind_of(item: Mapping[str, Json]) -> str:
    """The type of a bulk item's error."""
    error = item.get("error")
    return str(error.get("type", "")) if isinstance(error, dict) else str(error or "")
