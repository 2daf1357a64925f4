"""Word, PowerPoint and Excel files, made with the libraries that are independent of the reader."""

from __future__ import annotations

import datetime
import io

import docx
import openpyxl
import pptx
import pytest

from wellread.adapters.parsing import dispatch
from wellread.adapters.parsing.dispatch import parse_document
from wellread.adapters.parsing.limits import ParseLimits
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

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
    for cell, words in zip(table._cells, ["a", "b|c", "1", "2\n3"], strict=True):
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


def test_large_sheets_are_streamed_to_the_same_text(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = excel(workbook_of_two_sheets())
    monkeypatch.setattr(dispatch, "_STREAMED_SHEETS", 0)
    assert excel(workbook_of_two_sheets()) == whole


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


def test_large_sheets_show_numbers_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = excel(workbook_of_formats())
    monkeypatch.setattr(dispatch, "_STREAMED_SHEETS", 0)
    assert excel(workbook_of_formats()) == whole


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
