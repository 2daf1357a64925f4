"""The documents that benchmarks ingest: letters, reports and manuals in every format.

A letter has one page of prose. A report has 12 pages: headings of two levels, prose, lists and a
table in every other section. A manual has 80 pages of the same. Where it applies they have running
heads and page numbers. A presentation has 6, 20 or 60 slides with titles, bullets and notes, and a
table on every fifth; a workbook one sheet of 40 rows, three of 400 or six of 1,000. Texts differ
from file to file, so that nothing can be cached.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.texts import Writer

FORMATS = ("pdf", "docx", "pptx", "xlsx", "md", "txt", "html")
OFFICE = ("docx", "pptx", "xlsx")
LONG_AGO = 1_700_000_000
"""When the files were written, as far as anybody can see: at rest, so that no scan waits."""


@dataclass(frozen=True, slots=True)
class Size:
    """A kind of document.

    Attributes:
        name: What people call it.
        sections: Headings with prose below.
        paragraphs: In a section.
        copies: How many there are of it in a set.
    """

    name: str
    sections: int
    paragraphs: int
    copies: int


LETTER = Size("letter", 1, 4, 24)
REPORT = Size("report", 16, 4, 6)
MANUAL = Size("manual", 115, 4, 1)
SIZES = (LETTER, REPORT, MANUAL)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    level: int
    heading: str
    paragraphs: list[str]
    items: list[str]
    table: list[list[str]]


def make_documents(folder: Path, kind: str, sizes: tuple[Size, ...] = SIZES) -> list[Path]:
    """Write one format's documents. Returns their paths, by size."""
    folder.mkdir(parents=True, exist_ok=True)
    write = _WRITERS[kind]
    made = []
    for number, size in enumerate(sizes):
        for copy in range(size.copies):
            path = folder / f"{size.name}-{copy:02d}.{kind}"
            write(path, Writer(1000 * number + copy), size)
            os.utime(path, (LONG_AGO, LONG_AGO))
            made.append(path)
    return made


def sections_of(writer: Writer, size: Size) -> list[Section]:
    """The text of a document that is mostly prose."""
    made = []
    for number in range(size.sections):
        whole = number % 5 == 0
        made.append(
            Section(
                level=1 if whole else 2,
                heading=f"{number + 1} {writer.heading()}",
                paragraphs=[writer.paragraph() for _ in range(size.paragraphs)],
                items=[writer.sentence() for _ in range(5)] if number % 3 == 1 else [],
                table=writer.table(8, 4) if number % 2 else [],
            )
        )
    return made


def as_markdown(title: str, sections: list[Section]) -> str:
    """The same text as Markdown."""
    parts = [f"# {title}"]
    for section in sections:
        parts.append(f"{'#' * (section.level + 1)} {section.heading}")
        parts.extend(section.paragraphs)
        if section.items:
            parts.append("\n".join(f"- {item}" for item in section.items))
        if section.table:
            lines = ["| " + " | ".join(row) + " |" for row in section.table]
            lines.insert(1, "|" + " --- |" * len(section.table[0]))
            parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _write_markdown(path: Path, writer: Writer, size: Size) -> None:
    path.write_text(as_markdown(writer.heading(), sections_of(writer, size)), encoding="utf-8")


def _write_plain(path: Path, writer: Writer, size: Size) -> None:
    parts = [writer.heading()]
    for section in sections_of(writer, size):
        parts += [section.heading, *section.paragraphs, *section.items]
        parts += ["\n".join("\t".join(row) for row in section.table)]
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _write_html(path: Path, writer: Writer, size: Size) -> None:
    title = html.escape(writer.heading())
    links = "".join(f'<li><a href="/{n}">{writer.heading()}</a></li>' for n in range(20))
    parts = [f"<nav><ul>{links}</ul></nav>", f"<main><h1>{title}</h1>"]
    for section in sections_of(writer, size):
        parts.append(f"<h{section.level + 1}>{html.escape(section.heading)}</h{section.level + 1}>")
        parts += [f"<p>{html.escape(text)}</p>" for text in section.paragraphs]
        parts.append("".join(f"<li>{html.escape(item)}</li>" for item in section.items))
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in section.table)
        parts.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
    head = f'<meta charset="utf-8"><title>{title}</title><style>p {{ margin: 1em }}</style>'
    body = "\n".join(parts)
    page = f"<!doctype html>\n<html><head>{head}</head><body>\n{body}\n</main></body></html>\n"
    path.write_text(page, encoding="utf-8")


def _write_pdf(path: Path, writer: Writer, size: Size) -> None:
    from reportlab.lib.pagesizes import A4  # noqa: PLC0415 - the sides measured do without it
    from reportlab.lib.styles import getSampleStyleSheet  # noqa: PLC0415
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table  # noqa: PLC0415

    styles = getSampleStyleSheet()
    title = writer.heading()
    story = [Paragraph(escape(title), styles["Title"])]
    for section in sections_of(writer, size):
        story.append(Paragraph(escape(section.heading), styles[f"Heading{section.level}"]))
        story += [Paragraph(escape(text), styles["BodyText"]) for text in section.paragraphs]
        story += [Paragraph(escape(i), styles["Bullet"], bulletText="•") for i in section.items]
        if section.table:
            story.append(Table(section.table, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]))

    def running(canvas: object, document: object) -> None:
        canvas.drawString(72, 810, title)  # type: ignore[attr-defined]
        canvas.drawString(280, 30, f"Page {document.page}")  # type: ignore[attr-defined]

    document = SimpleDocTemplate(str(path), pagesize=A4, title=title, invariant=1)
    document.build(story, onFirstPage=running, onLaterPages=running)


def _write_docx(path: Path, writer: Writer, size: Size) -> None:
    import docx  # noqa: PLC0415

    document = docx.Document()
    document.add_heading(writer.heading(), 0)
    for section in sections_of(writer, size):
        document.add_heading(section.heading, section.level)
        for text in section.paragraphs:
            document.add_paragraph(text)
        for item in section.items:
            document.add_paragraph(item, style="List Bullet")
        if section.table:
            table = document.add_table(rows=0, cols=len(section.table[0]))
            for row in section.table:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
    document.save(str(path))


def _write_pptx(path: Path, writer: Writer, size: Size) -> None:
    import pptx  # noqa: PLC0415
    from pptx.util import Cm  # noqa: PLC0415

    deck = pptx.Presentation()
    for number in range({"letter": 6, "report": 20}.get(size.name, 60)):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = writer.heading()
        slide.placeholders[1].text = "\n".join(writer.sentence() for _ in range(5))
        slide.notes_slide.notes_text_frame.text = writer.paragraph(3)
        if number % 5 == 4:
            rows = writer.table(6, 4)
            shape = slide.shapes.add_table(len(rows), 4, Cm(2), Cm(12), Cm(20), Cm(5))
            for row, cells in zip(shape.table.rows, rows, strict=True):
                for cell, text in zip(row.cells, cells, strict=True):
                    cell.text = text
    deck.save(str(path))


def _write_xlsx(path: Path, writer: Writer, size: Size) -> None:
    import openpyxl  # noqa: PLC0415

    sheets, rows = {"letter": (1, 40), "report": (3, 400)}.get(size.name, (6, 1000))
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number in range(sheets):
        sheet = book.create_sheet(f"{writer.words(1)[0].capitalize()} {number + 1}")
        for row in writer.table(rows, 6):
            sheet.append([_as_number(cell) for cell in row])
    book.save(path)


def _as_number(cell: str) -> str | float:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return cell


_WRITERS: dict[str, Callable[[Path, Writer, Size], None]] = {
    "pdf": _write_pdf,
    "docx": _write_docx,
    "pptx": _write_pptx,
    "xlsx": _write_xlsx,
    "md": _write_markdown,
    "txt": _write_plain,
    "html": _write_html,
}
