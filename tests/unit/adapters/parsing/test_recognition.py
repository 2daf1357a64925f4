"""Which front reads a file: by content, not by name; and what is refused with which words."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellread.adapters.parsing.confined.limits import MIB, ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LIMITS = ParseLimits()
MAIL = b"From: a@example.org\nTo: b@example.org\nSubject: Hello\nMIME-Version: 1.0\n\nBody text\n"


def failure(name: str, data: bytes, limits: ParseLimits = LIMITS) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse_document(name, data, limits)
    return caught.value


def zipped(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.txt", b"<!DOCTYPE html><html><body><p>Hello</p></body></html>", "text/html"),
        ("a.html", b"<p>Hello</p> there", "text/html"),
        ("a.html", b"no markup here", "text/plain"),
        ("a.md", b"<div>\n\n# Hello\n\n</div>", "text/markdown"),
        ("a.txt", b"# Hello", "text/plain"),
        ("a", b"plain words", "text/plain"),
        ("a.csv", b"x,y\n1,2\n", "text/csv"),
        ("a.txt", b"x,y\n1,2\n", "text/plain"),
        ("a.eml", MAIL, "message/rfc822"),
        ("a.txt", MAIL, "message/rfc822"),
        ("a.txt", b"To: do\nFrom: here\nsome note", "text/plain"),
        ("a.eml", MAIL.decode().encode("utf-16"), "message/rfc822"),
        ("a.txt", "第一章".encode("iso2022_jp"), "text/plain"),
        ("a.xml", b"<?xml version='1.0'?>" + b"<!-- a -->\n" * 200 + b"<a>b</a>", "text/plain"),
        ("a.txt", "BMW baut Autos in München".encode(), "text/plain"),
    ],
)
def test_the_content_decides_and_the_name_helps(name: str, data: bytes, media_type: str) -> None:
    assert parse_document(name, data, LIMITS).media_type == media_type


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"\xff\xd8\xff\xe0" + b"\x00" * 40, "picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "picture"),
        (b"BM" + b"\x00" * 40, "picture"),
        (b"\x7fELF" + b"\x00" * 40, "program"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"MZ\x90\x00" + b"\x00" * 40, "program"),
        (b"\x1f\x8b\x08" + b"\x00" * 40, "archive"),
        (zipped({"Index/Document.iwa": b"x"}), "Pages"),
        (b"ID3\x03" + b"\x00" * 40, "sound"),
        (zipped({"a.txt": b"hello"}), "archive"),
        (bytes(range(256)) * 20, "not supported"),
    ],
)
def test_files_that_are_no_documents_are_refused_whatever_their_name(
    data: bytes, word: str
) -> None:
    for name in ("a.pdf", "a.txt", "a.docx"):
        error = failure(name, data)
        assert error.code is FailureCode.UNSUPPORTED
        assert word in error.reason


def test_a_text_with_some_zero_bytes_is_still_text() -> None:
    parsed = parse_document("a.txt", b"before \x00\x00after\n" * 40, LIMITS)
    assert parsed.text.startswith("before after\n")


@pytest.mark.parametrize("data", [b" ", b"\r\n\t \n", b"\x00" * 100])
def test_files_without_anything_in_them_are_empty(data: bytes) -> None:
    assert failure("a.txt", data).code is FailureCode.EMPTY


def test_an_old_office_file_with_an_encrypted_package_is_encrypted() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    data = ole + b"\x00" * 500 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 500
    assert failure("a.xlsx", data).code is FailureCode.ENCRYPTED


OFFICE = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"}


def test_a_zip_that_unpacks_to_a_thousandfold_is_too_complex() -> None:
    data = zipped({**OFFICE, "word/media/x.xml": b"a" * 30 * MIB})
    assert failure("a.docx", data).code is FailureCode.TOO_COMPLEX


def test_a_zip_that_unpacks_to_more_than_the_limit_is_too_complex() -> None:
    data = zipped({**OFFICE, "word/x.xml": b"abcdefgh" * MIB})
    limits = ParseLimits(unpacked_bytes=MIB)
    assert failure("a.docx", data, limits).code is FailureCode.TOO_COMPLEX


def test_a_zip_with_endless_members_is_too_complex() -> None:
    data = zipped({**OFFICE, **{f"word/{n}.xml": b"" for n in range(10_001)}})
    assert failure("a.docx", data).code is FailureCode.TOO_COMPLEX


@pytest.mark.parametrize("declaration", [b'<!ENTITY a "b">', b'<!DOCTYPE x SYSTEM "file:///x">'])
def test_an_office_file_that_declares_entities_is_refused(declaration: bytes) -> None:
    data = zipped({**OFFICE, "word/document.xml": b"<?xml version='1.0'?>" + declaration})
    assert failure("a.docx", data).code is FailureCode.TOO_COMPLEX


def test_a_zip_cut_short_is_damaged() -> None:
    assert failure("a.docx", zipped(OFFICE)[:60]).code is FailureCode.DAMAGED


STARTS = [
    b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html><p>",
    b"From: a\nMIME-Version: 1.0\n\n", b"\xff\xfe", b"\xef\xbb\xbf", b"---\ntitle: x\n---\n",
]  # fmt: skip
NAMES = ["a.pdf", "a.docx", "a.html", "a.md", "a.csv", "a.eml", "a.txt", "a", ""]


@settings(max_examples=300)
@given(st.sampled_from(NAMES), st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_bytes_end_in_a_text_or_a_typed_failure(name: str, start: bytes, data: bytes) -> None:
    try:
        parsed = parse_document(name, start + data, LIMITS)
    except DocumentError:
        return
    assert isinstance(parsed, ParsedText)
    assert parsed.text.strip()
    assert "\x00" not in parsed.text
    assert parsed.text.encode("utf-8").decode("utf-8") == parsed.text


@settings(max_examples=200)
@given(
    st.sampled_from(["a.csv", "a.html", "a.eml", "a.md"]),
    st.text(alphabet=st.sampled_from('<>/ab="; ,\n\t:-|&#\u00e9\u6f22'), max_size=300),
)
def test_any_text_ends_in_a_text_or_a_typed_failure(name: str, text: str) -> None:
    try:
        parsed = parse_document(name, text.encode(), LIMITS)
    except DocumentError:
        return
    assert parsed.text.strip()
    starts = [heading.start for heading in parsed.headings]
    assert starts == sorted(starts)
    assert all(0 <= start < len(parsed.text) for start in starts)
