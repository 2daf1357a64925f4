"""What became of reading a file, as one process tells another that does not trust it.

A file may take over the process that reads it. So what that process says is plain JSON and text,
never pickle, and nothing of it is believed: sizes, types and offsets are checked, and what does
not hold together is no outcome at all. The words themselves can be anybody's, as a document's are.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wellread.domain.knowledge.documents import Heading, PageSpan, ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LONGEST_TEXT = 50_000_000
"""Characters; more text than that is not read from one file."""

MOST_PACKED_BYTES = 256 * 2**20
"""More than a packed outcome ever has."""

_MOST_HEADER_BYTES = 32 * 2**20
_MOST_BODY_BYTES = 4 * LONGEST_TEXT
_LENGTH = struct.Struct(">Q")
_LEVEL = 1
_LONGEST_TITLE = 1000
_LONGEST_PHRASE = 1000
_PHRASE = re.compile(r"(?:[\w ,:;()'`-]|\.(?: |$))+")
_MOST_LEVELS = 100
_MOST_NUMBER = 2**31 - 1
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}/[a-z0-9][a-z0-9.+-]{0,126}")

_Row = TypeVar("_Row")


class InvalidOutcomeError(ValueError):
    """What came is no outcome of reading a file."""


def outcome_parts(outcome: ParsedText | DocumentError) -> tuple[dict[str, object], bytes]:
    """An outcome as a JSON object, and its text in UTF-8."""
    if isinstance(outcome, DocumentError):
        return {"code": outcome.code.value, "reason": outcome.reason, "fix": outcome.fix}, b""
    return {
        "title": outcome.title,
        "headings": [(h.level, h.title, h.start) for h in outcome.headings],
        "pages": [(p.number, p.start, p.end) for p in outcome.pages],
        "tables": outcome.tables,
        "unreadable_pages": outcome.unreadable_pages,
        "media_type": outcome.media_type,
    }, outcome.text.encode("utf-8")


def outcome_of(header: object, body: bytes) -> ParsedText | DocumentError:
    """The outcome that `outcome_parts` was given.

    Raises:
        InvalidOutcomeError: It cannot have been one.
    """
    if not isinstance(header, dict):
        raise InvalidOutcomeError("no object")
    try:
        return _refusal(header) if "code" in header else _parsed(header, body)
    except (KeyError, UnicodeDecodeError) as error:
        raise InvalidOutcomeError(type(error).__name__) from None


def pack_outcome(outcome: ParsedText | DocumentError) -> bytes:
    """An outcome as compressed bytes; what is too large for that becomes `too_complex`."""
    header, body = outcome_parts(outcome)
    # Names may hold lone surrogates: ASCII carries them.
    encoded = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    if len(encoded) > _MOST_HEADER_BYTES or len(body) > _MOST_BODY_BYTES:
        return pack_outcome(DocumentError(FailureCode.TOO_COMPLEX))
    packer = zlib.compressobj(_LEVEL)
    parts = (_LENGTH.pack(len(encoded)), encoded, body)
    return b"".join([*map(packer.compress, parts), packer.flush()])


def unpack_outcome(data: bytes) -> ParsedText | DocumentError:
    """The outcome that `pack_outcome` was given, whoever sent these bytes.

    Raises:
        InvalidOutcomeError: It cannot have been one.
    """
    most = _LENGTH.size + _MOST_HEADER_BYTES + _MOST_BODY_BYTES
    unpacker = zlib.decompressobj()
    try:
        frame = memoryview(unpacker.decompress(data, most))
        if not unpacker.eof or unpacker.unused_data:
            raise InvalidOutcomeError("cut off, or too large")
        (length,) = _LENGTH.unpack_from(frame)
        text_at = _LENGTH.size + length
        if length > _MOST_HEADER_BYTES or text_at > len(frame):
            raise InvalidOutcomeError("a header that is too long")
        header = json.loads(bytes(frame[_LENGTH.size : text_at]))
    except (zlib.error, struct.error, RecursionError, ValueError) as error:
        if isinstance(error, InvalidOutcomeError):
            raise
        raise InvalidOutcomeError(type(error).__name__) from None
    return outcome_of(header, bytes(frame[text_at:]))


def _refusal(header: Mapping[str, Any]) -> DocumentError:
    try:
        code = FailureCode(_string(header["code"]))
    except ValueError:
        raise InvalidOutcomeError("no such code") from None
    return DocumentError(code, _phrase(header["reason"]), _phrase(header["fix"]))


def _parsed(header: Mapping[str, Any], body: bytes) -> ParsedText:
    text = body.decode("utf-8")
    length = len(text)
    if length > LONGEST_TEXT:
        raise InvalidOutcomeError("too much text")
    headings = _rows(header["headings"], _heading)
    pages = _rows(header["pages"], _page)
    _ascending([heading.start for heading in headings], length)
    _ascending([offset for page in pages for offset in (page.start, page.end)], length)
    # Every heading is a line of the text, so that together they are hardly longer.
    if sum(len(heading.title) for heading in headings) > 2 * length + _LONGEST_TITLE:
        raise InvalidOutcomeError("headings longer than the text")
    media_type = _string(header["media_type"])
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise InvalidOutcomeError("no media type")
    return ParsedText(
        text=text,
        title=_string(header["title"])[:_LONGEST_TITLE],
        headings=headings,
        pages=pages,
        tables=_number(header["tables"]),
        unreadable_pages=_rows(header["unreadable_pages"], _number),
        media_type=media_type,
    )


def _heading(row: object) -> Heading:
    level, title, start = _three(row)
    if not 1 <= _number(level) <= _MOST_LEVELS:
        raise InvalidOutcomeError("no level of a heading")
    return Heading(level, _string(title), _number(start))


def _page(row: object) -> PageSpan:
    number, start, end = _three(row)
    return PageSpan(_number(number), _number(start), _number(end))


def _three(row: object) -> list[Any]:
    if not isinstance(row, list) or len(row) != 3:
        raise InvalidOutcomeError("not three values")
    return row


def _rows(value: object, read: Callable[[object], _Row]) -> tuple[_Row, ...]:
    if not isinstance(value, list):
        raise InvalidOutcomeError("no list")
    return tuple(map(read, value))


def _ascending(offsets: list[int], most: int) -> None:
    before = 0
    for offset in offsets:
        if not before <= offset <= most:
            raise InvalidOutcomeError("offsets out of order, or outside the text")
        before = offset


def _number(value: object) -> int:
    # A bool is an int to Python.
    if type(value) is not int or not 0 <= value <= _MOST_NUMBER:
        raise InvalidOutcomeError("no number")
    return value


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidOutcomeError("no string")
    # Half a character cannot be stored everywhere.
    return value.encode("utf-8", "replace").decode("utf-8")


def _phrase(value: object) -> str:
    """What wellread says in its own name: one line, and nothing that could become a link."""
    phrase = _string(value)
    if len(phrase) > _LONGEST_PHRASE or not _PHRASE.fullmatch(phrase):
        raise InvalidOutcomeError("no reason of ours")
    return phrase
