"""Rich text: words in every encoding, headings, lists, tables, notes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LIMITS = ParseLimits()


def parse(body: str, head: str = "") -> ParsedText:
    return parse_document("a.rtf", f"{{\\rtf1\\ansi\\ansicpg1252 {head}{body}}}".encode(), LIMITS)


def test_paragraphs_are_kept_without_what_formats_them() -> None:
    parsed = parse(
        r"{\*\generator Program;}{\info{\title Leave rules}{\author Nobody}}"
        r"{\colortbl;\red0\green0\blue0;}{\header Page head}"
        r"\pard First {\b bold} words.\par Second\line line, 5\'80 \endash  \{done\}.\par"
        r"{\v hidden}{\pict 0102ab}{\field{\*\fldinst HYPERLINK x}{\fldrslt a link}}\par"
    )
    assert parsed.text == "First bold words.\n\nSecond\nline, 5€ – {done}.\n\na link"
    assert parsed.title == "Leave rules"


def test_letters_are_read_by_the_font_s_alphabet_or_as_unicode() -> None:
    head = r"{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset128 C;}}"
    parsed = parse(
        r"\f0 gr\'fc\'dfe {\f1 \'c4\'e0} {\f2 \'8b\'78\'89\'c9} \u8364?\u-10179?\u-8704?", head
    )
    assert parsed.text == "grüße Да 休暇 €\U0001f600"


def test_styles_and_outline_levels_make_headings() -> None:
    head = r"{\stylesheet{\s1 heading 1;}{\s2\sbasedon0 heading 2;}{\s3 Normal;}}"
    parsed = parse(
        r"\pard\s1 Leave\par\pard\s3 Words.\par\pard\s2 Sick leave\par"
        r"\pard\outlinelevel2 Notes\par",
        head,
    )
    assert [(h.level, h.title) for h in parsed.headings] == [
        (1, "Leave"),
        (2, "Sick leave"),
        (3, "Notes"),
    ]
    assert parsed.text == "Leave\n\nWords.\n\nSick leave\n\nNotes"


def test_tables_lists_and_footnotes_are_kept() -> None:
    parsed = parse(
        r"\trowd\cellx1\cellx2\pard\intbl Unit\cell Days\cell\row"
        r"\trowd\cellx1\cellx2\pard\intbl North\par side\cell 30\cell\row"
        r"\pard{\listtext 1.\tab}Ask early{\super\chftn{\footnote\pard Two weeks.}}\par"
        r"\pard{\listtext 2.\tab}Wait\par"
    )
    assert parsed.text == (
        "| Unit | Days |\n| --- | --- |\n| North side | 30 |\n\n1. Ask early[1]\n\n"
        "[1] Two weeks.\n\n2. Wait"
    )
    assert parsed.tables == 1


def test_a_file_of_pictures_only_is_empty() -> None:
    with pytest.raises(DocumentError) as caught:
        parse(r"{\pict 0102}")
    assert caught.value.code is FailureCode.EMPTY


def test_groups_nested_without_end_are_too_complex() -> None:
    with pytest.raises(DocumentError) as caught:
        parse("{" * 5000)
    assert caught.value.code is FailureCode.TOO_COMPLEX


@given(st.binary(max_size=300))
def test_any_bytes_end_in_text_or_in_a_reason(data: bytes) -> None:
    try:
        parsed = parse_document("a.rtf", b"{\\rtf1 " + data, LIMITS)
    except DocumentError:
        return
    assert parsed.text.strip()
