"""PowerPoint files, by one pass of patterns over the markup of each slide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.office.drawings import CHART, chart, paragraphs
from wellread.adapters.parsing.office.ooxml import (
    Package,
    Relation,
    UnusualMarkupError,
    unescaped,
    without,
)
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.domain.knowledge.documents import ParsedText

_SLIDE = re.compile(r'<p:sldId\s[^<>]*?\br:id="([^"]*)"')
_TOKEN = re.compile(
    r"<(?:a:t(?: [^<>]*)?>([^<]*)</a:t>"
    r"|((?:p:ph|a:tbl|a:tr|a:br|c:chart)(?=[\s/>])|/p:sp>|/a:p>|/a:tc>|/a:tbl>)([^<>]*))"
)
_ROLE = re.compile(r'\btype="(\w+)"')
_TITLES = ("title", "ctrTitle")
# What a layout puts on every slide.
_REPEATED = ("dt", "ftr", "hdr", "sldNum", "sldImg")


def parse_slides(package: Package, media_type: str, limits: ParseLimits) -> ParsedText:
    """A PowerPoint file: slides are pages, diagrams and speaker notes follow their slide.

    Raises:
        UnusualMarkupError: It is put together in a way that PowerPoint never uses.
        DocumentError: There is no text.
    """
    main = package.main_part()
    relations = package.relations(main)
    markup = package.markup(main)
    slides = [relations.get(name) for name in _SLIDE.findall(markup)]
    if "<p:presentation" not in markup:
        raise UnusualMarkupError(main)
    builder = TextBuilder(media_type, limits)
    for number, slide in enumerate(slides, start=1):
        if slide is None:
            raise UnusualMarkupError(main)
        builder.page(number, _write(builder, package, slide))
    return builder.build(package.title() or builder.leading_title())


def _write(builder: TextBuilder, package: Package, slide: Relation) -> Iterator[None]:
    relations = package.relations(slide.target)
    shapes = _Shapes(package.markup(slide.target))
    builder.end_section()
    for title in shapes.titles:
        builder.heading(1, title)
    said = {one_line(title) for title in shapes.titles}
    for block in shapes.blocks:
        if isinstance(block, _Chart):
            target = relations.get(block.name)
            title, rows = chart(package, target.target) if target else ("", [])
            builder.block(title)
            builder.table(rows)
        elif isinstance(block, list):
            builder.table(block)
        elif one_line(block) not in said:
            builder.block(block)
    yield
    for relation in relations.values():
        if relation.kind == "diagramData":
            items = paragraphs(package, relation.target)
            builder.block("\n".join(f"- {item}" for item in items))
        elif relation.kind == "notesSlide":
            notes = _Shapes(package.markup(relation.target)).words
            if any(note.strip() for note in notes):
                builder.block("Notes: " + "\n".join(note for note in notes if note.strip()))
    yield


class _Chart(NamedTuple):
    """Where a chart is, by the name that its slide has for its part."""

    name: str


class _Shapes:
    """What the shapes of a slide say.

    Attributes:
        titles: The paragraphs of its title.
        blocks: Other paragraphs, charts, and tables by their rows.
    """

    def __init__(self, markup: str) -> None:
        self.titles: list[str] = []
        self.blocks: list[str | list[list[str]] | _Chart] = []
        self._role = ""
        self._parts: list[str] = []
        self._paragraphs: list[str] = []
        self._rows: list[list[str]] | None = None
        for words, name, rest in _TOKEN.findall(without(markup, "mc:Fallback")):
            if words:
                self._parts.append(unescaped(words))
            elif name:
                self._tag(name, rest)
        self._end_shape()

    @property
    def words(self) -> Sequence[str]:
        """The paragraphs, tables left out."""
        return [block for block in self.blocks if isinstance(block, str)]

    def _tag(self, name: str, rest: str) -> None:
        if name == "/a:p>":
            self._paragraphs.append("".join(self._parts))
            self._parts.clear()
        elif name == "a:br":
            self._parts.append("\n")
        elif name == "p:ph":
            role = _ROLE.search(rest)
            self._role = role[1] if role else ""
        elif name == "/p:sp>":
            self._end_shape()
        elif name == "c:chart":
            if relation := CHART.search(rest):
                self.blocks.append(_Chart(relation[1]))
        else:
            self._table(name)

    def _table(self, name: str) -> None:
        if name == "a:tbl":
            self._end_shape()
            self._rows = []
        elif self._rows is None:
            raise UnusualMarkupError("a table's part outside of tables")
        elif name == "a:tr":
            self._rows.append([])
        elif name == "/a:tc>":
            if not self._rows:
                raise UnusualMarkupError("a cell outside of rows")
            self._rows[-1].append(" ".join(self._paragraphs))
            self._paragraphs = []
        elif name == "/a:tbl>":
            self.blocks.append(self._rows)
            self._rows = None

    def _end_shape(self) -> None:
        if self._role in _TITLES:
            title = one_line(" ".join(self._paragraphs))
            self.titles.extend([title] if title else [])
        elif self._role not in _REPEATED:
            self.blocks.extend(self._paragraphs)
        self._paragraphs = []
        self._role = ""
