"""Every word that is put into a file comes out, in its order, and no other does."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from email.message import EmailMessage
from typing import NamedTuple

import docx
import openpyxl
import pptx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from tests.property.files import saved
from tests.property.soundness import LIMITS, assert_sound, examples
from wellread.adapters.parsing.dispatch import parse_document

LETTERS = "abcdefgABCxyz\u00e9\u00df\u00f1\u0416\u044f\u03a9\u6f22\u5b57\u05d0\U0001d4d0"
WORD = st.text(LETTERS, min_size=2, max_size=9)
# What stands between words in files, some of it markup in one format or another.
BETWEEN = st.sampled_from([" ", "  ", "\t", " & ", " < ", " | ", " * ", " _ ", " # ", ", ", " - "])


class Block(NamedTuple):
    """A piece of a document: its kind, and the words of each of its parts."""

    kind: str
    parts: list[str]


@st.composite
def phrases(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORD, min_size=1, max_size=6))
    return "".join(word + draw(BETWEEN) for word in words[:-1]) + words[-1]


BLOCKS = st.lists(
    st.builds(
        Block,
        st.sampled_from(["heading", "paragraph", "item", "table", "runs"]),
        st.lists(phrases(), min_size=4, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def words_of(text: str) -> list[str]:
    return re.findall(f"[{LETTERS}]+", text)


def put_in(blocks: Sequence[Block]) -> list[str]:
    return [word for block in blocks for part in block.parts for word in words_of(part)]


def words_out(name: str, data: bytes) -> list[str]:
    parsed = parse_document(name, data, LIMITS)
    assert_sound(parsed)
    return words_of(parsed.text)


@given(BLOCKS)
@examples(60)
def test_a_word_file_says_its_words(blocks: list[Block]) -> None:
    document = docx.Document()
    for kind, parts in blocks:
        if kind == "table":
            table = document.add_table(2, 2)
            for cell, part in zip(
                [cell for row in table.rows for cell in row.cells], parts, strict=True
            ):
                cell.text = part
            continue
        style = {"heading": "Heading 2", "item": "List Bullet"}.get(kind)
        for part in [" ".join(parts)] if kind == "runs" else parts:
            paragraph = document.add_paragraph(style=style)
            # Word cuts its runs anywhere.
            for start in range(0, len(part), 5):
                paragraph.add_run(part[start : start + 5]).bold = bool(start % 2)
    assert words_out("a.docx", saved(document)) == put_in(blocks)


@given(BLOCKS)
@examples(30)
def test_a_presentation_says_its_words(blocks: list[Block]) -> None:
    presentation = pptx.Presentation()
    for kind, parts in blocks:
        slide = presentation.slides.add_slide(presentation.slide_layouts[6])
        if kind == "table":
            table = slide.shapes.add_table(2, 2, 0, 0, 9, 9).table
            for number, part in enumerate(parts):
                table.cell(number // 2, number % 2).text = part
            continue
        for part in parts:
            slide.shapes.add_textbox(0, 0, 9, 9).text_frame.text = part
    assert words_out("a.pptx", saved(presentation)) == put_in(blocks)


@given(BLOCKS, st.integers(1, 3))
@examples(100)
def test_a_workbook_says_its_words(blocks: list[Block], step: int) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "1"
    for row, (_, parts) in enumerate(blocks, start=1):
        for column, part in enumerate(parts, start=1):
            sheet.cell(row * step, column * step, part)
    assert words_out("a.xlsx", saved(made)) == put_in(blocks)


@given(BLOCKS, st.sampled_from(";,\t|"))
@examples(100)
def test_delimited_values_say_their_words(blocks: list[Block], delimiter: str) -> None:
    rows = [
        delimiter.join('"' + part.replace('"', '""') + '"' for part in parts) for _, parts in blocks
    ]
    assert words_out("a.csv", "\n".join(rows).encode()) == put_in(blocks)


def page_of(blocks: Sequence[Block]) -> str:
    made = []
    for kind, parts in blocks:
        first, second, third, fourth = map(html.escape, parts)
        if kind == "table":
            made.append(f"<table><tr><th>{first}<th>{second}<tr><td>{third}<td>{fourth}</table>")
        elif kind == "runs":
            made.append(f"<div>{first}<p>{second} <b>{third}</b></p><span>{fourth}</span></div>")
        else:
            name = {"heading": "h2", "item": "li", "paragraph": "p"}[kind]
            made += [f"<{name}>{part}</{name}>" for part in (first, second, third, fourth)]
    return f"<!DOCTYPE html><meta charset=utf-8><main>{''.join(made)}</main>"


@given(BLOCKS)
@examples(100)
def test_a_page_says_its_words(blocks: list[Block]) -> None:
    assert words_out("a.html", page_of(blocks).encode()) == put_in(blocks)


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@given(blocks=BLOCKS)
@examples(100)
def test_plain_text_says_its_words(name: str, blocks: list[Block]) -> None:
    text = "\n\n".join("\n".join(parts) for _, parts in blocks)
    assert words_out(name, text.encode()) == put_in(blocks)


@given(BLOCKS, st.sampled_from(["plain", "html"]))
@examples(60)
def test_a_mail_says_its_words(blocks: list[Block], kind: str) -> None:
    message = EmailMessage()
    message["From"] = "1@2"
    if kind == "html":
        message.set_content(page_of(blocks), subtype="html")
    else:
        message.set_content("\n\n".join("\n".join(parts) for _, parts in blocks))
    out = words_out("a.eml", message.as_bytes())
    found = put_in(blocks)
    assert out[-len(found) :] == found


@given(
    st.lists(
        st.lists(st.text("abcdefg", min_size=2, max_size=9), min_size=1, max_size=8),
        min_size=1,
        max_size=30,
    )
)
@examples(60)
def test_a_pdf_says_its_words(lines: list[list[str]]) -> None:
    stream = io.BytesIO()
    canvas = Canvas(stream)
    canvas.setFont("Helvetica", 11)
    for number, words in enumerate(lines):
        canvas.drawString(72, 760 - 20 * number, " ".join(words))
    canvas.save()
    out = words_out("a.pdf", stream.getvalue())
    assert out == [word for words in lines for word in words]
