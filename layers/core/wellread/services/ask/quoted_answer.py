"""An answer made of quotes of one document, each under where it stands, with a citation."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.domain.ask.answers import Answer, Citation
from wellread.domain.ask.quoting.outline import LISTED, Part, Piece, heading_span
from wellread.domain.ask.quoting.pieces import place, quotation
from wellread.domain.knowledge.documents import DocumentId, Heading, ParsedText, RevisionId
from wellread.domain.text.harmless import harmless
from wellread.domain.text.names import plain_name, shown_name


class QuotedAnswer:
    """Grows by quotes; says nothing that the document does not."""

    def __init__(
        self,
        document: DocumentId,
        revision: RevisionId,
        title: str,
        parsed: ParsedText,
        link: str = "",
    ) -> None:
        """Quote from this revision, which the link opens for those who want to see more."""
        self._document = document
        self._revision = revision
        self._title = title
        self._parsed = parsed
        self._link = link
        self._blocks: list[str] = []
        self._citations: list[Citation] = []

    def quote(self, piece: Piece) -> None:
        """Quote a piece under the headings above it."""
        number = self._cite(piece.start, piece.end, piece.path)
        quoted = quotation(self._parsed.text[piece.start : piece.end], number)
        lines = [place(self._title, piece.path), quoted, *self._more(piece.more)]
        self._blocks.append("\n".join(lines))

    def list_headings(self, head: str, part: Part, headings: Sequence[Heading]) -> None:
        """Quote headings of a part as a list, and say how many more there are."""
        lines = [head]
        for heading in headings[:LISTED]:
            start, end = heading_span(self._parsed, heading)
            number = self._cite(start, end, (*part.path, heading.title))
            lines.append(f"> - {plain_name(heading.title)} [{number}]")
        lines += self._more(len(headings) - LISTED)
        self._blocks.append("\n".join(lines))

    def answer(self) -> Answer | None:
        """What was quoted; None where nothing was."""
        if not self._citations:
            return None
        return Answer("\n\n".join(self._blocks), tuple(self._citations), "wellread")

    def _more(self, left_out: int) -> list[str]:
        return [f"and {left_out} more ({self._link})"] if left_out > 0 else []

    def _cite(self, start: int, end: int, path: Sequence[str]) -> int:
        self._citations.append(
            Citation(
                document=self._document,
                revision=self._revision,
                start=start,
                end=end,
                quote=self._parsed.text[start:end],
                page=self._parsed.page_at(start),
                heading=harmless(" > ".join(path)),
                title=shown_name(self._title) or harmless(self._document),
            )
        )
        return len(self._citations)
