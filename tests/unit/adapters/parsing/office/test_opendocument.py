"""OpenDocument files and books in EPUB."""

from __future__ import annotations

import io
import zipfile

import pytest

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LIMITS = ParseLimits()
SPACES = (
    " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "style", "presentation")
    )
    + ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
)
KIND = "application/vnd.oasis.opendocument."


def zipped(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def parse(kind: str, body: str, styles: str = "", **more: str) -> ParsedText:
    content = (
        f"<office:document-content {SPACES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>"
    )
    members = {"mimetype": KIND + kind, "content.xml": content, **more}
    return parse_document("a.odt", zipped(members), LIMITS)


def test_a_text_keeps_headings_lists_tables_and_notes() -> None:
    parsed = parse(
        "text",
        "<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:h text:outline-level='1'>Leave</text:h>"
        "<text:p>Thirty<text:s text:c='2'/>days<text:note>"
        "<text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>Of work.</text:p></text:note-body></text:note> a "
        "<text:span>year</text:span>.<office:annotation><text:p>why</text:p></office:annotation>"
        "</text:p><text:list text:style-name='L1'><text:list-item><text:p>Ask</text:p>"
        "<text:list><text:list-item><text:p>early</text:p></text:list-item></text:list>"
        "</text:list-item><text:list-item><text:p>Wait</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>Unit</text:p></table:table-cell>"
        "<table:table-cell><text:p>Days</text:p></table:table-cell></table:table-row>"
        "<table:table-row><table:table-cell><text:p>North</text:p></table:table-cell>"
        "<table:table-cell><text:p>30</text:p></table:table-cell></table:table-row></table:table>"
        "</office:text>",
        "<text:list-style style:name='L1'><text:list-level-style-number text:level='1' "
        "style:num-format='1'/><text:list-level-style-number text:level='2' style:num-format='a'/>"
        "</text:list-style>",
    )
    assert parsed.text == (
        "Leave\n\nThirty  days[1] a year.\n\n1. Ask\n  a. early\n2. Wait\n\n"
        "| Unit | Days |\n| --- | --- |\n| North | 30 |\n\n[1] Of work."
    )
    assert parsed.title == "Leave"


def test_a_sheet_is_a_page_and_blank_cells_to_the_edge_are_left_out() -> None:
    sheet = (
        "<table:table table:name='{}'><table:table-row><table:table-cell><text:p>Unit</text:p>"
        "</table:table-cell><table:table-cell table:number-columns-repeated='2'><text:p>x</text:p>"
        "</table:table-cell><table:table-cell table:number-columns-repeated='16000'/>"
        "</table:table-row><table:table-row table:number-rows-repeated='2'><table:table-cell>"
        "<text:p>North</text:p></table:table-cell></table:table-row>"
        "<table:table-row table:number-rows-repeated='1048000'><table:table-cell/>"
        "</table:table-row></table:table>"
    )
    body = f"<office:spreadsheet>{sheet.format('One')}{sheet.format('Two')}</office:spreadsheet>"
    parsed = parse("spreadsheet", body)
    table = "| Unit | x | x |\n| --- | --- | --- |\n| North |  |  |\n| North |  |  |"
    assert parsed.text == f"One\n\n{table}\n\nTwo\n\n{table}"
    assert [page.number for page in parsed.pages] == [1, 2]


def test_a_slide_is_a_page_headed_by_its_title() -> None:
    parsed = parse(
        "presentation",
        "<office:presentation><draw:page><draw:frame presentation:class='title'><draw:text-box>"
        "<text:p>Plans</text:p></draw:text-box></draw:frame><draw:frame><draw:text-box>"
        "<text:p>More leave</text:p></draw:text-box></draw:frame></draw:page>"
        "</office:presentation>",
    )
    assert parsed.text == "Plans\n\nMore leave"
    assert [(h.level, h.title) for h in parsed.headings] == [(1, "Plans")]


def test_a_protected_file_is_reported_as_such() -> None:
    manifest = {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    with pytest.raises(DocumentError) as caught:
        parse("text", "<office:text/>", **manifest)
    assert caught.value.code is FailureCode.ENCRYPTED


@pytest.mark.parametrize("content", ["<broken", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_markup_that_cannot_be_read_is_damage(content: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document("a.odt", zipped({"mimetype": KIND + "text", "content.xml": content}), LIMITS)
    assert caught.value.code is FailureCode.DAMAGED


def book(**more: str) -> bytes:
    package = (
        "<!DOCTYPE package><package xmlns='http://www.idpf.org/2007/opf'>"
        "<metadata xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>The book</dc:title>"
        "</metadata><manifest>"
        "<item id='n' href='nav.xhtml' media-type='application/xhtml+xml' properties='nav'/>"
        "<item id='b' href='text/two%20b.xhtml' media-type='application/xhtml+xml'/>"
        "<item id='a' href='text/one.xhtml' media-type='application/xhtml+xml'/>"
        "<item id='c' href='cover.jpg' media-type='image/jpeg'/></manifest>"
        "<spine><itemref idref='n'/><itemref idref='a'/><itemref idref='b'/></spine></package>"
    )
    members = {
        "META-INF/container.xml": "<container><rootfiles><rootfile full-path='OPS/book.opf'/>"
        "</rootfiles></container>",
        "OPS/book.opf": package,
        "OPS/nav.xhtml": "<html><body>Contents</body></html>",
        "OPS/text/two b.xhtml": "<html><body><h1>Second</h1><p>Words.</p></body></html>",
        "OPS/text/one.xhtml": "<html><body><h1>First</h1><p>Words.</p></body></html>",
        **more,
    }
    return zipped(members)


@pytest.mark.parametrize("kind", [{"mimetype": "application/epub+zip"}, {}])
def test_a_book_is_read_in_the_order_of_its_spine(kind: dict[str, str]) -> None:
    parsed = parse_document("a.epub", book(**kind), LIMITS)
    assert parsed.text == "First\n\nWords.\n\nSecond\n\nWords."
    assert parsed.title == "The book"
    assert [h.title for h in parsed.headings] == ["First", "Second"]


def test_a_book_that_is_protected_is_reported_as_such() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document("a.epub", book(**{"META-INF/rights.xml": "<rights/>"}), LIMITS)
    assert caught.value.code is FailureCode.ENCRYPTED
