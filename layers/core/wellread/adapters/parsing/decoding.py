"""Bytes of text files to text."""

from __future__ import annotations

import codecs
import re

from wellread.domain.errors import DocumentError, FailureCode

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
_WIDE_SHARE = 0.3
_BINARY_SHARE = 0.02
_MOST_ZEROS_SHARE = 0.2
_CONTROLS = bytes(set(range(0x20)) - set(b"\x00\t\n\r\x0c\x1b\x0b"))
# Letters, and marks that stand alone, of the languages that Windows-1252 serves. Its other letters
# are left out: where they seem to occur, the text is more likely in a neighbouring encoding.
_WESTERN = re.compile(
    r"(?:[\x00-\x7f]|[\u00c0-\u00cf\u00d1-\u00d6\u00d8-\u00dc\u00df-\u00ef\u00f1-\u00f6\u00f8-\u00fc"
    r"\u00ff\u0152\u0153](?![\u00c0-\u00ff]{3})"
    r"|[\u00a0\u00a3\u00a7\u00a9\u00ab\u00ae\u00b0\u00b2-\u00b5\u00b7\u00bb-\u00bd\u00bf\u00a1"
    r"\u20ac\u201a\u201c-\u201e\u2018\u2019\u2013\u2014\u2026\u2022\u2122](?![\u00c0-\u00ff]{2}))*"
)
_MOST_HIGH_SHARE = 0.5


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32, by its mark or by where its zero bytes are; None for anything else."""
    for mark, encoding in _MARKS[1:]:
        if data.startswith(mark):
            return encoding
    sample = data[:_SAMPLE]
    half = len(sample) // 2
    if half < 2:
        return None
    even, odd = sample[0::2].count(0) / half, sample[1::2].count(0) / half
    if odd > _WIDE_SHARE and even < _BINARY_SHARE:
        return "utf-16-le"
    if even > _WIDE_SHARE and odd < _BINARY_SHARE:
        return "utf-16-be"
    return None


def looks_binary(data: bytes) -> bool:
    """Whether the bytes are no text in any encoding of single or multiple bytes."""
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, delete=_CONTROLS))
    if controls > max(len(sample) * _BINARY_SHARE, 8):
        return True
    zeros = sample.count(0)
    # A text with some zero bytes is a damaged text; only in UTF-8 can it be told from other data.
    sound = _attempt(sample[: sample.rfind(b"\n") + 1] or sample, "utf-8") is not None
    return zeros > 0 and (zeros > len(sample) * _MOST_ZEROS_SHARE or not sound)


def decode(data: bytes, declared: str | None = None) -> str:
    """The text of these bytes.

    Args:
        data: The bytes of a text file.
        declared: The encoding that the content claims; believed where it fits.

    Raises:
        DocumentError: `encoding`: no encoding fits.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    for candidate in (wide_encoding(data), "utf-8", declared):
        fitting = _attempt(data, candidate)
        if fitting is not None:
            return fitting
    # A cut in the middle of the last character, or one bad byte in a large text.
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if broken <= len(text) // 1000 and any(ord(c) > 0x7F and c != "\ufffd" for c in text):
        return text
    guessed = _guess(data)
    if guessed is None:
        raise DocumentError(FailureCode.ENCODING)
    return guessed


def _attempt(data: bytes, encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _guess(data: bytes) -> str | None:
    # On short texts in the encodings of the west, statistics are a lottery: rules come first.
    western = _attempt(data, "cp1252")
    high = sum(byte > 0x7F for byte in data[:_SAMPLE])
    few = high <= len(data[:_SAMPLE]) * _MOST_HIGH_SHARE
    if western is not None and few and _WESTERN.fullmatch(western[:_SAMPLE]):
        return western
    from charset_normalizer import from_bytes  # noqa: PLC0415 - rarely needed, slow to import

    best = from_bytes(data[:_SAMPLE]).best()
    return None if best is None else data.decode(best.encoding, errors="replace")
