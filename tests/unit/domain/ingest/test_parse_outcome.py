"""What a process that may have been taken over says about a file counts where it holds together."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ingest.parse_outcome import (
    LONGEST_TEXT,
    InvalidOutcomeError,
    outcome_of,
    pack_outcome,
    unpack_outcome,
)
from wellread.domain.knowledge.documents import Heading, PageSpan, ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

TEXT = "# Leave\n\nThirty days.\n\n# Pay\n\nMonthly, é 漢 \x00 as written.\n"
PARSED = ParsedText(
    text=TEXT,
    title="Handbook",
    headings=(Heading(1, "Leave", 0), Heading(1, "Pay", 23)),
    pages=(PageSpan(1, 0, 23), PageSpan(2, 23, len(TEXT))),
    tables=2,
    unreadable_pages=(3,),
    media_type="application/pdf",
)
HEADER = {
    "title": "t",
    "headings": [[1, "a", 0]],
    "pages": [[1, 0, 3]],
    "tables": 0,
    "unreadable_pages": [],
    "media_type": "text/plain",
}
BODY = b"abc"
REFUSAL = {"code": "damaged", "reason": "It is damaged.", "fix": "Save it again."}


def test_a_text_and_a_refusal_come_back_as_they_were() -> None:
    for outcome in (PARSED, ParsedText("")):
        assert unpack_outcome(pack_outcome(outcome)) == outcome
    refused = unpack_outcome(pack_outcome(DocumentError(FailureCode.ENCRYPTED)))
    assert isinstance(refused, DocumentError)
    assert refused.code is FailureCode.ENCRYPTED
    assert str(refused) == str(DocumentError(FailureCode.ENCRYPTED))


@pytest.mark.parametrize(
    "change",
    [
        {"headings": [[1, "a", 4]]},
        {"headings": [[1, "a", -1]]},
        {"headings": [[1, "a", 2], [1, "b", 1]]},
        {"headings": [[0, "a", 0]]},
        {"headings": [[101, "a", 0]]},
        {"headings": [[True, "a", 0]]},
        {"headings": [[1.0, "a", 0]]},
        {"headings": [["1", "a", 0]]},
        {"headings": [[1, None, 0]]},
        {"headings": [[1, "a"]]},
        {"headings": [[1, "a", 0, 0]]},
        {"headings": [{"level": 1, "title": "a", "start": 0}]},
        {"headings": {"0": [1, "a", 0]}},
        {"headings": None},
        {"headings": [[1, "long " * 400, 0]]},
        {"pages": [[1, 0, 4]]},
        {"pages": [[1, 2, 1]]},
        {"pages": [[1, 0, 2], [2, 1, 3]]},
        {"pages": [[-1, 0, 3]]},
        {"pages": [[2**31, 0, 3]]},
        {"pages": "[]"},
        {"tables": -1},
        {"tables": True},
        {"tables": 10**30},
        {"tables": "1"},
        {"unreadable_pages": [None]},
        {"unreadable_pages": 7},
        {"media_type": "text/html\r\nx: y"},
        {"media_type": "<script>"},
        {"media_type": ""},
        {"media_type": ["text/plain"]},
        {"title": 5},
        {"title": None},
        {"code": "text"},
        {"code": "DAMAGED"},
        {"code": None},
        {"code": ["damaged"]},
        REFUSAL | {"reason": "It is\ndamaged."},
        REFUSAL | {"reason": "looks \u202esafe"},
        REFUSAL | {"reason": "x" * 1001},
        REFUSAL | {"fix": ""},
        REFUSAL | {"fix": "Sign in at evil.example."},
        REFUSAL | {"fix": "Open https://evil.example now."},
        REFUSAL | {"fix": "Read [this](x)."},
        REFUSAL | {"fix": {"html": "<b>"}},
    ],
    ids=lambda change: json.dumps(change)[:50],
)
def test_what_does_not_hold_together_is_no_outcome(change: dict[str, object]) -> None:
    assert isinstance(outcome_of(HEADER, BODY), ParsedText)
    with pytest.raises(InvalidOutcomeError):
        outcome_of(HEADER | change, BODY)


@pytest.mark.parametrize("missing", sorted(HEADER))
def test_an_outcome_lacks_nothing(missing: str) -> None:
    with pytest.raises(InvalidOutcomeError):
        outcome_of({name: value for name, value in HEADER.items() if name != missing}, BODY)


@pytest.mark.parametrize("header", [None, [], "text", 7, [["title", "t"]]])
def test_an_outcome_is_an_object(header: object) -> None:
    with pytest.raises(InvalidOutcomeError):
        outcome_of(header, BODY)


def test_a_text_is_utf_8_and_no_longer_than_any() -> None:
    with pytest.raises(InvalidOutcomeError):
        outcome_of(HEADER, b"ab\xff")
    with pytest.raises(InvalidOutcomeError, match="too much"):
        outcome_of(HEADER, b"a" * (LONGEST_TEXT + 1))


def test_half_a_character_in_a_title_becomes_a_question_mark() -> None:
    parsed = unpack_outcome(pack_outcome(ParsedText("x", title="\ud800 lone")))
    assert isinstance(parsed, ParsedText)
    assert parsed.title == "? lone"


def test_every_reason_and_fix_of_ours_may_be_said() -> None:
    for code in FailureCode:
        said = unpack_outcome(pack_outcome(DocumentError(code)))
        assert str(said) == str(DocumentError(code))


def test_a_title_that_is_too_long_is_cut() -> None:
    parsed = outcome_of(HEADER | {"title": "t" * 100_000}, BODY)
    assert isinstance(parsed, ParsedText)
    assert len(parsed.title) == 1000


def frame(header: bytes, body: bytes = BODY, *, length: int | None = None) -> bytes:
    return struct.pack(">Q", len(header) if length is None else length) + header + body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not compressed",
        zlib.compress(b""),
        zlib.compress(b"\0" * 7),
        zlib.compress(frame(b"{}")),
        zlib.compress(frame(b"{}", length=2**40)),
        zlib.compress(frame(b"{}", length=2**63)),
        zlib.compress(frame(b'{"a": ' + b"[" * 100_000)),
        zlib.compress(frame(b'{"tables": ' + b"9" * 10_000 + b"}")),
        zlib.compress(frame(b"\xff\xfe")),
        pack_outcome(PARSED)[:-1],
        pack_outcome(PARSED) + b"more",
        b"\x80\x04\x95cposix\nsystem\n",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_other_bytes_are_no_outcome(data: bytes) -> None:
    with pytest.raises(InvalidOutcomeError):
        unpack_outcome(data)


def test_what_would_unpack_to_far_more_is_left_packed() -> None:
    packer = zlib.compressobj(1)
    start = packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = start + block * 1000
    tracemalloc.start()
    try:
        with pytest.raises(InvalidOutcomeError, match="too large"):
            unpack_outcome(bomb)
        assert tracemalloc.get_traced_memory()[1] < 600 * 2**20
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=60), st.integers(0, 200), st.integers(0, 80))
def test_damaged_bytes_are_an_outcome_that_holds_or_none(new: bytes, at: int, cut: int) -> None:
    frame = zlib.decompress(pack_outcome(PARSED))
    damaged = zlib.compress(frame[:at] + new + frame[at + cut :])
    try:
        outcome = unpack_outcome(damaged)
    except InvalidOutcomeError:
        return
    if isinstance(outcome, ParsedText):
        for page in outcome.pages:
            assert 0 <= page.start <= page.end <= len(outcome.text)
        assert all(0 <= heading.start <= len(outcome.text) for heading in outcome.headings)
