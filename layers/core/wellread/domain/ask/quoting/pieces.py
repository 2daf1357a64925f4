"""Pieces of documents as an answer shows them: quoted, lists as lists, tables as tables."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wellread.domain.knowledge.documents import Passage
from wellread.domain.text.harmless import unlinkable
from wellread.domain.text.injection import speaks_to_the_model
from wellread.domain.text.names import plain_name
from wellread.domain.text.plain import plain
from wellread.domain.text.sentences import UnitKind, split_sentences
from wellread.domain.text.words import content_words

NEVER_ALONE = (UnitKind.HEADING, UnitKind.HEADER, UnitKind.CODE, UnitKind.FRONT)
"""What says nothing to a reader without the text around it."""

LINE_CHARACTERS = 200
"""A quote in a line of its own is cut behind so many characters."""

_NEVER_QUOTED = re.compile(
    r"\{[{%#]|^\s*<[^>]*>\s*$|^\s*!\[[^\]]*\]\([^)]*\)\s*$|^\s*[-=*_#~`|:]+\s*$"
)


def quotable(piece: str) -> bool:
    """Whether a piece of a document says something to its readers: no tag, no bare picture."""
    return not _NEVER_QUOTED.search(piece) and not speaks_to_the_model(piece)


def said(piece: str) -> str:
    """A piece in plain words as people may see it, ending as it ends in the document."""
    words = plain(piece, unlinkable)
    bare = piece.rstrip("*_`\\ \n\t")
    if bare.endswith((".", "…")):
        return words
    return words.removesuffix(".") + (":" if bare.endswith(":") and words else "")


def in_a_line(piece: str) -> str:
    """A piece in plain words, short enough for a line."""
    words = said(piece)
    if len(words) <= LINE_CHARACTERS:
        return words
    return f"{words[:LINE_CHARACTERS].rpartition(' ')[0] or words[:LINE_CHARACTERS]}…"


def place(title: str, path: Sequence[str]) -> str:
    """Where a quote stands: title and headings, the title once."""
    names = [plain_name(name) for name in (title, *path)]
    return " › ".join(dict.fromkeys(name for name in names if name))


def quotation(piece: str, number: int) -> str:
    """A piece as a block quote with its marker; items and rows on lines of their own."""
    lines: list[str] = []
    for unit in split_sentences(piece):
        raw = piece[unit.start : unit.end]
        if unit.kind in (UnitKind.ROW, UnitKind.HEADER):
            cells = [said(cell) for cell in re.split(r"(?<!\\)\|", raw.strip().strip("|"))]
            lines.append(f"| {' | '.join(cells)} |")
            if unit.kind is UnitKind.HEADER:
                lines.append("|" + " --- |" * len(cells))
        elif unit.kind is UnitKind.ITEM and not unit.following:
            lines.append(f"- {said(raw)}")
        elif lines and not lines[-1].startswith("|") and (unit.following or lines[-1][0] != "-"):
            lines[-1] += f" {said(raw)}"
        else:
            lines.append(said(raw))
    if lines and lines[-1].startswith("|"):
        lines.append(f"[{number}]")
    elif lines:
        lines[-1] += f" [{number}]"
    return "\n".join(f"> {line}" for line in lines)


def nearest_quote(question: str, passage: Passage) -> tuple[int, int] | None:
    """Where in a passage's chunk the sentence stands that is nearest to a question.

    None where the passage says nothing that can be quoted.
    """
    text = passage.chunk.text
    asked = set(content_words(question))
    best: tuple[int, int, int] | None = None
    for unit in split_sentences(text, passage.chunk.heading_path):
        if unit.kind in NEVER_ALONE:
            continue
        raw = text[unit.start : unit.end]
        shared = len(asked & set(content_words(raw)))
        if quotable(raw) and said(raw) and (best is None or shared > best[0]):
            best = (shared, unit.start, unit.end)
    return best[1:] if best else None
