"""From bytes to the front that reads them."""

from __future__ import annotations

from wellread.adapters.parsing import archives, sniffing
from wellread.adapters.parsing.decoding import decode, wide_encoding
from wellread.adapters.parsing.limits import MIB, ParseLimits
from wellread.adapters.parsing.sniffing import Format
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

_DEEPEST_ATTACHMENT = 4
_STREAMED_SHEETS = 16 * MIB
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OLE_MARKS = (
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)


def parse_document(name: str, data: bytes, limits: ParseLimits, depth: int = 0) -> ParsedText:
    """The text of a file of any supported format.

    Args:
        name: A hint among text formats.
        data: The file's content.
        limits: What it may cost.
        depth: How many messages the file is attached in.

    Raises:
        DocumentError: With the code that says why there is no text.
    """
    if depth > _DEEPEST_ATTACHMENT:
        raise DocumentError(FailureCode.TOO_COMPLEX)
    if not data.strip(b" \t\r\n\x0b\x0c\x00"):
        raise DocumentError(FailureCode.EMPTY)
    container = sniffing.sniff_container(data)
    if container is Format.PDF:
        from wellread.adapters.parsing.pdf import parse_pdf  # noqa: PLC0415 - only what is needed

        return parse_pdf(data, limits)
    if container is Format.ZIP:
        return _parse_zip(data, limits)
    if container is Format.OLE:
        return _parse_ole(data, limits)
    return _parse_text(name, data, limits, depth)


def _parse_zip(data: bytes, limits: ParseLimits) -> ParsedText:
    with archives.open_archive(data, limits) as archive:
        kind = archives.media_type(archive)
        if kind in (_WORD, _POWERPOINT, _EXCEL):
            archives.check_office(archive)
        if kind == _EXCEL and archives.sheets_size(archive) > _STREAMED_SHEETS:
            from wellread.adapters.parsing.large_workbook import (  # noqa: PLC0415
                parse_large_workbook,
            )

            return parse_large_workbook(data, kind, limits)
    if kind in (_WORD, _POWERPOINT, _EXCEL):
        return _parse_office(data, kind, limits)
    if kind == "application/zip":
        raise DocumentError(
            FailureCode.UNSUPPORTED,
            "The file is an archive.",
            "Unpack it and drop the files themselves.",
        )
    raise DocumentError(
        FailureCode.UNSUPPORTED,
        "OpenDocument and EPUB files are not supported.",
        "Save it as docx, xlsx, pptx or pdf and drop that.",
    )


def _parse_ole(data: bytes, limits: ParseLimits) -> ParsedText:
    """Formats of the time before 2007, and encrypted newer ones; told by their stream names."""

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        raise DocumentError(FailureCode.ENCRYPTED)
    for mark, kind in _OLE_MARKS:
        if holds(mark):
            return _parse_office(data, kind, limits)
    if holds("__properties_version1.0"):
        raise DocumentError(
            FailureCode.UNSUPPORTED,
            "Outlook's own message format (msg) is not supported.",
            "Save the message as eml (drag it out of a mail program) and drop that.",
        )
    raise DocumentError(FailureCode.UNSUPPORTED)


def _parse_office(data: bytes, kind: str, limits: ParseLimits) -> ParsedText:
    from wellread.adapters.parsing import office  # noqa: PLC0415 - only what is needed

    if kind in (_EXCEL, "application/vnd.ms-excel"):
        return office.parse_workbook(data, kind, limits)
    if kind in (_POWERPOINT, "application/vnd.ms-powerpoint"):
        return office.parse_presentation(data, kind, limits)
    return office.parse_document(data, kind, limits)


def _parse_text(name: str, data: bytes, limits: ParseLimits, depth: int) -> ParsedText:
    from wellread.adapters.parsing import delimited, plain  # noqa: PLC0415 - only what is needed

    if wide_encoding(data):
        data = decode(data).encode("utf-8", errors="replace")
    if sniffing.is_mail(name, data):
        from wellread.adapters.parsing.mail import parse_mail  # noqa: PLC0415

        return parse_mail(
            data, limits, lambda part, content: parse_document(part, content, limits, depth + 1)
        )
    declared = None
    if sniffing.suffix(name) is Format.HTML or b"<meta" in data[:4096].lower():
        from wellread.adapters.parsing.html import declared_encoding  # noqa: PLC0415

        declared = declared_encoding(data)
    text = decode(data, declared)
    kind = sniffing.sniff_text(name, text)
    if kind is Format.HTML:
        from wellread.adapters.parsing.html import parse_html_text  # noqa: PLC0415

        return parse_html_text(text, limits)
    if kind is Format.DELIMITED:
        return delimited.parse_delimited(text, limits)
    if kind is Format.MARKDOWN:
        return plain.parse_markdown(text, limits)
    return plain.parse_plain(text, limits)
