"""What is said in the same sentences on all chat platforms, each in its own markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from textwrap import wrap

from wellread.domain.ask.answers import Citation
from wellread.domain.chat.said import SaidReceipts
from wellread.domain.text.harmless import harmless

Line = Callable[[str, int], str]
"""Makes one line of a platform's markup of untrusted words, cut after so many characters."""

_SHOWN_FAILURES, _SHOWN_NAMES, _LINE_CHARACTERS = 20, 5, 500
_QUOTE, _RULE = re.compile(r"^>\s?"), re.compile(r"^[|\s:-]+$")
_UNITS = ((1 << 20, "MB"), (1 << 10, "kB"))


def where_in(citation: Citation, line: Line, most: int) -> tuple[str, ...]:
    """Where in its document a citation stands, and how recent that is; empty what is not known."""
    title = citation.title or citation.document
    path = [part for part in citation.heading.split(" > ") if part and part != title]
    return (
        f"p. {citation.page}" if citation.page is not None else "",
        line(" › ".join(path), most) if path else "",
        f"dated {line(citation.dated, 20)}" if citation.dated else "",
    )


def receipt_lines(said: SaidReceipts, line: Line, strong: str) -> Iterator[str]:
    """What became of files; none where there is nothing to tell.

    Args:
        said: What became of them.
        line: Makes untrusted words a part of a line.
        strong: What stands around words that stand out.
    """
    where = f" in {line(said.where, _LINE_CHARACTERS)}" if said.where else ""
    if said.indexed:
        named = ", ".join(line(name, 120) for name in said.some[:_SHOWN_NAMES])
        more = said.indexed - len(said.some[:_SHOWN_NAMES])
        named = f": {named}{f' and {more} more' if more > 0 else ''}" if named else ""
        yield f"{_files(said.indexed)} searchable now{where}{named}"
    if said.removed:
        yield f"{_files(said.removed)} no longer there{where}"
    if said.failed:
        yield f"{_files(len(said.failed))} not searchable{where}:"
    for name, why in said.failed[:_SHOWN_FAILURES]:
        yield f"• {strong}{line(name, 120)}{strong}: {line(why, 400)}"
    if len(said.failed) > _SHOWN_FAILURES:
        yield f"and {len(said.failed) - _SHOWN_FAILURES} more"


def size_in_words(size: int) -> str:
    """A file's size; empty where it is not known."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} bytes" if size else ""


def plain_lines(text: str, line: Line) -> list[str]:
    """Text as lines of a platform's markup, without the marks of quotations and tables."""
    bare = (_QUOTE.sub("", each) for each in harmless(text).splitlines())
    return [
        line(short, _LINE_CHARACTERS)
        for each in bare
        if not _RULE.match(each)
        for short in wrap(each.strip("| "), _LINE_CHARACTERS, break_on_hyphens=False)
    ]


def _files(number: int) -> str:
    return "1 file is" if number == 1 else f"{number:,} files are"
