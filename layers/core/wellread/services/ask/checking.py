"""Having claims verified while more are being written."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wellread.domain.ask.checking.claims import Checked, Claim
from wellread.domain.ask.checking.support import supported
from wellread.domain.knowledge.errors import ModelLateError, WellreadError
from wellread.ports.models import Remote, Verifier

logger = logging.getLogger(__name__)

WORDS = "words"
"""What checks where no verifier is there, or it does not answer."""

NO_PLACE = "no passage"
"""What left out sentences that are like nothing in the passages: no verifier was asked."""

BATCH_CHARACTERS = 12_000
"""Sources of one request: about 3,000 tokens, so that small models keep room to read."""

LAST_SECONDS = 20.0
"""How long the last verdicts are waited for where nothing else says how long."""


@dataclass(slots=True)
class _Batch:
    verifier: Verifier
    claims: Sequence[Claim]
    began: float


class Checking:
    """Claims on their way through a verifier.

    What is written while a request is under way goes together in the next (or, where that would be
    too long, in several at once): there are at most as many requests as sentences. When nothing
    more is written, what is left is sent at once, so that the time of one request is all that comes
    on top. A verifier that fails or is late is not asked again for this answer: the words decide.
    """

    def __init__(self, verifier: Verifier | None, seconds: float | None = None) -> None:
        """Check with a verifier; without one, by the words.

        Args:
            verifier: Who checks.
            seconds: From now on, for everything.
        """
        self._verifier = verifier
        self._until = None if seconds is None else time.monotonic() + seconds
        self._ready: list[Claim] = []
        self._under_way: dict[int, _Batch] = {}
        self._done: queue.SimpleQueue[tuple[int, Sequence[bool] | Exception]] = queue.SimpleQueue()
        self._sent = 0
        self._verdicts: dict[str, bool] = {}
        self._by: dict[str, str] = {}
        self._requests: dict[str, int] = {}
        self._seconds: dict[str, float] = {}

    def add(self, claims: Sequence[Claim]) -> None:
        """Have more claims verified."""
        self._ready += claims
        if not self._under_way:
            self._send()

    def verdicts(self) -> dict[str, bool]:
        """What has become known since this was last asked, by the claims' ids; does not wait."""
        while True:
            try:
                self._take(*self._done.get_nowait())
            except queue.Empty:
                break
        if not self._under_way:
            self._send()
        known, self._verdicts = self._verdicts, {}
        return known

    def rest(self) -> Iterator[dict[str, bool]]:
        """All verdicts that are left, as they become known; no claim comes any more."""
        self._send()
        until = time.monotonic() + LAST_SECONDS if self._until is None else self._until
        while self._under_way:
            yield self.verdicts()
            try:
                if self._under_way:
                    self._take(*self._done.get(timeout=max(until - time.monotonic(), 0.0)))
            except queue.Empty:
                late = ModelLateError("it did not answer in time")
                for number in list(self._under_way):
                    self._take(number, late)
        yield self.verdicts()

    def report(self, fates: Mapping[str, bool], placeless: int) -> tuple[Checked, ...]:
        """What was checked by what.

        Args:
            fates: Of each claim, whether it was kept.
            placeless: How many sentences had no place in the passages.
        """
        found = [
            Checked(
                name,
                kept=sum(fates.get(claim, False) for claim, by in self._by.items() if by == name),
                dropped=sum(
                    not fates.get(claim, False) for claim, by in self._by.items() if by == name
                ),
                requests=self._requests.get(name, 0),
                seconds=round(self._seconds.get(name, 0.0), 3),
            )
            for name in dict.fromkeys((*self._seconds, *self._by.values()))
        ]
        return (*found, *([Checked(NO_PLACE, dropped=placeless)] if placeless else []))

    def _send(self) -> None:
        claims, self._ready = self._ready, []
        if not claims:
            return
        verifier = self._verifier
        if verifier is None or (self._until is not None and time.monotonic() >= self._until):
            self._by_words(claims)
            return
        for batch in _batches(claims):
            self._begin(verifier, batch)

    def _begin(self, verifier: Verifier, claims: Sequence[Claim]) -> None:
        self._sent += 1
        batch = self._under_way[self._sent] = _Batch(verifier, claims, time.monotonic())
        if isinstance(verifier, Remote):
            asked = self._requests.get(verifier.name, 0) + verifier.requests(claims)
            self._requests[verifier.name] = asked
        threading.Thread(
            target=self._verify, args=(self._sent, batch), name="wellread-verifier", daemon=True
        ).start()

    def _verify(self, number: int, batch: _Batch) -> None:
        found: Sequence[bool] | Exception
        try:
            found = batch.verifier.verify(batch.claims)
            if len(found) != len(batch.claims):
                found = ValueError("not one verdict a claim")
        except Exception as exc:  # told where it is waited for
            found = exc
        self._done.put((number, found))

    def _take(self, number: int, found: Sequence[bool] | Exception) -> None:
        batch = self._under_way.pop(number, None)
        if batch is None:
            return  # it was given up
        name = batch.verifier.name
        self._seconds[name] = self._seconds.get(name, 0.0) + time.monotonic() - batch.began
        if isinstance(found, Exception):
            why = str(found) if isinstance(found, WellreadError) else type(found).__name__
            logger.warning(
                "a verifier failed, so the words decide",
                extra={"verifier": name, "claims": len(batch.claims), "why": why},
            )
            self._verifier = None
            self._by_words(batch.claims)
            return
        for claim, verdict in zip(batch.claims, found, strict=True):
            self._by[claim.id] = name
            self._verdicts[claim.id] = bool(verdict)

    def _by_words(self, claims: Sequence[Claim]) -> None:
        began = time.monotonic()
        for claim in claims:
            self._by[claim.id] = WORDS
            self._verdicts[claim.id] = supported(claim.text, claim.source, claim.head)
        self._seconds[WORDS] = self._seconds.get(WORDS, 0.0) + time.monotonic() - began


def _batches(claims: Sequence[Claim]) -> list[list[Claim]]:
    batches: list[list[Claim]] = []
    room = 0
    for claim in claims:
        size = len(claim.headed_source)
        if not batches or size > room:
            batches.append([])
            room = BATCH_CHARACTERS
        batches[-1].append(claim)
        room -= size
    return batches
