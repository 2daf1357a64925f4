"""Hostile files of Office programs."""

from __future__ import annotations

from collections.abc import Callable

from openpyxl.utils import get_column_letter

from tests.hostile.attack import Attack
from tests.hostile.packed import packed

_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_ODF = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"),
        ("style", "style"),
    )
)  # fmt: skip


def _relations(targets: dict[str, tuple[str, str]]) -> str:
    return f'<Relationships xmlns="{_PACKAGE}relationships">' + "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}{kind}" Target="{target}"/>'
        for key, (kind, target) in targets.items()
    ) + "</Relationships>"  # fmt: skip


def _package(main: str, parts: dict[str, str]) -> bytes:
    return packed({
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}content-types"/>',
        "_rels/.rels": _relations({"r": ("officeDocument", main)}),
        **parts,
    })  # fmt: skip


def _docx(size: int, body: Callable[[int], str], **parts: Callable[[int], str]) -> Attack:
    kinds = {"notes": "footnotes", "styles": "styles", "numbering": "numbering", "chart": "chart"}

    def make(n: int) -> bytes:
        made = {f"word/{name}.xml": part(n) for name, part in parts.items()}
        rels = {f"r{name}": (kinds[name], f"{name}.xml") for name in parts}
        return _package("word/document.xml", {
            "word/document.xml": f"<w:document><w:body>{body(n)}</w:body></w:document>",
            "word/_rels/document.xml.rels": _relations(rels),
            **made,
        })  # fmt: skip

    return Attack("a.docx", size, make)


def _pptx(
    size: int, slide: Callable[[int], str], count: Callable[[int], int] = lambda n: 1
) -> Attack:
    def make(n: int) -> bytes:
        ids = "".join(f'<p:sldId id="{i}" r:id="r0"/>' for i in range(count(n)))
        return _package("ppt/presentation.xml", {
            "ppt/presentation.xml": f"<p:presentation>{ids}</p:presentation>",
            "ppt/_rels/presentation.xml.rels": _relations({"r0": ("slide", "slides/s.xml")}),
            "ppt/slides/s.xml": f"<p:sld>{slide(n)}</p:sld>",
            "ppt/slides/_rels/s.xml.rels": _relations({"rc": ("chart", "../c.xml")}),
            "ppt/c.xml": "<c:chart><c:ser>" + '<c:val><c:pt idx="1"><c:v>1</c:v></c:pt></c:val>' * n + "</c:ser></c:chart>",
        })  # fmt: skip

    return Attack("a.pptx", size, make)


def xlsx(size: int, rows: Callable[[int], str], sheets: Callable[[int], int] = lambda n: 1,
          **parts: Callable[[int], str]) -> Attack:  # fmt: skip
    kinds = {"sharedStrings": "sharedStrings", "styles": "styles"}

    def make(n: int) -> bytes:
        listed = "".join(f'<sheet name="s{i}" r:id="r0"/>' for i in range(sheets(n)))
        made = {f"xl/{name}.xml": part(n) for name, part in parts.items()}
        rels = {name: (kinds[name], f"{name}.xml") for name in parts if name in kinds}
        return _package("xl/workbook.xml", {
            "xl/workbook.xml": f"<workbook><sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": _relations({"r0": ("worksheet", "sheet.xml"), **rels}),
            "xl/sheet.xml": f"<worksheet><sheetData>{rows(n)}</sheetData></worksheet>",
            "xl/_rels/sheet.xml.rels": _relations({"rc": ("comments", "comments.xml")} if "comments" in parts else {}),
            **made,
        })  # fmt: skip

    return Attack("a.xlsx", size, make)


def _odf(name: str, kind: str, size: int, body: Callable[[int], str]) -> Attack:
    return Attack(name, size, lambda n: packed({
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": f"<office:document-content{_ODF}><office:body>{body(n)}</office:body></office:document-content>",
    }))  # fmt: skip


def _odt(size: int, body: Callable[[int], str]) -> Attack:
    return _odf("a.odt", "text", size, lambda n: f"<office:text>{body(n)}</office:text>")


def ods(size: int, body: Callable[[int], str]) -> Attack:
    return _odf(
        "a.ods",
        "spreadsheet",
        size,
        lambda n: (
            f'<office:spreadsheet><table:table table:name="t">{body(n)}</table:table></office:spreadsheet>'
        ),
    )


def _cell(place: str, value: str = "<v>1</v>", more: str = "") -> str:
    return f'<c r="{place}"{more}>{value}</c>'


def _p(words: str = "a", own: str = "") -> str:
    return f"<w:p>{own}<w:r><w:t>{words}</w:t></w:r></w:p>"


# What Office never writes, so that a library reads the file.
_UNUSUAL = "<w:a w:val=''/>"
_TC = f"<w:tc>{_p()}</w:tc>"
_WIDE = f'<w:tc><w:tcPr><w:gridSpan w:val="1000"/></w:tcPr>{_p()}</w:tc>'

_NUMBERED = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'


def _numbering(label: str, start: str = "1") -> str:
    return (
        '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f'<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="{start}"/>'
        f'<w:lvlText w:val="{label}"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )


ATTACKS = {
    "docx: paragraphs": _docx(1_000, lambda n: _p() * n),
    "docx: runs": _docx(10_000, lambda n: "<w:p>" + "<w:t>a</w:t>" * n + "</w:p>"),
    "docx: notes": _docx(400,
        lambda n: "<w:p>" + "".join(f'<w:footnoteReference w:id="{i}"/>' for i in range(n)) + "</w:p>",
        notes=lambda n: "<w:footnotes>" + "".join(f'<w:footnote w:id="{i}">{_p()}</w:footnote>' for i in range(n)) + "</w:footnotes>"),
    "docx: the same note": _docx(500,
        lambda n: "<w:p>" + '<w:footnoteReference w:id="1"/>' * n + "</w:p>",
        notes=lambda n: "<w:footnotes>" + f'<w:footnote w:id="1">{_p()}</w:footnote>' * n + "</w:footnotes>"),
    "docx: open notes": _docx(1_000, lambda n: '<w:p><w:footnoteReference w:id="1"/></w:p>',
        notes=lambda n: "<w:footnotes>" + '<w:footnote w:id="1">' * n),
    "docx: styles": _docx(300,
        lambda n: "".join(_p(own=f'<w:pPr><w:pStyle w:val="s{i}"/></w:pPr>') for i in range(n)),
        styles=lambda n: "<w:styles>" + "".join(f'<w:style w:styleId="s{i}"><w:basedOn w:val="s{i - 1}"/></w:style>' for i in range(n)) + "</w:styles>"),
    "docx: numbered": _docx(500,
        lambda n: _p(own=_NUMBERED) * n, numbering=lambda n: _numbering("%1.%1.%1")),
    "docx: a long label": _docx(500, lambda n: _p(own=_NUMBERED) * n, numbering=lambda n: _numbering("%1." + "a" * n)),
    "docx: labels without words": _docx(1_000, lambda n: _p("", own=_NUMBERED) * n + _p(), numbering=lambda n: _numbering("%1" * n)),
    "docx: a high start": _docx(500, lambda n: _p(own=_NUMBERED) * n, numbering=lambda n: _numbering("%1" * 30, "9" * min(n, 4_000))),
    "docx: properties": _docx(900, lambda n: "".join(_p(own=f"<w:pPr>{i}</w:pPr>") for i in range(n))),
    "docx: open properties": _docx(20_000, lambda n: "<w:pPr>" * n),
    "docx: open fallbacks": _docx(10_000, lambda n: "<mc:Fallback>" * n),
    "docx: nested fallbacks": _docx(10_000, lambda n: "<mc:Fallback>" * n + "</mc:Fallback>" * n),
    "docx: open changes": _docx(9_000, lambda n: "<w:pPrChange a" * n),
    "docx: rows": _docx(500, lambda n: "<w:tbl>" + f"<w:tr>{_TC}{_TC}</w:tr>" * n + "</w:tbl>"),
    "docx: one wide row": _docx(300, lambda n: f"<w:tbl><w:tr>{_TC * n}</w:tr>" + f"<w:tr>{_TC}</w:tr>" * n + "</w:tbl>"),
    "docx: spans": _docx(90, lambda n: "<w:tbl>" + f"<w:tr>{_WIDE * n}</w:tr>" + f"<w:tr>{_TC}</w:tr>" * n + "</w:tbl>"),
    "docx: nested tables": _docx(90, lambda n: f"<w:tbl><w:tr><w:tc>{_p() * 10}" * n + "</w:tc></w:tr></w:tbl>" * n),
    "docx: a chart again and again": _docx(200, lambda n: '<w:p><c:chart r:id="rchart"/></w:p>' * n + _p(),
        chart=lambda n: "<c:chart>" + '<c:ser><c:val><c:pt idx="1"><c:v>1</c:v></c:pt></c:val></c:ser>' * n + "</c:chart>"),
    "docx: a chart's points": _docx(1_000, lambda n: '<w:p><c:chart r:id="rchart"/></w:p>' + _p(),
        chart=lambda n: "<c:chart>" + "".join(f'<c:ser><c:val><c:pt idx="{i}"><c:v>1</c:v></c:pt></c:val></c:ser>' for i in range(n)) + "</c:chart>"),
    "docx: a chart of spaces": _docx(100_000, lambda n: '<w:p><c:chart r:id="rchart"/></w:p>' + _p(),
        chart=lambda n: '<c:chart><c:ser><c:val><c:pt idx="1">' + " " * n + "</c:val></c:ser></c:chart>"),
    "docx: a long heading": _docx(300, lambda n: _p("a " * n, '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>') + (_p("b", '<w:pPr><w:outlineLvl w:val="1"/></w:pPr>') + _p()) * n),
    "docx: comments": _docx(30_000, lambda n: "<!--" * n + _p()),
    "docx: comments of dashes": _docx(50_000, lambda n: "<!--" + " -" * n + _p()),
    "docx: unparsed": _docx(30_000, lambda n: "<![CDATA[" * n + _p()),
    "docx: unparsed brackets": _docx(50_000, lambda n: "<![CDATA[" + "]" * n + _p()),
    "docx: prefixes": _docx(4_000, lambda n: "<w:p " + " ".join(f'xmlns:a{i}="b{i}"' for i in range(n)) + "/>" + _p()),
    "docx: renamed": _docx(1_000, lambda n: '<x:p xmlns:x="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>' + "<x:p><x:r/></x:p>" * n + _p()),
    "docx: attributes": _docx(50_000, lambda n: "<w:footnoteReference " + 'a="b" ' * n + "/>" + _p()),
    "docx: boxes": _docx(1_000, lambda n: "<w:p>" + f"<w:txbxContent>{_p()}</w:txbxContent>" * n + "</w:p>"),
    "docx: nested boxes": _docx(3_000, lambda n: "<w:p><w:txbxContent>" * n + "</w:txbxContent></w:p>" * n + _p()),
    "docx: less-than": _docx(100_000, lambda n: "<" * n + _p()),
    "docx: parts": Attack("a.docx", 500, lambda n: _package("word/document.xml", {
        "word/document.xml": f"<w:document><w:body>{_p()}</w:body></w:document>",
        **{f"word/media/{i}.xml": "<a/>" for i in range(n)}})),
    "docx: relations": Attack("a.docx", 1_000, lambda n: _package("word/document.xml", {
        "word/document.xml": f"<w:document><w:body>{_p()}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relations({f"r{i}": ("image", f"{'../' * 5}{i}.png") for i in range(n)})})),
    "docx: fields of a relation": Attack("a.docx", 20_000, lambda n: _package("word/document.xml", {
        "word/document.xml": f"<w:document><w:body>{_p()}</w:body></w:document>",
        "word/_rels/document.xml.rels": "<Relationship " + 'Id="r' * n})),
    "unusual docx: paragraphs": _docx(1_000, lambda n: _UNUSUAL + _p() * n),
    "unusual docx: one paragraph": _docx(3_000, lambda n: _UNUSUAL + "<w:p>" + "<w:r><w:t>a</w:t></w:r>" * n + "</w:p>"),
    "unusual docx: rows": _docx(200, lambda n: _UNUSUAL + "<w:tbl>" + f"<w:tr>{_TC}{_TC}</w:tr>" * n + "</w:tbl>"),
    "unusual docx: nested tables": _docx(50, lambda n: _UNUSUAL + f"<w:tbl><w:tr><w:tc>{_p() * 10}" * n + "</w:tc></w:tr></w:tbl>" * n),
    "unusual xlsx: rows": xlsx(400, lambda n: "<!-- -->" + "".join(f"<row r='{i}'>{_cell(f'A{i}')}{_cell(f'B{i}')}</row>" for i in range(1, n))),
    "unusual xlsx: far cells": xlsx(300, lambda n: "<!-- -->" + f"<row r='1'>{_cell('A1')}</row>" + "".join(f"<row r='{i * 50}'>{_cell(get_column_letter(i * 20) + str(i * 50))}</row>" for i in range(1, n))),
    "pptx: paragraphs": _pptx(2_000, lambda n: "<p:sp>" + "<a:p><a:t>a</a:t></a:p>" * n + "</p:sp>"),
    "pptx: titles": _pptx(900, lambda n: '<p:sp><p:ph type="title"/><a:p><a:t>a</a:t></a:p></p:sp>' * n),
    "pptx: one wide row": _pptx(700, lambda n: "<a:tbl><a:tr>" + "<a:tc><a:p><a:t>a</a:t></a:p></a:tc>" * n + "<a:tr><a:tc><a:p><a:t>a</a:t></a:p></a:tc>" * n + "</a:tbl>"),
    "pptx: a slide again and again": _pptx(300, lambda n: "<p:sp><a:p><a:t>a</a:t></a:p></p:sp>" * n, lambda n: n),
    "pptx: a chart again and again": _pptx(300, lambda n: '<c:chart r:id="rc"/>' * n + "<p:sp><a:p><a:t>a</a:t></a:p></p:sp>"),
    "xlsx: rows": xlsx(2_000, lambda n: "".join(f"<row>{_cell(f'A{i}')}{_cell(f'B{i}')}</row>" for i in range(n))),
    "xlsx: spaces in a cell": xlsx(100_000, lambda n: f"<row>{_cell('A1', ' ' * n)}</row>"),
    "xlsx: spaces after a formula": xlsx(100_000, lambda n: f"<row>{_cell('A1', '<f>1</f>' + ' ' * n + '<')}</row>"),
    "xlsx: open cells": xlsx(1_000, lambda n: "<row>" + '<c r="A1"><is>' * n + "</row>"),
    "xlsx: open extensions": xlsx(1_000, lambda n: "<row>" + '<c r="A1"><extLst>' * n + "</row>"),
    "xlsx: a cell of tags": xlsx(20_000, lambda n: f"<row>{_cell('A1', '<is>' + '<a>' * n)}</row>"),
    "xlsx: a diagonal": xlsx(1_500, lambda n: "".join(f"<row>{_cell(get_column_letter(i) + str(i))}</row>" for i in range(1, n))),
    "xlsx: one wide row": xlsx(1_000, lambda n: "<row>" + "".join(_cell(get_column_letter(i) + "1") for i in range(1, n)) + "</row>" + "".join(f"<row>{_cell(f'A{i}')}</row>" for i in range(2, n))),
    "xlsx: cells without places": xlsx(1_000, lambda n: "<row><c><v>1</v></c><c><v>1</v></c></row>" * n),
    "xlsx: looks": xlsx(1_000, lambda n: "".join(f"<row>{_cell(f'A{i}', more=f' a{chr(61)}{chr(34)}{i}{chr(34)}')}</row>" for i in range(n))),
    "xlsx: long numbers": xlsx(50_000, lambda n: f"<row>{_cell('A1', '<v>' + '1' * n + '</v>')}</row>"),
    "xlsx: long inline text": xlsx(50_000, lambda n: f"<row>{_cell('A1', '<is><t>' + ' a' * n + '</t></is>')}</row>"),
    "xlsx: a sheet again and again": xlsx(200, lambda n: "".join(f"<row>{_cell(f'A{i}')}</row>" for i in range(n)), lambda n: n),
    "xlsx: strings": xlsx(1_000, lambda n: "".join(f"<row>{_cell(f'A{i}', f'<v>{i}</v>', ' t=' + chr(34) + 's' + chr(34))}</row>" for i in range(n)),
        sharedStrings=lambda n: "<sst>" + "<si><t>a</t></si>" * n + "</sst>"),
    "xlsx: strings of spaces": xlsx(100_000, lambda n: f"<row>{_cell('A1')}</row>", sharedStrings=lambda n: "<sst><si>" + " " * n + "</sst>"),
    "xlsx: open strings": xlsx(10_000, lambda n: f"<row>{_cell('A1')}</row>", sharedStrings=lambda n: "<sst>" + "<si>" * n + "</sst>"),
    "xlsx: open runs": xlsx(50_000, lambda n: f"<row>{_cell('A1')}</row>", sharedStrings=lambda n: "<sst><si>" + "<rPh a>" * n + "</si></sst>"),
    "xlsx: styles": xlsx(5_000, lambda n: f"<row>{_cell('A1')}</row>", styles=lambda n: "<styleSheet><cellXfs>" + '<xf numFmtId="1">' * n + "</cellXfs></styleSheet>"),
    "xlsx: open styles": xlsx(50_000, lambda n: f"<row>{_cell('A1')}</row>", styles=lambda n: "<styleSheet>" + "<cellXfs>" * n + "</styleSheet>"),
    "xlsx: comments": xlsx(5_000, lambda n: f"<row>{_cell('A1')}</row>", comments=lambda n: "<comments>" + "".join(f'<comment ref="A{i}"><t>a</t></comment>' for i in range(n)) + "</comments>"),
    "xlsx: a comment's places": xlsx(20_000, lambda n: f"<row>{_cell('A1')}</row>", comments=lambda n: "<comments><comment " + 'ref="A1" ' * n + "</comments>"),
    "xlsx: open comments": xlsx(20_000, lambda n: f"<row>{_cell('A1')}</row>", comments=lambda n: "<comments>" + '<comment ref="A1">' * n + "</comments>"),
    "xlsx: the same long string": xlsx(100, lambda n: "".join(f"<row>{_cell(f'A{i}', '<v>0</v>', ' t=' + chr(34) + 's' + chr(34))}</row>" for i in range(2_000)),
        sharedStrings=lambda n: "<sst><si><t>" + "a" * n + "</t></si></sst>"),
    "odt: paragraphs": _odt(3_000, lambda n: "<text:p>a</text:p>" * n),
    "odt: spans": _odt(5_000, lambda n: "<text:p>" + "<text:span>a</text:span>" * n + "</text:p>"),
    "odt: nested spans": _odt(180, lambda n: "<text:p>" + "<text:span>a" * n + "a" * 1000 * n + "</text:span>" * n + "</text:p>"),
    "odt: lists": _odt(1_000, lambda n: "<text:list>" + "<text:list-item><text:p>a</text:p></text:list-item>" * n + "</text:list>"),
    "odt: nested tables": _odt(2_000, lambda n: "<table:table><table:table-row><table:table-cell><text:p>a</text:p>" * n + "</table:table-cell></table:table-row></table:table>" * n),
    "odt: nested boxes": _odt(2_000, lambda n: "<text:p>" + "<draw:frame><draw:text-box><text:p>a" * n + "</text:p></draw:text-box></draw:frame>" * n + "</text:p>"),
    "odt: notes": _odt(1_000, lambda n: "<text:p>" + "<text:note><text:note-body><text:p>a</text:p></text:note-body></text:note>" * n + "</text:p>"),
    "odt: headings": _odt(500, lambda n: '<text:h text:outline-level="1">a</text:h><text:p>a</text:p>' * n),
    "odt: attributes": _odt(10_000, lambda n: "<text:p " + " ".join(f'a{i}="b"' for i in range(n)) + ">a</text:p>"),
    "odt: deep": _odt(5_000, lambda n: "<text:section>" * n + "</text:section>" * n),
    "ods: rows": ods(400, lambda n: "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>" * n),
    "ods: repeated": ods(5, lambda n: ('<table:table-row table:number-rows-repeated="1000">' + '<table:table-cell table:number-columns-repeated="1000"><text:p>a</text:p></table:table-cell>' + "</table:table-row>") * n),
    "ods: one wide row": ods(300, lambda n: "<table:table-row>" + "<table:table-cell><text:p>a</text:p></table:table-cell>" * n + "</table:table-row>" + "<table:table-row><table:table-cell><text:p>a</text:p></table:table-cell></table:table-row>" * n),
}  # fmt: skip
