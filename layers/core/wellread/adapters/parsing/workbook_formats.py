"""The numbers of an Excel file as its cells show them."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from xml.etree import ElementTree as Xml

from wellread.adapters.parsing.archives import parse_xml
from wellread.adapters.parsing.number_formats import built_in_format, shown_number

_MOST_BYTES = 8 * 2**20
_MOST_SHEET_BYTES = 32 * 2**20
# Rows that hold cells, and cells with a style and a number, as all programs write them; a number
# in a cell that is written otherwise stays as it is stored.
_TOKEN = re.compile(
    rb'<row[^<>]*>(?=\s*<c[ >])|<c r="([A-Z]{1,3})\d+" s="(\d{1,6})"(?: t="n")?>'
    rb"(?:<f[^<>]*/>|<f[^<>]*>[^<>]*</f>)?<v>([-+.\dEe]{1,40})</v>"
)


class WorkbookFormats:
    """The formats of an Excel file's cells; of a file that has none, or is no zip file, none."""

    def __init__(self, data: bytes) -> None:
        """Read which formats there are."""
        self._archive: zipfile.ZipFile | None = None
        self._codes: list[str] = []
        self._sheets: list[str] = []
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._codes = self._read_codes()
            self._sheets = self._read_sheets() if any(self._codes) else []
        except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError):
            # The library reads more than sound files; their numbers stay as they are.
            self._sheets = []

    def show(self, number: int, rows: list[list[str]]) -> None:
        """Put numbers in place as they are shown.

        Args:
            number: Of the sheet, from 1.
            rows: Its rows that hold cells, each from column A.
        """
        if number > len(self._sheets) or self._archive is None:
            return
        try:
            with self._archive.open(self._sheets[number - 1]) as part:
                sheet = part.read(_MOST_SHEET_BYTES)
        except (zipfile.BadZipFile, KeyError, OSError, EOFError):
            return
        index = -1
        for token in _TOKEN.finditer(sheet):
            letters, style, stored = token.groups()
            if letters is None:
                index += 1
                continue
            code = self._codes[int(style)] if int(style) < len(self._codes) else ""
            column = _column(letters)
            if not code or index >= len(rows) or column >= len(rows[index]):
                continue
            value = stored.decode("ascii")
            if _same(rows[index][column], value):
                rows[index][column] = shown_number(value, code) or rows[index][column]

    def _read_codes(self) -> list[str]:
        """The format code of each style."""
        tree = self._tree("xl/styles.xml")
        own = {
            int(entry.get("numFmtId", "0")): entry.get("formatCode", "")
            for entry in tree.iterfind("{*}numFmts/{*}numFmt")
        }
        numbers = [int(entry.get("numFmtId", "0")) for entry in tree.iterfind("{*}cellXfs/{*}xf")]
        return [own.get(number) or built_in_format(number) for number in numbers]

    def _read_sheets(self) -> list[str]:
        """The members that hold the sheets, in their order."""
        targets = {
            entry.get("Id"): entry.get("Target", "")
            for entry in self._tree("xl/_rels/workbook.xml.rels")
        }
        sheets = []
        for entry in self._tree("xl/workbook.xml").iterfind("{*}sheets/{*}sheet"):
            relation = next((v for k, v in entry.attrib.items() if k.endswith("}id")), None)
            path = posixpath.normpath(posixpath.join("/xl", targets.get(relation, "")))
            sheets.append(path.lstrip("/"))
        return sheets

    def _tree(self, name: str) -> Xml.Element:
        if self._archive is None:
            raise KeyError(name)
        with self._archive.open(name) as part:
            return parse_xml(part.read(_MOST_BYTES))


def _column(letters: bytes) -> int:
    """A column's place from 0: A is 0, AA is 26."""
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1


def _same(shown: str, stored: str) -> bool:
    """Whether a cell's text is the stored number, so that rows and columns are what they seem."""
    try:
        first, second = float(shown), float(stored)
    except ValueError:
        return False
    return abs(first - second) <= 1e-9 * max(abs(first), abs(second))
