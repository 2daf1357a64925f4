"""Small files of every format, made by code, to be read whole or damaged."""

from __future__ import annotations

import io
from email.message import EmailMessage
from functools import cache

import docx
import openpyxl
import pptx
from openpyxl.comments import Comment
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from reportlab.pdfgen.canvas import Canvas


def saved(document: object) -> bytes:
    """What an Office library writes."""
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Leave", 1)
    document.add_paragraph("Thirty days & more.").add_run(" in bold").bold = True
    for style in ("List Number", "List Bullet"):
        document.add_paragraph("an item", style=style)
    table = document.add_table(2, 2)
    for number, cell in enumerate([cell for row in table.rows for cell in row.cells]):
        cell.text = f"cell {number}"
    return saved(document)


def slides() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Topic"
    slide.placeholders[1].text = "first\nsecond"
    slide.notes_slide.notes_text_frame.text = "say this"
    slide.shapes.add_table(1, 2, 0, 0, 9, 9).table.cell(0, 0).text = "cell"
    data = CategoryChartData()
    data.categories = ["East", "West"]
    data.add_series("Share", (0.25, 0.75))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, 9, 9, data)
    return saved(presentation)


def workbook() -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in (["Name", "Count"], ["Bolt", 3.5], ["Nut", True], ["=1+1", "#REF!"]):
        sheet.append(row)
    sheet["B2"].number_format = "0.0%"
    sheet["A1"].comment = Comment("of the part", "x")
    return saved(made)


def pdf() -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    for page in range(2):
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 750, f"Chapter {page}")
        canvas.setFont("Helvetica", 10)
        for line in range(12):
            canvas.drawString(72, 720 - 14 * line, f"Line {line} of page {page} says a thing.")
        canvas.grid([72, 172, 272], [300, 320, 340])
        canvas.drawString(76, 304, "cell")
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["From"] = "someone@example.com"
    message["To"] = "others@example.com"
    message["Subject"] = "Caf\u00e9 hours"
    message.set_content("Open from nine.\n\n> when?\n")
    message.add_alternative("<p>Open from <b>nine</b>.</p>", subtype="html")
    message.add_attachment(b"a,b\n1,2\n", maintype="text", subtype="csv", filename="t.csv")
    return message.as_bytes()


@cache
def by_name() -> dict[str, bytes]:
    """A file of every format."""
    return {
        "a.docx": word(),
        "a.pptx": slides(),
        "a.xlsx": workbook(),
        "a.pdf": pdf(),
        "a.eml": mail(),
        "a.html": (
            b"<!DOCTYPE html><meta charset=utf-8><title>T</title><nav>menu</nav><main>"
            b"<h1>Caf\xc3\xa9</h1><p>words<pre>code</pre><table><tr><th>a<th>b<tr><td>1<td>2</table></main>"
        ),
        "a.md": (
            b"---\ntitle: T\n---\n# Head\n\ntext *em*\n\n```\ncode\n```\n\n| a | b |\n|---|---|\n"
        ),
        "a.csv": b'name;count\n"a;b";1\nc;2\n',
        "a.txt": "Gr\u00fc\u00dfe\r\n\r\nSecond paragraph.".encode("cp1252"),
        "a.rtf": rb"{\rtf1\ansi Hello \b world\b0\par}",
        "a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"),
    }
