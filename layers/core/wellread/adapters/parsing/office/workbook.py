"""Excel files, by patterns over the markup of their sheets, piece by piece."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial

from wellread.adapters.parsing.confined.limits import MIB, ParseLimits
from wellread.adapters.parsing.office.drawings import paragraphs
from wellread.adapters.parsing.office.number_formats import (
    built_in_format,
    is_date,
    shown_date,
    shown_number,
)
from wellread.adapters.parsing.office.ooxml import (
    Package,
    Relation,
    UnusualMarkupError,
    attributes,
    element,
    renamed,
    unescaped,
    unusual_prefixes,
)
from wellread.adapters.parsing.office.workbook_places import with_places
from wellread.adapters.parsing.text_builder import (
    TextBuilder,
    is_sparse,
    markdown_cell,
    markdown_row,
)
from wellread.domain.knowledge.documents import ParsedText

PIECE = MIB
_LONGEST_ROW = 16 * MIB
_SHEET = re.compile(r"<sheet\s([^<>]*)>")
_FROM_1904 = re.compile(r'<workbookPr\s[^<>]*date1904="(?:1|true)"')
_CODE = re.compile(r"<numFmt\s([^<>]*)>")
_CELL_STYLES = re.compile(element("cellXfs"))
_FORMAT = re.compile(r"<xf\s([^<>]*)>")
_STRING = re.compile(
    r"<si>\s*+(?:<t(?:\s[^<>]*)?>([^<]*)</t>\s*+</si>"
    r"|([^<]*+(?:<(?!/?si>)[^<]*+)*+)</si>)|<si/>"
)
_COMMENT = re.compile(r"<comment\s([^<>]*)>([^<]*+(?:<(?!/?comment[\s>])[^<]*+)*+)</comment>")
_REFERENCE = re.compile(r'\bref="([A-Z]+\d+)"')
_ANY_STRING = re.compile(r"<si[\s/>]")
_RUN = re.compile(
    r"<t(?:\s[^<>]*)?>([^<]*)</t>|<rPh\s[^<>]*>[^<]*+(?:<(?!/?rPh[\s>])[^<]*+)*+</rPh>"
)
# White space is taken once, by the part that comes to it first.
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})(\d{1,7})"([^<>]*?)(?:/>'
    r"|>\s*+(?:<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)\s*+)?+"
    r"(?:<v(?:\s[^<>]*)?>([^<]*)</v>|<is>([^<]*+(?:<(?!/?is>)[^<]*+)*+)</is>|<v/>)?"
    r"[^<]*+(?:<extLst>[^<]*+(?:<(?!/?extLst>)[^<]*+)*+</extLst>\s*+)?+</c>)"
)
_ANY_CELL = re.compile(r"<c[\s/>]")
_STYLE = re.compile(r'\bs="(\d{1,6})"')
_TYPE = re.compile(r'\bt="(\w+)"')
_PLAIN = re.compile(r"[-+]?\d+(?:\.\d+)?")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ISO_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d).*")
_DATE_FORMATS = frozenset((*range(14, 18), 22, *range(27, 37), 47, *range(50, 59)))
# Between the cells of a row: no cell holds it, since control characters are left out.
_BETWEEN = "\x1f"
_LONGEST_EXACT = 15
_REMEMBERED = 5000

Shown = Callable[[str], str]
"""Of what a cell stores, what it shows: on one line, as a cell of a markdown table."""


def parse_workbook(package: Package, media_type: str, limits: ParseLimits) -> ParsedText:
    """An Excel file: sheets are pages, each a table under its name.

    Raises:
        UnusualMarkupError: It is put together in a way that Excel never uses.
        DocumentError: There is no text.
    """
    main = package.main_part()
    markup = package.markup(main)
    relations = package.relations(main)
    parts = dict(relations.values())
    cells = _Cells(package, parts, from_1904=bool(_FROM_1904.search(markup)))
    sheets = [attributes(sheet) for sheet in _SHEET.findall(markup)]
    if not sheets:
        raise UnusualMarkupError(main)
    builder = TextBuilder(media_type, limits)
    for number, sheet in enumerate(sheets, start=1):
        relation = relations.get(next((v for k, v in sheet.items() if k.endswith(":id")), ""))
        name = sheet.get("name", "")
        page = _write(builder, package, cells, relation, name, limits) if relation else ()
        builder.page(number, page)
    return builder.build(package.title())


def _write(
    builder: TextBuilder,
    package: Package,
    cells: _Cells,
    relation: Relation,
    name: str,
    limits: ParseLimits,
) -> Iterator[None]:
    if relation.kind == "worksheet":
        parts = package.relations(relation.target).values()
        comments = {
            ref[1]: _runs(words)
            for part in parts
            if part.kind == "comments"
            for fields, words in _COMMENT.findall(package.markup(part.target))
            if (ref := _REFERENCE.search(fields))
        }
        rows = _Rows(cells, comments, limits)
        for piece in _pieces(package, relation.target):
            rows.read(piece)
        lines = rows.lines()
        boxes = [
            words
            for part in parts
            if part.kind == "drawing"
            for words in paragraphs(package, part.target)
        ]
        if lines or boxes:
            builder.heading(1, name)
            builder.table_lines(lines)
            builder.block("\n".join(boxes))
    yield


def _pieces(package: Package, part: str) -> Iterator[str]:
    """A sheet's markup, cut where rows end, so that it is never held as a whole."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    prefixes: dict[str, str] = {}
    rest = row_end = ""
    for content in package.pieces(part, PIECE):
        try:
            rest += decoder.decode(content)
        except UnicodeDecodeError as error:
            raise UnusualMarkupError(part) from error
        if not row_end and "sheetData" in rest:
            prefixes = unusual_prefixes(rest)
            own = next((f"{prefix}:" for prefix, usual in prefixes.items() if not usual), "")
            row_end = f"</{own}row>"
        end = rest.rfind(row_end) if row_end else -1
        if end >= 0:
            yield renamed(rest[:end], prefixes)
            rest = rest[end:]
        elif len(rest) > _LONGEST_ROW:
            raise UnusualMarkupError(part)
    rest = renamed(rest, prefixes)
    if "</worksheet>" not in rest:
        raise UnusualMarkupError(part)
    yield rest


class _Rows:
    """The rows of a sheet that hold something."""

    def __init__(self, cells: _Cells, comments: Mapping[str, str], limits: ParseLimits) -> None:
        self._cells = cells
        self._limits = limits
        self._length = 0
        self._comments = comments
        self._kinds: dict[str, Shown] = {}
        self._rows: list[tuple[tuple[str, ...], str]] = []
        # The columns that rows fill, each such choice held once.
        self._layouts: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._number = ""
        self._columns: list[str] = []
        self._shown: list[str] = []

    def read(self, markup: str) -> None:
        """Read the next piece of the sheet's markup."""
        cells = len(_ANY_CELL.findall(markup))
        found = _CELL.findall(markup)
        if len(found) != cells:
            found = _CELL.findall(with_places(markup, int(self._number or 0)))
        if "<!" in markup or len(found) != cells:
            raise UnusualMarkupError("cells")
        kinds, number = self._kinds, self._number
        for column, row, rest, value, inline in found:
            if row != number:
                self._end_row()
                self._number = number = row
            if value:
                shown = kinds.get(rest)
                if shown is None:
                    shown = kinds[rest] = self._cells.kind(rest)
                text = shown(value)
            else:
                text = _inline(inline) if inline else ""
            if self._comments and (comment := self._comments.get(column + row)):
                text = f"{text} [Comment: {_words(comment)}]".lstrip()
            if text:
                self._columns.append(column)
                self._shown.append(text)

    def lines(self) -> list[str]:
        """The rows as lines of a markdown table; a single row is a line of text."""
        self._end_row()
        if len(self._rows) == 1:
            return [self._rows[0][1].replace(_BETWEEN, " ").replace("\\|", "|")]
        used = sorted({c for layout in self._layouts for c in layout}, key=lambda c: (len(c), c))
        if is_sparse(len(self._rows), len(used), sum(len(layout) for layout, _ in self._rows)):
            # No table: each row is a line of text, as a single one is.
            return [row.replace(_BETWEEN, " ") for _, row in self._rows]
        lines = [self._line(layout, row, used) for layout, row in self._rows]
        if lines:
            lines.insert(1, markdown_row(["---"] * len(used)))
        return lines

    def _line(self, layout: tuple[str, ...], row: str, used: list[str]) -> str:
        if len(layout) == len(used):
            return f"| {row.replace(_BETWEEN, ' | ')} |"
        by_column = dict(zip(layout, row.split(_BETWEEN), strict=True))
        return markdown_row([by_column.get(column, "") for column in used])

    def _end_row(self) -> None:
        if self._shown:
            layout = tuple(self._columns)
            if len(set(layout)) != len(layout):
                raise UnusualMarkupError("a cell that is there twice")
            layout = self._layouts.setdefault(layout, layout)
            # Many cells may share a long string.
            self._length += sum(map(len, self._shown))
            self._limits.check_characters(self._length)
            self._rows.append((layout, _BETWEEN.join(self._shown)))
            self._columns.clear()
            self._shown.clear()


class _Cells:
    """How the cells of a workbook show what they store."""

    def __init__(self, package: Package, parts: dict[str, str], *, from_1904: bool) -> None:
        self._from_1904 = from_1904
        styles, strings = parts.get("styles", ""), parts.get("sharedStrings", "")
        self._codes = list(_codes(package.markup(styles))) if styles in package else []
        self._strings = list(_strings(package.markup(strings))) if strings in package else []

    def kind(self, markup: str) -> Shown:
        """How cells with these attributes show what they store."""
        kind, style = _TYPE.search(markup), _STYLE.search(markup)
        name = kind[1] if kind else "n"
        if name == "s":
            return self._shared
        if name == "n":
            place = int(style[1]) if style else 0
            code = self._codes[place] if place < len(self._codes) else ""
            if not code:
                return _plain
            # The same dates stand in many rows.
            shown = partial(_number, code, self._from_1904)
            return lru_cache(_REMEMBERED)(shown) if is_date(code) else shown
        return {"b": _truth, "d": _date}.get(name, _words)

    def _shared(self, value: str) -> str:
        try:
            return self._strings[int(value)]
        except (ValueError, IndexError) as error:
            raise UnusualMarkupError("a string that is not there") from error


def _codes(markup: str) -> Iterator[str]:
    """The format code of each style that cells may have."""
    own = {}
    for entry in _CODE.findall(markup):
        fields = attributes(entry)
        own[fields.get("numFmtId", "")] = fields.get("formatCode", "")
    cells = _CELL_STYLES.search(markup)
    for entry in _FORMAT.findall(cells[0]) if cells else ():
        number = attributes(entry).get("numFmtId", "0")
        yield own.get(number) or (_built_in(int(number)) if number.isdecimal() else "")


def _built_in(number: int) -> str:
    return "yyyy-mm-dd hh:mm" if number in _DATE_FORMATS else built_in_format(number)


def _strings(markup: str) -> Iterator[str]:
    """The strings that cells share."""
    count = 0
    for match in _STRING.finditer(markup):
        count += 1
        yield _words(match[1] if match[1] is not None else _runs(match[2] or ""))
    if count != len(_ANY_STRING.findall(markup)):
        raise UnusualMarkupError("strings")


@lru_cache(maxsize=_REMEMBERED)
def _inline(markup: str) -> str:
    """The words of a cell that shares none with others, though many say the same."""
    return _words(_runs(markup))


def _runs(markup: str) -> str:
    """The words of a string whose parts look differently; how it is read aloud is left out."""
    return "".join(_RUN.findall(markup))


def _words(markup: str) -> str:
    text = unescaped(markup)
    if "_x" in text:
        text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return markdown_cell(text)


def _plain(value: str) -> str:
    """A number that has no format, with as many digits as are exact."""
    if len(value) <= _LONGEST_EXACT and _PLAIN.fullmatch(value):
        return value
    try:
        return f"{float(value):.{_LONGEST_EXACT}g}"
    except ValueError:
        return _words(value)


def _number(code: str, from_1904: bool, value: str) -> str:
    text = shown_number(value, code) or shown_date(value, code, from_1904=from_1904)
    return markdown_cell(text) if text else _plain(value)


def _truth(value: str) -> str:
    return "TRUE" if value.strip() in ("1", "true") else "FALSE"


def _date(value: str) -> str:
    return _words(_ISO_TIME.sub(r"\1 \2", value).removesuffix(" 00:00:00"))
