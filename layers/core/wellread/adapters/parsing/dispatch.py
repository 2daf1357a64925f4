"""From bytes to the front that reads them."""

from __future__ import annotations

from wellread.adapters.parsing import archives, sniffing
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.plain.decoding import decode, wide_encoding
from wellread.adapters.parsing.sniffing import Format
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_DEEPEST_ATTACHMENT = 4
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OLE_MARKS = (
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("BOOK", "application/vnd.ms-excel"),
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
    if container is Format.ZIP:
        return _parse_zip(data, limits)
    limits = limits.of_size(len(data))
    if container is Format.PDF:
        from wellread.adapters.parsing.pdf.front import parse_pdf  # noqa: PLC0415 - only what is needed

        return parse_pdf(data, limits)
    if container is Format.OLE:
        return _parse_ole(data, limits, depth)
    if container is Format.RICH_TEXT:
        from wellread.adapters.parsing.office.rich_text import parse_rich_text  # noqa: PLC0415

        return parse_rich_text(data, limits)
    return _parse_text(name, data, limits, depth)


def _parse_zip(data: bytes, limits: ParseLimits) -> ParsedText:
    with archives.open_archive(data, limits) as archive:
        limits = limits.of_size(sum(entry.file_size for entry in archive.infolist()))
        kind = archives.media_type(archive)
        if kind.startswith(_OFFICE):
            from wellread.adapters.parsing.office.front import parse_office  # noqa: PLC0415

            return parse_office(archive, data, kind, limits)
        if kind == "application/epub+zip":
            from wellread.adapters.parsing.epub import parse_epub  # noqa: PLC0415

            return parse_epub(archive, limits)
        if kind.startswith("application/vnd.oasis.opendocument."):
            from wellread.adapters.parsing.office.opendocument import (  # noqa: PLC0415
                parse_opendocument,
            )

            return parse_opendocument(archive, kind, limits)
        is_apple = any(name.endswith(".iwa") for name in archive.namelist())
    if is_apple:
        raise DocumentError(
            FailureCode.UNSUPPORTED,
            "Files of Apple's Pages, Numbers and Keynote are not supported.",
            "Export it as docx, xlsx, pptx or pdf and drop that.",
        )
    raise DocumentError(
        FailureCode.UNSUPPORTED,
        "The file is an archive.",
        "Unpack it and drop the files themselves.",
    )


def _parse_ole(data: bytes, limits: ParseLimits, depth: int) -> ParsedText:
    """Formats of the time before 2007, and encrypted newer ones; told by their stream names."""
    if "__properties_version1.0".encode("utf-16-le") in data:
        from wellread.adapters.parsing.messages.outlook import PROPERTIES, parse_outlook  # noqa: PLC0415
        from wellread.adapters.parsing.office.compound_file import CompoundFile  # noqa: PLC0415

        file = CompoundFile(data)
        if (PROPERTIES,) in file.paths:
            return parse_outlook(
                file, limits, lambda part, content: parse_document(part, content, limits, depth + 1)
            )

    def holds(stream: str) -> bool:
        return stream.encode("utf-16-le") in data

    if holds("EncryptedPackage") or holds("EncryptionInfo"):
        raise DocumentError(FailureCode.ENCRYPTED)
    for mark, kind in _OLE_MARKS:
        if holds(mark):
            from wellread.adapters.parsing.office import legacy_office  # noqa: PLC0415

            return legacy_office.parse_office(data, kind, limits)
    raise DocumentError(FailureCode.UNSUPPORTED)


def _parse_text(name: str, data: bytes, limits: ParseLimits, depth: int) -> ParsedText:
    from wellread.adapters.parsing.plain import delimited, front  # noqa: PLC0415 - if needed

    if wide_encoding(data):
        data = decode(data).encode("utf-8", errors="replace")
    if sniffing.is_mail(name, data):
        from wellread.adapters.parsing.messages.mail import parse_mail  # noqa: PLC0415

        return parse_mail(
            data, limits, lambda part, content: parse_document(part, content, limits, depth + 1)
        )
    declared = None
    if sniffing.suffix(name) is Format.HTML or b"<meta" in data[:4096].lower():
        from wellread.adapters.parsing.html.front import declared_encoding  # noqa: PLC0415

        declared = declared_encoding(data)
    text = decode(data, declared)
    kind = sniffing.sniff_text(name, text)
    if kind is Format.HTML:
        from wellread.adapters.parsing.html.front import parse_html_text  # noqa: PLC0415

        return parse_html_text(text, limits)
    if kind is Format.DELIMITED:
        return delimited.parse_delimited(text, limits)
    if kind is Format.MARKDOWN:
        return front.parse_markdown(text, limits)
    return front.parse_plain(text, limits)
