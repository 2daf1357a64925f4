"""Places in stored revisions that a reply showed, as they are kept with its turn."""

from __future__ import annotations

from dataclasses import dataclass

from wellread.domain.knowledge.documents import DocumentId, RevisionId


@dataclass(frozen=True, slots=True)
class QuotedPlace:
    """A quote, and where it stands.

    Attributes:
        start: In the revision's text, in characters.
        quote: Verbatim: `parsed.text[start:end]` of the revision.
    """

    document: DocumentId
    revision: RevisionId
    start: int
    quote: str

    @property
    def end(self) -> int:
        """After the last character."""
        return self.start + len(self.quote)

    def stands_in(self, text: str) -> bool:
        """Whether a text has the quote at that place, character by character."""
        return bool(self.quote) and text[self.start : self.end] == self.quote
