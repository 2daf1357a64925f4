"""How the parser and its child process talk: length-prefixed JSON and bytes, never pickle.

A file may have taken over the child, so what it says is believed only as far as its form goes.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from typing import IO, Any

from wellread.adapters.parsing.confined.limits import MIB, ParseLimits
from wellread.domain.ingest.parse_outcome import outcome_of, outcome_parts
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError

OUT_OF_MEMORY = 71
"""Exit status of a child that could not even say that it ran out of memory."""

_LONGEST_HEADER = 16 * MIB
_LONGEST_FILE = 1024 * MIB
_BYTES_PER_CHARACTER = 4
_LONGEST_PEAK = 2**53
_LENGTHS = struct.Struct(">QQ")


@dataclass(frozen=True, slots=True)
class Job:
    """A file for the child to read.

    Attributes:
        name: The file's name, a hint among text formats.
        data: Its content.
        limits: What it may cost.
        ticket: Comes back with the result, so that no other is taken for it.
    """

    name: str
    data: bytes
    limits: ParseLimits
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What the child says about a file.

    Attributes:
        outcome: The text, or why there is none.
        peak_rss_bytes: The most memory the child ever held, 0 where the system does not tell.
    """

    outcome: ParsedText | DocumentError
    peak_rss_bytes: int = 0


def write_job(stream: IO[bytes], job: Job) -> None:
    """Send a file to the child."""
    header: dict[str, object] = {"name": job.name, "limits": asdict(job.limits)}
    header["ticket"] = job.ticket
    _write(stream, header, job.data)


def read_job(stream: IO[bytes]) -> Job | None:
    """The next file; None once the parent is gone."""
    frame = _read(stream, _LONGEST_FILE)
    if frame is None:
        return None
    header, data = frame
    return Job(header["name"], data, ParseLimits(**header["limits"]), header["ticket"])


def write_result(stream: IO[bytes], result: Result, ticket: str = "") -> None:
    """Send the result of the job with this ticket to the parent."""
    header, body = outcome_parts(result.outcome)
    header.update(peak_rss_bytes=result.peak_rss_bytes, ticket=ticket)
    _write(stream, header, body)


def read_result(stream: IO[bytes], job: Job) -> Result | None:
    """The result of a job; None when the child died before it was complete.

    Raises:
        ValueError, KeyError, TypeError: What came is no result, another job's, or larger than any.
        RecursionError: It is nested more deeply than any.
    """
    frame = _read(stream, job.limits.max_characters * _BYTES_PER_CHARACTER)
    if frame is None:
        return None
    header, body = frame
    if header["ticket"] != job.ticket:
        raise ValueError("the result of another job")
    outcome = outcome_of(header, body)
    if isinstance(outcome, ParsedText) and len(outcome.text) > job.limits.max_characters:
        raise ValueError("more text than the limit")
    peak = header["peak_rss_bytes"]
    if type(peak) is not int or not 0 <= peak < _LONGEST_PEAK:
        raise ValueError("no number of bytes")
    return Result(outcome, peak)


def _write(stream: IO[bytes], header: dict[str, object], body: bytes) -> None:
    # Names may hold lone surrogates (undecodable bytes of a file system): ASCII carries them.
    encoded = json.dumps(header, ensure_ascii=True).encode("ascii")
    if len(encoded) > _LONGEST_HEADER:
        raise MemoryError
    stream.write(_LENGTHS.pack(len(encoded), len(body)))
    stream.write(encoded)
    stream.write(body)
    stream.flush()


def _read(stream: IO[bytes], longest_body: int) -> tuple[dict[str, Any], bytes] | None:
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    header_length, body_length = _LENGTHS.unpack(lengths)
    # A process that a file has taken over must not fill the memory of this one.
    if header_length > _LONGEST_HEADER or body_length > longest_body:
        raise ValueError("a frame that is too long")
    header = stream.read(header_length)
    body = stream.read(body_length)
    if len(header) < header_length or len(body) < body_length:
        return None
    return json.loads(header), body
