"""A walk through a page that writes its blocks in reading order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from selectolax.lexbor import LexborNode

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.html.looks import Look, Looks
from wellread.adapters.parsing.html.nodes import first_character
from wellread.adapters.parsing.html.page import Page
from wellread.adapters.parsing.html.tables import (
    BLOCKS,
    is_layout,
    marked_row,
    power_sign,
    read_table,
    words_of,
)
from wellread.adapters.parsing.office.word_numbering import numeral

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.I)
_LIST_KINDS = {
    "a": "lowerLetter", "lower-alpha": "lowerLetter", "lower-latin": "lowerLetter",
    "A": "upperLetter", "upper-alpha": "upperLetter", "upper-latin": "upperLetter",
    "i": "lowerRoman", "lower-roman": "lowerRoman", "I": "upperRoman", "upper-roman": "upperRoman",
    "none": "", "disc": "", "circle": "", "square": "",
}  # fmt: skip
_INTEGER = re.compile(r"-?[0-9]{1,6}")
_PERMALINKS = "\u00b6\u00a7\U0001f517"
_PAGE_BREAK = re.compile(r"break-(?:after|before)\s*:\s*(?:always|page)")
_FEWEST_ALT_WORDS = 4
_ALONE = frozenset({*_HEADINGS, "pre", "table", "ul", "ol"})
_LONGEST_TERM = 80
_DEEPEST_INDENT = 20
_GAP = re.compile(r"padding-left")
_RAISED = re.compile(r"vertical-align:\s*super|top:\s*-[1-9]")


@dataclass(slots=True)
class _List:
    """A list that is being written: its kind of numbers, none for bullets, and the next of them."""

    kind: str
    count: int = 1

    @classmethod
    def of(cls, node: LexborNode) -> _List:
        if node.tag == "ul":
            return cls("")
        style = _LIST_STYLE.search(node.attributes.get("style") or "")
        named = style[1].lower() if style else node.attributes.get("type") or ""
        return cls(_LIST_KINDS.get(named, "decimal"), _integer(node, "start", 1))

    def next_bullet(self, item: LexborNode) -> str:
        if not self.kind:
            return "-"
        number = _integer(item, "value", self.count)
        self.count = number + 1
        return f"{numeral(number, self.kind)}."


def _integer(node: LexborNode, name: str, otherwise: int) -> int:
    value = (node.attributes.get(name) or "").strip()
    return int(value) if _INTEGER.fullmatch(value) else otherwise


class Writer:
    """Walks a tree without recursion and writes its blocks."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._looks = Looks()
        self._row: LexborNode | None = None
        self._inline: list[str] = []
        self._marker = ""
        self._lists: list[_List] = []
        self._in_list = False
        self._tight = False
        self._in_term = False
        self._term = ""

    def write(self, root: LexborNode) -> None:
        """Write all that is in an element."""
        # A node is entered once and, where it has an end to mark, left once.
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(node)
                self._looks.leave()
            elif self._enter(node):
                stack.append((node, True))
                self._looks.enter(node)
                children = list(node.iter(include_text=True))
                stack.extend((child, False) for child in reversed(children))
        self._flush()
        self._write_term()

    def _enter(self, node: LexborNode) -> bool:
        """Begin a node; whether its children are to be walked."""
        tag = node.tag or ""
        if tag == "-text":
            words = node.text_content or ""
            if words:
                self._looks.saw(words)
                self._inline.append(words)
            return False
        if tag not in BLOCKS:
            return self._enter_inline(tag, node)
        if self._row is not None:
            self._inline.append(" ")
            return True
        self._flush()
        if _PAGE_BREAK.search(node.attributes.get("style") or ""):
            self._page.page_break()
        if tag in _ALONE:
            self._write_term()
        if tag in _HEADINGS:
            self._page.heading(_HEADINGS[tag], _without_permalink(words_of(node)))
        elif tag == "pre":
            code = node.text().strip("\n")
            self._page.block(f"```\n{code}\n```" if code.strip() else "")
        elif tag == "table" and not is_layout(node):
            self._write_table(node)
        else:
            self._open_list(tag, node)
            return True
        return False

    def _enter_inline(self, tag: str, node: LexborNode) -> bool:
        if tag == "br" and _PAGE_BREAK.search(node.attributes.get("style") or ""):
            self._flush()
            self._page.page_break()
        elif tag == "br":
            self._looks.end_line()
            self._inline.append("\x0b")
        elif tag == "img":
            described = node.attributes.get("alt") or ""
            if len(described.split()) >= _FEWEST_ALT_WORDS:
                self._inline.append(f" {described} ")
        elif tag == "sup" and (sign := power_sign(self._inline, node)):
            self._inline.append(sign)
        elif tag == "span" and _stands_apart(node):
            self._inline.append(" ")
        return tag not in ("br", "img") and not tag.startswith(("-", "!"))

    def _open_list(self, tag: str, node: LexborNode) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(_List.of(node))
        elif tag == "li":
            bullet = self._lists[-1].next_bullet(node) if self._lists else "-"
            indent = "  " * min(max(len(self._lists) - 1, 0), _DEEPEST_INDENT)
            self._marker = indent + bullet + " "
        elif tag == "tr" and marked_row(node):
            self._row = node
        elif tag == "dt":
            self._in_term = True
        elif tag == "dd":
            # A definition stays with its term.
            self._tight = True

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag
        if tag not in BLOCKS:
            return
        if self._row is not None:
            if node.mem_id != self._row.mem_id:
                return
            self._row = None
        self._flush()
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
            if not self._lists:
                self._in_list = False
        elif tag == "li":
            self._marker = ""
        elif tag == "dt":
            self._in_term = False

    def _flush(self) -> None:
        if not self._inline:
            return
        parts = [one_line(line) for line in "".join(self._inline).split("\x0b")]
        lines = [line for line in parts if line]
        self._inline.clear()
        looks = self._looks.take()
        if not lines:
            return
        if self._in_term:
            self._write_term()
            self._term = " ".join(lines)
            return
        if self._term and self._tight and len(self._term) <= _LONGEST_TERM and not self._marker:
            gap = " " if self._term.endswith((":", ".", "?", "!")) else ": "
            lines[0] = f"{self._term}{gap}{lines[0]}"
            self._term, self._tight = "", False
        self._write_term()
        tight = self._tight or (self._in_list and bool(self._marker))
        self._tight = False
        if self._lists or self._marker or len(looks) != len(lines):
            self._page.block(self._marker + "\n".join(lines), tight=tight)
        else:
            self._write_lines(lines, looks, tight=tight)
        if self._marker:
            self._in_list = True
            self._marker = ""
        elif not self._lists:
            self._in_list = False

    def _write_term(self) -> None:
        """Write a term that no definition follows in the same paragraph."""
        if self._term:
            self._page.block(self._term)
            self._term = ""

    def _write_lines(self, lines: Sequence[str], looks: Sequence[Look], *, tight: bool) -> None:
        """Write a block; where its first line looks unlike the others, that may be a heading."""
        if len(lines) > 1 and looks[0] not in looks[1:]:
            self._page.block(lines[0], tight=tight, look=looks[0])
            lines, looks, tight = lines[1:], looks[1:], True
        look = reduce(Look.both, looks)
        self._page.block("\n".join(lines), tight=tight, look=look)

    def _write_table(self, table: LexborNode) -> None:
        caption = table.css_first("caption")
        if caption is not None:
            self._page.block(words_of(caption))
        self._page.table(read_table(table))


def _without_permalink(heading: str) -> str:
    """A heading's words without the sign that its page links to itself by."""
    bare = heading.rstrip(_PERMALINKS)
    if bare == heading and heading.endswith(" #"):
        bare = heading[:-1]
    return bare.rstrip() if bare != heading else heading


def _stands_apart(node: LexborNode) -> bool:
    """Whether a gap is before the words: those after a bullet, or a footnote's raised number."""
    style = node.attributes.get("style") or ""
    if _GAP.search(style):
        return True
    return _RAISED.search(style) is not None and first_character(node).isdigit()
