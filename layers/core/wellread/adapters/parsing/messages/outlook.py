"""Messages in Outlook's own format (msg)."""

from __future__ import annotations

import datetime
import email.utils
import re
import struct
from collections.abc import Iterator

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.html.front import parse_html
from wellread.adapters.parsing.messages.mail import AttachmentParser, in_order, write_attachment
from wellread.adapters.parsing.office.compound_file import CompoundFile, Path
from wellread.adapters.parsing.office.rich_text import parse_rich_text
from wellread.adapters.parsing.plain.decoding import decode
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

PROPERTIES = "__properties_version1.0"
_ATTACHMENT = "__attach_version1.0_"
_SUBJECT, _SENDER, _TO, _CC = "0037", "0C1A", "0E04", "0E03"
_ADDRESSES = ("5D01", "0C1F")
_ADDRESS = re.compile(r"[^\s/]+@\S+")
_BODY, _HTML, _RICH_TEXT = "1000", "1013", "1009"
_NAMES = ("3707", "3704", "3001")
_DATA, _MESSAGE = "__substg1.0_37010102", "__substg1.0_3701000D"
_DATES = (0x0039, 0x0E06)
_MOST_ATTACHMENTS = 500
_DEEPEST = 4
_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
_PACKED_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096


def parse_outlook(
    file: CompoundFile, limits: ParseLimits, attachment: AttachmentParser
) -> ParsedText:
    """A message: its main headers, its text, its attachments.

    Args:
        file: The message.
        limits: What it may cost.
        attachment: Reads an attachment; those it refuses are listed by name only.

    Raises:
        DocumentError: `empty` or `too_complex`.
    """
    return _Message(file, (), limits, attachment).parse()


class _Message:
    def __init__(
        self, file: CompoundFile, folder: Path, limits: ParseLimits, attachment: AttachmentParser
    ) -> None:
        self._file = file
        self._folder = folder
        self._limits = limits
        self._attachment = attachment

    def parse(self) -> ParsedText:
        builder = TextBuilder("application/vnd.ms-outlook", self._limits)
        subject = self._line(_SUBJECT)
        if subject:
            builder.heading(1, subject)
        headers = (("From", self._sender()), ("To", self._line(_TO)), ("Cc", self._line(_CC)),
                   ("Date", self._date()))  # fmt: skip
        lines = [f"{name}: {value}" for name, value in headers if value]
        builder.block("\n".join(lines))
        self._write_body(builder)
        for folder in self._attachments():
            self._write_attachment(builder, folder)
        return builder.build(worthy(subject))

    def _write_body(self, builder: TextBuilder) -> None:
        text = self._text(self._folder, _BODY)
        if text.strip():
            for block in in_order(text):
                builder.block(block)
            return
        markup = self._bytes(_HTML) or self._text(self._folder, _HTML).encode()
        packed = self._bytes(_RICH_TEXT)
        try:
            if markup:
                builder.embed(parse_html(markup, self._limits), below=1)
            elif packed:
                unpacked = _unpacked(packed, self._limits)
                builder.embed(parse_rich_text(unpacked, self._limits), below=1)
        except DocumentError as error:
            if error.code is not FailureCode.EMPTY:
                raise

    def _write_attachment(self, builder: TextBuilder, folder: Path) -> None:
        name = next(filter(None, (one_line(self._text(folder, tag)) for tag in _NAMES)), "")
        inner = (*folder, _MESSAGE)
        if _MESSAGE in self._file.folders(folder):
            message = _Message(self._file, inner, self._limits, self._attachment)
            deep = len(inner) // 2 > _DEEPEST
            write_attachment(builder, name or "message", _refused if deep else message.parse)
            return
        data = self._file.read((*folder, _DATA))
        write_attachment(builder, name or "without a name", lambda: self._attachment(name, data))

    def _attachments(self) -> list[Path]:
        names = [n for n in self._file.folders(self._folder) if n.startswith(_ATTACHMENT)]
        if len(names) > _MOST_ATTACHMENTS:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        return [(*self._folder, name) for name in sorted(names)]

    def _sender(self) -> str:
        name = self._line(_SENDER)
        address = next(
            (a for a in map(self._line, _ADDRESSES) if _ADDRESS.fullmatch(a) and a != name), ""
        )
        return f"{name} <{address}>" if name and address else name or address

    def _date(self) -> str:
        properties = self._file.read((*self._folder, PROPERTIES))
        dates: dict[int, int] = {}
        for place in range(len(properties) % 16, len(properties) - 15, 16):
            kind, tag = struct.unpack_from("<HH", properties, place)
            if kind == 0x40 and tag in _DATES:
                dates[tag] = struct.unpack_from("<Q", properties, place + 8)[0]
        ticks = next((dates[tag] for tag in _DATES if dates.get(tag)), 0)
        if not ticks:
            return ""
        try:
            moment = _EPOCH + datetime.timedelta(microseconds=ticks // 10)
        except OverflowError:
            return ""
        return email.utils.format_datetime(moment.replace(microsecond=0))

    def _line(self, tag: str) -> str:
        return one_line(self._text(self._folder, tag))

    def _text(self, folder: Path, tag: str) -> str:
        wide = self._file.read((*folder, f"__substg1.0_{tag}001F"))
        if wide:
            return wide.decode("utf-16-le", errors="replace").rstrip("\x00")
        narrow = self._file.read((*folder, f"__substg1.0_{tag}001E")).rstrip(b"\x00")
        try:
            return decode(narrow)
        except DocumentError:
            return narrow.decode("cp1252", errors="replace")

    def _bytes(self, tag: str) -> bytes:
        return self._file.read((*self._folder, f"__substg1.0_{tag}0102"))


def _refused() -> ParsedText:
    raise DocumentError(FailureCode.TOO_COMPLEX)


def _unpacked(packed: bytes, limits: ParseLimits) -> bytes:
    """Rich text as Outlook packs it: by references into a window of what was said last."""
    if packed[8:12] == b"MELA":
        return packed[16:]
    return b"".join(_pieces(packed[16:], min(len(packed) * 20, limits.unpacked_bytes)))


def _pieces(packed: bytes, most: int) -> Iterator[bytes]:
    window = bytearray(_PACKED_START.ljust(_WINDOW, b" "))
    write = len(_PACKED_START)
    place = said = 0
    while place < len(packed) and said < most:
        flags = packed[place]
        place += 1
        for bit in range(8):
            if not flags >> bit & 1:
                piece = packed[place : place + 1]
                place += 1
            else:
                reference = int.from_bytes(packed[place : place + 2], "big")
                place += 2
                start, length = reference >> 4, (reference & 15) + 2
                if start == write or place > len(packed):
                    return
                piece = b""
                for step in range(length):
                    byte = window[(start + step) % _WINDOW]
                    piece += bytes([byte])
                    window[(write + step) % _WINDOW] = byte
            for step, byte in enumerate(piece):
                window[(write + step) % _WINDOW] = byte
            write = (write + len(piece)) % _WINDOW
            said += len(piece)
            yield piece
