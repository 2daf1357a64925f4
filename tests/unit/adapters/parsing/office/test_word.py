"""Word files: the numbers of lists and headings, notes, tracked changes, boxes."""

from __future__ import annotations

import io
import time
import zipfile

import docx
import pytest
from docx.oxml import parse_xml

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

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
        "Leave\n\nThirty days[1] a year.\n\nMore.\n\n[1] Words of note 2.\n\n"
        "Travel\n\nBy train[2]\n\nWords.\n\n[2] Words of note 3."
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


def with_parts(data: bytes, **parts: str) -> bytes:
    """The file with other contents of `word/<name>.xml`."""
    source, stream = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(stream, "w") as changed:
        for name in source.namelist():
            new = parts.get(name.removeprefix("word/").removesuffix(".xml"))
            changed.writestr(name, source.read(name) if new is None else new)
    return stream.getvalue()


def body(markup: str, prefix: str = "w") -> str:
    space = W.replace("xmlns:w", f"xmlns:{prefix}")
    return (
        f'<?xml version="1.0"?><{prefix}:document {space} '
        'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">'
        f"<{prefix}:body>{markup}</{prefix}:body></{prefix}:document>"
    )


def read(markup: str) -> ParsedText:
    return parse(with_parts(saved(docx.Document()), document=body(markup)))


@pytest.mark.parametrize(
    "unit",
    [
        "<w:pPr>",
        "<w:numPr>",
        '<w:moveFrom w:id="1">',
        "<w:pPrChange x",
        "<w:pPr><w:numPr>",
        "<mc:Fallback>",
        "<w:tbl><w:tr><w:tc>",
        "<w:t>",
        "</w:p>",
    ],
)
def test_markup_that_opens_without_end_takes_no_longer_than_its_length(unit: str) -> None:
    before = time.process_time()
    with pytest.raises(DocumentError):
        read(unit * 100_000)
    assert time.process_time() - before < 5


def test_lists_that_declare_entities_are_refused() -> None:
    document = docx.Document()
    document.add_paragraph("one", style="List Number")
    declared = "<!--" + " " * 9000 + "--><!DOCTYPE x [<!ENTITY a 'b'>]><w:numbering/>"
    with pytest.raises(DocumentError) as caught:
        parse(with_parts(saved(document), numbering=declared))
    assert caught.value.code is FailureCode.TOO_COMPLEX


def test_breaks_tabs_symbols_and_formulas_keep_words_apart() -> None:
    text = read(
        '<w:p><w:r><w:t>a</w:t><w:br w:type="page"/><w:t>b</w:t><w:tab/><w:t>c&amp;d</w:t>'
        '<w:noBreakHyphen/><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p>'
        "<w:p><m:oMath><m:f><m:num><m:r><m:t>x</m:t></m:r></m:num><m:den><m:r><m:t>y</m:t></m:r>"
        "</m:den></m:f></m:oMath></w:p>"
    ).text
    assert text == "a\nb\tc&d\u2011\u2612\n\nx/y"


def test_a_table_in_a_cell_follows_its_table() -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p>{}</w:tc>"
    inner = f"<w:tbl><w:tr>{cell.format('x', '')}{cell.format('y', '')}</w:tr></w:tbl>"
    row = f"<w:tr>{cell.format('a', inner)}{cell.format('b', '')}</w:tr>"
    second = f"<w:tr>{cell.format('c', '')}{cell.format('d', '')}</w:tr>"
    parsed = read(f"<w:tbl>{row}{second}</w:tbl>")
    assert parsed.text == "| a | b |\n| --- | --- |\n| c | d |\n\nx y"


def test_headings_are_known_by_outline_level_and_by_the_styles_they_are_based_on() -> None:
    styles = (
        f"<w:styles {W}>"
        '<w:style w:type="paragraph" w:styleId="b1"><w:name w:val="heading 2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Mine"><w:basedOn w:val="b1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Plain"><w:basedOn w:val="b1"/>'
        '<w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Loop"><w:basedOn w:val="Loop"/></w:style>'
        "</w:styles>"
    )
    made = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{style}</w:t></w:r></w:p>'
        for style in ("Mine", "Plain", "Loop", "Heading3", "Missing")
    )
    parsed = parse(with_parts(saved(docx.Document()), document=body(made), styles=styles))
    assert [(h.level, h.title) for h in parsed.headings] == [(2, "Mine"), (3, "Heading3")]


@pytest.mark.parametrize(
    "markup",
    [
        body("<x:p><x:r><x:t>words</x:t></x:r></x:p>", "x"),
        body("<w:p><w:r><w:t><![CDATA[words]]></w:t></w:r></w:p>"),
        "<!-- made by hand -->" + body("<w:p><w:r><w:t>words</w:t></w:r></w:p>"),
        "\ufeff" + body("<w:p><w:pPr/><w:r><w:t>words</w:t></w:r></w:p><w:p/>"),
    ],
)
def test_files_of_unusual_make_are_read_too(markup: str) -> None:
    assert parse(with_parts(saved(docx.Document()), document=markup)).text == "words"


def test_a_diagram_and_a_chart_stand_where_they_are_shown() -> None:
    space = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    words = "".join(f"<a:p><a:r><a:t>{w}</a:t></a:r></a:p>" for w in ("Plan", "Do"))
    figures = (
        '<c:tx><c:pt idx="0"><c:v>Sales</c:v></c:pt></c:tx>'
        '<c:cat><c:pt idx="0"><c:v>East</c:v></c:pt></c:cat>'
        '<c:val><c:formatCode>0%</c:formatCode><c:pt idx="0"><c:v>0.5</c:v></c:pt></c:val>'
    )
    chart = f"<c:chart><c:title>{words}</c:title><c:ser>{figures}</c:ser></c:chart>"
    drawn = (
        "<w:p><w:r><w:t>Before</w:t></w:r></w:p><w:p><w:r><w:drawing>"
        '<dgm:relIds r:dm="x1"/><c:chart r:id="x2"/></w:drawing></w:r></w:p>'
        "<w:p><w:r><w:t>After</w:t></w:r></w:p>"
    )
    data = with_parts(saved(docx.Document()), document=body(drawn))
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(stream, "w") as changed:
        for name in source.namelist():
            if not name.endswith("document.xml.rels"):
                changed.writestr(name, source.read(name))
        changed.writestr("word/d.xml", f"<x {space}>{words}</x>")
        changed.writestr("word/c.xml", f"<x {space}>{chart}</x>")
        changed.writestr(
            "word/_rels/document.xml.rels",
            '<Relationships><Relationship Id="x1" Type="a/diagramData" Target="d.xml"/>'
            '<Relationship Id="x2" Type="a/chart" Target="c.xml"/></Relationships>',
        )
    assert parse(stream.getvalue()).text == (
        "Before\n\n- Plan\n- Do\n\nPlanDo\n\n|  | Sales |\n| --- | --- |\n| East | 50% |\n\nAfter"
    )
