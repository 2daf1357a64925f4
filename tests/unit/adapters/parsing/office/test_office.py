"""Word, PowerPoint and Excel files, made with the libraries that are independent of the reader."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

import docx
import openpyxl
import pptx
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.adapters.parsing.office import workbook as sheets
from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LIMITS = ParseLimits()


def word(document: docx.document.Document) -> ParsedText:
    stream = io.BytesIO()
    document.save(stream)
    return parse_document("a.docx", stream.getvalue(), LIMITS)


def excel(workbook: openpyxl.Workbook) -> ParsedText:
    stream = io.BytesIO()
    workbook.save(stream)
    return parse_document("a.xlsx", stream.getvalue(), LIMITS)


def workbook_of_two_sheets() -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Stock"
    sheet.append(["Name", "Count", "Since"])
    sheet.append(["Bolt | nut", 3.5, datetime.date(2026, 1, 2)])
    sheet.append(["Washer", True, datetime.datetime(2026, 1, 2, 15, 30)])
    workbook.create_sheet("R&D <x>")["B7"] = "far"
    workbook.create_sheet("Empty")
    return workbook


def test_a_word_file_keeps_headings_lists_and_tables() -> None:
    document = docx.Document()
    document.core_properties.title = "Handbook"
    document.add_heading("Leave", 1)
    document.add_paragraph("Thirty *days* a_year #1")
    document.add_heading("Sick leave", 2)
    document.add_paragraph("# no heading")
    table = document.add_table(2, 2)
    for cell, words in zip(
        [cell for row in table.rows for cell in row.cells], ["a", "b|c", "1", "2\n3"], strict=True
    ):
        cell.text = words
    document.sections[0].header.paragraphs[0].text = "Confidential header"
    parsed = word(document)
    assert parsed.title == "Handbook"
    assert parsed.text == (
        "Leave\n\nThirty *days* a_year #1\n\nSick leave\n\n# no heading\n\n"
        "| a | b\\|c |\n| --- | --- |\n| 1 | 2 3 |"
    )
    assert [(h.level, parsed.text[h.start :].split("\n")[0]) for h in parsed.headings] == [
        (1, "Leave"),
        (2, "Sick leave"),
    ]
    assert (parsed.tables, parsed.pages) == (1, ())


def test_a_word_file_without_a_title_takes_its_leading_heading_but_no_chapter() -> None:
    titled, chaptered = docx.Document(), docx.Document()
    for document, first in ((titled, "Leave policy"), (chaptered, "Chapter 1")):
        document.core_properties.title = ""
        document.add_heading(first, 1)
        document.add_paragraph("words")
        document.add_heading("Chapter 2", 1)
    assert (word(titled).title, word(chaptered).title) == ("Leave policy", "")


def test_slides_are_pages_and_their_notes_are_kept() -> None:
    presentation = pptx.Presentation()
    for number in (1, 2):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text = f"Topic {number}"
        slide.placeholders[1].text = f"body {number}"
        slide.notes_slide.notes_text_frame.text = f"say {number}"
    stream = io.BytesIO()
    presentation.save(stream)
    parsed = parse_document("a.pptx", stream.getvalue(), LIMITS)
    slides = [parsed.text[page.start : page.end] for page in parsed.pages]
    assert slides == [f"Topic {n}\n\nbody {n}\n\nNotes: say {n}" for n in (1, 2)]
    assert [page.number for page in parsed.pages] == [1, 2]
    assert [heading.title for heading in parsed.headings] == ["Topic 1", "Topic 2"]


def test_slides_come_in_their_order_each_with_its_own_notes_and_without_footers() -> None:
    presentation = pptx.Presentation()
    for number in range(1, 13):
        slide = presentation.slides.add_slide(presentation.slide_layouts[5])
        slide.shapes.title.text = f"Topic {number}"
        if number % 5 == 0:
            slide.notes_slide.notes_text_frame.text = f"say {number}"
    # The last one is moved to the front: the order is not that of the files' names.
    order = presentation.slides._sldIdLst
    order.insert(0, order[-1])
    stream = io.BytesIO()
    presentation.save(stream)
    parsed = parse_document("a.pptx", stream.getvalue(), LIMITS)
    slides = [parsed.text[page.start : page.end] for page in parsed.pages]
    assert slides == [
        f"Topic {n}\n\nNotes: say {n}" if n % 5 == 0 else f"Topic {n}" for n in (12, *range(1, 12))
    ]


def test_a_slide_without_a_title_is_not_under_the_title_before_it() -> None:
    presentation = pptx.Presentation()
    first = presentation.slides.add_slide(presentation.slide_layouts[5])
    first.shapes.title.text = "Leave"
    for slide in (first, presentation.slides.add_slide(presentation.slide_layouts[6])):
        slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "Some words of a slide."
    stream = io.BytesIO()
    presentation.save(stream)
    parsed = parse_document("a.pptx", stream.getvalue(), LIMITS)
    assert [(c.heading_path, c.page) for c in chunk(parsed, "")] == [(("Leave",), 1), ((), 2)]


def test_a_slide_s_table_and_chart_stand_where_they_are_shown() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, 0, 0, 9, 9).table
    for place, words in enumerate("abcd"):
        table.cell(place // 2, place % 2).text = words
    data = CategoryChartData(number_format="0%")
    data.categories = ["East", "West"]
    data.add_series("Share", (0.25, 0.75))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 9, 9, data)
    slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = "last & least"
    stream = io.BytesIO()
    presentation.save(stream)
    parsed = parse_document("a.pptx", stream.getvalue(), LIMITS)
    assert parsed.text == (
        "| a | b |\n| --- | --- |\n| c | d |\n\n"
        "|  | Share |\n| --- | --- |\n| East | 25% |\n| West | 75% |\n\nlast & least"
    )
    assert parsed.tables == 2


def test_a_title_that_a_slide_repeats_is_said_once() -> None:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Opening hours"
    slide.placeholders[1].text = "Opening hours\nnine to five"
    stream = io.BytesIO()
    presentation.save(stream)
    parsed = parse_document("a.pptx", stream.getvalue(), LIMITS)
    assert parsed.text == "Opening hours\n\nnine to five"


def test_sheets_are_pages_with_their_name_and_one_table() -> None:
    parsed = excel(workbook_of_two_sheets())
    assert parsed.text == (
        "Stock\n\n| Name | Count | Since |\n| --- | --- | --- |\n"
        "| Bolt \\| nut | 3.5 | 2026-01-02 |\n| Washer | TRUE | 2026-01-02 15:30:00 |\n\n"
        "R&D <x>\n\nfar"
    )
    assert [heading.title for heading in parsed.headings] == ["Stock", "R&D <x>"]
    assert [page.number for page in parsed.pages] == [1, 2, 3]
    assert parsed.page_at(parsed.headings[1].start) == 2


def test_sheets_are_read_in_pieces_to_the_same_text(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = excel(workbook_of_formats()), excel(workbook_of_two_sheets())
    monkeypatch.setattr(sheets, "PIECE", 7)
    assert (excel(workbook_of_formats()), excel(workbook_of_two_sheets())) == whole


def workbook_of_formats() -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    workbook.create_sheet("Nothing", 0)
    sheet = workbook.worksheets[1]
    values = [
        ("Share", "@"),
        (0.256, "0.0%"),
        (1234567.891, "#,##0.00"),
        (1234.5, '#,##0.00\\ "\u20ac"'),
        (-81, "#,##0;(#,##0)"),
        (datetime.time(13, 5), "hh:mm"),
        (datetime.date(2026, 1, 2), "dd/mm/yyyy"),
        (True, "0.0%"),
        ("0.256", "0.0%"),
        (12.5, "General"),
    ]
    for number, (value, code) in enumerate(values, start=1):
        # Blank rows and columns between, which nothing may be confused by.
        cell = sheet.cell(number * 2, 2 + number % 2, value)
        cell.number_format = code
    return workbook


def test_numbers_are_as_their_cells_show_them_and_words_never_change() -> None:
    text = excel(workbook_of_formats()).text
    cells = [cell for line in text.splitlines()[2:] for cell in line.strip("| ").split(" | ")]
    assert [cell for cell in cells if cell.strip("- |")] == [
        "Share",
        "25.6%",
        "1,234,567.89",
        "1,234.50 \u20ac",
        "(81)",
        "13:05",
        "2026-01-02",
        "TRUE",
        "0.256",
        "12.5",
    ]


def test_cells_show_their_comments_formulas_values_and_words_of_several_fonts() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "S"
    sheet.append(["Price", CellRichText("two ", TextBlock(InlineFont(b=True), "fonts"))])
    sheet["A1"].comment = Comment("without | tax", "x")
    sheet.append(["=1+1", "#DIV/0!", " spaced  out ", "line\nbreak", 1e-7, 0.1 + 0.2])
    assert excel(workbook).text == (
        "S\n\n| Price [Comment: without \\| tax] | two fonts |  |  |  |  |\n"
        "| --- | --- | --- | --- | --- |\n".replace("| --- |\n", "| --- | --- |\n")
        + "|  | #DIV/0! | spaced out | line break | 1e-07 | 0.3 |"
    )


def with_sheet(data: bytes, pattern: str, new: str) -> bytes:
    """The file with its first sheet's markup changed."""
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part = re.sub(pattern, new, part.decode()).encode()
            changed.writestr(name, part)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (r' r="[A-Z]*\d+"', ""),
        (r'<c r="(\w+)"([^<>]*?)(/?)>', r'<c\2 r="\1"\3>'),
        (r"<(/?)(\w)(?=[^<>]*>)", r"<\1x:\2"),
        (r'"(\w+)"', r"'\1'"),
        (r"<sheetData", "<!-- by hand --><sheetData"),
    ],
)
def test_sheets_are_read_however_programs_write_them(pattern: str, new: str) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "S"
    for row in (["Name", "Count"], ["Bolt", 2], ["Nut", 0.5]):
        sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    data = with_sheet(stream.getvalue(), pattern, new)
    if "x:" in new:
        data = with_sheet(data, "xmlns=", "xmlns:x=")
    text = parse_document("a.xlsx", data, LIMITS).text
    assert text == "S\n\n| Name | Count |\n| --- | --- |\n| Bolt | 2 |\n| Nut | 0.5 |"


@pytest.mark.parametrize("calendar", [None, CALENDAR_MAC_1904])
def test_dates_are_those_of_the_file_s_calendar(calendar: object) -> None:
    workbook = openpyxl.Workbook()
    if calendar:
        workbook.epoch = calendar
    sheet = workbook.active
    sheet.title = "S"
    sheet.append([datetime.datetime(2026, 1, 2, 3, 4, 5), datetime.date(1999, 12, 31)])
    sheet.append(["x", datetime.time(9, 5, 7)])
    text = excel(workbook).text
    assert text.splitlines()[2] == "| 2026-01-02 03:04:05 | 1999-12-31 |"
    assert text.splitlines()[4] == "| x | 9:05:07 |"


def test_parts_are_found_in_whatever_case_and_with_the_slashes_of_windows() -> None:
    stream, odd = io.BytesIO(), io.BytesIO()
    workbook_of_two_sheets().save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(odd, "w") as changed:
        for name in source.namelist():
            changed.writestr(name.lower().replace("/", "\\"), source.read(name))
    parsed = parse_document("a.xlsx", odd.getvalue(), LIMITS)
    assert parsed == parse_document("a.xlsx", stream.getvalue(), LIMITS)


def test_words_in_the_boxes_of_a_sheet_are_kept() -> None:
    space = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    words = "".join(f"<a:p><a:r><a:t>{w}</a:t></a:r></a:p>" for w in ("boxed &amp; kept", "", "b"))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing"
    relations = f'<Relationships><Relationship Id="d" Type="{kind}" Target="../d.xml"/>'
    stream = io.BytesIO()
    workbook_of_two_sheets().save(stream)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/d.xml", f"<x {space}>{words}</x>")
        archive.writestr("xl/worksheets/_rels/sheet1.xml.rels", relations + "</Relationships>")
    text = parse_document("a.xlsx", stream.getvalue(), LIMITS).text
    assert "15:30:00 |\n\nboxed & kept\nb\n\nR&D" in text


def test_one_cell_in_the_last_corner_of_a_sheet_is_cheap() -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = "here"
    workbook.active["XFD1048576"] = "there"
    assert excel(workbook).text.endswith("| here |  |\n| --- | --- |\n|  | there |")


@pytest.mark.parametrize("document", [docx.Document(), openpyxl.Workbook()])
def test_an_office_file_without_words_is_empty(document: object) -> None:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    with pytest.raises(DocumentError) as caught:
        parse_document("a", stream.getvalue(), LIMITS)
    assert caught.value.code is FailureCode.EMPTY
