"""Making a quoted piece of a document read as a sentence."""

from __future__ import annotations

import html
import re

from wellread.domain.text.harmless import (
    HostForm,
    as_it_is,
    settled,
    visible,
    without_addresses,
    without_mentions,
)
from wellread.domain.text.sentences import ROW, Span, UnitKind

_ELEMENTS = (
    "a|abbr|address|area|article|aside|at|audio|b|base|bdi|bdo|blockquote|body|br|button|canvas|"
    "caption|center|cite|code|col|colgroup|data|dd|del|details|dfn|dialog|div|dl|dt|em|embed|"
    "fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hr|html|i|"
    "iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|meta|meter|nav|noscript|object|"
    "ol|optgroup|option|output|p|param|picture|pre|progress|q|s|samp|section|select|small|source|"
    "span|strike|strong|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|"
    "title|tr|track|tt|u|ul|var|video|wbr"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HIDDEN_ELEMENT = re.compile(
    r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
_STRUCK = re.compile(
    r"~~(?=\S)[^\n]+?(?<=\S)~~|<(del|s|strike)\b[^<>]*>.*?(?:</\1\s*>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
"""What a document has struck out is not what it says."""

_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?:[\s/][^<>]*)?/?>", re.IGNORECASE)
_OPEN_ANGLE = re.compile(r"<(?=[A-Za-z/!@#?|])")
_IMAGE = re.compile(
    r"!\[(?:\\.|[^\[\]\\]|\[[^\[\]]*\])*\]\s?(?:\((?:\\.|[^()\\]|\([^()]*\))*\)|\[[^\[\]]*\])"
)
_LINK = re.compile(
    r"\[((?:\\.|[^\[\]\\]|\[[^\[\]]*\])*)\](?:\((?:\\.|[^()\\]|\([^()]*\))*\)|\[[^\[\]]*\])"
)
_REFERENCE = re.compile(r"^[^\S\n]*\[[^\[\]]+\]:\s*\S+.*$", re.MULTILINE)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LONG_RUN = re.compile("`{4,}")
_EMPHASIS = re.compile(
    r"(\*{1,3}|~~)(?=\S)(.+?)(?<=\S)\1"
    r"|(?<![\w\\])(_{1,3})(?=\S)(.+?)(?<=[^\s\\])\3(?!\w)"
    r"|(`+)(.+?)\5(?!`)",
    re.DOTALL,
)
_LINE_MARK = re.compile(
    r"^[^\S\n]*(?:#{1,6}\s+|>\s?"
    r"|(?:[-+*•▪◦‣●]|\d{1,3}(?:\\?\.|\\?\))|\\?\((?:[a-z]|[ivx]{1,5}|\d{1,2})\\?\))\s+(?=\S))+",
    re.MULTILINE,
)
_HEADING_END = re.compile(r"\s+#+\s*$")
_FENCE_LINE = re.compile(r"^\s{0,3}(?:```+|~~~+)[^\n]*$", re.MULTILINE)
_NUMERIC_BRACKET = re.compile(r"\[(\s*\d+(?:\s*,\s*\d+)*\s*)\]")
_FINISHED = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
_UNESCAPED_BAR = re.compile(r"(?<!\\)\|")


def plain(text: str, form: HostForm = as_it_is) -> str:
    """How a verbatim piece of a document reads as a sentence in an answer.

    Markup goes, words stay. What a chat platform or a browser would act on (mentions, links,
    images, HTML) does not survive, whatever the text tries: an address keeps its host only.
    Bracketed numbers become round, so that they cannot pass for markers.

    Args:
        text: The piece.
        form: How hosts are written: `unlinkable` for people, as they are for comparing words.
    """
    text = visible(text)
    if ROW.match(text.strip()) and "\n" not in text.strip():
        cells = (_words_only(cell, form) for cell in _cells(text))
        return _sentence("; ".join(cell for cell in cells if cell))
    return _sentence(_words_only(text, form))


def plain_row(header: str, row: str, form: HostForm = as_it_is) -> str:
    """A table row as a sentence, its cells under their names: "Resource: Datasets; Limit: 5."."""
    names = [_words_only(cell, form) for cell in _cells(visible(header))]
    cells = [_words_only(cell, form) for cell in _cells(visible(row))]
    parts = []
    for number, cell in enumerate(cells):
        if cell:
            name = names[number].rstrip(":") if number < len(names) else ""
            parts.append(f"{name}: {cell}" if name else cell)
    return _sentence("; ".join(part.rstrip(".;") for part in parts))


def plain_cells(row: str, form: HostForm = as_it_is) -> list[str]:
    """A table row's cells as they read in an answer."""
    return [_words_only(cell, form).replace("|", "/") for cell in _cells(visible(row))]


def plain_unit(text: str, units: list[Span], position: int, columns: str = "") -> str:
    """A unit as a sentence; a row gets its header.

    Args:
        text: The text.
        units: All of its units.
        position: Of the unit.
        columns: Names of the columns, " | " between, of a table that began before the text.
    """
    unit = units[position]
    raw = text[unit.start : unit.end]
    if columns and unit.kind is UnitKind.ROW and unit.lead is None:
        names, cells = columns.split(" | "), len(_cells(raw))
        if len(names) + 1 == cells:
            names.insert(0, "")  # the column of the rows' own names seldom has one
        if len(names) == cells:
            return plain_row(f"| {' | '.join(names)} |", raw)
    if unit.kind is UnitKind.ROW and unit.lead is not None:
        header = units[unit.lead]
        return plain_row(text[header.start : header.end], raw)
    return plain(raw)


def _cells(row: str) -> list[str]:
    return _UNESCAPED_BAR.split(row.strip().strip("|"))


def _words_only(text: str, form: HostForm) -> str:
    text = _FENCE_LINE.sub(" ", text)
    text = _LINE_MARK.sub("", text)
    text = settled(text, lambda text: _without_markup(text, form))
    text = _HEADING_END.sub("", " ".join(text.split()))
    return _defused(text)


def _without_markup(text: str, form: HostForm) -> str:
    text = html.unescape(text)
    text = _STRUCK.sub(" ", _HIDDEN_ELEMENT.sub(" ", _COMMENT.sub(" ", text)))
    text = without_mentions(_TAG.sub(" " if "<br" in text.lower() else "", text))
    text = _LINK.sub(r"\1", _IMAGE.sub(" ", _REFERENCE.sub(" ", text)))
    text = without_addresses(text, form)
    # Tried against each other in every length, long runs would take time with the cube of theirs.
    text = _LONG_RUN.sub("```", text)
    text = _EMPHASIS.sub(lambda found: found[2] or found[4] or found[6], text)
    return _ESCAPE.sub(r"\1", text)


def _defused(text: str) -> str:
    text = without_mentions(text)
    text = _NUMERIC_BRACKET.sub(r"(\1)", text)
    text = text.replace("![", "[").replace("](", "] (").replace("][", "] [")
    text = _OPEN_ANGLE.sub("‹", text)
    text = re.sub(r"(?<=\w)>|(?<=‹)>", "›", text) if "‹" in text else text
    return re.sub(r"\s+([.,;:!?])(?=\s|$)", r"\1", " ".join(text.split()))


def _sentence(text: str) -> str:
    text = text.rstrip(" ,;:–-")
    if not any(c.isalnum() for c in text):
        return ""
    return text if _FINISHED.search(text) else f"{text}."
