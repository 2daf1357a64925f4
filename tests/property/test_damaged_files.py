"""Whatever the bytes, what comes out is a sound text or a typed error, and nothing else."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.property.files import by_name
from tests.property.soundness import assert_sound, examples, outcome, said
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.domain.knowledge.documents import ParsedText

NAMES = sorted(by_name())
IN_PROCESS = [name for name in NAMES if name not in ("a.pdf", "a.xls")]
STARTS = [b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe"]
STARTS += [b"<html>", b"From: a@example.com\n\n", b"{\\rtf1 ", b"\xef\xbb\xbf", b"a;b\n1;2\n"]
SPLICES = [
    b"\0" * 9,
    b"\xff" * 9,
    b"<",
    b">",
    b'"',
    b"&#x0;",
    b"&lt;",
    b"|",
    b"\r",
    b"-1",
    b"9" * 30,
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxedParser]:
    with SandboxedParser() as parser:
        yield parser


@st.composite
def damage(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with a few changes, or cut short."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.sampled_from([0, 1, 2, 8, 100]))
        new = draw(st.one_of(st.sampled_from(SPLICES), st.binary(max_size=6)))
        if draw(st.booleans()) and length:
            new = data[start : start + length] * draw(st.integers(0, 3))
        data = data[:start] + new + data[start + length :]
    return data[: draw(st.integers(0, len(data)))] if draw(st.integers(0, 4)) == 0 else data


@st.composite
def damaged_parts(draw: st.DrawFn, data: bytes) -> bytes:
    """A zip file in which one part is damaged, missing or another part, and its sums are right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    told = sorted(name for name in parts if not name.endswith((".jpeg", ".bin")))
    chosen = draw(st.sampled_from(told))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        del parts[chosen]
    elif kind == 1:
        parts[chosen] = parts[draw(st.sampled_from(told))]
    else:
        parts[chosen] = draw(damage(parts[chosen]))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return stream.getvalue()


@given(st.sampled_from(NAMES), st.sampled_from(STARTS), st.binary(max_size=400))
@examples(120)
def test_any_bytes_end_as_text_or_as_a_typed_error(name: str, start: bytes, rest: bytes) -> None:
    assert said(outcome(name, start + rest))


@given(st.sampled_from(NAMES), st.text(max_size=300))
@examples(120)
def test_any_text_ends_as_text_or_as_a_typed_error(name: str, text: str) -> None:
    assert said(outcome(name, text.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("name", IN_PROCESS)
@given(data=st.data())
@examples(60)
def test_a_damaged_file_ends_as_text_or_as_a_typed_error(name: str, data: st.DataObject) -> None:
    assert said(outcome(name, data.draw(damage(by_name()[name]))))


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
@given(data=st.data())
@examples(120)
def test_an_office_file_with_a_damaged_part_ends_as_text_or_as_a_typed_error(
    name: str, data: st.DataObject
) -> None:
    assert said(outcome(name, data.draw(damaged_parts(by_name()[name]))))


@pytest.mark.parametrize("name", ["a.pdf", "a.xls", "a.docx", "a.xlsx"])
@given(data=st.data())
@examples(60)
def test_the_child_answers_whatever_it_is_given(
    sandbox: SandboxedParser, name: str, data: st.DataObject
) -> None:
    found = sandbox.measure(name, data.draw(damage(by_name()[name]))).outcome
    assert said(found)
    if isinstance(found, ParsedText):
        assert_sound(found)
