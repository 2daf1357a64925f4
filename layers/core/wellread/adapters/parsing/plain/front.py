"""Plain text and markdown: kept as they are, but for line ends and control characters.

Of plain text that came from pages, their numbers and running titles go as well.
"""

from __future__ import annotations

import re

from wellread.adapters.parsing.characters import clean, one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.running_lines import without_running_lines
from wellread.adapters.parsing.titles import LONGEST_HEADING, worthy
from wellread.domain.knowledge.documents import Heading, ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.domain.text.sentences import body_start

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_NOT_SETEXT_TEXT = re.compile(r"\s*+(?:$|(?:[-*+>|]|\d+[.)])(?:\s|$))|(?:[^\n|]*\|){2}| {4}|\t")
_TABLE_RULE = re.compile(r" {0,3}\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)+\|?[ \t]*+$")
# What opens a bracket ends the search for the end of the one before: each is looked at once.
_INLINE = re.compile(
    r"!?\[([^\[\]\n]*)\]\((?:[^()\n]++|\([^()\n]*+\))*+\)|<[^<>\n]*>|[`*]+"
    r"|(?<!\w)_++|(?<!_)_++(?!\w)|\{#[^{}\n]*\}"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_FRONT_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(.+)$", re.MULTILINE | re.IGNORECASE)
_LONGEST_MARKED_LINE = 2_000


def parse_plain(text: str, limits: ParseLimits) -> ParsedText:
    """A text without structure: what looks like markup in it is only text."""
    return ParsedText(_kept(_without_running(text), limits), media_type="text/plain")


def parse_markdown(text: str, limits: ParseLimits) -> ParsedText:
    """Markdown as written, with its headings; title from the front matter or the first heading."""
    kept = _kept(text, limits)
    body = body_start(kept)
    front = _FRONT_TITLE.search(kept, 0, body)
    title = worthy(front[1].strip().strip("\"'")) if front else ""
    headings, tables = _structure(kept, body)
    if not title:
        top = [h.title for h in headings if h.level == 1] or [h.title for h in headings[:1]]
        title = worthy(top[0]) if top else ""
    return ParsedText(kept, title, tuple(headings), tables=tables, media_type="text/markdown")


def _without_running(text: str) -> str:
    """The text without what a paged document says at the edges of its pages."""
    lines: list[str] = []
    breaks = []
    for page in text.split("\f"):
        breaks.append(len(lines))
        lines.extend(clean(page).split("\n"))
    kept = without_running_lines(lines, breaks[1:])
    return text if kept == lines else "\n".join(kept)


def _kept(text: str, limits: ParseLimits) -> str:
    kept = clean(text)
    if not kept.strip("\ufeff \t\n\u200b\u00a0\u3000"):
        raise DocumentError(FailureCode.EMPTY)
    limits.check_characters(len(kept))
    return kept


def _structure(text: str, start: int) -> tuple[list[Heading], int]:
    """Headings and the number of tables, from one walk over the lines; fenced code is skipped."""
    headings: list[Heading] = []
    tables = 0
    fence = ""
    previous: re.Match[str] | None = None
    for line in _LINE.finditer(text, start):
        content = line[0].rstrip("\n")
        if len(content) > _LONGEST_MARKED_LINE:
            previous = None
            continue
        mark = _FENCE.match(content)
        if fence:
            if mark and mark[1].startswith(fence) and content.strip() == mark[1]:
                fence = ""
            continue
        if mark and not (mark[1][0] == "`" and "`" in content[mark.end() :]):
            fence, previous = mark[1], None
            continue
        atx = _ATX.match(content)
        if atx:
            title = _words(_without_hashes(content[atx.end() :]))
            headings.append(Heading(len(atx[1]), title, line.start()))
            previous = None
            continue
        setext = _SETEXT.match(content)
        if setext and previous and not _NOT_SETEXT_TEXT.match(previous[0]):
            level = 1 if setext[1][0] == "=" else 2
            headings.append(Heading(level, _words(previous[0]), previous.start()))
            previous = None
            continue
        tables += bool(previous and "|" in previous[0] and _TABLE_RULE.match(content))
        previous = line
    return [heading for heading in headings if 0 < len(heading.title) <= LONGEST_HEADING], tables


def _without_hashes(content: str) -> str:
    """A heading's line without the hashes that may close it, which white space parts from words."""
    bare = content.rstrip(" \t")
    words = bare.rstrip("#")
    closed = words != bare and words[-1:] in ("", " ", "\t")
    return words.rstrip(" \t") if closed else content


def _words(markup: str) -> str:
    """A heading's words: links become their text, emphasis and anchors go."""
    words = _INLINE.sub(lambda match: match[1] or "", markup)
    return one_line(_ESCAPED.sub(r"\1", words))
