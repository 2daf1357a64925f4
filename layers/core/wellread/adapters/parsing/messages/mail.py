"""Mail messages by the standard library: headers, body, attachments."""

from __future__ import annotations

import contextlib
import email
import re
from collections.abc import Callable
from email.message import EmailMessage, Message
from email.policy import EmailPolicy, Policy
from functools import partial
from typing import Any

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.html.front import parse_html, parse_html_text
from wellread.adapters.parsing.plain.decoding import decode
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_LONGEST_HEADER = 4_000
_MOST_PARTS = 500
_MOST_PARTS_IN_ALL = 5_000
_DEEPEST = 30
_DEEPEST_MESSAGE = 4
_LONGEST_INTRODUCTION = 1_000
_ENCRYPTED_TYPES = {"application/pkcs7-mime", "application/x-pkcs7-mime"}

# "On Monday Ann <ann@example.org> wrote:", which mail programs break into two lines at times.
_WROTE = re.compile(r"\b(?:wrote|writes|schrieb|a \u00e9crit|escribi\u00f3|ha scritto)\b", re.I)
_WROTE_START = re.compile(r"(?:On|Am|Le|El|Il)\s+\S", re.I)

_UNDECODED = re.compile("[\udc80-\udcff]")
# A search for the end of something ends where the next of its kind begins.
_MARKUP = re.compile(
    rb"<(style|script|head)\b(?:(?!<\1\b).)*?</\1>|<[^<>]*>|&[a-z]+;|\s+", re.I | re.DOTALL
)
_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature",
               "application/x-pkcs7-signature", "application/pgp-encrypted")  # fmt: skip
_ARMOUR = re.compile(
    r"-----BEGIN PGP (MESSAGE|SIGNATURE)-----(?:(?!-----BEGIN PGP ).)*?-----END PGP \1-----",
    re.DOTALL,
)
_SEALED = "(not read: encrypted)"
_LONGEST_STUB = 300
_STUB_SHARE = 0.2
_NOT_SHOWN = ("multipart/", "image/", "text/", "message/")
_BLANK_LINES = re.compile(r"\n{3,}")

AttachmentParser = Callable[[str, bytes], ParsedText]


class _Part(EmailMessage):
    """A part of a message, which refuses to hold more or deeper than any message does.

    The standard library looks at each line once for every part that is around it.
    """

    def __init__(self, policy: Policy | None = None) -> None:
        super().__init__(policy)
        self._depth = 0
        self._count = [0]

    def attach(self, payload: Message) -> None:  # type: ignore[override]
        if isinstance(payload, _Part):
            payload._depth, payload._count = self._depth + 1, self._count
        self._count[0] += 1
        if self._depth >= _DEEPEST or self._count[0] > _MOST_PARTS_IN_ALL:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        super().attach(payload)  # type: ignore[arg-type]


class _Policy(EmailPolicy):
    """Reads headers up to a length, with whose square the time grows that their parts take."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[: _end_of_known(value)])


def _end_of_known(value: str) -> int:
    """Up to where a header is read as more than words."""
    if len(value) <= _LONGEST_HEADER:
        return len(value)
    return max(value.rfind(" ", 0, _LONGEST_HEADER), 0) or _LONGEST_HEADER


_POLICY = _Policy(message_factory=_Part)


def parse_mail(data: bytes, limits: ParseLimits, attachment: AttachmentParser) -> ParsedText:
    """A message: its main headers, its text (plain before HTML), its attachments.

    Args:
        data: The message.
        limits: What it may cost.
        attachment: Reads an attachment; those it refuses are listed by name only.

    Raises:
        DocumentError: `encrypted`, `empty`, `too_complex`.
    """
    return _parse(email.message_from_bytes(data, policy=_POLICY), limits, attachment, 0)


def _parse(
    message: Message, limits: ParseLimits, attachment: AttachmentParser, depth: int
) -> ParsedText:
    if depth > _DEEPEST_MESSAGE:
        raise DocumentError(FailureCode.TOO_COMPLEX)
    if _is_encrypted(message):
        raise DocumentError(FailureCode.ENCRYPTED)
    builder = TextBuilder("message/rfc822", limits)
    subject = _header(message, "Subject")
    if subject:
        builder.heading(1, subject)
    headers = ((name, _header(message, name)) for name in _HEADERS[1:])
    builder.block("\n".join(f"{name}: {value}" for name, value in headers if value))
    body, attachments = _parts(message)
    for part in body:
        _write_body(builder, part, limits)
    for part in attachments:
        inner = _attached_message(part)
        if inner is None:
            _write_attachment(builder, part, attachment)
        else:
            name = one_line(part.get_filename() or "message.eml")
            read = partial(_parse, inner, limits, attachment, depth + 1)
            write_attachment(builder, name, read)
    return builder.build(worthy(subject))


def _header(message: Message, name: str) -> str:
    raw = next((str(v) for key, v in message.raw_items() if key.lower() == name.lower()), "")
    if _UNDECODED.search(raw):
        # Words beyond ASCII that were not encoded as the standard wants it.
        with contextlib.suppress(DocumentError):
            return one_line(decode(raw.encode("utf-8", "surrogateescape")))
    try:
        return one_line(f"{message.get(name) or ''}{raw[_end_of_known(raw) :]}")
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        # The standard library stumbles over some malformed headers.
        return one_line(raw)


def _is_encrypted(message: Message) -> bool:
    kind = message.get_content_type()
    if kind == "multipart/encrypted":
        return True
    return kind in _ENCRYPTED_TYPES and message.get_param("smime-type") != "signed-data"


def _parts(message: Message) -> tuple[list[Message], list[Message]]:
    """The parts to show and those attached; of alternatives the plainest that has text."""
    shown: list[Message] = []
    attached: list[Message] = []
    stack: list[Message] = [message]
    seen = 0
    while stack:
        part = stack.pop()
        seen += 1
        if seen > _MOST_PARTS:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        kind = part.get_content_type()
        if kind in _SIGNATURES:
            continue
        named = part.get_filename() or kind == "message/rfc822"
        if part is not message and named:
            attached.append(part)
        elif part.is_multipart():
            children = [p for p in part.get_payload() if isinstance(p, Message)]
            if kind == "multipart/alternative":
                children = _preferred(children)
            stack.extend(reversed(children))
        elif kind.startswith("text/"):
            shown.append(part)
        elif not kind.startswith(_NOT_SHOWN):
            attached.append(part)
    return shown, attached


def _preferred(alternatives: list[Message]) -> list[Message]:
    plain: list[Message] = []
    others: list[Message] = []
    for part in alternatives:
        (plain if part.get_content_type() == "text/plain" else others).append(part)
    if any(_bytes(part).strip() for part in plain) and not _is_stub(plain, others):
        return plain + [p for p in others if p.get_filename()]
    return others or alternatives


def _is_stub(plain: list[Message], others: list[Message]) -> bool:
    """Whether the plain text only says that the message is to be seen elsewhere."""
    said = sum(len(_bytes(part).strip()) for part in plain)
    if said > _LONGEST_STUB:
        return False
    rich = [p for other in others for p in other.walk() if p.get_content_type() == "text/html"]
    return said < _STUB_SHARE * sum(len(_MARKUP.sub(b"", _bytes(part))) for part in rich)


def _bytes(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, AssertionError, LookupError):
        return b""
    return payload if isinstance(payload, bytes) else b""


def _write_body(builder: TextBuilder, part: Message, limits: ParseLimits) -> None:
    data = _bytes(part)
    if not data.strip():
        return
    try:
        charset = part.get_content_charset()
    except (ValueError, LookupError, AttributeError):
        charset = None
    if part.get_content_type() != "text/html":
        try:
            text = decode(data, charset)
        except DocumentError:
            text = data.decode("latin-1")
        text = _ARMOUR.sub(lambda found: _SEALED if found[1] == "MESSAGE" else "", text)
        for block in in_order(text):
            builder.block(block)
        return
    try:
        if charset:
            parsed = parse_html_text(decode(data, charset), limits)
        else:
            parsed = parse_html(data, limits)
    except DocumentError as error:
        if error.code is FailureCode.EMPTY:
            return
        raise
    builder.embed(parsed, below=1)


def in_order(text: str) -> list[str]:
    """A message's own words, the signature, then what is quoted from earlier messages."""
    own: list[str] = []
    signature: list[str] = []
    quoted: list[str] = []
    target = own
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.startswith(">"):
            if not quoted or target is not quoted:
                quoted.extend(["", *_introduction(own)])
            quoted.append(line)
            target = quoted
            continue
        if target is quoted:
            target = own
            own.append("")
        if line.rstrip() == "--" and len(line) <= 3:
            target = signature
            continue
        target.append(line)
    blocks = ["\n".join(lines).strip("\n") for lines in (own, signature, quoted)]
    # What was taken out leaves blank lines behind.
    return [_BLANK_LINES.sub("\n\n", block) for block in blocks] if quoted else blocks


def _introduction(own: list[str]) -> list[str]:
    """Take the line that says who wrote what is quoted next off the sender's own lines."""
    while own and not own[-1].strip():
        own.pop()
    taken: list[str] = []
    if own and len(own[-1]) <= _LONGEST_INTRODUCTION and _introduces(own[-1]):
        taken.append(own.pop())
        if own and _WROTE_START.match(own[-1]):
            taken.insert(0, own.pop())
    return taken


def _introduces(line: str) -> bool:
    return line.rstrip().endswith(":") and _WROTE.search(line) is not None


def _attached_message(part: Message) -> Message | None:
    inner = part.get_payload() if part.get_content_type() == "message/rfc822" else None
    return inner[0] if isinstance(inner, list) and isinstance(inner[0], Message) else None


def _write_attachment(builder: TextBuilder, part: Message, attachment: AttachmentParser) -> None:
    name = one_line(part.get_filename() or "without a name")
    data = _bytes(part)
    if data.lstrip().startswith(b"-----BEGIN PGP MESSAGE-----"):
        builder.heading(2, f"Attachment: {name}")
        builder.block(_SEALED)
    else:
        write_attachment(builder, name, lambda: attachment(name, data))


def write_attachment(builder: TextBuilder, name: str, read: Callable[[], ParsedText]) -> None:
    """Write what an attachment says below a heading, or why it cannot be read."""
    builder.heading(2, f"Attachment: {name}")
    try:
        builder.embed(read(), below=2)
    except DocumentError as error:
        builder.block(f"(not read: {error.reason})")
