"""What is known of the reply to one message: who works at it, and what can be seen of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from wellread.domain.chat.events import MessageKey

LEASE_SECONDS = 300.0
"""So long a worker may be silent about a reply before another one takes it over."""

KEPT_SECONDS = 14 * 86_400.0
"""So long a reply is known after it was last worked at: as long as a queue keeps a message."""


class ReplyState(StrEnum):
    """How far a reply is."""

    RECEIVED = "received"
    CLAIMED = "claimed"
    POSTED = "posted"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ReplyRecord:
    """A reply, or what there is of it.

    Attributes:
        key: Of the message that it replies to.
        state: `RECEIVED`: nobody works at it, though somebody may have; `CLAIMED`: a worker does;
            `POSTED`: and it can be seen; `DONE`: there is nothing left to do.
        owner: The worker that has it.
        lease_until: When others may take it over, seconds since the epoch.
        references: The platform's, of the messages that it consists of, in order.
        withdrawn: Whether the message that it replies to was deleted.
        thread, turn: Which turn it shows; turn 0 where it shows none.
        note: What else its service remembers of it.
        generation: 0 for one that is not stored yet; else as it was when it was read.
        expires_at: When the ledger may forget it, seconds since the epoch.
    """

    key: MessageKey
    state: ReplyState = ReplyState.RECEIVED
    owner: str = ""
    lease_until: float = 0.0
    references: tuple[str, ...] = ()
    withdrawn: bool = False
    thread: str = ""
    turn: int = 0
    note: str = ""
    generation: int = 0
    expires_at: float = 0.0

    @property
    def may_be_there(self) -> bool:
        """Whether a worker may have posted something that it could not note down."""
        return self.generation > 0 and self.state is not ReplyState.DONE and not self.references


def claimable(record: ReplyRecord, owner: str, now: float) -> bool:
    """Whether a worker may take a reply up: it is not done, and nobody else has it."""
    if record.state is ReplyState.DONE:
        return False
    return record.owner in ("", owner) or record.lease_until <= now


def claimed(record: ReplyRecord, owner: str, now: float) -> ReplyRecord:
    """The reply in a worker's hands; what can be seen of it already stays known."""
    return replace(
        record,
        state=ReplyState.POSTED if record.references else ReplyState.CLAIMED,
        owner=owner,
        lease_until=now + LEASE_SECONDS,
        expires_at=now + KEPT_SECONDS,
    )


def released(record: ReplyRecord) -> ReplyRecord:
    """The reply as a worker leaves it that could not finish, for the next delivery."""
    state = ReplyState.POSTED if record.references else ReplyState.RECEIVED
    return replace(record, state=state, owner="", lease_until=0.0)


def posted(record: ReplyRecord, *references: str) -> ReplyRecord:
    """The reply once it can be seen."""
    return replace(record, state=ReplyState.POSTED, references=references)


def done(record: ReplyRecord, now: float) -> ReplyRecord:
    """The reply once nothing is left to do."""
    return replace(
        record,
        state=ReplyState.DONE,
        owner="",
        lease_until=0.0,
        expires_at=now + KEPT_SECONDS,
    )
