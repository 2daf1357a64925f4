"""CSV in the shapes that programs export."""

from __future__ import annotations

import pytest

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.plain.delimited import parse_delimited


@pytest.mark.parametrize(
    "text",
    [
        "name,city\nMüller,York\n",
        "name;city\r\nMüller;York\r\n",
        "name\tcity\rMüller\tYork",
        "name|city\nMüller|York",
        "sep=;\nname;city\nMüller;York",
        '\ufeff"name","city"\n"Müller","York"\n\n',
    ],
)
def test_the_delimiter_is_found(text: str) -> None:
    parsed = parse_delimited(text, ParseLimits())
    assert parsed.text == "| name | city |\n| --- | --- |\n| Müller | York |"
    assert (parsed.tables, parsed.media_type) == (1, "text/csv")


def test_commas_in_numbers_do_not_beat_the_semicolon() -> None:
    parsed = parse_delimited("item;price\nbolt;1,50\nnut;2,75\n", ParseLimits())
    assert "| bolt | 1,50 |" in parsed.text


def test_quoted_cells_may_hold_line_ends_and_bars() -> None:
    parsed = parse_delimited('a,b\n"two\nlines","x|y"\n', ParseLimits())
    assert parsed.text.endswith("| two lines | x\\|y |")


def test_short_rows_are_filled_and_blank_ones_left_out() -> None:
    parsed = parse_delimited("a,b,c\n1\n,,\n4,5,6\n", ParseLimits())
    assert parsed.text.splitlines()[2:] == ["| 1 |  |  |", "| 4 | 5 | 6 |"]


def test_titles_above_the_table_are_not_its_header() -> None:
    parsed = parse_delimited(
        "Stock list\nAs of May;;\n\nid;name;left\n1;A;3\n2;B;4\n", ParseLimits()
    )
    assert parsed.text == (
        "Stock list\nAs of May\n\n| id | name | left |\n| --- | --- | --- |\n| 1 | A | 3 |\n"
        "| 2 | B | 4 |"
    )


def test_a_single_column_is_a_list_of_lines() -> None:
    assert parse_delimited('Names\n"A B"\n\nC\n', ParseLimits()).text == "Names\nA B\nC"
