"""A new start for messages that were delivered too often, and for the documents they left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wellread.domain.ingest.records import DocumentStatus, document_of_message
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import FailureCode
from wellread.ports.ingest import ChangeQueue, DocumentRegistry
from wellread.ports.operations import DeadLetters
from wellread.services.knowledge.registry_records import every_record

_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class DeadLetterQueue:
    """The dead letters of one queue.

    Attributes:
        letters: How many, as far as is known.
        documents: What some of them are about.
        oldest: When the oldest of those was sent, seconds since the epoch; None without any.
    """

    queue: str
    letters: int
    documents: tuple[DocumentId, ...]
    oldest: float | None


@dataclass(frozen=True, slots=True)
class RedrivePlan:
    """What a redrive will do.

    Attributes:
        failed: Documents that ended as `internal`; they are tried again.
    """

    queues: tuple[DeadLetterQueue, ...]
    failed: tuple[DocumentId, ...]

    @property
    def letters(self) -> int:
        """Dead letters of all queues."""
        return sum(queue.letters for queue in self.queues)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.letters and not self.failed


class Redriving:
    """Gives dead letters a new start."""

    def __init__(
        self,
        queues: Mapping[str, DeadLetters],
        registry: DocumentRegistry,
        changes: ChangeQueue,
    ) -> None:
        """Give these a new start when asked to.

        Args:
            queues: By the name that a person knows them by.
            registry: Knows which documents ended as `internal`.
            changes: Where those are tried again.
        """
        self._queues = queues
        self._registry = registry
        self._changes = changes

    def plan(self) -> RedrivePlan:
        """What `redrive` would do now; nothing is changed."""
        return RedrivePlan(
            tuple(_look(name, letters) for name, letters in self._queues.items()),
            tuple(self._failed()),
        )

    def redrive(self) -> int:
        """Give every dead letter, and every document that ended as `internal`, a new start.

        The letter of a build that was given up finds its build gone, so the documents themselves
        are tried again too.

        Returns:
            How many dead letters, as far as is known.
        """
        failed = self._failed()
        moved = sum(letters.redrive() for letters in self._queues.values())
        self._changes.put(failed)
        return moved

    def _failed(self) -> list[DocumentId]:
        return [
            record.document
            for record in every_record(self._registry, status=DocumentStatus.FAILED)
            if record.failure and record.failure.code is FailureCode.INTERNAL
        ]


def _look(name: str, letters: DeadLetters) -> DeadLetterQueue:
    some = letters.dead(_LOOKED_AT)
    named = [document_of_message(letter.body) for letter in some]
    return DeadLetterQueue(
        queue=name,
        letters=max(letters.depth(), len(some)),
        documents=tuple(dict.fromkeys(document for document in named if document)),
        oldest=min((letter.sent_at for letter in some), default=None),
    )
