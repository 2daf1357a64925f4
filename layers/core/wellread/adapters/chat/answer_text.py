"""An answer's text in pieces that a platform shows: markdown and tables, within its limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby

from wellread.adapters.chat.wording import in_markdown
from wellread.domain.text.harmless import harmless

MARKDOWN_CHARACTERS = 11_500
"""So much markdown of an answer goes into one message: Slack takes 12,000, some are for its number.
"""

_TABLE_ROWS, _TABLE_CELLS, _TABLE_CHARACTERS = 100, 20, 10_000
_NO_VALUE = "–"
_FENCE = re.compile(r"^\s{0,3}(```|~~~)")
_LIST = re.compile(r"^\s{0,3}(?:[-*•]|\d{1,3}[.)])\s")
_RULE = re.compile(r"^\|(?:[ \t]*:?-+:?[ \t]*\|)+$")
_MORE = re.compile(r"^(and \d+ more) \(\S+\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, none of them empty; what stood behind the last one is not in it."""

    rows: tuple[tuple[str, ...], ...]

    @property
    def fits(self) -> bool:
        """Whether Slack takes it as a table."""
        return (
            1 < len(self.rows) <= _TABLE_ROWS
            and max(map(len, self.rows)) <= _TABLE_CELLS
            and _size(self) <= _TABLE_CHARACTERS
        )

    @property
    def as_code(self) -> str:
        """The table as aligned text in a code block."""
        columns = max(map(len, self.rows))
        full = [(*row, *("",) * (columns - len(row))) for row in self.rows]
        widths = [max(len(row[column]) for row in full) for column in range(columns)]
        lines = (
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in full
        )
        return "\n".join(("```", *(line.replace("```", "'''") for line in lines), "```"))


Piece = str | Table


def as_markdown(text: str) -> str:
    """An answer's words as Slack's markdown, in which no line goes on with another kind of line.

    Where there is more of a document is said by its link among the sources, and not in the words.
    """
    said = in_markdown(_MORE.sub(r"\1", text))
    return "\n\n".join("\n".join(lines) for lines in _paragraphs(said))


def settled(markdown: str) -> str:
    """What is sure to stay as it is, whatever follows: up to the last whole word."""
    return markdown[: max(markdown.rfind(" "), markdown.rfind("\n"), 0)].rstrip()


def messages(markdown: str, most: int = MARKDOWN_CHARACTERS, tables: int = 1) -> list[list[Piece]]:
    """What `as_markdown` made, as messages that a platform takes: runs of markdown, and tables.

    Args:
        markdown: The words.
        most: So many characters go into one message.
        tables: So many tables stand as such in it; what else there is stands in code blocks.
    """
    found: list[list[Piece]] = [[]]
    room = most
    for piece in _pieces(markdown):
        left = tables - sum(isinstance(each, Table) for each in found[-1])
        as_table = isinstance(piece, Table) and piece.fits and left > 0
        for part in [piece] if as_table else _split(piece, most):
            size = _size(part)
            if size > room:
                found.append([])
                room = most
            room -= size
            last = found[-1][-1] if found[-1] else None
            if isinstance(last, str) and isinstance(part, str):
                found[-1][-1] = f"{last}\n\n{part}"
            else:
                found[-1].append(part)
    return found


def _size(piece: Piece) -> int:
    if isinstance(piece, Table):
        return sum(len(cell) for row in piece.rows for cell in row)
    return len(piece) + 2


def _pieces(markdown: str) -> Iterator[Piece]:
    for lines in _paragraphs(markdown):
        bare = [line.removeprefix(">").removeprefix(" ") for line in lines]
        is_code = _FENCE.match(lines[0]) is not None
        if not is_code and any(_kind(line) == "table" for line in bare):
            yield from _with_tables(lines, bare)
        else:
            yield "\n".join(lines)


def _with_tables(lines: Sequence[str], bare: Sequence[str]) -> Iterator[Piece]:
    """A table, or a quotation with tables in it."""
    for is_table, group in groupby(
        zip(lines, bare, strict=True), lambda each: each[1].startswith("|")
    ):
        run = list(group)
        if not is_table:
            yield "\n".join(line for line, _ in run)
            continue
        table, behind = _table([line for _, line in run])
        if table.rows:
            yield table
        if behind:
            yield behind


def _table(lines: Sequence[str]) -> tuple[Table, str]:
    """A markdown table, and what stands behind its last row: a marker."""
    rows, behind = [], ""
    for line in lines:
        if _RULE.match(line.strip()):
            continue
        inside, _, after = line.rpartition("|")
        behind = f"{behind} {after.strip()}".strip()
        cells = re.split(r"(?<!\\)\|", inside.removeprefix("|"))
        rows.append(tuple(_cell(cell) for cell in cells))
    return Table(tuple(rows)), behind


def _cell(cell: str) -> str:
    words = harmless(cell.replace("\\|", "|").replace("&lt;", "<").replace("&amp;", "&")).strip()
    return words.replace("**", "") or _NO_VALUE


def _split(piece: Piece, most: int) -> Iterator[str]:
    """A paragraph, or a table as code, in parts that fit: cut at its lines, then at its words.

    A code block is closed and opened again, a quotation is one in every part.
    """
    paragraph = piece.as_code if isinstance(piece, Table) else piece
    if _size(paragraph) <= most:
        yield paragraph
        return
    lines = paragraph.split("\n")
    fence = _FENCE.match(lines[0])
    head, tail = (f"{lines[0]}\n", f"\n{fence[1]}") if fence else ("", "")
    start = "> " if lines[0].startswith(">") else ""
    inside = lines[1:-1] if fence else lines
    room = most - len(head) - len(tail) - 2
    part = ""
    for line in chain.from_iterable(_short(line, room, start) for line in inside):
        if part and len(part) + len(line) + 1 > room:
            yield f"{head}{part}{tail}"
            part = ""
        part = f"{part}\n{line}" if part else line
    if part:
        yield f"{head}{part}{tail}"


def _short(line: str, most: int, start: str) -> Iterator[str]:
    while len(line) > most:
        at = line.rfind(" ", most // 2, most)
        at = at if at > 0 else most
        yield line[:at]
        line = start + line[at:].lstrip()
    yield line


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Lines that belong together: a code block, a quotation, a table, a list, or a paragraph."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        if fence:
            lines.append(line)
            if line.strip().startswith(fence):
                yield lines
                lines, fence = [], ""
            continue
        opens = _FENCE.match(line)
        if lines and (opens or not line.strip() or _kind(lines[-1]) != _kind(line)):
            yield lines
            lines = []
        if opens:
            fence = opens[1]
        if line.strip():
            lines.append(line.rstrip())
    if lines:
        # A code block that was not closed would take in all that follows.
        yield [*lines, fence] if fence else lines


def _kind(line: str) -> str:
    if line.startswith(">"):
        return "quotation"
    if line.startswith("|"):
        return "table"
    return "list" if _LIST.match(line) or line.startswith("  ") else "paragraph"
