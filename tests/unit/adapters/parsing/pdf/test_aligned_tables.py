"""PDF tables without full rules, told by the places of their words."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.pdf.front import parse_pdf
from wellread.domain.knowledge.documents import ParsedText

PROSE = "Every member of staff has thirty days of paid leave in a calendar year."
LOANS = [
    ["Kind of item", "Period", "Renewals", "Fee per day"],
    ["Book", "28 days", "2", "0.20 euros"],
    ["Magazine", "14 days", "none", "0.10 euros"],
    ["Board game", "21 days", "1", "0.50 euros"],
]
PLACES = (60, 200, 290, 400)


def parse(draw: Callable[[Canvas], None]) -> ParsedText:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(600, 800))
    draw(canvas)
    canvas.save()
    return parse_pdf(stream.getvalue(), ParseLimits())


def put(
    canvas: Canvas,
    rows: Sequence[Sequence[str]],
    *,
    places: Sequence[float] = PLACES,
    top: float = 600,
    pitch: float = 18,
    bold_header: bool = False,
    right: bool = False,
) -> None:
    for number, row in enumerate(rows):
        canvas.setFont("Helvetica-Bold" if bold_header and not number else "Helvetica", 10)
        for place, words in zip(places, row, strict=True):
            if right and place != places[0]:
                canvas.drawRightString(place + 60, top - pitch * number, words)
            else:
                canvas.drawString(place, top - pitch * number, words)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "| " + " | ".join(["---"] * len(rows[0])) + " |", *lines[1:]])


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("pitch", [12, 18, 26])
def test_rows_without_any_rule_are_a_table_between_its_paragraphs(
    right: bool, pitch: float
) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 640, PROSE)
        put(canvas, LOANS, right=right, pitch=pitch)
        canvas.drawString(60, 600 - 4 * pitch - 20, PROSE)

    parsed = parse(draw)
    assert parsed.text == f"{PROSE}\n\n{markdown(LOANS)}\n\n{PROSE}"
    assert parsed.tables == 1


def test_a_rule_below_the_header_or_bold_type_makes_a_table_of_words() -> None:
    rows = [["Room", "Keeper"], ["Reading room", "front desk"], ["Archive", "first floor"]]

    def ruled(canvas: Canvas) -> None:
        put(canvas, rows, places=(60, 240))
        canvas.line(60, 596, 300, 596)

    def plain(canvas: Canvas) -> None:
        put(canvas, rows, places=(60, 240))

    def bold(canvas: Canvas) -> None:
        put(canvas, rows, places=(60, 240), bold_header=True)

    assert (parse(ruled).tables, parse(bold).tables, parse(plain).tables) == (1, 1, 0)
    assert parse(ruled).text == markdown(rows)


def test_the_next_lines_of_a_cell_belong_to_its_row() -> None:
    rows = [
        ["Place", "What is kept there", "Items"],
        ["Archive", "newspapers, maps and", "120"],
        ["", "the local history", ""],
        ["Cellar", "old magazines", "80"],
    ]

    def draw(canvas: Canvas) -> None:
        for top, row in zip((600, 580, 568, 548), rows, strict=True):
            put(canvas, [row], places=(60, 200, 400), top=top)

    assert "| Archive | newspapers, maps and the local history | 120 |" in parse(draw).text


def test_cells_that_are_written_one_after_the_other_stand_in_one_row() -> None:
    about = ["A description that goes over", "some lines of its own cell"]

    def draw(canvas: Canvas) -> None:
        put(canvas, [["Kind", "What it means", "Days"]], places=(60, 160, 400), bold_header=True)
        for number in range(4):
            top = 580 - 32 * number
            canvas.setFont("Helvetica", 10)
            canvas.drawString(60, top, f"Leave {number}")
            for line, words in enumerate(about):
                canvas.drawString(160, top - 12 * line, words)
            canvas.drawString(400, top, str(number * 7))

    rows = [["Kind", "What it means", "Days"]]
    rows += [[f"Leave {number}", " ".join(about), str(number * 7)] for number in range(4)]
    assert parse(draw).text == markdown(rows)


def test_cells_that_are_blank_stay_blank() -> None:
    rows = [
        ["", "Hours", "Rate", "Cost"],
        ["Parts", "", "", "2,100"],
        ["Labour", "2", "150", "300"],
        ["Paint", "1.5", "150", "225"],
        ["Total", "", "", "2,625"],
    ]
    parsed = parse(lambda canvas: put(canvas, rows, right=True))
    assert parsed.text == markdown(rows)


def test_a_table_that_goes_on_overleaf_is_one_and_says_its_header_once() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 140, PROSE)
        put(canvas, LOANS, top=110)
        canvas.showPage()
        put(canvas, [LOANS[0], *LOANS[1:]], top=750)
        canvas.showPage()
        put(canvas, [LOANS[0], *LOANS[1:]], top=750)
        canvas.drawString(60, 600, PROSE)

    parsed = parse(draw)
    assert parsed.tables == 1
    assert markdown([*LOANS, *LOANS[1:], *LOANS[1:]]) in parsed.text
    starts = [parsed.text[page.start :].split("\n")[0] for page in parsed.pages[1:]]
    assert starts == ["| Book | 28 days | 2 | 0.20 euros |"] * 2


def test_a_long_table_does_not_make_the_paragraphs_around_it_headings() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(60, 700, PROSE)
        put(canvas, [LOANS[0], *LOANS[1:] * 5])
        canvas.drawString(60, 200, PROSE)

    parsed = parse(draw)
    assert (parsed.headings, parsed.tables) == ((), 1)


def test_an_address_beside_another_is_no_table() -> None:
    rows = [
        ["Harbour Library", "City Archive"],
        ["1 Quay Street", "20 Mill Lane"],
        ["10115 Harbour", "20095 Milltown"],
        ["Telephone 555 0100", "Telephone 555 0199"],
    ]
    assert parse(lambda canvas: put(canvas, rows, places=(60, 330))).tables == 0


def test_a_form_is_no_table() -> None:
    rows = [
        ["Insured", "Example Ltd", "Year", "2022"],
        ["Claim", "SF-1008", "Make", "Van"],
        ["Policy", "POL-2022", "Model", "Large"],
        ["Phone", "555 0100", "Trim", "Plain"],
    ]
    labels = [["Name:", "Example"], ["Date:", "2026-01-02"], ["Count:", "3"], ["Cost:", "4"]]
    blanks = [["Name", "________"], ["Date", "________"], ["Place", "________"]]
    assert parse(lambda canvas: put(canvas, rows)).tables == 0
    assert parse(lambda canvas: put(canvas, labels, places=(60, 200))).tables == 0
    assert parse(lambda canvas: put(canvas, blanks, places=(60, 200), bold_header=True)).tables == 0


@pytest.mark.parametrize("leader", [" . . . . . . . . . . ", "..............", ""])
def test_a_table_of_contents_is_no_table(leader: str) -> None:
    rows = [[f"{n} Chapter of leave{leader}", str(n * 7)] for n in range(1, 8)]
    parsed = parse(lambda canvas: put(canvas, rows, places=(60, 400), bold_header=True))
    assert parsed.tables == 0


def test_a_list_with_its_marks_set_apart_is_no_table() -> None:
    for mark in ("\u2022", "1.", "(a)", "-"):
        rows = [["To do", "Soon"], *[[mark, f"Return the item {n}"] for n in range(5)]]
        found = parse(lambda canvas, rows=rows: put(canvas, rows, places=(60, 100)))
        assert found.tables == 0


def test_justified_prose_is_no_table() -> None:
    words = (PROSE + " " + PROSE).split()

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        for number in range(12):
            line = words[number % 5 : number % 5 + 6]
            natural = sum(canvas.stringWidth(word, "Helvetica", 10) for word in line)
            space = (260 - natural) / (len(line) - 1)
            x = 60.0
            for word in line:
                canvas.drawString(x, 700 - 12 * number, word)
                x += canvas.stringWidth(word, "Helvetica", 10) + space

    assert parse(draw).tables == 0


def test_loose_lines_without_columns_keep_all_their_words() -> None:
    rows = [[f"alpha{n % 7}", "x" * (n % 23 + 1), "Beta"] for n in range(800)]

    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((600, 12_000))
        for number, row in enumerate(rows):
            for place, words in zip((60, 150 + number % 90, 420), row, strict=True):
                canvas.drawString(place, 11_900 - 14 * number, words)

    assert parse(draw).text.count("Beta") == 800
