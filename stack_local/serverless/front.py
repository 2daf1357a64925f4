"""The service's behaviour around whatever stores and searches: checks, windows, lag and faults."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack_local.serverless.alone import OwnEngine
from stack_local.serverless.bulk_lines import BulkItem, bulk_items, searches
from stack_local.serverless.engine import Engine
from stack_local.serverless.exchange import (
    SERVER,
    Json,
    Refusal,
    Request,
    Response,
    error_of,
    index_not_found,
)
from stack_local.serverless.faults import Faults, LostAnswer
from stack_local.serverless.forwarding import ForwardingEngine
from stack_local.serverless.index_body import check_engines, check_index_body
from stack_local.serverless.operations import NO_OWN_IDS, Call, Operation, call_of
from stack_local.serverless.signature import KeyPair, SignatureCheck, SignedRequest

MOST_BYTES = 10 * 1024 * 1024


class LostConnection(Exception):  # noqa: N818 - an order to the server, not an error
    """The connection closes without an answer, after a silence."""

    def __init__(self, hold_seconds: float) -> None:
        super().__init__(hold_seconds)
        self.hold_seconds = hold_seconds


@dataclass(frozen=True, slots=True)
class StandInOptions:
    """How the stand-in behaves.

    Attributes:
        key_pairs: Whose signatures are verified.
        region: The only region that may be signed for; None for any.
        lag_seconds: From a write to its visibility; `math.inf` until `settle`.
        uneven: A seed: each write has its own lag, up to `lag_seconds` (own engine only).
        create_window_seconds: For so long a new index answers 404.
        policy_window_seconds: For so long after the start everything answers 403.
        cold_start_seconds: How long the first request waits after an idle time.
        idle_seconds: The idle time.
        forward: URL of a real server; None for the own engine.
        data: Where the own engine keeps its documents; None for memory alone.
        port: 0 for a free one.
        clock: Seconds; tests may set it.
    """

    key_pairs: Sequence[KeyPair] = (KeyPair("standin", "standin-secret"),)
    region: str | None = None
    lag_seconds: float = 1.0
    uneven: int | None = None
    create_window_seconds: float = 0.0
    policy_window_seconds: float = 0.0
    cold_start_seconds: float = 0.0
    idle_seconds: float = 600.0
    forward: str | None = None
    data: Path | None = None
    port: int = 0
    clock: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class _Times:
    """When windows close."""

    forbidden_until: float
    asked_at: float
    awake_at: float
    created: dict[str, float] = field(default_factory=dict)


class Front:
    """Answers requests. Safe to use from many threads."""

    def __init__(self, options: StandInOptions, faults: Faults, over: threading.Event) -> None:
        """Put a front before the engine that the options choose.

        Args:
            options: How to behave.
            faults: Orders for things to go wrong.
            over: Set when the server stops; ends every wait.
        """
        self._options = options
        self._faults = faults
        self._over = over
        self._clock = options.clock
        self._pairs: dict[str, KeyPair] = {}
        self.admit(options.key_pairs)
        self._check = SignatureCheck(self._pairs, region=options.region)
        self._lock = threading.Lock()
        now = self._clock()
        self._times = _Times(now + options.policy_window_seconds, now, now)
        self.served: Counter[str] = Counter()
        self.engine: Engine
        if options.forward is None:
            self.engine = OwnEngine(
                self._clock, options.lag_seconds, uneven=options.uneven, data=options.data
            )
        else:
            self.engine = ForwardingEngine(options.forward, self._clock, options.lag_seconds)

    def admit(self, pairs: Iterable[KeyPair]) -> None:
        """Answer these too from now on, as after a change of the data access policy."""
        self._pairs |= {each.access_key: each for each in pairs}

    def answer(self, request: Request, signed: SignedRequest) -> Response:
        """Answer a request, or refuse it.

        Raises:
            LostConnection: The request gets no answer.
        """
        try:
            return self._answer(request, signed)
        except Refusal as refusal:
            return refusal.response

    def _answer(self, request: Request, signed: SignedRequest) -> Response:
        wrong = self._check.fault(signed)
        if wrong is not None:
            raise Refusal.empty(
                403, wrong, server=SERVER, x_aoss_response_hint="X01:gw-helper-deny"
            )
        self._wake()
        if self._forbidden():
            raise Refusal.because(
                403,
                "authorization_exception",
                "User does not have permissions for the requested resource",
            )
        call = call_of(request)
        with self._lock:
            self.served[call.operation] += 1
        status = self._faults.next_status(call.operation)
        if status is not None:
            raise _unwell(status)
        return self._done(call)

    def _done(self, call: Call) -> Response:
        match call.operation:
            case Operation.BULK:
                return self._bulk(call)
            case Operation.MULTI_SEARCH:
                return self._searches(call)
            case Operation.CREATE_INDEX:
                return self._create(call)
        if self._absent(call.index):
            raise index_not_found(call.index)
        if call.operation is Operation.PUT_MAPPING:
            check_engines(call.request.document())
        return self.engine.answer(call)

    def _create(self, call: Call) -> Response:
        check_index_body(call.request.document())
        response = self.engine.answer(call)
        with self._lock:
            self._times.created[call.index] = self._clock() + self._options.create_window_seconds
        return response

    def _bulk(self, call: Call) -> Response:
        if len(call.request.body) > MOST_BYTES:
            raise Refusal.because(
                413, "request_too_large", f"Request size exceeded {MOST_BYTES} bytes"
            )
        items = bulk_items(call.request.body, call.index)
        lost, throttled = self._faults.next_lost(), self._faults.next_items()
        if lost is not None:
            self._written(items[: math.ceil(len(items) * lost.applied)], {})
            raise LostConnection(lost.hold_seconds)
        refused = {
            place: item.result(429, "rejected_execution_exception", "rejected execution: busy")
            for place, item in enumerate(items)
            if throttled.has(place)
        }
        results = self._written(items, refused)
        errors = any("error" in result for each in results for result in each.values())
        return Response.of(200, {"took": 1, "errors": errors, "items": results})

    def _written(self, items: Sequence[BulkItem], refused: Mapping[int, Json]) -> list[Json]:
        results: dict[int, Json] = dict(refused)
        for place, item in enumerate(items):
            if place not in results:
                found = self._item_refusal(item)
                if found is not None:
                    results[place] = found
        passed = [place for place in range(len(items)) if place not in results]
        written = self.engine.bulk([items[place] for place in passed])
        results.update(zip(passed, written, strict=True))
        return [results[place] for place in range(len(items))]

    def _item_refusal(self, item: BulkItem) -> Json | None:
        if item.action == "update":
            return item.result(400, "illegal_argument_exception", NO_OWN_IDS)
        if self._absent(item.index) or not self.engine.has(item.index):
            # A collection may well make the index by itself, with a mapping that finds nothing.
            reason = f"no such index [{item.index}]"
            return item.result(404, "index_not_found_exception", reason)
        return item.refusal()

    def _searches(self, call: Call) -> Response:
        asked = list(searches(call.request.body))
        if self._absent(call.index):
            error = error_of("index_not_found_exception", f"no such index [{call.index}]")
            found: list[Json] = [{"error": error, "status": 404} for _ in asked]
        else:
            found = self.engine.search(call.index, asked)
        return Response.of(200, {"took": 1, "responses": found})

    def _absent(self, index: str) -> bool:
        """Whether an index was made so recently that it is not known everywhere."""
        with self._lock:
            return self._clock() < self._times.created.get(index, -math.inf)

    def _forbidden(self) -> bool:
        seconds = self._faults.take_forbidden()
        with self._lock:
            now = self._clock()
            if seconds:
                self._times.forbidden_until = now + seconds
            return now < self._times.forbidden_until

    def _wake(self) -> None:
        """Wait for the cold start where nobody asked for a while."""
        slept = self._faults.take_sleep()
        with self._lock:
            now = self._clock()
            idle = now - self._times.asked_at >= self._options.idle_seconds
            if self._options.cold_start_seconds and (slept or idle) and now >= self._times.awake_at:
                self._times.awake_at = now + self._options.cold_start_seconds
            self._times.asked_at = max(now, self._times.awake_at)
            wait = self._times.awake_at - now
        if wait > 0:
            self._over.wait(wait)


def _unwell(status: int) -> Refusal:
    if status == 429:
        return Refusal.because(429, "rejected_execution_exception", "Too many requests")
    page = f"<html><body><h1>{status}</h1></body></html>".encode()
    headers = {"content-type": "text/html", "server": SERVER}
    return Refusal(Response(status, page, headers), f"told to answer {status}")


__all__ = ["MOST_BYTES", "Front", "LostAnswer", "LostConnection", "StandInOptions"]
