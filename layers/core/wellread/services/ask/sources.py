"""The stored texts that an answer quotes and is checked against."""

from __future__ import annotations

from wellread.domain.ask.answers import Citation
from wellread.domain.ask.dating import stated_date
from wellread.domain.knowledge.documents import DocumentId, ParsedText, Passage, RevisionId
from wellread.domain.text.harmless import harmless
from wellread.ports.ingest import RevisionStore


class Sources:
    """The texts of revisions, read once an answer."""

    def __init__(self, revisions: RevisionStore) -> None:
        self._revisions = revisions
        self._read: dict[tuple[DocumentId, RevisionId], ParsedText | None] = {}

    def parsed(self, passage: Passage) -> ParsedText | None:
        """The revision that a passage is of; None where it is not kept."""
        key = (passage.document, passage.revision)
        if key not in self._read:
            self._read[key] = self._revisions.get_text(*key)
        return self._read[key]

    def text(self, passage: Passage) -> str | None:
        """The whole text of the revision that a passage is of; None where it is not kept."""
        parsed = self.parsed(passage)
        return parsed.text if parsed else None

    def citation(self, passage: Passage, start: int, end: int) -> Citation:
        """A citation of what a passage's revision says between two offsets."""
        parsed = self.parsed(passage)
        text = parsed.text if parsed else ""
        chunk = passage.chunk
        name = passage.document.rsplit("/", 1)[-1]
        return Citation(
            document=passage.document,
            revision=passage.revision,
            start=start,
            end=end,
            quote=text[start:end],
            page=parsed.page_at(start) if parsed else chunk.page,
            heading=harmless(" > ".join(chunk.heading_path)),
            title=harmless(chunk.title),
            dated=stated_date(text, chunk.title, name),
        )
