"""How values of the domain are kept in a row: JSON in UTF-8 that keeps every string as it is.

Strings come out of damaged files, so lone surrogates and NUL are among them. JSON's own escapes
would join two lone surrogates to one character; UTF-8 with `surrogatepass` does not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import Build, DocumentRecord, DocumentStatus, Failure
from wellread.domain.knowledge.documents import (
    Chunk,
    Heading,
    PageSpan,
    ParsedText,
)
from wellread.domain.knowledge.errors import FailureCode

Json = Any


def pack(value: Json) -> bytes:
    """A JSON value as bytes; equal values give equal bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(
        "utf-8", "surrogatepass"
    )


def unpack(data: bytes) -> Json:
    """The value that `pack` was given."""
    return json.loads(data.decode("utf-8", "surrogatepass"))


def pack_names(names: frozenset[str]) -> bytes:
    """A set of names, in one form only."""
    return pack(sorted(names))


def unpack_names(data: bytes) -> frozenset[str]:
    """The set that `pack_names` was given."""
    return frozenset(unpack(data))


def pack_record(record: DocumentRecord) -> bytes:
    """A registry record, without its generation."""
    values = _values(record)
    del values["generation"]
    values["audiences"] = sorted(record.audiences)
    values["active"] = _pack_build(record.active)
    values["pending"] = _pack_build(record.pending)
    values["failure"] = record.failure and _values(record.failure)
    values["sidecar"] = _pack_sidecar(record.sidecar)
    return pack(values)


def unpack_record(data: bytes, generation: int) -> DocumentRecord:
    """The record that `pack_record` was given, at a generation."""
    values = unpack(data)
    failure = values["failure"]
    values["generation"] = generation
    values["status"] = DocumentStatus(values["status"])
    values["audiences"] = frozenset(values["audiences"])
    values["active"] = _unpack_build(values["active"])
    values["pending"] = _unpack_build(values["pending"])
    values["failure"] = failure and Failure(**failure | {"code": FailureCode(failure["code"])})
    values["sidecar"] = _unpack_sidecar(values["sidecar"])
    return DocumentRecord(**values)


def _values(instance: DocumentRecord | Build | Failure | SidecarMetadata) -> dict[str, Json]:
    return {field.name: getattr(instance, field.name) for field in fields(instance)}


def _pack_build(build: Build | None) -> Json:
    if build is None:
        return None
    return _values(build) | {"writes": {str(batch): w for batch, w in build.writes.items()}}


def _unpack_build(values: dict[str, Json] | None) -> Build | None:
    if values is None:
        return None
    values["unreadable_pages"] = tuple(values["unreadable_pages"])
    values["writes"] = {int(batch): write for batch, write in values["writes"].items()}
    return Build(**values)


def _pack_sidecar(sidecar: SidecarMetadata | None) -> Json:
    if sidecar is None:
        return None
    audience = None if sidecar.audience is None else sorted(sidecar.audience)
    return _values(sidecar) | {"audience": audience}


def _unpack_sidecar(values: dict[str, Json] | None) -> SidecarMetadata | None:
    if values is None:
        return None
    if values["audience"] is not None:
        values["audience"] = frozenset(values["audience"])
    return SidecarMetadata(**values)


def pack_parsed(parsed: ParsedText) -> bytes:
    """A revision's text with its structure."""
    return pack(
        {
            "text": parsed.text,
            "title": parsed.title,
            "headings": [[h.level, h.title, h.start] for h in parsed.headings],
            "pages": [[p.number, p.start, p.end] for p in parsed.pages],
            "tables": parsed.tables,
            "unreadable_pages": list(parsed.unreadable_pages),
            "media_type": parsed.media_type,
            "parser": parsed.parser,
        }
    )


def unpack_parsed(data: bytes) -> ParsedText:
    """The text that `pack_parsed` was given."""
    values = unpack(data)
    return ParsedText(
        text=values["text"],
        title=values["title"],
        headings=tuple(Heading(*heading) for heading in values["headings"]),
        pages=tuple(PageSpan(*page) for page in values["pages"]),
        tables=values["tables"],
        unreadable_pages=tuple(values["unreadable_pages"]),
        media_type=values["media_type"],
        parser=values.get("parser", ""),
    )


def pack_chunks(chunks: Sequence[Chunk]) -> bytes:
    """A batch of chunks."""
    return pack(
        [[c.ordinal, c.start, c.end, c.text, c.title, c.heading_path, c.page] for c in chunks]
    )


def unpack_chunks(data: bytes) -> tuple[Chunk, ...]:
    """The batch that `pack_chunks` was given."""
    return tuple(
        Chunk(ordinal, start, end, text, title, tuple(path), page)
        for ordinal, start, end, text, title, path, page in unpack(data)
    )
