"""What becomes of many files, in one message that grows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from wellread.domain.knowledge.documents import DocumentId

QUIET_SECONDS = 600.0
"""What ends after so long without another end is told in a new message."""

MOST_DOCUMENTS = 500
"""What ends after so many is told in a new message, too: each edit looks at all of them."""

MOST_CHARACTERS = 60_000
"""Of all their keys: a record of the ledger takes 400 kB in DynamoDB."""

EDIT_SECONDS = 5.0
"""A message is edited no more often than that."""


@dataclass(frozen=True, slots=True)
class Digest:
    """The documents that one message tells of.

    Attributes:
        number: Of the message, among those of its place and prefix.
        documents: In the order in which they came to an end; which end, the registry knows.
        at: When the last of them did, seconds since the epoch.
        edited: When the message was written last.
        shown: What stands for its words, so that the same ones are not written again.
    """

    number: int = 0
    documents: tuple[DocumentId, ...] = ()
    at: float = 0.0
    edited: float = 0.0
    shown: str = ""

    def with_more(self, documents: Iterable[DocumentId], now: float) -> Digest:
        """The digest with more documents; another one where this one's time is over."""
        more = tuple(dict.fromkeys(documents))
        together = tuple(dict.fromkeys((*self.documents, *more)))
        long = len(together) > MOST_DOCUMENTS or sum(map(len, together)) > MOST_CHARACTERS
        if now - self.at > QUIET_SECONDS or (long and self.documents):
            return Digest(self.number + 1, more, now)
        return replace(self, documents=together, at=now)

    @property
    def as_note(self) -> str:
        """Itself as text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of_note(cls, note: str) -> Digest:
        """What `as_note` was asked of; an empty one of an empty text."""
        fields = json.loads(note or "{}")
        return cls(**fields | {"documents": tuple(fields.get("documents", ()))})
