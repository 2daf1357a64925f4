"""The reply to each message: taken up by one worker at a time, and done once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from wellread.domain.chat import replies
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import ReplyRecord, ReplyState
from wellread.domain.knowledge.errors import ConflictError, TransientError
from wellread.ports.chat import ReplyLedger
from wellread.ports.operations import Clock

_TRIES = 20
"""Those who write to one reply are a worker, and who tells of a deletion."""


class Replies:
    """The replies of a ledger, each changed in steps that lose nothing of another's."""

    def __init__(self, ledger: ReplyLedger, clock: Clock) -> None:
        """Keep them in this ledger."""
        self._ledger = ledger
        self._clock = clock

    def look(self, key: MessageKey) -> ReplyRecord | None:
        """What is known under a key, whoever has it."""
        return self._ledger.get(key)

    def take_up(self, key: MessageKey, owner: str) -> ReplyRecord | None:
        """Put a reply into a worker's hands, for `LEASE_SECONDS` after it was last heard of.

        Args:
            key: Of the message that it replies to.
            owner: The worker; another attempt is another worker.

        Returns:
            The record, also of what an earlier worker left; None where there is nothing to do.

        Raises:
            TransientError: Another worker has it.
        """

        def claim(stored: ReplyRecord) -> ReplyRecord:
            now = self._clock()
            if stored.state is ReplyState.DONE:
                return stored
            if not replies.claimable(stored, owner, now):
                raise TransientError("Another worker is at the reply to this message.")
            return replies.claimed(stored, owner, now)

        record = self._write(key, claim)
        return None if record.state is ReplyState.DONE else record

    def note(self, record: ReplyRecord) -> ReplyRecord:
        """Keep what a worker says of a reply of its own.

        Args:
            record: As `take_up` or the last `note` returned it, and changed since.

        Returns:
            The record to go on with; it may have become `withdrawn`.

        Raises:
            ConflictError: Another worker took it over, after a silence, or it is done.
        """
        wanted = replies.renewed(record, self._clock())
        try:
            return self._ledger.put(wanted)
        except ConflictError:
            return self._write(record.key, lambda stored: _over(wanted, stored))

    def finish(self, record: ReplyRecord) -> ReplyRecord:
        """Say that nothing is left to do; as `note` does."""
        return self.note(replies.done(record, self._clock()))

    def point(self, record: ReplyRecord) -> None:
        """Keep which turn each message of a reply shows, for whoever knows the message alone."""

        def pointed(stored: ReplyRecord) -> ReplyRecord:
            if stored.state is ReplyState.DONE:
                return stored
            shown = replace(stored, thread=record.thread, turn=record.turn)
            return replies.done(shown, self._clock())

        for reference in record.references if record.turn else ():
            self._write(_of_message(record.key, reference), pointed)

    def shown_in(self, place: MessageKey, reference: str) -> ReplyRecord | None:
        """What `point` kept of a message.

        Args:
            place: The key of any message in that conversation.
            reference: The platform's of the message.
        """
        return self._ledger.get(_of_message(place, reference))

    def release(self, record: ReplyRecord) -> None:
        """Leave a reply as it is here to whoever takes it up next, where it is its worker's."""
        with suppress(ConflictError):
            self.note(replies.released(record))

    def give_back(self, record: ReplyRecord) -> None:
        """Leave a reply that a worker failed at, with all that it noted since it took it up."""

        def back(stored: ReplyRecord) -> ReplyRecord:
            mine = replies.is_still_its(record, stored)
            return replies.released(stored) if mine else stored

        with suppress(ConflictError):
            self._write(record.key, back)

    def withdraw(self, key: MessageKey) -> ReplyRecord:
        """Say that the message with this key is gone.

        Returns:
            The record, also where nobody had heard of the message. While a worker has it, that
            one learns of it from its next `note`; what is done is the caller's to take back.
        """
        return self._write(
            key,
            lambda stored: stored if stored.withdrawn else replies.withdrawn(stored, self._clock()),
        )

    def _write(self, key: MessageKey, step: Callable[[ReplyRecord], ReplyRecord]) -> ReplyRecord:
        """Apply a step to the record as it is stored; one that changes nothing writes nothing."""
        for _ in range(_TRIES):
            stored = self._ledger.get(key) or ReplyRecord(key)
            wanted = step(stored)
            if wanted is stored:
                return stored
            try:
                return self._ledger.put(wanted)
            except ConflictError:
                continue
        raise ConflictError("The reply to this message kept changing; try again.")


def _of_message(key: MessageKey, reference: str) -> MessageKey:
    return replace(key, message=f"said:{reference}")


def _over(record: ReplyRecord, stored: ReplyRecord) -> ReplyRecord:
    if not replies.is_still_its(record, stored):
        raise ConflictError("Another worker has the reply to this message now.")
    return replies.merged(record, stored)
