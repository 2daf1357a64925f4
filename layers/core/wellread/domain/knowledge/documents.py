"""Documents, their revisions, and the pieces they are cut into."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import NewType

DocumentId = NewType("DocumentId", str)
"""A document's key: its path under the documents folder, or its key in the bucket ("/" inside)."""

_LOG_NAME_DIGITS = 16


def document_digest(document: str) -> str:
    """SHA-256 of a document's key, in hex digits: stands for it where a key cannot, or must not."""
    return hashlib.sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


def log_name(document: str) -> str:
    """What stands for a document in logs: 16 hex digits of the SHA-256 of its key.

    A key may say what nobody but the document's readers should know. Who has a name in mind can
    tell whether a line is about it; nobody reads one out of a line.
    """
    return document_digest(document)[:_LOG_NAME_DIGITS]


def is_log_name(text: str) -> bool:
    """Whether this may be a `log_name`."""
    return len(text) == _LOG_NAME_DIGITS and not text.strip("0123456789abcdef")


RevisionId = NewType("RevisionId", str)
"""A document's content at one version id of its object."""


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """What the bucket holds under a key right now.

    Attributes:
        document: The key.
        revision: The version id of the object's content.
        size: Bytes.
        order: Grows with every version of the same key; serves only to compare two versions.
    """

    document: DocumentId
    revision: RevisionId
    size: int
    order: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a parsed document.

    Attributes:
        level: 1 is the outermost.
        title: The heading's words, without markup; empty where a section begins without any.
        start: Offset of the heading's line in the parsed text.
    """

    level: int
    title: str
    start: int


@dataclass(frozen=True, slots=True)
class PageSpan:
    """Where a page (slide, sheet) lies in the parsed text: `text[start:end]`.

    Attributes:
        number: From 1, as the reader of the file sees it.
    """

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A document's text as wellread stores, searches and quotes it.

    Attributes:
        text: The whole text; tables are markdown. All offsets anywhere refer to this string.
        title: The document's own title, empty where it has none.
        headings: In the order of `start`.
        pages: In order, not overlapping; empty for formats without pages.
        tables: How many tables were found.
        unreadable_pages: Page numbers that hold no text (scans among text pages).
        media_type: What the content was recognised as, e.g. "application/pdf".
        parser: The version of the parser that read it, of a text that is kept.
    """

    text: str
    title: str = ""
    headings: tuple[Heading, ...] = ()
    pages: tuple[PageSpan, ...] = ()
    tables: int = 0
    unreadable_pages: tuple[int, ...] = ()
    media_type: str = "text/plain"
    parser: str = ""

    def page_at(self, offset: int) -> int | None:
        """The number of the page that holds the character at `offset`, None without pages."""
        found: int | None = None
        for page in self.pages:
            if page.start > offset:
                break
            found = page.number
        return found

    def section(self, start: int, end: int) -> tuple[int, int]:
        """Offsets from the heading at or above `start` to the first one at or behind `end`."""
        starts = [heading.start for heading in self.headings]
        above, below = bisect_right(starts, start), bisect_left(starts, max(end, start + 1))
        return (
            starts[above - 1] if above else 0,
            starts[below] if below < len(starts) else len(self.text),
        )


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stored piece of a revision: `parsed.text[start:end] == text`.

    Attributes:
        ordinal: Position among the revision's chunks, from 0.
        title: The document's title, indexed and embedded with the chunk.
        heading_path: Titles of the headings above the chunk, outermost first.
        page: Number of the page on which the chunk starts, None for formats without pages.
    """

    ordinal: int
    start: int
    end: int
    text: str
    title: str
    heading_path: tuple[str, ...] = ()
    page: int | None = None

    @property
    def columns(self) -> str:
        """The columns' names, " | " between, of the table amid whose rows it begins; else empty."""
        amid_rows = self.text.startswith("|") and self.heading_path
        last = self.heading_path[-1] if amid_rows else ""
        return last if " | " in last else ""

    @property
    def embedded_text(self) -> str:
        """What the embedder sees: title and heading path in front of the text."""
        return embedded_text(self.title, self.heading_path, self.text)

    @property
    def content_hash(self) -> str:
        """SHA-256 of `embedded_text`; with the model version it is the key of a cached vector."""
        return hashlib.sha256(self.embedded_text.encode("utf-8", "surrogatepass")).hexdigest()


def embedded_text(title: str, heading_path: tuple[str, ...], text: str) -> str:
    """Title and heading path (without a repeated title) in front of a chunk's text."""
    path = [part for part in heading_path if part != title]
    head = " > ".join([title, *path] if title else path)
    return f"{head}\n{text}" if head else text


@dataclass(frozen=True, slots=True)
class IndexedChunk:
    """A chunk on its way into the passage index.

    Attributes:
        build: The run of chunk and embed that made it.
        write: Token of the write that carries the chunk. The registry names the writes that count;
            chunks of any other write are invisible and are swept.
        audiences: Who may read the document, as known when it was written (the pre-filter).
        own: What the document's sidecar says of that; None where the prefix rules alone decide.
        vector: Unit length, of the index's embedder; None where the embedder is away.
    """

    document: DocumentId
    revision: RevisionId
    build: str
    write: str
    chunk: Chunk
    audiences: frozenset[str]
    vector: tuple[float, ...] | None
    own: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as retrieved.

    Attributes:
        score: Of the ranking that produced the passage; comparable within one answer only.
        cosine: Similarity of question and chunk where the vector leg saw it, else None.
    """

    document: DocumentId
    revision: RevisionId
    write: str
    chunk: Chunk
    score: float
    cosine: float | None = None

    @property
    def searched_text(self) -> str:
        """What a question's words are looked for in: title, headings, text and document name."""
        return f"{self.chunk.embedded_text}\n{self.document}"


def best_first(passage: Passage) -> tuple[float, str, str, int, str]:
    """What passages are sorted by; ties go by what the chunk is, not by when it was added."""
    return (
        -passage.score,
        passage.document,
        passage.revision,
        passage.chunk.ordinal,
        passage.write,
    )


def file_name(document: DocumentId) -> str:
    """The last part of a document's key."""
    return document.rsplit("/", 1)[-1]


def is_document_key(key: str) -> bool:
    """Whether a key can name a document.

    Hidden files, editors' and Office's lock and backup files, partial downloads, system files and
    metadata sidecars are not documents.
    """
    parts = key.split("/")
    if any(not part or part.startswith(".") for part in parts):
        return False
    name = parts[-1]
    lowered = name.lower()
    if name.startswith(("~$", ".~lock.")) or name.endswith("~"):
        return False
    if lowered in {"thumbs.db", "desktop.ini", "icon\r", "__macosx"} or "__MACOSX" in parts:
        return False
    if is_sidecar_key(key):
        return False
    return not lowered.endswith(
        (".crdownload", ".part", ".partial", ".download", ".tmp", ".temp", ".swp", ".swx", ".lock")
    )


SIDECAR_SUFFIX = ".metadata.json"


def is_sidecar_key(key: str) -> bool:
    """Whether a key names a metadata sidecar (Bedrock Knowledge Bases' convention).

    In capitals it is one too, though not the one that is read: it hides its document.
    """
    name = key.rsplit("/", 1)[-1].lower()
    return name.endswith(SIDECAR_SUFFIX) and name != SIDECAR_SUFFIX


def sidecar_key(document: DocumentId) -> str:
    """The key of a document's metadata sidecar."""
    return document + SIDECAR_SUFFIX


def document_of_sidecar(key: str) -> DocumentId:
    """The document that a sidecar key speaks about."""
    return DocumentId(key[: -len(SIDECAR_SUFFIX)] if is_sidecar_key(key) else key)
