"""PDF pages in columns are read column by column, whatever the order they are drawn in."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from reportlab.pdfgen.canvas import Canvas

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.pdf.front import parse_pdf

WORDS = "archive borrow catalogue evening garden handbook journal keeper quiet reader".split()
CAPTION = "Figure 1: A caption over the full width of the page, so that it parts all its columns."


def parse(draw: Callable[[Canvas], None]) -> str:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(600, 800))
    draw(canvas)
    canvas.save()
    return parse_pdf(stream.getvalue(), ParseLimits()).text


def block(
    canvas: Canvas, top: float, first: int, *, columns: int, across: bool, justified: bool
) -> int:
    """Draw columns of twelve numbered lines; the number of the next line."""
    gutter = 20.0
    width = (480 - gutter * (columns - 1)) / columns
    pieces = []
    for number in range(12 * columns):
        column, row = divmod(number, 12)
        line = f"<{first + number}>"
        for step in range(20):
            longer = f"{line} {WORDS[(first + number * 3 + step) % len(WORDS)]}"
            if canvas.stringWidth(longer, "Times-Roman", 10) > width:
                break
            line = longer
        pieces.append((60 + column * (width + gutter), top - 12 * row, line))
    if across:
        pieces.sort(key=lambda piece: (-piece[1], piece[0]))
    canvas.setFont("Times-Roman", 10)
    for x, y, line in pieces:
        text = canvas.beginText(x, y)
        if justified:
            room = width - canvas.stringWidth(line, "Times-Roman", 10)
            text.setWordSpace(room / (len(line.split()) - 1))
        text.textOut(line)
        text.setWordSpace(0)
        canvas.drawText(text)
    return first + 12 * columns


@pytest.mark.parametrize("columns", [2, 3])
@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("justified", [False, True])
def test_columns_are_read_one_after_the_other(columns: int, across: bool, justified: bool) -> None:
    def draw(canvas: Canvas) -> None:
        number = 0
        for page in range(1, 5):
            canvas.setFont("Helvetica", 9)
            canvas.drawString(60, 785, "The Example Journal")
            canvas.drawCentredString(300, 20, f"- {page} -")
            canvas.setFont("Helvetica-Bold", 18)
            canvas.drawCentredString(300, 755, f"Report {'ABCD'[page - 1]} across the page")
            shape = {"columns": columns, "across": across, "justified": justified}
            number = block(canvas, 730, number, **shape)
            canvas.drawString(60, 560, CAPTION)
            number = block(canvas, 530, number, **shape)
            canvas.showPage()

    text = parse(draw)
    order = re.findall(r"<(\d+)>|(Figure 1)|(Report) ", text)
    lines = [number or caption or title for number, caption, title in order]
    a_page = 24 * columns
    expected = []
    for page in range(4):
        numbers = [str(number) for number in range(page * a_page, (page + 1) * a_page)]
        half = a_page // 2
        expected += ["Report", *numbers[:half], "Figure 1", *numbers[half:]]
    assert lines == expected
    assert text.count("Example Journal") == 1
    assert "- 2 -" not in text


def test_a_word_split_at_the_end_of_a_column_s_line_is_joined() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(24):
            for x, word in ((60, "left"), (330, "right")):
                start = f"{word}ward lines of many words, an end" if number % 2 else "matic"
                end = "auto-" if number % 2 else "and so on and on to the very end."
                canvas.drawString(x, 700 - 14 * number, f"{start} {end}")

    text = parse(draw)
    assert text.count("automatic and so on") == 23
    assert text.index("rightward") > text.rindex("leftward")


def test_a_table_of_short_entries_is_not_torn_into_columns() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(12):
            for x, words in ((60, f"Reading room {number}"), (330, f"open from {number} to 20")):
                canvas.drawString(x, 700 - 14 * number, words)

    text = parse(draw)
    assert "Reading room 3 open from 3 to 20" in text


def test_a_page_of_one_column_stays_as_it_is() -> None:
    lines = [
        f"Line {n} of a page that is set in a single column as letters are." for n in range(30)
    ]

    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(lines):
            canvas.drawString(60, 700 - 14 * number, line)

    assert parse(draw) == "\n".join(lines)
