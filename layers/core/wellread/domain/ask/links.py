"""What a reply calls a place in a document, where it is shown."""

from __future__ import annotations

from typing import Protocol

from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.text.harmless import harmless


class Links(Protocol):
    """Where people open a document; another for each place that replies are shown in."""

    def __call__(
        self,
        document: DocumentId,
        revision: RevisionId,
        quote: str | None = None,
        at: int | None = None,
    ) -> str:
        """Where a revision opens.

        Args:
            document: Of which document.
            revision: Which one.
            quote: Its words to open at, verbatim.
            at: Offset where the quote starts, where it stands more than once.
        """


def unlinked(
    document: DocumentId,
    revision: RevisionId,
    quote: str | None = None,
    at: int | None = None,
) -> str:
    """`Links` where there is nothing to open a document with: its name."""
    del revision, quote, at
    return harmless(document)
