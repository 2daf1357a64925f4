"""PDF: headings, pages, running lines, scans, protection."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.pdf import parse_pdf
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

LIMITS = ParseLimits()
BODY = [
    "Every member of staff has thirty days of paid leave in a calendar year.",
    "Days that are left at the end of the year go over into the next quarter.",
    "Requests are sent to the office at least two weeks before the first day.",
]


def pdf(draw: Callable[[Canvas], None], **options: object) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=(600, 800), **options)
    draw(canvas)
    canvas.save()
    return stream.getvalue()


def section(
    canvas: Canvas, y: int, title: str, *, size: int = 16, bold: bool = True, body: int = 11
) -> int:
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    canvas.drawString(60, y, title)
    canvas.setFont("Helvetica", body)
    y -= size + 12
    for line in BODY:
        canvas.drawString(60, y, line)
        y -= body + 3
    return y - 24


def parse(draw: Callable[[Canvas], None], **options: object) -> ParsedText:
    return parse_pdf(pdf(draw, **options), LIMITS)


def outline(parsed: ParsedText) -> list[tuple[int, str]]:
    assert all(parsed.text[h.start :].startswith(h.title) for h in parsed.headings)
    return [(heading.level, heading.title) for heading in parsed.headings]


def test_larger_type_makes_headings_by_rank() -> None:
    def draw(canvas: Canvas) -> None:
        y = section(canvas, 760, "Handbook", size=24)
        y = section(canvas, y, "Leave", size=16, bold=False)
        section(canvas, y, "Travel", size=16, bold=False)

    parsed = parse(draw)
    assert outline(parsed) == [(1, "Handbook"), (2, "Leave"), (2, "Travel")]
    assert parsed.title == "Handbook"
    assert "\n".join(BODY) in parsed.text


def test_bold_lines_that_stand_apart_are_headings_and_bold_words_are_not() -> None:
    def draw(canvas: Canvas) -> None:
        y = section(canvas, 760, "Leave", size=11)
        canvas.setFont("Helvetica-Bold", 11)
        canvas.drawString(60, y, "Everything on this page is final.")
        section(canvas, y - 60, "Travel", size=11)

    assert outline(parse(draw)) == [(1, "Leave"), (1, "Travel")]


def test_the_outline_decides_where_there_is_one() -> None:
    def draw(canvas: Canvas) -> None:
        y = 760
        for number, title in enumerate(["1 Leave", "1.1 Sick leave", "2 Travel"]):
            canvas.bookmarkPage(f"k{number}")
            canvas.addOutlineEntry(title.split(maxsplit=1)[1], f"k{number}", "." in title)
            y = section(canvas, y, title, size=11, bold=False)
        canvas.setFont("Helvetica", 20)
        canvas.drawString(60, y, "Only decoration")

    assert outline(parse(draw)) == [(1, "1 Leave"), (2, "1.1 Sick leave"), (1, "2 Travel")]


def test_pages_are_spans_of_the_text_and_running_lines_are_dropped() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 6):
            canvas.setFont("Helvetica", 9)
            canvas.drawString(60, 785, "Example Library - internal")
            section(canvas, 740, f"Part {'ABCDE'[page - 1]}")
            canvas.setFont("Helvetica", 9)
            canvas.drawString(60, 20, f"Page {page} of 5")
            canvas.showPage()

    parsed = parse(draw)
    assert "internal" not in parsed.text
    assert "of 5" not in parsed.text
    assert [page.number for page in parsed.pages] == [1, 2, 3, 4, 5]
    starts = [parsed.text[page.start : page.end].split("\n")[0] for page in parsed.pages]
    assert starts == ["Part A", "Part B", "Part C", "Part D", "Part E"]


def test_pages_of_a_single_line_keep_it() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 8):
            canvas.drawString(60, 700, f"Card number {page}")
            canvas.showPage()

    assert parse(draw).text.count("Card number") == 7


def test_words_split_at_a_line_s_end_are_joined() -> None:
    def draw(canvas: Canvas) -> None:
        lines = [
            "The confir-",
            "mation of a well-known",
            "half-",
            "time well-",
            "known rule, self-",
        ]
        for number, line in enumerate([*lines, "Evident."]):
            canvas.drawString(60, 700 - 14 * number, line)

    text = parse(draw).text
    assert "confirmation of a" in text
    assert "well-known rule" in text
    assert "self-Evident" in text


def picture(canvas: Canvas) -> None:
    from reportlab.lib.utils import ImageReader

    pixels = io.BytesIO(b"P6 2 2 255\n" + bytes(range(12)))
    canvas.drawImage(ImageReader(pixels), 0, 0, 600, 800)


def test_a_file_of_pictures_has_no_text() -> None:
    def draw(canvas: Canvas) -> None:
        picture(canvas)
        canvas.drawString(10, 10, "p. 1")

    with pytest.raises(DocumentError) as caught:
        parse(draw)
    assert caught.value.code is FailureCode.NO_TEXT


def test_scans_among_pages_of_text_are_named() -> None:
    def draw(canvas: Canvas) -> None:
        section(canvas, 740, "Leave")
        canvas.showPage()
        picture(canvas)
        canvas.showPage()
        section(canvas, 740, "Travel")

    parsed = parse(draw)
    assert parsed.unreadable_pages == (2,)
    assert [page.number for page in parsed.pages] == [1, 2, 3]
    assert parsed.page_at(parsed.text.index("Travel")) == 3


def test_a_blank_page_is_not_an_unreadable_one() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.showPage()
        section(canvas, 740, "Leave")

    assert parse(draw).unreadable_pages == ()


def test_a_password_is_reported_and_an_owner_s_restrictions_are_no_obstacle() -> None:
    def draw(canvas: Canvas) -> None:
        section(canvas, 740, "Leave")

    assert "thirty days" in parse(draw, encrypt=StandardEncryption("", "owner")).text
    with pytest.raises(DocumentError) as caught:
        parse(draw, encrypt=StandardEncryption("secret", "owner"))
    assert caught.value.code is FailureCode.ENCRYPTED


def test_a_file_cut_short_is_damaged() -> None:
    whole = pdf(lambda canvas: section(canvas, 740, "Leave") and None)
    with pytest.raises(DocumentError) as caught:
        parse_pdf(whole[:300], LIMITS)
    assert caught.value.code is FailureCode.DAMAGED


def test_the_title_field_counts_where_a_person_wrote_it() -> None:
    def titled(title: str) -> str:
        def draw(canvas: Canvas) -> None:
            canvas.setTitle(title)
            section(canvas, 740, "Leave policy", size=20)

        return parse(draw).title

    assert titled("The rules of leave") == "The rules of leave"
    assert titled("Microsoft Word - leave_v3.doc") == "Leave policy"


def draw_table(canvas: Canvas, y: float, rows: list[list[str]], *, ruled: bool = True) -> None:
    from reportlab.platypus import Table

    grid = [("GRID", (0, 0), (-1, -1), 0.5, "black")] if ruled else []
    table = Table(rows, style=grid)
    table.wrapOn(canvas, 500, 500)
    table.drawOn(canvas, 60, y)


ROWS = [["Grade", "Days of leave"], ["Trainee", "28"], ["Librarian", "30 | 31"]]


def test_a_ruled_table_becomes_markdown_where_it_stands() -> None:
    def draw(canvas: Canvas) -> None:
        y = section(canvas, 760, "Leave")
        draw_table(canvas, y - 40, ROWS)
        section(canvas, y - 100, "Travel")

    parsed = parse(draw)
    table = "| Grade | Days of leave |\n| --- | --- |\n| Trainee | 28 |\n| Librarian | 30 \\| 31 |"
    assert f"{BODY[-1]}\n\n{table}\n\nTravel" in parsed.text
    assert parsed.tables == 1
    assert parsed.text.count("Trainee") == 1


def test_words_in_pairs_that_nothing_marks_as_a_table_keep_a_line_a_row() -> None:
    parsed = parse(lambda canvas: draw_table(canvas, 600, ROWS, ruled=False))
    assert "Trainee 28\n" in parsed.text
    assert parsed.tables == 0


def test_a_grid_that_cuts_through_words_is_no_table() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(62, 705, "A sentence that runs across every cell of this grid")
        canvas.drawString(62, 685, "and another one that does the same")
        for x in (60, 113, 177, 239, 400):
            canvas.line(x, 680, x, 720)
        for y in (680, 700, 720):
            canvas.line(60, y, 400, y)

    parsed = parse(draw)
    assert "A sentence that runs across every cell of this grid" in parsed.text
    assert parsed.tables == 0


def test_rows_without_rules_between_them_are_told_by_their_lines() -> None:
    def draw(canvas: Canvas) -> None:
        for x in (60, 180, 300):
            canvas.line(x, 600, x, 720)
        for y in (600, 700, 720):
            canvas.line(60, y, 300, y)
        for row, (name, price) in enumerate(
            [("Item", "Cost"), *[(f"Part {n}", f"{n}00") for n in range(1, 6)]]
        ):
            canvas.drawString(64, 705 - 20 * row, name)
            canvas.drawString(184, 705 - 20 * row, price)

    assert "| Part 3 | 300 |\n" in parse(draw).text


def test_a_table_with_words_beside_its_rules_is_neither_torn_nor_doubled() -> None:
    def draw(canvas: Canvas) -> None:
        for x in (180, 240, 300):
            canvas.line(x, 660, x, 720)
        for y in (660, 680, 700, 720):
            canvas.line(180, y, 300, y)
        for row in range(3):
            for x, words in ((100, f"name{row}"), (184, f"one{row}"), (244, f"two{row}")):
                canvas.drawString(x, 705 - 20 * row, words)

    text = parse(draw).text
    assert "name1 one1 two1" in text
    assert all(text.count(f"one{row}") == 1 for row in range(3))


def test_a_cell_that_spans_columns_stands_in_the_first_of_them() -> None:
    def draw(canvas: Canvas) -> None:
        for x in (60, 300):
            canvas.line(x, 660, x, 720)
        canvas.line(180, 660, 180, 700)
        for y in (660, 680, 700, 720):
            canvas.line(60, y, 300, y)
        canvas.drawString(64, 705, "Days of leave in a calendar year")
        for row, (name, days) in enumerate([("Trainee", "28"), ("Librarian", "30")]):
            canvas.drawString(64, 685 - 20 * row, name)
            canvas.drawString(184, 685 - 20 * row, days)

    assert parse(draw).text == (
        "| Days of leave in a calendar year |  |\n| --- | --- |\n| Trainee | 28 |\n"
        "| Librarian | 30 |"
    )


def test_a_table_at_the_edge_of_every_page_is_no_running_line() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(5):
            draw_table(canvas, 740, [["Form", "Page"], ["A 7", str(number)]])
            section(canvas, 660, f"Topic {number}")
            canvas.showPage()

    assert parse(draw).tables == 5
