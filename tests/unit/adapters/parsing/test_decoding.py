"""Text in the encodings that people's files come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.parsing.decoding import decode, looks_binary, wide_encoding

GERMAN = "Die Kündigungsfrist beträgt sechs Wochen zum Quartalsende, größere Maßnahmen später."
JAPANESE = "休暇の申請は二週間前までに人事部へ提出してください。承認されると通知が届きます。"
RUSSIAN = "Срок подачи заявления на отпуск составляет две недели до начала отпуска."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("text", [GERMAN, "plain ascii words, nothing else"])
def test_unicode_is_read_in_every_form(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(GERMAN, "cp1252"), (GERMAN, "latin-1"), (JAPANESE, "shift_jis"), (RUSSIAN, "cp1251"),
     ("können", "cp1252"), ("Größe", "latin-1")],
)  # fmt: skip
def test_older_encodings_are_recognised(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_declared_encoding_is_believed_where_it_fits() -> None:
    assert decode("žluťoučký".encode("iso-8859-2"), "iso-8859-2") == "žluťoučký"
    assert decode("žluťoučký".encode(), "iso-8859-2") == "žluťoučký"
    assert decode(b"words", "no-such-encoding") == "words"


def test_one_bad_byte_in_a_large_utf8_text_costs_one_character() -> None:
    data = (GERMAN * 100).encode() + b"\xff" + GERMAN.encode()
    assert decode(data) == GERMAN * 100 + "\ufffd" + GERMAN


@given(st.binary(max_size=200))
def test_whatever_decodes_is_text(data: bytes) -> None:
    assert wide_encoding(data) in {None, "utf-16", "utf-16-le", "utf-16-be", "utf-32"}
    assert looks_binary(data) in {True, False}
