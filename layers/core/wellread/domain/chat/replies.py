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
        owner: The worker that has it, or had it last.
        lease_until: When others may take it over, seconds since the epoch.
        claims: How often a worker took it up.
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
    claims: int = 0
    references: tuple[str, ...] = ()
    withdrawn: bool = False
    thread: str = ""
    turn: int = 0
    note: str = ""
    generation: int = 0
    expires_at: float = 0.0

    @property
    def may_be_there(self) -> bool:
        """Whether an earlier worker may have posted something that it could not note down."""
        return self.claims > 1 and self.state is not ReplyState.DONE


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
        claims=record.claims + 1,
        expires_at=now + KEPT_SECONDS,
    )


def renewed(record: ReplyRecord, now: float) -> ReplyRecord:
    """The reply as its worker tells of it now: what it still works at stays its own for longer."""
    if not record.lease_until:
        return record
    return replace(record, lease_until=now + LEASE_SECONDS, expires_at=now + KEPT_SECONDS)


def released(record: ReplyRecord) -> ReplyRecord:
    """The reply as a worker leaves it that could not finish, for the next delivery."""
    state = ReplyState.POSTED if record.references else ReplyState.RECEIVED
    return replace(record, state=state, lease_until=0.0)


def posted(record: ReplyRecord, *references: str) -> ReplyRecord:
    """The reply once it can be seen."""
    return replace(record, state=ReplyState.POSTED, references=references)


def done(record: ReplyRecord, now: float) -> ReplyRecord:
    """The reply once nothing is left to do."""
    return replace(record, state=ReplyState.DONE, lease_until=0.0, expires_at=now + KEPT_SECONDS)


def withdrawn(record: ReplyRecord, now: float) -> ReplyRecord:
    """The reply once the message that it replies to is gone; whoever has it keeps it."""
    return replace(record, withdrawn=True, expires_at=max(record.expires_at, now + KEPT_SECONDS))


def is_still_its(record: ReplyRecord, stored: ReplyRecord) -> bool:
    """Whether what is stored is still in the hands of the worker that a record comes from.

    Then all that can have changed beside it is `withdrawn`, or it was that worker's own write
    whose success it did not learn of.
    """
    if (stored.owner, stored.claims) != (record.owner, record.claims):
        return False
    return stored.state is not ReplyState.DONE or record.state is ReplyState.DONE


def merged(record: ReplyRecord, stored: ReplyRecord) -> ReplyRecord:
    """What a worker tells of a reply of its own, over what was stored meanwhile.

    References of a write whose success it did not learn of stay known.
    """
    references = tuple(dict.fromkeys((*record.references, *stored.references)))
    state = record.state
    if references and state is not ReplyState.DONE:
        state = ReplyState.POSTED
    return replace(
        record,
        state=state,
        references=references,
        withdrawn=record.withdrawn or stored.withdrawn,
        generation=stored.generation,
    )
