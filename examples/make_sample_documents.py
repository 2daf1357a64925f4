"""Write the sample documents that are not plain text: `make samples`.

The same bytes come out every time (no clocks, no random identifiers), so that a changed file in
`sample-documents` is a changed text here. Harbour Library is made up.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
from openpyxl.styles import Font
from pptx.util import Pt
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

FOLDER = Path(__file__).resolve().parent / "sample-documents"
MADE_AT = datetime.datetime(2026, 9, 1, 9, 0, 0)
AUTHOR = "Harbour Library"

Row = tuple[str, ...]
Block = tuple[str, str | list[str] | list[Row]]
"""A kind (title, heading, subheading, text, list, table, page break) and what it holds."""

LENDING_RULES: list[Block] = [
    ("title", "Lending rules"),
    (
        "text",
        "These rules apply to everyone who borrows from Harbour Library. They were approved in "
        "September 2026 and replace the rules of 2023.",
    ),
    ("heading", "Library card"),
    (
        "text",
        "A library card is free of charge for people under 18 and costs 12 euros a year for "
        "everyone else. It is issued at the front desk on presentation of a photo identity "
        "document and is valid for twelve months. A lost card is replaced for 4 euros.",
    ),
    (
        "text",
        "The card is personal. Whoever lends it to somebody else stays responsible for what is "
        "borrowed with it.",
    ),
    ("heading", "Loan periods"),
    (
        "text",
        "A book may be borrowed for 28 days and renewed twice; for other kinds of items see the "
        "table. No more than 30 items may be on loan to one card at the same time.",
    ),
    (
        "table",
        [
            ("Kind of item", "Loan period", "Renewals", "Fee per day overdue"),
            ("Book", "28 days", "2", "0.20 euros"),
            ("Audio book", "28 days", "1", "0.20 euros"),
            ("Magazine", "14 days", "none", "0.10 euros"),
            ("DVD", "7 days", "1", "0.50 euros"),
            ("Board game", "21 days", "1", "0.50 euros"),
            ("E-book reader", "28 days", "none", "1.00 euro"),
        ],
    ),
    ("page break", ""),
    ("heading", "Renewing and reserving"),
    (
        "text",
        "A loan is renewed at the front desk, by telephone or in the web catalogue, at the "
        "earliest five days before it ends. An item that somebody else has reserved cannot be "
        "renewed.",
    ),
    (
        "text",
        "A reservation costs 1 euro. A reserved item is kept at the front desk for ten days, "
        "then it goes to the next person on the list.",
    ),
    ("heading", "Overdue items"),
    (
        "text",
        "The overdue fee is charged for each item and each day the library is open, and ends at "
        "10 euros an item. The first reminder is sent by e-mail three days after the loan period "
        "has ended, the second after 14 days. After 42 days the item counts as lost.",
    ),
    (
        "text",
        "As long as more than 20 euros are owed, the card is blocked: nothing can be borrowed, "
        "reserved or renewed.",
    ),
    ("page break", ""),
    ("heading", "Lost and damaged items"),
    (
        "text",
        "Whoever loses or damages an item replaces it with the same edition or pays its price "
        "plus 5 euros for the work of adding it to the catalogue. Damage that was there before "
        "is to be shown at the front desk when borrowing.",
    ),
    ("heading", "Items that are not lent"),
    (
        "list",
        [
            "Newspapers and the current issue of each magazine",
            "The local history collection, which may be read in the reading room only",
            "Dictionaries and atlases with a red label",
        ],
    ),
    ("heading", "Returning outside opening hours"),
    (
        "text",
        "The return box beside the main entrance is open day and night. What is dropped there "
        "after closing counts as returned on the next day the library is open. Board games and "
        "e-book readers must be returned at the front desk, because they would be damaged in the "
        "box.",
    ),
]

STAFF_HANDBOOK: list[Block] = [
    ("title", "Staff handbook"),
    (
        "text",
        "For everyone employed by Harbour Library. Questions that this handbook leaves open are "
        "answered by the personnel office.",
    ),
    ("heading", "Working hours"),
    (
        "text",
        "The regular working week has 38.5 hours. Front desk shifts start 30 minutes before the "
        "library opens. A break of 30 minutes is due after six hours and does not count as "
        "working time.",
    ),
    (
        "text",
        "Overtime is agreed beforehand with the head of the department. It is taken as time off "
        "within three months; it is paid only where that is not possible.",
    ),
    ("heading", "Holidays and leave"),
    (
        "text",
        "Full-time employees have 30 days of holiday a year. Up to five unused days may be taken "
        "until the end of March of the following year; later they expire. Holidays of more than "
        "two weeks are requested eight weeks ahead.",
    ),
    ("subheading", "Sick leave"),
    (
        "text",
        "Whoever is ill calls the front desk before the shift begins. A doctor's certificate is "
        "needed from the fourth day of illness.",
    ),
    ("subheading", "Leave for training"),
    (
        "text",
        "Every employee may use five paid days a year for training that serves the library. The "
        "library pays the course fee up to 600 euros a year.",
    ),
    ("heading", "Working from home"),
    (
        "text",
        "Work that does not need presence may be done from home on up to two days a week. The "
        "day is entered in the shift plan by noon of the day before. Front desk staff may use "
        "this for cataloguing shifts.",
    ),
    ("heading", "Travel expenses"),
    (
        "text",
        "Business trips are approved by the head of the department before anything is booked. "
        "Expenses are claimed within 30 days of the return, with receipts, on form T-2.",
    ),
    (
        "table",
        [
            ("Expense", "Within the country", "Abroad"),
            ("Meals, a full day", "28 euros", "45 euros"),
            ("Meals, half a day", "14 euros", "22 euros"),
            ("Hotel, a night", "up to 110 euros", "up to 150 euros"),
            ("Own car, a kilometre", "0.30 euros", "0.30 euros"),
        ],
    ),
    (
        "text",
        "Trains are booked in second class. Flights need the approval of the director and are "
        "possible only where the train would take more than eight hours.",
    ),
    ("heading", "Handling of cash"),
    (
        "text",
        "The till of the front desk is counted by two people every evening. Differences of more "
        "than 5 euros are reported to the accounts office on the same day.",
    ),
]

ROOMS: dict[str, list[Row]] = {
    "Opening hours": [
        ("Day", "Library", "Reading room", "Front desk by telephone"),
        ("Monday", "closed", "closed", "9:00-12:00"),
        ("Tuesday", "10:00-19:00", "10:00-18:30", "9:00-18:00"),
        ("Wednesday", "10:00-19:00", "10:00-18:30", "9:00-18:00"),
        ("Thursday", "10:00-21:00", "10:00-20:30", "9:00-18:00"),
        ("Friday", "10:00-19:00", "10:00-18:30", "9:00-18:00"),
        ("Saturday", "10:00-16:00", "10:00-15:30", "closed"),
        ("Sunday", "closed", "closed", "closed"),
    ],
    "Meeting rooms": [
        ("Room", "Floor", "Seats", "Fee per hour (euros)", "Projector"),
        ("Lighthouse", "2", "24", "18", "yes"),
        ("Anchor", "1", "12", "10", "yes"),
        ("Compass", "1", "8", "8", "no"),
        ("Lantern", "ground floor", "60", "35", "yes"),
        ("Jetty", "2", "4", "free", "no"),
    ],
    "Equipment": [
        ("Item", "Pieces", "Deposit (euros)", "Where"),
        ("Sewing machine", "3", "20", "Workshop, ground floor"),
        ("3D printer", "1", "none", "Workshop, ground floor"),
        ("Slide scanner", "2", "30", "Media desk, floor 1"),
        ("Record player", "4", "none", "Music corner, floor 1"),
        ("Telescope", "1", "80", "Front desk"),
    ],
}

SLIDES: list[tuple[str, list[str], str]] = [
    (
        "Guided tours of Harbour Library",
        ["For school classes, associations and companies", "In season 2026/27"],
        "Welcome slide. Leave it on while the group arrives.",
    ),
    (
        "The standard tour",
        [
            "Starts at the model ship in the entrance hall",
            "Takes 50 minutes, at most 20 people",
            "Tuesday to Friday, 10:30 and 14:00",
            "Free of charge; book one week ahead at tours@harbour-library.example",
        ],
        "Groups of more than 20 people are split; the second half starts on floor 2.",
    ),
    (
        "The tour behind the scenes",
        [
            "Bindery, storage and the book lift of 1931",
            "Takes 90 minutes, at most 8 people, from the age of 14",
            "First Saturday of the month, 11:00",
            "6 euros a person",
        ],
        "Sturdy shoes are needed: the storage has open metal stairs.",
    ),
    (
        "Accessibility",
        [
            "A lift reaches every floor but the storage",
            "Induction loop at the front desk and in the Lantern room",
            "Guide dogs are welcome everywhere",
        ],
        "The standard tour is step-free; the tour behind the scenes is not.",
    ),
]


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, data in sample_documents().items():
        (FOLDER / name).write_bytes(data)
        print(f"{name}: {len(data):,} bytes")


def sample_documents() -> dict[str, bytes]:
    """The documents' names and contents."""
    return {
        "guided-tours.pptx": presentation(SLIDES),
        "lending-rules.pdf": pdf(LENDING_RULES),
        "rooms-and-opening-hours.xlsx": workbook(ROOMS),
        "staff-handbook.docx": word_document(STAFF_HANDBOOK),
    }


class OutlinedDocument(SimpleDocTemplate):
    """A PDF whose headings are its outline, too."""

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's name
        """Add a heading to the outline once it has been placed."""
        style = getattr(getattr(flowable, "style", None), "name", "")
        if style in {"Title", "Heading1"}:
            key = f"heading-{self.page}-{round(self.frame._y)}"
            self.canv.bookmarkPage(key)
            self.canv.addOutlineEntry(flowable.getPlainText(), key, 0 if style == "Title" else 1)


def pdf(blocks: list[Block]) -> bytes:
    """A PDF with headings, a table and page numbers."""
    styles = getSampleStyleSheet()
    styles["Title"].fontSize, styles["Title"].leading = 26, 34
    named = {"title": "Title", "heading": "Heading1", "subheading": "Heading2", "text": "BodyText"}
    story: list[Flowable] = []
    for kind, content in blocks:
        if kind == "page break":
            story.append(PageBreak())
        elif kind == "table":
            table = Table(content, hAlign="LEFT")
            table.setStyle(
                TableStyle(
                    [
                        ("GRID", (0, 0), (-1, -1), 0.5, "#888888"),
                        ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
                    ]
                )
            )
            story += [table, Spacer(1, 0.4 * cm)]
        elif kind == "list":
            story += [Paragraph(item, styles["BodyText"], bulletText="•") for item in content]
        else:
            story.append(Paragraph(content, styles[named[kind]]))

    def footer(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(2 * cm, 1.2 * cm, f"{AUTHOR} - {blocks[0][1]}")
        canvas.drawRightString(A4[0] - 2 * cm, 1.2 * cm, f"Page {document.page}")

    out = io.BytesIO()
    document = OutlinedDocument(
        out, pagesize=A4, title=str(blocks[0][1]), author=AUTHOR, invariant=1, pageCompression=0
    )
    document.build(story, onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def word_document(blocks: list[Block]) -> bytes:
    """A Word document with headings and a table."""
    document = docx.Document()
    for kind, content in blocks:
        if kind == "table":
            rows = [row for row in content if isinstance(row, tuple)]
            table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
            for row in rows:
                for cell, value in zip(table.add_row().cells, row, strict=True):
                    cell.text = value
        elif kind == "text":
            document.add_paragraph(str(content))
        else:
            level = {"title": 0, "heading": 1, "subheading": 2}[kind]
            document.add_heading(str(content), level)
    describe(document.core_properties, str(blocks[0][1]))
    out = io.BytesIO()
    document.save(out)
    return without_clock(out.getvalue())


def presentation(slides: list[tuple[str, list[str], str]]) -> bytes:
    """A slide deck with bullets and speaker notes."""
    deck = pptx.Presentation()
    for title, bullets, notes in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        body = slide.placeholders[1].text_frame
        for number, bullet in enumerate(bullets):
            paragraph = body.paragraphs[0] if number == 0 else body.add_paragraph()
            paragraph.text = bullet
            paragraph.font.size = Pt(22)
        slide.notes_slide.notes_text_frame.text = notes
    describe(deck.core_properties, slides[0][0])
    out = io.BytesIO()
    deck.save(out)
    return without_clock(out.getvalue())


def workbook(sheets: dict[str, list[Row]]) -> bytes:
    """A workbook, a table a sheet; numbers are numbers."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([int(value) if value.isdecimal() else value for value in row])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for column in "ABCDE":
            sheet.column_dimensions[column].width = 24
    book.properties.creator = AUTHOR
    book.properties.title = "Rooms and opening hours"
    book.properties.created = MADE_AT
    out = io.BytesIO()
    book.save(out)
    return without_clock(out.getvalue())


def describe(properties: object, title: str) -> None:
    """Title, author and dates of a Word document or slide deck."""
    values = {
        "title": title, "author": AUTHOR, "last_modified_by": AUTHOR, "created": MADE_AT,
        "modified": MADE_AT, "comments": "",
    }  # fmt: skip
    for name, value in values.items():
        setattr(properties, name, value)


def without_clock(data: bytes) -> bytes:
    """The same Office file without the time at which it was saved."""
    out = io.BytesIO()
    stamp = MADE_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            entry = zipfile.ZipInfo(name, MADE_AT.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            new.writestr(entry, content)
    return out.getvalue()


if __name__ == "__main__":
    main()
