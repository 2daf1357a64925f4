"""What a document was read and cut up with, so that what another version made is made anew."""

from __future__ import annotations

from dataclasses import dataclass

from wellread.domain.ingest.chunking import CHUNKER_VERSION
from wellread.domain.knowledge.documents import RevisionId


@dataclass(frozen=True, slots=True)
class Recipe:
    """The versions that decide what comes out of a file; two builds compare by its `str`.

    Attributes:
        parser, chunker: Raised with every change of what the parsers or the chunker make of a
            file.
    """

    parser: str
    chunker: str = CHUNKER_VERSION

    def __str__(self) -> str:
        """As a build keeps it."""
        return f"parser {self.parser}, chunker {self.chunker}"

    def text_id(self, revision: RevisionId) -> RevisionId:
        """Under what a revision's text is kept where another parser's text of it is there."""
        return RevisionId(f"{revision}~{self.parser}")
