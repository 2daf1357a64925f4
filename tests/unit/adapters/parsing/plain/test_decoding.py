"""Text in the encodings that people's files come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.parsing.plain.decoding import decode, looks_binary, wide_encoding

GERMAN = "Die Kündigungsfrist beträgt sechs Wochen zum Quartalsende, größere Maßnahmen später."
JAPANESE = "休暇の申請は二週間前までに人事部へ提出してください。承認されると通知が届きます。"
FRENCH = "Les employés reçoivent leurs congés à la fin de l’année, très tôt après la demande."
ENGLISH = "The employee’s leave is “paid” – it doesn’t count towards the other ten days."
POLISH = "Wniosek należy złożyć do końca miesiąca, później może zostać odrzucony."
CZECH = "Žádost se podává nejpozději dva týdny předem; později může být odmítnuta, šéf ji vrátí."
HUNGARIAN = "A szabadságot legkésőbb két héttel előre kell kérni, különben a főnök elutasítja."
TURKISH = "İzin başvurusu en geç iki hafta önce yapılmalıdır, değilse kabul edilmez."
LATVIAN = "Pieteikums jāiesniedz ne vēlāk kā divas nedēļas iepriekš, citādi to noraida."
CHINESE = "员工每年享有十天带薪年假，须提前两周提出申请。\n未休的假期可以顺延。"
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
     ("können", "cp1252"), ("Größe", "latin-1"),
     (GERMAN, "mac_roman"), (GERMAN, "cp850"), (FRENCH, "cp1252"), (FRENCH, "mac_roman"),
     (FRENCH.replace("’", "'"), "cp437"), (ENGLISH, "cp1252"), (ENGLISH, "mac_roman"),
     (POLISH, "cp1250"), (POLISH, "iso-8859-2"), (POLISH, "cp852"), (CZECH, "cp1250"),
     (CZECH, "iso-8859-2"), (HUNGARIAN, "cp1250"), (TURKISH, "cp1254"), (LATVIAN, "cp1257"),
     (RUSSIAN, "koi8-r"), (RUSSIAN, "cp866"), (JAPANESE, "euc_jp"), (JAPANESE, "iso2022_jp"),
     (CHINESE, "gb18030"), (CHINESE, "utf-16-le"), (CHINESE, "utf-16-be")],
)  # fmt: skip
def test_older_encodings_are_recognised(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_declared_encoding_is_believed_where_it_fits() -> None:
    assert decode("žluťoučký".encode("iso-8859-2"), "iso-8859-2") == "žluťoučký"
    assert decode("žluťoučký".encode(), "iso-8859-2") == "žluťoučký"
    assert decode(b"words", "no-such-encoding") == "words"
    assert decode("①休暇".encode("cp932"), "x-sjis") == "①休暇"
    assert decode("“paid”".encode("cp1252"), "ISO-8859-1") == "“paid”"


def test_one_bad_byte_in_a_large_utf8_text_costs_one_character() -> None:
    data = (GERMAN * 100).encode() + b"\xff" + GERMAN.encode()
    assert decode(data) == GERMAN * 100 + "\ufffd" + GERMAN


@given(st.binary(max_size=200))
def test_whatever_decodes_is_text(data: bytes) -> None:
    assert wide_encoding(data) in {None, "utf-16", "utf-16-le", "utf-16-be", "utf-32"}
    assert looks_binary(data) in {True, False}


def test_zero_bytes_in_plain_text_do_not_make_it_another_alphabet() -> None:
    data = b"abc\x00def\n" * 40
    assert wide_encoding(data) is None
    assert decode(data).startswith("abc\x00def")
