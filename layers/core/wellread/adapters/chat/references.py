"""What is kept of conversations, beside the replies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from wellread.adapters.chat.recent import Recent
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.references import (
    NOTED_AGAIN_SECONDS,
    PERSONAL,
    REFERENCE_KEPT_SECONDS,
    ConversationReference,
)
from wellread.domain.chat.replies import ReplyRecord
from wellread.domain.knowledge.errors import ConflictError
from wellread.ports.chat import ReplyLedger
from wellread.ports.operations import Clock

_REMEMBERED = 1000


class LedgerReferences:
    """`ConversationReferences` in a ledger of replies, each in the note of a record.

    One is kept under its conversation, one under its person where they talk alone, and what holds
    for the team under the team.
    """

    def __init__(self, ledger: ReplyLedger, clock: Clock, home: str = "") -> None:
        """Keep them in this ledger.

        Args:
            ledger: Where.
            clock: The time.
            home: The team of the places that are named without one: by the settings document.
        """
        self._ledger = ledger
        self._clock = clock
        self._home = home
        self._noted = Recent[ConversationReference | None](_REMEMBERED, NOTED_AGAIN_SECONDS, clock)

    def keep(self, reference: ConversationReference) -> None:
        for key, part in _parts(reference):
            # Most of what is heard changes nothing, and costs nothing then.
            if part.adds_to(self._noted.get(key, partial(self._read, key))):
                self._note(key, part)

    def of_conversation(
        self, platform: str, team: str, conversation: str
    ) -> ConversationReference | None:
        team = team or self._home
        found = self._read(_of_place(platform, team, conversation))
        if found is None and (found := self._read(_of_place(platform, team, ""))):
            return replace(found, conversation=conversation)
        return found

    def of_person(self, platform: str, team: str, person: str) -> ConversationReference | None:
        return self._read(_of_person(platform, team or self._home, person))

    def _read(self, key: MessageKey) -> ConversationReference | None:
        record = self._ledger.get(key)
        return None if record is None else ConversationReference.of_note(record.note)

    def _note(self, key: MessageKey, reference: ConversationReference) -> None:
        now = self._clock()
        record = self._ledger.get(key) or ReplyRecord(key)
        kept_until = now + REFERENCE_KEPT_SECONDS
        # Who was faster has noted the same, or is put right by what is heard next.
        with suppress(ConflictError):
            self._ledger.put(replace(record, note=reference.as_note, expires_at=kept_until))
            self._noted.put(key, reference, now)


def _parts(
    reference: ConversationReference,
) -> Iterator[tuple[MessageKey, ConversationReference]]:
    """What is kept of a reference, and where."""
    platform, team = reference.platform, reference.team
    yield _of_place(platform, team, ""), reference.of_team
    yield _of_place(platform, team, reference.conversation), reference.of_place
    if reference.kind == PERSONAL and reference.person:
        yield _of_person(platform, team, reference.person), reference


def _of_place(platform: str, team: str, conversation: str) -> MessageKey:
    return MessageKey(platform, team, conversation, "reference")


def _of_person(platform: str, team: str, person: str) -> MessageKey:
    return MessageKey(platform, team, person, "reference of a person")
