"""Zip-based files: what they are, and whether they are safe to unpack."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree as Xml

from wellread.adapters.parsing.confined.limits import MIB, ParseLimits
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_MOST_ENTRIES = 10_000
_MOST_RATIO = 100
_RATIO_MATTERS_FROM = 10 * MIB
_ENCRYPTED_FLAG = 0x1
DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_DTD_WINDOW = 4096


def open_archive(data: bytes, limits: ParseLimits) -> zipfile.ZipFile:
    """The archive, once its directory promises nothing outrageous.

    Raises:
        DocumentError: `damaged`, `encrypted` or `too_complex`.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise DocumentError(FailureCode.DAMAGED) from error
    entries = archive.infolist()
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise DocumentError(FailureCode.ENCRYPTED)
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    swollen = any(
        size > max(_RATIO_MATTERS_FROM, compressed * _MOST_RATIO)
        for size, compressed in (
            *((entry.file_size, entry.compress_size) for entry in entries),
            (unpacked, min(packed, len(data))),
        )
    )
    if swollen or unpacked > limits.unpacked_bytes or len(entries) > _MOST_ENTRIES:
        raise DocumentError(FailureCode.TOO_COMPLEX)
    return archive


def read_entry(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """The first `limit` bytes of a member.

    Raises:
        DocumentError: `damaged`.
    """
    try:
        with archive.open(name) as entry:
            return entry.read(limit)
    except Exception as error:  # zlib.error and its kin have no common base
        raise DocumentError(FailureCode.DAMAGED) from error


def media_type(archive: zipfile.ZipFile) -> str:
    """What the archive is: an Office, OpenDocument or EPUB type, else "application/zip"."""
    names = archive.namelist()
    parts = office_parts(archive)
    if "[content_types].xml" in parts:
        for folder, kind in (
            ("word/", "wordprocessingml.document"),
            ("ppt/", "presentationml.presentation"),
            ("xl/", "spreadsheetml.sheet"),
        ):
            if any(part.startswith(folder) for part in parts):
                return f"application/vnd.openxmlformats-officedocument.{kind}"
    if "mimetype" in names:
        declared = read_entry(archive, "mimetype", 100).decode("ascii", errors="replace").strip()
        if declared.startswith(("application/vnd.oasis.opendocument.", "application/epub+zip")):
            return declared
    if "META-INF/container.xml" in names and any(name.endswith(".opf") for name in names):
        return "application/epub+zip"
    return "application/zip"


def office_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The members of an Office file by their parts' names, in which case tells nothing."""
    return {name.replace("\\", "/").lower(): name for name in archive.namelist()}


def check_office(archive: zipfile.ZipFile) -> None:
    """Refuse what no Office program writes: document type declarations.

    Raises:
        DocumentError: `too_complex` or `damaged`.
    """
    for entry in archive.infolist():
        if not entry.filename.endswith((".xml", ".rels")):
            continue
        head = read_entry(archive, entry.filename, _DTD_WINDOW)
        if DECLARATION.search(head):
            raise DocumentError(
                FailureCode.TOO_COMPLEX,
                "The file declares XML entities, which Office programs never write.",
            )


def parse_xml(part: bytes) -> Xml.Element:
    """The tree of a part that declares no entities, wherever in it they would be declared.

    Raises:
        ValueError: The part is not sound.
    """
    if DECLARATION.search(part):
        raise ValueError("declarations")
    try:
        return Xml.fromstring(part)  # noqa: S314 - what makes this unsafe was refused
    except Xml.ParseError as error:
        raise ValueError("markup") from error
