"""Words of a PDF page and the cells that they stand in."""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from wellread.adapters.parsing.pdf.lines import Characters, raw_lines
from wellread.adapters.parsing.pdf.tables import page_rules, ruled_tables
from wellread.adapters.parsing.pdf.words import Box, PageWords

TABLE = (("Grade", "Days"), ("Trainee", "28"), ("Librarian", "30"))


def grid(canvas: Canvas, top: float = 700) -> None:
    """A table of rows of 14 points, its columns at 60, 160 and 260."""
    for number, row in enumerate(TABLE):
        for x, text in zip((64, 164), row, strict=True):
            canvas.drawString(x, top - 14 * number - 11, text)
    for x in (60, 160, 260):
        canvas.line(x, top, x, top - 42)
    for y in range(4):
        canvas.line(60, top - 14 * y, 260, top - 14 * y)


def page_of(draw: Callable[[Canvas], None]) -> tuple[pypdfium2.PdfPage, PageWords]:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(600, 800))
    draw(canvas)
    canvas.save()
    page = pypdfium2.PdfDocument(stream.getvalue())[0]
    characters = Characters(page.get_textpage())
    return page, PageWords(list(raw_lines(characters)), characters)


def tables(draw: Callable[[Canvas], None]) -> list[tuple[tuple[str, ...], ...]]:
    page, words = page_of(draw)
    return [table.rows for table in ruled_tables(page_rules(page), words)]


def test_letters_of_a_line_close_above_reach_into_no_cell() -> None:
    def draw(canvas: Canvas) -> None:
        grid(canvas)
        canvas.drawString(60, 701, "jogging people play quietly")

    assert tables(draw) == [TABLE]


def test_rules_that_are_drawn_within_a_form_make_a_table() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("table")
        grid(canvas)
        canvas.endForm()
        canvas.doForm("table")

    assert tables(draw) == [TABLE]


def test_a_word_that_a_rule_cuts_is_in_no_cell() -> None:
    _, words = page_of(lambda canvas: canvas.drawString(62, 690, "incomprehensibilities"))
    cut = [[Box(60, 680, 100, 710), Box(100, 680, 260, 710)]]
    assert words.of_table(Box(60, 680, 260, 710), cut) is None
    beside = [[Box(60, 680, 200, 710), Box(200, 680, 260, 710)]]
    assert words.of_table(Box(60, 680, 260, 710), beside) == [["incomprehensibilities", ""]]
