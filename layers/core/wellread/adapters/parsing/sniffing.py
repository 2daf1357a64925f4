"""What a file is, by its content; the name is a hint among text formats only."""

from __future__ import annotations

import re
from enum import Enum, auto
from pathlib import PurePosixPath

from wellread.adapters.parsing.plain.decoding import looks_binary, wide_encoding
from wellread.domain.knowledge.errors import FAILURE_WORDS, DocumentError, FailureCode


class Format(Enum):
    """The formats that have a front of their own; ZIP and OLE are containers."""

    PDF = auto()
    ZIP = auto()
    OLE = auto()
    RICH_TEXT = auto()
    HTML = auto()
    MAIL = auto()
    DELIMITED = auto()
    MARKDOWN = auto()
    PLAIN = auto()


_PDF_WINDOW = 1024
_PDF_LONGEST_START = 64 * 1024
_PDF_OBJECT = re.compile(rb"(?:%[^\r\n]{0,20}\s+)?\d+ \d+ obj\b")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURE = (
    "The file is a picture, and wellread reads text.",
    "Run it through a text recognition (OCR) program and drop the result.",
)
_ARCHIVE = ("The file is an archive.", "Unpack it and drop the files themselves.")
_MEDIA = ("The file is sound or video.", "Drop a transcript of it.")
_PROGRAM = ("The file is a program, not a document.", "Remove it, or drop its documentation.")
_DATA = ("The file is binary data, not a document.", "Export it as csv or xlsx and drop that.")
_POSTSCRIPT = ("The file is PostScript, which only printers read.", "Drop it as pdf.")
_REFUSED: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (b"\xff\xd8\xff", _PICTURE),
    (b"\x89PNG\r\n\x1a\n", _PICTURE),
    (b"GIF87a", _PICTURE),
    (b"GIF89a", _PICTURE),
    (b"II*\x00", _PICTURE),
    (b"MM\x00*", _PICTURE),
    (b"8BPS", _PICTURE),
    (b"%!PS", _POSTSCRIPT),
    (b"\x1f\x8b", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"Rar!\x1a\x07", _ARCHIVE),
    (b"\xfd7zXZ\x00", _ARCHIVE),
    (b"\x28\xb5\x2f\xfd", _ARCHIVE),
    (b"ID3", _MEDIA),
    (b"OggS", _MEDIA),
    (b"fLaC", _MEDIA),
    (b"\x1aE\xdf\xa3", _MEDIA),
    (b"\x7fELF", _PROGRAM),
    (b"\xca\xfe\xba\xbe", _PROGRAM),
    (b"\xcf\xfa\xed\xfe", _PROGRAM),
    (b"\x00asm", _PROGRAM),
    (b"SQLite format 3\x00", _DATA),
)
# Short marks that a text may begin with too: they count where zero bytes follow.
_REFUSED_WITH_ZEROS: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (b"BM", _PICTURE),
    (b"MZ", _PROGRAM),
    (b"PAR1", _DATA),
    (b"BZh", _ARCHIVE),
)
# Comments are taken whole: trying where else each might end takes exponential time.
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?>(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html|head|body)[\s>]",
    re.IGNORECASE | re.DOTALL,
)
_ANY_TAG = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]*)?/?|!doctype[^<>]*)>", re.IGNORECASE)
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t]?|[ \t]+\S")
_MAIL_HEADERS = frozenset(
    (b"from", b"to", b"subject", b"date", b"received", b"message-id", b"mime-version",
     b"return-path", b"delivered-to", b"content-type", b"reply-to", b"cc", b"bcc", b"sender",
     b"content-transfer-encoding", b"x-mailer", b"dkim-signature")
)  # fmt: skip
_SURE_MAIL_HEADERS = frozenset((b"received", b"message-id", b"mime-version", b"return-path"))
_SUFFIXES = {
    ".csv": Format.DELIMITED,
    ".tsv": Format.DELIMITED,
    ".md": Format.MARKDOWN,
    ".markdown": Format.MARKDOWN,
    ".mdown": Format.MARKDOWN,
    ".mkd": Format.MARKDOWN,
    ".mdx": Format.MARKDOWN,
    ".rmd": Format.MARKDOWN,
    ".qmd": Format.MARKDOWN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".xhtml": Format.HTML,
    ".eml": Format.MAIL,
}


def sniff_container(data: bytes) -> Format | None:
    """The format of a file with a magic number; None for what can only be text.

    Raises:
        DocumentError: `unsupported`, with what to do about that kind of file.
    """
    if b"%PDF-" in data[:_PDF_WINDOW] or _is_bare_pdf(data):
        return Format.PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format.ZIP
    if data.startswith(_OLE):
        return Format.OLE
    if data.lstrip()[:5] == b"{\\rtf":
        return Format.RICH_TEXT
    refusal = _refusal(data)
    if refusal is None and wide_encoding(data) is None and looks_binary(data):
        refusal = FAILURE_WORDS[FailureCode.UNSUPPORTED]
    if refusal is not None:
        raise DocumentError(FailureCode.UNSUPPORTED, *refusal)
    return None


def _is_bare_pdf(data: bytes) -> bool:
    """Whether a PDF has lost its first line, or has other things before it."""
    if b"%%EOF" not in data[-_PDF_WINDOW:] or b"endobj" not in data:
        return False
    return bool(_PDF_OBJECT.match(data) or b"\n%PDF-" in data[:_PDF_LONGEST_START])


def _refusal(data: bytes) -> tuple[str, str] | None:
    """Why a file of a known but unsupported kind is refused, and what to do."""
    for magic, words in _REFUSED:
        if data.startswith(magic):
            return words
    for magic, words in _REFUSED_WITH_ZEROS:
        if data.startswith(magic) and b"\x00" in data[:64]:
            return words
    if data[:4] == b"RIFF" and data[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return _PICTURE if data[8:12] == b"WEBP" else _MEDIA
    if data[4:8] == b"ftyp":
        return _PICTURE if data[8:12] in (b"heic", b"heix", b"mif1", b"avif") else _MEDIA
    return None


def is_mail(name: str, data: bytes) -> bool:
    """Whether a text is a mail message: headers on top, and the name or a sure header agrees."""
    known: set[bytes] = set()
    lines = data[:16_384].lstrip(b"\xef\xbb\xbf\r\n").splitlines()
    for number, line in enumerate(lines):
        if not line.strip():
            break
        match = _HEADER.match(line)
        if match is None:
            if number == 0 and line.startswith(b"From "):
                continue
            break
        if match[1]:
            known.add(match[1].lower())
    known &= _MAIL_HEADERS
    if suffix(name) is Format.MAIL:
        return bool(known)
    return len(known) >= 3 and bool(known & _SURE_MAIL_HEADERS)


def sniff_text(name: str, text: str) -> Format:
    """The format of a text that is no mail message."""
    hint = suffix(name)
    head = text[:4096].lstrip("\ufeff")
    if hint is not Format.MARKDOWN and _HTML_START.match(head):
        return Format.HTML
    if hint is Format.HTML:
        return Format.HTML if _ANY_TAG.search(text, 0, 65_536) else Format.PLAIN
    return hint if hint in (Format.MARKDOWN, Format.DELIMITED) else Format.PLAIN


def suffix(name: str) -> Format | None:
    """The text format that a name claims."""
    return _SUFFIXES.get(PurePosixPath(name).suffix.lower())
