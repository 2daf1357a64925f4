"""Rich text (rtf): paragraphs, headings and tables, by one walk over its control words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)"
)
_DEEPEST = 1_000
_LEFT_OUT = frozenset(
    "colortbl pict object header headerl headerr headerf footer footerl footerr footerf themedata "
    "colorschememapping latentstyles datastore listtable listoverridetable rsidtbl generator "
    "fldinst filetbl revtbl xmlnstbl annotation atnid atnauthor atrfstart atrfend atnref atnicn "
    "nonshppict wgrffmtfilter mmathPr objdata bkmkstart bkmkend shpinst pntext tc xe "
    "userprops ftnsep ftnsepc aftnsep aftnsepc".split()
)
_SHOWN_STARRED = frozenset(("shptxt", "footnote", "shppict"))
_SPECIAL = {
    "tab": "\t", "line": "\n", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c",
    "rdblquote": "\u201d", "bullet": "\u2022", "endash": "\u2013", "emdash": "\u2014",
    "emspace": " ", "enspace": " ", "qmspace": " ", "nestcell": "\t", "nestrow": "\n",
    "softline": "\n",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n",
            b"\r": "\n"}  # fmt: skip
_CODE_PAGES = {0: "", 1: "", 2: "symbol", 77: "mac_roman", 128: "cp932", 129: "cp949",
               130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
               163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
               222: "cp874", 238: "cp1250", 255: "cp437"}  # fmt: skip
_BLANKS = re.compile(r"[ \t]+")
_STYLE = re.compile(r"heading (\d)$", re.IGNORECASE)
_TITLE_STYLES = frozenset(("title",))
_LONGEST_HEADING = 200


@dataclass(frozen=True, slots=True)
class _State:
    """What holds within a group.

    Attributes:
        target: What its words are: "text", "fonts", "styles", "title", "note" or "" for nothing.
        skipped: Characters after one in Unicode that stand in for it.
    """

    target: str = "text"
    skipped: int = 1
    font: int = -1
    hidden: bool = False
    starred: bool = False


def parse_rich_text(data: bytes, limits: ParseLimits) -> ParsedText:
    """The text of an rtf file.

    Raises:
        DocumentError: `empty` or `too_complex`.
    """
    reader = _Reader(TextBuilder("application/rtf", limits))
    reader.read(data)
    return reader.done()


class _Reader:
    def __init__(self, builder: TextBuilder) -> None:
        self._builder = builder
        self._state = _State()
        self._stack: list[_State] = []
        self._code_page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._levels: dict[int, int] = {}
        self._words: list[str] = []
        self._bytes = bytearray()
        self._to_skip = 0
        self._level = 0
        self._style = 0
        self._in_table = False
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._notes: list[str] = []
        self._count = 0
        self._note: list[str] = []
        self._title: list[str] = []

    def read(self, data: bytes) -> None:
        place = 0
        while place < len(data):
            token = _TOKEN.match(data, place)
            if token is None:
                place += 1
                continue
            place = token.end()
            word, number, code, symbol, brace, text = token.groups()
            if word:
                if word == b"bin":
                    place += max(int(number or 0), 0)
                else:
                    self._control(word.decode(), int(number) if number else None)
            elif code:
                self._byte(int(code, 16))
            elif symbol:
                self._symbol(symbol)
            elif brace == b"{":
                self._open()
            elif brace:
                self._close()
            else:
                self._plain(text)

    def done(self) -> ParsedText:
        self._end_paragraph()
        self._end_table()
        title = worthy("".join(self._title))
        return self._builder.build(title or self._builder.leading_title())

    def _open(self) -> None:
        self._settle()
        if len(self._stack) >= _DEEPEST:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        self._stack.append(self._state)
        self._state = replace(self._state, starred=False)

    def _close(self) -> None:
        self._settle()
        self._to_skip = 0
        before = self._state
        if self._stack:
            self._state = self._stack.pop()
        if before.target == "note" and self._state.target != "note":
            self._notes.append(f"[{self._count}] {one_line(''.join(self._note))}")

    def _control(self, word: str, number: int | None) -> None:
        if word == "u" and number is not None:
            self._settle()
            self._add(chr(number % 0x10000))
            self._to_skip = self._state.skipped
            return
        self._settle()
        self._to_skip = 0
        if word in _SPECIAL:
            self._add(_SPECIAL[word])
        elif self._state.starred and word not in _SHOWN_STARRED:
            self._state = replace(self._state, target="", starred=False)
        elif not self._destination(word) and not self._format(word, number):
            self._paragraph(word, number)

    def _destination(self, word: str) -> bool:
        target = {"fonttbl": "fonts", "stylesheet": "styles", "info": "", "footnote": "note"}.get(
            word, "" if word in _LEFT_OUT else None
        )
        if word == "title" and self._stack and not self._state.target:
            target = "title"
        if word in ("author", "operator", "subject", "keywords", "doccomm", "company"):
            target = ""
        if target is None:
            return False
        if self._state.target or target == "title":
            self._state = replace(self._state, target=target, starred=False)
        if target == "note":
            self._count += 1
            self._words.append(f"[{self._count}]")
            self._note.clear()
        return True

    def _format(self, word: str, number: int | None) -> bool:
        """Formats of characters, and of the whole file."""
        if word == "f":
            self._state = replace(self._state, font=number or 0)
        elif word == "fcharset" and self._state.target == "fonts":
            self._fonts[self._state.font] = _CODE_PAGES.get(number or 0, "")
        elif word == "ansicpg" and number:
            self._code_page = {65001: "utf-8", 10000: "mac_roman"}.get(number, f"cp{number}")
        elif word in ("mac", "pc", "pca"):
            self._code_page = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "uc":
            self._state = replace(self._state, skipped=max(number or 0, 0))
        elif word in ("v", "deleted"):
            self._state = replace(self._state, hidden=number != 0)
        elif word == "plain":
            self._state = replace(self._state, hidden=False)
        else:
            return False
        return True

    def _paragraph(self, word: str, number: int | None) -> None:
        target = self._state.target
        if target == "styles":
            if word == "s":
                self._style = number or 0
            return
        if target != "text":
            self._note.append(" ")
            return
        if word in ("par", "sect", "page"):
            self._end_paragraph()
        elif word == "pard":
            self._level, self._in_table = 0, False
        elif word == "s":
            self._level = self._levels.get(number or 0, 0)
        elif word == "outlinelevel":
            self._level = (number or 0) + 1 if (number or 0) < 9 else 0
        else:
            self._table(word)

    def _table(self, word: str) -> None:
        if word == "intbl":
            self._in_table = True
        elif word == "cell":
            self._cells.append("".join(self._words))
            self._words.clear()
        elif word == "row":
            self._rows.append(self._cells)
            self._cells = []

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._state = replace(self._state, starred=True)
        elif symbol in (b"\n", b"\r"):
            self._settle()
            self._paragraph("par", None)
        elif symbol in _SYMBOLS:
            self._settle()
            self._add(_SYMBOLS[symbol])

    def _byte(self, byte: int) -> None:
        if self._to_skip:
            self._to_skip -= 1
        else:
            self._bytes.append(byte)

    def _plain(self, text: bytes) -> None:
        skipped = min(self._to_skip, len(text))
        self._to_skip -= skipped
        # Letters of two bytes may have a second one that is ASCII.
        self._bytes.extend(text[skipped:])

    def _settle(self) -> None:
        """Make characters of the bytes so far."""
        if not self._bytes:
            return
        code_page = self._fonts.get(self._state.font) or self._code_page
        data, self._bytes = bytes(self._bytes), bytearray()
        if code_page == "symbol":
            self._add(re.sub(rb"[\x80-\xff]", b"\x95", data).decode("cp1252"))
            return
        try:
            self._add(data.decode(code_page, errors="replace"))
        except LookupError:
            self._add(data.decode("cp1252", errors="replace"))

    def _add(self, text: str) -> None:
        target = self._state.target
        if target == "text":
            if not self._state.hidden:
                self._words.append(text)
        elif target == "note":
            self._note.append(text)
        elif target == "title":
            self._title.append(text)
        elif target == "styles":
            name = text.strip().rstrip(";")
            found = _STYLE.match(name)
            if found or name.lower() in _TITLE_STYLES:
                self._levels[self._style] = int(found[1]) if found else 1

    def _end_paragraph(self) -> None:
        self._settle()
        if self._in_table:
            self._words.append("\n")
            return
        # A pair of halves makes one character.
        words = "".join(self._words).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self._words.clear()
        if words.strip():
            self._end_table()
        if self._level and len(words) <= _LONGEST_HEADING:
            self._builder.heading(self._level, words)
        else:
            self._builder.block(_BLANKS.sub(" ", words).strip())
        for note in self._notes:
            self._builder.block(note)
        self._notes.clear()

    def _end_table(self) -> None:
        if self._rows:
            self._builder.table([[one_line(cell) for cell in row] for row in self._rows])
            self._rows = []
