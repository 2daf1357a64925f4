"""Word files: the numbers of lists and headings, notes, tracked changes, boxes."""

from __future__ import annotations

import io
import time
import zipfile

import docx
import pytest
from docx.oxml import parse_xml

from wellread.adapters.parsing.dispatch import parse_document
from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.word_markup import with_numbers
from wellread.domain.documents import ParsedText

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def saved(document: docx.document.Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def parse(data: bytes) -> ParsedText:
    return parse_document("a.docx", data, ParseLimits())


def add_list(document: docx.document.Document, *levels: tuple[str, str]) -> None:
    """Define list 90 with the levels' kinds and texts, and list 91 that restarts it at five."""
    numbering = document.part.numbering_part._element
    made = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (kind, text) in enumerate(levels)
    )
    numbering.insert(
        0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="90">{made}</w:abstractNum>')
    )
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    for number, more in ((90, ""), (91, restart)):
        numbering.append(
            parse_xml(f'<w:num {W} w:numId="{number}"><w:abstractNumId w:val="90"/>{more}</w:num>')
        )


def item(paragraph: docx.text.paragraph.Paragraph, level: int, number: int = 90) -> None:
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {W}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
    )


def test_clauses_have_the_numbers_that_word_shows() -> None:
    document = docx.Document()
    add_list(document, ("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)"))
    item(document.add_heading("Leave", 1), 0)
    for words, level in (("first", 1), ("second", 1), ("a case", 2), ("another", 2)):
        item(document.add_paragraph(words), level)
    document.add_paragraph("between")
    item(document.add_heading("Travel", 1), 0)
    item(document.add_paragraph("clause"), 1)
    item(document.add_paragraph("restarted"), 0, 91)
    item(document.add_paragraph("and on"), 0, 91)
    parsed = parse(saved(document))
    assert parsed.text == (
        "1. Leave\n\n  1.1 first\n  1.2 second\n    (a) a case\n    (b) another\n\nbetween\n\n"
        "2. Travel\n\n  2.1 clause\n5. restarted\n6. and on"
    )
    assert [heading.title for heading in parsed.headings] == ["1. Leave", "2. Travel"]
    assert "\u2060" not in parsed.text


def test_numbers_that_come_with_a_style_are_shown_too() -> None:
    document = docx.Document()
    for words, style in (
        ("one", "List Number"),
        ("two", "List Number"),
        ("dot", "List Bullet"),
        ("three", "List Number"),
    ):
        document.add_paragraph(words, style=style)
    assert parse(saved(document)).text == "1. one\n2. two\n- dot\n3. three"


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("upperRoman", ["I", "II", "III", "IV"]),
        ("lowerRoman", ["i", "ii", "iii", "iv"]),
        ("upperLetter", ["A", "B", "C", "D"]),
        ("decimalZero", ["01", "02", "03", "04"]),
    ],
)
def test_numerals_are_those_of_the_list(kind: str, numbers: list[str]) -> None:
    document = docx.Document()
    add_list(document, (kind, "Article %1:"))
    for number in numbers:
        item(document.add_paragraph(f"words {number}"), 0)
    expected = "\n".join(f"Article {number}: words {number}" for number in numbers)
    assert parse(saved(document)).text == expected


def test_a_number_that_nothing_follows_is_not_shown() -> None:
    document = docx.Document()
    add_list(document, ("decimal", "%1."))
    for words in ("one", "", "three"):
        item(document.add_paragraph(words), 0)
    assert parse(saved(document)).text == "1. one\n3. three"


def test_a_paragraph_with_an_outline_level_is_a_heading() -> None:
    document = docx.Document()
    document.add_paragraph("Leave")._p.get_or_add_pPr().append(
        parse_xml(f'<w:outlineLvl {W} w:val="1"/>')
    )
    document.add_paragraph("words")
    parsed = parse(saved(document))
    assert [(heading.level, heading.title) for heading in parsed.headings] == [(2, "Leave")]


def test_what_was_deleted_or_moved_away_is_gone_and_what_was_inserted_is_there() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Kept")
    for name, tag, words in (
        ("del", "delText", " deleted"),
        ("ins", "t", " inserted"),
        ("moveFrom", "t", " here before"),
        ("moveTo", "t", " here now"),
    ):
        paragraph._p.append(
            parse_xml(
                f'<w:{name} {W} w:id="1" w:author="x"><w:r><w:{tag} xml:space="preserve">{words}'
                f"</w:{tag}></w:r></w:{name}>"
            )
        )
    assert parse(saved(document)).text == "Kept inserted here now"


def with_notes(data: bytes) -> bytes:
    """The file with footnotes 2 and 3, marked where its words say NOTE2 and NOTE3."""
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    with zipfile.ZipFile(stream, "w") as changed:
        for name in source.namelist():
            part = source.read(name).decode("utf-8", "surrogateescape")
            for number in (2, 3):
                reference = (
                    f'</w:t></w:r><w:r><w:footnoteReference w:id="{number}"/></w:r><w:r><w:t>'
                )
                part = part.replace(f"NOTE{number}", reference)
            if name == "[Content_Types].xml":
                override = f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/>'
                part = part.replace("</Types>", f"{override}</Types>")
            if name == "word/_rels/document.xml.rels":
                link = f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/>'
                part = part.replace("</Relationships>", f"{link}</Relationships>")
            changed.writestr(name, part.encode("utf-8", "surrogateescape"))
        notes = "".join(
            f'<w:footnote w:id="{n}"><w:p><w:r><w:t>Words of note {n}.</w:t></w:r></w:p>'
            "</w:footnote>"
            for n in (2, 3)
        )
        changed.writestr("word/footnotes.xml", f"<w:footnotes {W}>{notes}</w:footnotes>")
    return stream.getvalue()


def test_notes_stand_at_the_end_of_their_section_with_their_mark() -> None:
    document = docx.Document()
    document.add_heading("Leave", 1)
    document.add_paragraph("Thirty daysNOTE2 a year.")
    document.add_paragraph("More.")
    document.add_heading("Travel", 1)
    document.add_table(1, 2).cell(0, 1).text = "By trainNOTE3"
    document.add_paragraph("Words.")
    assert parse(with_notes(saved(document))).text == (
        "Leave\n\nThirty days[2] a year.\n\nMore.\n\n[2] Words of note 2.\n\n"
        "Travel\n\nBy train[3]\n\nWords.\n\n[3] Words of note 3."
    )


def test_words_in_a_text_box_are_kept_once() -> None:
    document = docx.Document()
    shape = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006"
    box = "<w:txbxContent><w:p><w:r><w:t>boxed words</w:t></w:r></w:p></w:txbxContent>"
    document.add_paragraph("Before")._p.append(
        parse_xml(
            f'<w:r {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            f'xmlns:s="{shape}" xmlns:d="{drawing}/wordprocessingDrawing" xmlns:a="{drawing}/main" '
            'xmlns:v="urn:schemas-microsoft-com:vml"><mc:AlternateContent><mc:Choice Requires="s">'
            f'<w:drawing><d:inline><a:graphic><a:graphicData uri="{shape}"><s:wsp><s:txbx>{box}'
            "</s:txbx></s:wsp></a:graphicData></a:graphic></d:inline></w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    document.add_paragraph("After")
    text = parse(saved(document)).text
    assert text.split() == ["Before", "boxed", "words", "After"]


def test_a_file_that_needs_nothing_or_is_no_word_file_stays_as_it_is() -> None:
    document = docx.Document()
    document.styles.element.clear()
    document.add_paragraph("words")
    data = saved(document)
    assert with_numbers(data) is data
    assert with_numbers(b"PK\x03\x04 broken") == b"PK\x03\x04 broken"
    assert with_numbers(data[: len(data) // 2]) == data[: len(data) // 2]


@pytest.mark.parametrize(
    "unit", ["<w:pPr>", "<w:numPr>", '<w:moveFrom w:id="1">', "<w:pPrChange x", "<w:pPr><w:numPr>"]
)
def test_markup_that_opens_without_end_takes_no_longer_than_its_length(unit: str) -> None:
    document = docx.Document()
    document.add_paragraph("one", style="List Number")
    source, stream = zipfile.ZipFile(io.BytesIO(saved(document))), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name in source.namelist():
            part = source.read(name)
            changed.writestr(name, unit.encode() * 200_000 if name.endswith("ment.xml") else part)
    before = time.process_time()
    with_numbers(stream.getvalue())
    assert time.process_time() - before < 5


def test_lists_that_declare_entities_are_left_to_the_reader() -> None:
    document = docx.Document()
    document.add_paragraph("one", style="List Number")
    source, stream = zipfile.ZipFile(io.BytesIO(saved(document))), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name in source.namelist():
            padding = b"<!--" + b" " * 9000 + b"--><!DOCTYPE x [<!ENTITY a 'b'>]>"
            part = source.read(name)
            if name == "word/numbering.xml":
                part = padding + part.partition(b"?>")[2]
            changed.writestr(name, part)
    data = stream.getvalue()
    assert with_numbers(data) is data
