"""How the parser and its child process talk: length-prefixed JSON and bytes, never pickle."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import IO, Any

from wellread.adapters.parsing.limits import MIB, ParseLimits
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError
from wellread.domain.parse_outcome import outcome_of, outcome_parts

OUT_OF_MEMORY = 71
"""Exit status of a child that could not even say that it ran out of memory."""

_LONGEST_HEADER = 64 * MIB
_LONGEST_BODY = 1024 * MIB
_LENGTHS = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class Result:
    """What the child says about a file.

    Attributes:
        outcome: The text, or why there is none.
        peak_rss_bytes: The most memory the child ever held, 0 where the system does not tell.
    """

    outcome: ParsedText | DocumentError
    peak_rss_bytes: int = 0


def write_job(stream: IO[bytes], name: str, data: bytes, limits: ParseLimits) -> None:
    """Send a file to the child."""
    _write(stream, {"name": name, "limits": asdict(limits)}, data)


def read_job(stream: IO[bytes]) -> tuple[str, bytes, ParseLimits] | None:
    """The next file; None once the parent is gone."""
    frame = _read(stream)
    if frame is None:
        return None
    header, data = frame
    return header["name"], data, ParseLimits(**header["limits"])


def write_result(stream: IO[bytes], result: Result) -> None:
    """Send a file's result to the parent."""
    header, body = outcome_parts(result.outcome)
    _write(stream, {**header, "peak_rss_bytes": result.peak_rss_bytes}, body)


def read_result(stream: IO[bytes]) -> Result | None:
    """A file's result; None when the child died before it was complete.

    Raises:
        ValueError, KeyError, TypeError: What came is no result, or larger than any.
    """
    frame = _read(stream)
    if frame is None:
        return None
    header, body = frame
    return Result(outcome_of(header, body), int(header["peak_rss_bytes"]))


def _write(stream: IO[bytes], header: dict[str, object], body: bytes) -> None:
    # Names may hold lone surrogates (undecodable bytes of a file system): ASCII carries them.
    encoded = json.dumps(header, ensure_ascii=True).encode("ascii")
    if len(encoded) > _LONGEST_HEADER:
        raise MemoryError
    stream.write(_LENGTHS.pack(len(encoded), len(body)))
    stream.write(encoded)
    stream.write(body)
    stream.flush()


def _read(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header_length, body_length = _LENGTHS.unpack(lengths)
    # A process that a file has taken over must not fill the memory of this one.
    if header_length > _LONGEST_HEADER or body_length > _LONGEST_BODY:
        raise ValueError("a frame that is too long")
    header = stream.read(header_length)
    body = stream.read(body_length)
    if len(header) < header_length or len(body) < body_length:
        return None
    return json.loads(header), body
