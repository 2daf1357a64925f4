"""PDF: headings, pages, running lines, scans, protection."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFString
from reportlab.pdfgen.canvas import Canvas

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.adapters.parsing.garbled import is_garbled
from wellread.adapters.parsing.pdf.front import parse_pdf
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

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


def test_pages_are_spans_of_the_text_and_running_lines_are_said_once() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 6):
            canvas.setFont("Helvetica", 9)
            canvas.drawString(60, 785, "Example Library - internal")
            section(canvas, 740, f"Part {'ABCDE'[page - 1]}")
            canvas.setFont("Helvetica", 9)
            canvas.drawString(60, 20, f"Page {page} of 5")
            canvas.showPage()

    parsed = parse(draw)
    assert parsed.text.count("Example Library - internal") == 1
    assert "of 5" not in parsed.text
    assert [page.number for page in parsed.pages] == [1, 2, 3, 4, 5]
    starts = [parsed.text[page.start : page.end].split("\n")[0] for page in parsed.pages]
    assert starts == ["Part A", "Part B", "Part C", "Part D", "Part E"]


def test_lines_at_the_edge_that_differ_in_more_than_the_page_number_are_kept() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 6):
            canvas.drawString(60, 785, f"Invoice {page * 37 + 4000}")
            for row in range(5):
                canvas.drawString(60, 700 - 14 * row, f"Item {'abcde'[row]} for you")
            canvas.drawString(60, 20, f"Example Ltd, Registered 1234, sheet {page + 2}")
            canvas.showPage()

    text = parse(draw).text
    assert [f"Invoice {page * 37 + 4000}" in text for page in range(1, 6)] == [True] * 5
    assert text.count("Registered 1234") == 1


def test_the_header_of_a_chapter_is_said_once_in_a_long_document() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 21):
            chapter = "Travel" if page < 5 else "Leave" if page < 9 else "Equipment"
            canvas.drawString(60, 785, f"{chapter} rules of the house | {page}")
            for row in range(5):
                canvas.drawString(60, 700 - 14 * row, f"{'abcde'[row] * page} and more words")
            canvas.showPage()

    text = parse(draw).text
    for chapter in ("Travel", "Leave", "Equipment"):
        assert text.count(f"{chapter} rules of the house") == 1


def test_a_header_that_only_repeats_the_title_is_dropped() -> None:
    def draw(canvas: Canvas) -> None:
        for page in range(1, 6):
            canvas.setFont("Helvetica", 9)
            canvas.drawString(60, 785, "The Example Handbook")
            if page == 1:
                section(canvas, 740, "The Example Handbook")
            for row in range(5):
                canvas.drawString(60, 500 - 14 * row, f"{'abcde'[row] * page} and more words")
            canvas.showPage()

    parsed = parse(draw)
    assert parsed.text.count("The Example Handbook") == 1
    assert parsed.title == "The Example Handbook"


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


def test_what_is_filled_into_a_form_stands_behind_its_label() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Name: ____________ Born: ____________")
        canvas.acroForm.textfield(value="Example Person", x=96, y=696, width=70, height=16)
        canvas.acroForm.textfield(value="1 May 1990", x=220, y=696, width=70, height=16)
        canvas.drawString(60, 660, "Address")
        canvas.acroForm.textfield(value="Example Street 1", x=60, y=636, width=200, height=16)
        canvas.drawString(90, 600, "Full time")
        canvas.acroForm.checkbox(checked=True, x=60, y=598, size=14)
        canvas.drawString(90, 570, "Part time")
        canvas.acroForm.checkbox(checked=False, x=60, y=568, size=14)
        canvas.drawString(60, 530, "Signed in the office")

    lines = [line for line in parse(draw).text.split("\n") if line]
    assert lines == [
        "Name: Example Person Born: 1 May 1990",
        "Address",
        "Example Street 1",
        "\u2611 Full time",
        "\u2610 Part time",
        "Signed in the office",
    ]


def test_a_value_that_the_page_says_in_its_place_already_is_not_said_twice() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Name: Example Person")
        canvas.acroForm.textfield(value="Example Person", x=97, y=696, width=120, height=16)
        canvas.drawString(60, 660, "More words below")

    assert parse(draw).text.count("Example") == 1


def test_a_form_without_text_of_its_own_gives_its_values() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        canvas.acroForm.textfield(value="Nothing but this value", x=60, y=700, width=300, height=16)

    assert parse(draw).text == "Nothing but this value"


@pytest.mark.parametrize("start", [b"", b"%\xe2\xe3\xcf\xd3\n", b"Received: \xe2\n" * 200])
def test_a_pdf_with_a_wrong_start_is_read(start: bytes) -> None:
    whole = pdf(lambda canvas: canvas.drawString(60, 700, "Still readable"))
    body = whole if start.startswith(b"R") else whole[whole.index(b"1 0 obj") :]
    assert "Still readable" in parse_document("a.pdf", start + body, LIMITS).text


def test_letters_of_many_alphabets_mixed_within_words_are_no_text() -> None:
    sound = (
        "\u4f11\u6687\u306e\u7533\u8acb\u306f Wi-Fi \u041f\u0440\u0430\u0432\u0438\u043b\u0430 " * 5
    )
    assert not is_garbled(sound)
    assert not is_garbled("plain words " * 20)
    assert is_garbled("\u033d\u0b0b\u04a8\u01e5\u01b9\u0c9f\u0225\u0e0f\u08e7\u04a8 " * 8)
    assert is_garbled("\u00b4\u00bf\u00a2\u00c3\u00b0\u00a3\u00a2 " * 8)


def test_a_page_that_only_names_the_program_it_needs_is_refused_with_what_to_do() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 700, "Please wait...")
        canvas.drawString(60, 680, "If this message is not replaced, your viewer cannot show it.")
        canvas._doc.Catalog.AcroForm = PDFDictionary(
            {"XFA": PDFString("<xdp/>"), "Fields": PDFArray([])}
        )

    data = pdf(draw)
    with pytest.raises(DocumentError) as caught:
        parse_pdf(data, LIMITS)
    assert caught.value.code is FailureCode.UNSUPPORTED
    assert "print it to pdf" in caught.value.fix
