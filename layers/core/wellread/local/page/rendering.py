"""Untrusted text as safe HTML: everything is escaped first, then a little markup is added back.

Answers are made of what documents and models say, so no HTML of theirs is let through, no image,
and no link: the only things to click are our own citation markers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from wellread.api.excerpts import Excerpt
from wellread.api.shapes import well_formed
from wellread.domain.text.harmless import visible

_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)")
_BULLET = re.compile(r"^\s{0,3}[-*•]\s+(?=\S)")
_NUMBER = re.compile(r"^\s{0,3}\d{1,3}[.)]\s+(?=\S)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
_QUOTED = re.compile(r"^>\s?")
_TABLE_RULE = re.compile(r"^\|(?:[ \t]*-+[ \t]*\|)+$")
_CODE = re.compile(r"`([^`\n]+)`")
_STRONG = re.compile(r"\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*")
_MARKER = re.compile(r"\[(\d{1,3})\]")


def answer_html(text: str, citations: int) -> str:
    """An answer's words; markers that name one of its citations can be clicked."""
    blocks: list[str] = []
    paragraph: list[str] = []
    lines = iter(well_formed(visible(text)).split("\n"))

    def close() -> None:
        if paragraph:
            blocks.append(_block(paragraph, citations))
            paragraph.clear()

    for line in lines:
        if _FENCE.match(line):
            close()
            blocks.append(f"<pre>{escape(_fenced(lines))}</pre>")
        elif not line.strip():
            close()
        else:
            if paragraph and _kind(paragraph[-1]) != _kind(line):
                close()
            paragraph.append(line)
    close()
    return "".join(blocks)


def excerpt_html(excerpt: Excerpt) -> str:
    """A part of a document, as it stands, with the quote marked."""
    before, marked, after = (
        words(part) for part in (excerpt.before, excerpt.marked, excerpt.after)
    )
    middle = f'<mark class="wr-quote" tabindex="-1">{marked}</mark>' if marked else ""
    return f"{before}{middle}{after}"


def tag(name: str, content: str, **attributes: str | None) -> str:
    """An element around HTML; attributes are escaped, None leaves one out, `_` becomes `-`."""
    written = "".join(
        f' {key.strip("_").replace("_", "-")}="{escape(well_formed(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>"


def words(text: str) -> str:
    """Plain text as HTML, without characters that hide or turn others."""
    return escape(well_formed(visible(text)))


def _fenced(lines: Iterable[str]) -> str:
    inside = []
    for line in lines:
        if _FENCE.match(line):
            break
        inside.append(line)
    return "\n".join(inside)


def _kind(line: str) -> str:
    if _QUOTED.match(line):
        return "blockquote"
    if line.startswith("|"):
        return "table"
    if _BULLET.match(line):
        return "ul"
    return "ol" if _NUMBER.match(line) else "p"


def _block(lines: Sequence[str], citations: int) -> str:
    kind = _kind(lines[0])
    if kind == "blockquote":
        quoted = "\n".join(_QUOTED.sub("", line) for line in lines)
        return f"<blockquote>{answer_html(quoted, citations)}</blockquote>"
    if kind == "table":
        return _table(lines, citations)
    if kind == "p":
        return f"<p>{'<br>'.join(_inline(_HEADING.sub('', line), citations) for line in lines)}</p>"
    start = _BULLET if kind == "ul" else _NUMBER
    items = (f"<li>{_inline(start.sub('', line), citations)}</li>" for line in lines)
    return f"<{kind}>{''.join(items)}</{kind}>"


def _table(lines: Sequence[str], citations: int) -> str:
    """A markdown table; what stands behind its last row (a marker) goes below it."""
    headed = len(lines) > 1 and _TABLE_RULE.match(lines[1]) is not None
    rows, below = [], ""
    for number, line in enumerate(lines):
        if _TABLE_RULE.match(line):
            continue
        inside, _, after = line.rpartition("|")
        below += after.strip()
        name = "th" if headed and not number else "td"
        cells = inside.removeprefix("|").split("|")
        rows.append("".join(f"<{name}>{_inline(c.strip(), citations)}</{name}>" for c in cells))
    table = "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
    return f"{table}<p>{_inline(below, citations)}</p>" if below else table


def _inline(text: str, citations: int) -> str:
    html = escape(text)
    html = _CODE.sub(r"<code>\1</code>", html)
    html = _STRONG.sub(r"<strong>\1</strong>", html)
    # A marker stays on the line of the word before it.
    return _MARKER.sub(lambda found: _marker(found, citations), html.replace(" [", "\u00a0["))


def _marker(found: re.Match[str], citations: int) -> str:
    number = int(found[1])
    if not 1 <= number <= citations:
        return found[0]
    return (
        f'<a class="wr-marker" href="#" data-cite="{number}" '
        f'aria-label="Open source {number}">{number}</a>'
    )
