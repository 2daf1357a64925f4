"""Tables of figures: what a reader takes for one column is one, and stands under its name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.html.front import parse_html
from wellread.adapters.parsing.table_shape import Cell, shape
from wellread.domain.knowledge.documents import ParsedText


def parse(body: str) -> ParsedText:
    page = f"<!DOCTYPE html><html><meta charset=utf-8><body>{body}</body></html>"
    return parse_html(page.encode(), ParseLimits())


def table(*rows: str) -> list[str]:
    """The lines of the table that rows of markup become."""
    markup = "".join(f"<tr>{row}</tr>" for row in rows)
    return [
        line for line in parse(f"<table>{markup}</table>").text.split("\n") if "---" not in line
    ]


PADDED = (
    "<td></td>" * 9,
    "<td colspan=3></td><td colspan=3>2025</td><td colspan=3>Change</td>",
    "<td colspan=3>Phones</td><td>$</td><td>209,586</td><td></td><td colspan=2>4</td><td>%</td>",
    "<td colspan=3>Tablets</td><td colspan=2>(28)</td><td></td><td colspan=2>(6</td><td>)%</td>",
)


def test_signs_in_cells_of_their_own_go_to_their_figures() -> None:
    assert table(*PADDED) == [
        "|  | 2025 | Change |",
        "| Phones | $209,586 | 4% |",
        "| Tablets | (28) | (6)% |",
    ]


def test_header_rows_are_joined_and_what_spans_columns_is_said_over_each() -> None:
    assert table(
        "<td>(In millions)</td><td colspan=2>Years ended</td>",
        "<td></td><td>May 1, 2025</td><td>May 2, 2024</td>",
        "<td>Sales:</td><td></td><td></td>",
        "<td>Goods</td><td>307</td><td>294</td>",
    ) == [
        "| (In millions) | Years ended May 1, 2025 | Years ended May 2, 2024 |",
        "| Sales: |  |  |",
        "| Goods | 307 | 294 |",
    ]


@pytest.mark.parametrize(
    ("above", "below", "header"),
    [
        ("<td><td colspan=2>2021", "<td>Quarter<td>High<td>Low", "Quarter | 2021 High | 2021 Low"),
        ("<td colspan=2>Options<td colspan=2>Stock", "<td>Name<td>Price<td>Count<td>Value",
         "Options Name | Options Price | Stock Count | Stock Value"),
        ("<td rowspan=2>Per share<td colspan=2>Change", "<td>2025<td>2024",
         "Per share | Change 2025 | Change 2024"),
    ],
)  # fmt: skip
def test_names_of_single_columns_go_below_what_spans_them(
    above: str, below: str, header: str
) -> None:
    figures = "<td>First" + "<td>1.5" * header.count("|")
    assert table(above, below, figures)[0] == f"| {header} |"


def test_a_first_row_that_counts_up_names_the_columns() -> None:
    assert table("<td>Years<td>1<td>5", "<td>Days<td>20<td>25")[0] == "| Years | 1 | 5 |"


def test_a_row_of_figures_is_never_the_header() -> None:
    assert table("<td>Market value<td>$<td>2,118", "<td>Shares<td colspan=2>10,734") == [
        "|  |  |",
        "| Market value | $2,118 |",
        "| Shares | 10,734 |",
    ]


def test_a_first_row_over_all_columns_stands_above_the_table() -> None:
    assert table(
        "<td colspan=3>Balance sheet</td>", "<td><td>2025<td>2024", "<td>Assets<td>5<td>6"
    ) == ["Balance sheet", "", "|  | 2025 | 2024 |", "| Assets | 5 | 6 |"]


def test_a_name_beside_its_figures_comes_to_stand_over_them() -> None:
    assert table("<td>Item<td>Cost<td>", "<td>Pens<td><td>5", "<td>Ink<td><td>7") == [
        "| Item | Cost |",
        "| Pens | 5 |",
        "| Ink | 7 |",
    ]


@pytest.mark.parametrize(
    "above", ["<p>(in millions)</p>", "<p>Sales by country (in millions):</p>"]
)
def test_what_the_line_above_says_of_the_figures_is_in_the_header(above: str) -> None:
    rows = "<tr><td></td><td>2025</td></tr><tr><td>Norway</td><td>5</td></tr>"
    text = parse(f"{above}<table>{rows}</table>").text
    assert text.endswith("| (in millions) | 2025 |\n| --- | --- |\n| Norway | 5 |")
    assert text.count("\n\n(in millions)") == 0


def test_a_table_that_goes_on_has_the_columns_of_its_first_part() -> None:
    first = (
        "<tr><td></td><td>2025</td><td>2024</td></tr><tr><td>Sales</td><td>5</td><td>6</td></tr>"
    )
    more = "<tr><td>Margin:</td></tr><tr><td>Goods</td><td>36.8</td><td>37.2</td></tr>"
    text = parse(f"<table>{first}</table><table>{more}</table>").text
    assert text.endswith("|  | 2025 | 2024 |\n| --- | --- | --- |\n| Margin: |  |  |\n"
                         "| Goods | 36.8 | 37.2 |")  # fmt: skip


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("<td>\u2022</td><td></td><td>Fuel prices may rise.</td>", "\u2022 Fuel prices may rise."),
        ("<td><p>(a)</p></td><td><div>Either party may end it.</div></td>",
         "(a) Either party may end it."),
        (f"<td><p>{'left ' * 80}</p></td><td><p>right</p></td>", f"{'left ' * 79}left\n\nright"),
    ],
)  # fmt: skip
def test_paragraphs_that_a_table_arranges_are_paragraphs(row: str, text: str) -> None:
    parsed = parse(f"<table><tr>{row}</tr></table>")
    assert (parsed.text, parsed.tables) == (text, 0)


def test_sections_of_a_table_and_texts_in_columns_are_rows() -> None:
    assert table(
        "<th>Region<th>Who", "<th colspan=2>Europe", "<td>Norway<td>Kari", "<td><td>Ola"
    ) == ["| Region | Who |", "| Europe |  |", "| Norway | Kari |", "|  | Ola |"]


WORDS = st.sampled_from(["", "$", "%", ")", "2024", "1,234", "(5", "net sales", "\u2014", "x"])
SPANS = st.integers(1, 4)


@given(st.lists(st.lists(st.tuples(WORDS, SPANS), max_size=6), min_size=1, max_size=6))
def test_no_word_of_a_table_is_lost(grid: list[list[tuple[str, int]]]) -> None:
    rows = []
    for line in grid:
        place, cells = 0, []
        for text, span in line:
            if text:
                cells.append(Cell(text, place, place + span))
            place += span
        rows.append(cells)
    shaped = shape(rows)
    said = "".join("".join(cell) for cell in (shaped.captions, shaped.header, *shaped.rows))
    for row in rows:
        for cell in row:
            assert cell.text in said
    assert {len(row) for row in shaped.rows} <= {len(shaped.header)}
