"""Numbers by their format codes, as spreadsheet programs show them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.parsing.office.number_formats import built_in_format, shown_number


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        ("0.256", "0.0%", "25.6%"),
        ("0.256", "0%", "26%"),
        ("0.025", "0%", "3%"),
        ("1234567.891", "#,##0.00", "1,234,567.89"),
        ("1234.5", '"$"#,##0.00', "$1,234.50"),
        ("-1234.5", '"$"#,##0.00', "-$1,234.50"),
        ("1234.5", '#,##0.00\\ "\u20ac"', "1,234.50 \u20ac"),
        ("1234.5", "#,##0.00\\ [$\u20ac-407]", "1,234.50 \u20ac"),
        ("1234.5", "[$CHF-807]\\ #,##0", "CHF 1,235"),
        ("-81", "#,##0\\ ;[Red]\\(#,##0\\)", "(81)"),
        ("0", '_(* #,##0_);_(* \\(#,##0\\);_(* "-"??_);_(@_)', "-"),
        ("2500000", '#,##0.0,,"M"', "2.5M"),
        ("7", "000", "007"),
        ("0.5", "#.##", ".5"),
        ("1.50", "0.##", "1.5"),
        ("-0.001", "0.0", "0.0"),
        ("12", '0 "items"', "12 items"),
        ("0.5451388888888888", "hh:mm", "13:05"),
        ("0.5451388888888888", "h:mm AM/PM", "1:05 PM"),
        ("1.75", "[h]:mm", "42:00"),
        ("1e3", "#,##0", "1,000"),
    ],
)
def test_common_formats_are_followed(value: str, code: str, shown: str) -> None:
    assert shown_number(value, code) == shown


@pytest.mark.parametrize(
    "code", ["", "General", "@", "0.00E+00", "# ?/?", "000-0000", "yyyy-mm-dd", "[>5]0;0.0", '"x"']
)
def test_other_formats_leave_a_number_as_it_is_stored(code: str) -> None:
    assert shown_number("12.5", code) is None


@pytest.mark.parametrize("value", ["", "words", "nan", "inf", "1e400"])
def test_what_is_no_plain_number_is_left_alone(value: str) -> None:
    assert shown_number(value, "0.0%") is None


def test_formats_that_have_a_number_instead_of_a_code_are_known() -> None:
    assert shown_number("0.256", built_in_format(10)) == "25.60%"
    assert shown_number("-1234", built_in_format(37)) == "(1,234)"
    assert shown_number("-1234.5", built_in_format(44)) == "$(1,234.50)"
    assert built_in_format(0) == built_in_format(14) == ""


@given(st.floats(allow_nan=False, min_value=-1e15, max_value=1e15), st.text(max_size=12))
def test_no_code_breaks_it(value: float, code: str) -> None:
    shown = shown_number(repr(value), code)
    assert shown is None or isinstance(shown, str)


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_grouping_changes_no_digit(value: int) -> None:
    shown = shown_number(str(value), "#,##0")
    assert (shown or "0").replace(",", "") == (str(value) if value else "0")
    assert all(len(group) == 3 for group in (shown or "").split(",")[1:])
