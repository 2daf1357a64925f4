"""The paragraphs and tables of a Word file, written as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.text_builder import TextBuilder

_DEEPEST_INDENT = 9
_MOST_COLUMNS = 1000


class Paragraph(NamedTuple):
    """A paragraph.

    Attributes:
        words: What it says.
        heading: Its level as a heading, 0 for none.
        indent: Its level in a list, -1 outside of lists.
        label: The number that stands before it, or "-".
        marks: The notes that its words refer to.
    """

    words: str
    heading: int = 0
    indent: int = -1
    label: str = ""
    marks: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Number and words."""
        return f"{self.label} {self.words}" if self.label else self.words


class Cell(NamedTuple):
    """A table's cell: what it holds and how many columns it spans."""

    blocks: list[Block]
    span: int = 1


Table: TypeAlias = list[list[Cell]]
Block: TypeAlias = Paragraph | Table


class WordWriter:
    """Writes a document's blocks, and each note at the end of the section that refers to it."""

    def __init__(self, builder: TextBuilder, notes: Mapping[str, str]) -> None:
        """Write to a text; `notes` are the words of each mark."""
        self._builder = builder
        self._notes = dict(notes)
        self._marks: list[str] = []
        self._in_list = False

    def write(self, blocks: Sequence[Block]) -> None:
        """Write blocks in their order."""
        for block in blocks:
            if isinstance(block, Paragraph):
                self._paragraph(block)
            else:
                self._in_list = False
                self._table(block)

    def finish(self) -> None:
        """Write the notes that are left."""
        self._marks.extend(self._notes)
        self._write_notes()

    def _write_notes(self) -> None:
        for mark in self._marks:
            words = self._notes.pop(mark, "")
            self._builder.block(f"[{mark}] {words}" if words else "")
        self._marks.clear()

    def _paragraph(self, paragraph: Paragraph) -> None:
        if not paragraph.words.strip():
            # A number that nothing follows is not shown.
            self._in_list = self._in_list and paragraph.indent >= 0
            return
        if paragraph.heading:
            self._in_list = False
            self._write_notes()
            self._builder.heading(paragraph.heading, paragraph.shown)
        elif paragraph.indent < 0:
            self._in_list = False
            self._builder.block(paragraph.shown)
        else:
            indent = "  " * min(paragraph.indent, _DEEPEST_INDENT)
            self._builder.block(indent + paragraph.shown, tight=self._in_list)
            self._in_list = True
        self._marks.extend(paragraph.marks)

    def _table(self, table: Table) -> None:
        """Write a table; one that only frames a single cell is that cell's text."""
        cells = [cell for row in table for cell in row]
        if len(cells) == 1:
            self.write(cells[0].blocks)
            return
        self._builder.table([_row(row) for row in table])
        for cell in cells:
            for block in cell.blocks:
                if isinstance(block, Paragraph):
                    self._marks.extend(block.marks)
                else:
                    self._table(block)


def words_of(blocks: Sequence[Block]) -> str:
    """The words of a note on one line."""
    return one_line(" ".join(_paragraphs(blocks)))


def _paragraphs(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.shown
        else:
            for row in block:
                for cell in row:
                    yield from _paragraphs(cell.blocks)


def _row(row: Sequence[Cell]) -> list[str]:
    values: list[str] = []
    for blocks, span in row:
        values.append(
            " ".join(
                # The mark of a list that a cell holds says nothing there.
                block.words if block.label == "-" else block.shown
                for block in blocks
                if isinstance(block, Paragraph)
            )
        )
        values.extend([""] * (min(span, _MOST_COLUMNS - len(values)) - 1))
    return values
