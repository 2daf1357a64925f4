"""Bytes of text files to text."""

from __future__ import annotations

import codecs
import re

from wellread.adapters.parsing.plain.code_pages import latin_code_page
from wellread.domain.knowledge.errors import DocumentError, FailureCode

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
# Encodings that switch alphabets by escape sequences are ASCII to the eye of a machine.
_ESCAPES = (
    (b"\x1b$)C", "iso2022_kr"),
    (b"\x1b$B", "iso2022_jp"),
    (b"\x1b$@", "iso2022_jp"),
)
# What files say, and what the web has learned to read instead: larger sets of the same kind.
_ALIASES = {"ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
            "latin-1": "cp1252", "iso-8859-9": "cp1254", "iso-8859-8-i": "iso8859-8",
            "macintosh": "mac_roman", "x-mac-roman": "mac_roman", "windows-874": "cp874",
            "x-sjis": "cp932", "shift-jis": "cp932", "windows-31j": "cp932", "euc-kr": "cp949",
            "ks-c-5601-1987": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030",
            "big5": "big5hkscs"}  # fmt: skip
_WIDE_TEXT = re.compile(
    r"[\t\n\r -~\u00a0-\u024f\u0370-\u04ff\u2010-\u2027\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
    r"\uff00-\uffef]"
)
_WIDE_SAMPLE = 4096
_FEWEST_WIDE = 8
_WIDE_FITTING = 0.98
_HALF_WIDTH = re.compile("[\uff61-\uff9f]")
_HEBREW_LETTERS = bytes(range(0xE0, 0xFB))
_FEW_OTHERS = 0.05
_ASCII = bytes(range(0x80))
_FEWEST_CONTROLS = 0.005


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
    return _wide_without_zeros(sample[:_WIDE_SAMPLE])


def _wide_without_zeros(sample: bytes) -> str | None:
    """UTF-16 of the alphabets whose characters have no zero bytes: those of East Asia."""
    whole = sample[: len(sample) // 2 * 2]
    others = whole.translate(None, _CONTROLS + b"\x00")
    few = len(whole) - len(others) <= len(whole) * _FEWEST_CONTROLS
    # What is sound without its controls is a damaged text.
    if len(whole) < 2 * _FEWEST_WIDE or few or _attempt(others, "utf-8") is not None:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = whole.decode(encoding, errors="replace")
        if len(_WIDE_TEXT.findall(text)) >= len(text) * _WIDE_FITTING and not text.isascii():
            return encoding
    return None


def looks_binary(data: bytes) -> bool:
    """Whether the bytes are no text in any encoding of single or multiple bytes."""
    sample = data[:_SAMPLE]
    if _escape_encoding(sample):
        return False
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
    if declared:
        declared = _ALIASES.get(declared.lower().replace("_", "-"), declared)
    for candidate in (wide_encoding(data), _escape_encoding(data), "utf-8", declared):
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


def _escape_encoding(data: bytes) -> str | None:
    if b"\x1b$" not in data:
        return None
    return next((encoding for mark, encoding in _ESCAPES if mark in data), None)


def _guess(data: bytes) -> str | None:
    latin = latin_code_page(data)
    if latin is not None:
        return data.decode(latin, errors="replace")
    from charset_normalizer import from_bytes  # noqa: PLC0415 - rarely needed, slow to import

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        return None
    text = data.decode(best.encoding, errors="replace")
    sample = text[:_SAMPLE]
    if len(_HALF_WIDTH.findall(sample)) * 3 > len(sample):
        # Nobody writes whole texts in half-width kana.
        return _attempt(data, "big5hkscs") or _attempt(data, "gb18030") or text
    if best.encoding.startswith("koi8") and _is_hebrew(data[:_SAMPLE]):
        return data.decode("cp1255", errors="replace")
    return text


def _is_hebrew(sample: bytes) -> bool:
    """Whether what could be capitals of an old Russian encoding is rather Hebrew letters."""
    high = sample.translate(None, _ASCII)
    return len(high.translate(None, _HEBREW_LETTERS)) <= len(high) * _FEW_OTHERS
