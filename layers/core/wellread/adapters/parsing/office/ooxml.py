"""The parts of a Word, PowerPoint or Excel file, and how they refer to each other."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.sax.saxutils import escape

from wellread.adapters.parsing.archives import DECLARATION, office_parts
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_SCHEMAS = "http://schemas.openxmlformats.org/"
_USUAL_PREFIXES = {
    f"{_SCHEMAS}wordprocessingml/2006/main": "w",
    f"{_SCHEMAS}presentationml/2006/main": "p",
    f"{_SCHEMAS}spreadsheetml/2006/main": "",
    f"{_SCHEMAS}drawingml/2006/main": "a",
    f"{_SCHEMAS}drawingml/2006/chart": "c",
    f"{_SCHEMAS}officeDocument/2006/math": "m",
    f"{_SCHEMAS}officeDocument/2006/relationships": "r",
    f"{_SCHEMAS}markup-compatibility/2006": "mc",
    # The same in files that keep to the letter of the standard.
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://purl.oclc.org/ooxml/presentationml/main": "p",
    "http://purl.oclc.org/ooxml/spreadsheetml/main": "",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
}
_DECLARED = re.compile(r'xmlns(?::([\w.-]+))?="([^"<]*)"')
_TAG = re.compile(r"<[\w/][^<>]*>")
_NAME = re.compile(r"(</?|\s)(?:([\w.-]+):)?([\w.-]+)(?=[\s/>=])")
_COMMENT = re.compile(r"<!--[^-]*(?:-[^-]+)*-->")
_AS_IT_IS = re.compile(r"<!\[CDATA\[([^]<]*(?:(?:\](?!\]>)|<(?!!\[CDATA\[))[^]<]*)*)\]\]>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^<>]*)>")
_TITLE = re.compile(r"<(?:\w+:)?title(?:\s[^<>]*)?>([^<]*)<")
_DEEPEST_CHOICE = 4
_MOST_READINGS = 4
_ATTRIBUTE = re.compile(r'(?<![\w:.-])([\w:.-]+)\s*=\s*"([^"<]*)"')


class UnusualMarkupError(Exception):
    """The file is put together in a way that only a whole XML parser can read."""


class Relation(NamedTuple):
    """What a part refers to: the last word of the relation's type, and the other part's name."""

    kind: str
    target: str


class Package:
    """An Office file, read part by part."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Read from an archive that was found safe to unpack."""
        self._archive = archive
        self._members = office_parts(archive)
        self._relations: dict[str, dict[str, Relation]] = {}
        self._left = _MOST_READINGS * sum(entry.file_size for entry in archive.infolist())

    def __contains__(self, part: str) -> bool:
        """Whether there is such a part."""
        return part.lower() in self._members

    def _member(self, part: str) -> str:
        member = self._members.get(part.lower())
        if member is None:
            raise UnusualMarkupError(part)
        return member

    def raw(self, part: str) -> bytes:
        """A part's bytes.

        Raises:
            UnusualMarkupError: There is no such part.
            DocumentError: `damaged`, or `too_complex` where it declares entities.
        """
        member = self._member(part)
        try:
            content = self._archive.read(member)
        except Exception as error:  # zlib.error and its kin have no common base
            raise DocumentError(FailureCode.DAMAGED) from error
        self._took(len(content))
        if b"<!" in content and DECLARATION.search(content):
            raise DocumentError(
                FailureCode.TOO_COMPLEX,
                "The file declares XML entities, which Office programs never write.",
            )
        return content

    def pieces(self, part: str, size: int) -> Iterator[bytes]:
        """A part's bytes, some at a time.

        Raises:
            UnusualMarkupError: There is no such part.
            DocumentError: `damaged`.
        """
        member = self._member(part)
        try:
            with self._archive.open(member) as stream:
                while content := stream.read(size):
                    self._took(len(content))
                    yield content
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, EOFError) as error:
            raise DocumentError(FailureCode.DAMAGED) from error

    def _took(self, count: int) -> None:
        """Refuse to read a file over and over: many places may refer to the same large part.

        Raises:
            DocumentError: `too_complex`.
        """
        self._left -= count
        if self._left < 0:
            raise DocumentError(FailureCode.TOO_COMPLEX)

    def markup(self, part: str) -> str:
        """A part's markup as Office writes it: no comments, no CDATA, the usual prefixes.

        Raises:
            UnusualMarkupError: It is not plain UTF-8 that can be searched by patterns.
            DocumentError: As `raw`.
        """
        try:
            markup = self.raw(part).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnusualMarkupError(part) from error
        if "<!" in markup:
            markup = _COMMENT.sub("", markup)
            markup = _AS_IT_IS.sub(lambda match: escape(match[1]), markup)
        return renamed(markup, unusual_prefixes(markup))

    def relations(self, part: str) -> dict[str, Relation]:
        """What a part refers to, by the names that it uses for that; other files are left out."""
        if part not in self._relations:
            self._relations[part] = self._read_relations(part)
        return self._relations[part]

    def _read_relations(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        listing = posixpath.join(folder, "_rels", f"{name}.rels")
        if listing not in self:
            return {}
        found: dict[str, Relation] = {}
        for match in _RELATION.finditer(self.markup(listing)):
            fields = attributes(match[1])
            if fields.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, fields.get("Target", "")))
                kind = fields.get("Type", "").rpartition("/")[2]
                found[fields.get("Id", "")] = Relation(kind, target.lstrip("/"))
        return found

    def main_part(self) -> str:
        """The part with which the document begins.

        Raises:
            UnusualMarkupError: No part is named as that.
        """
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise UnusualMarkupError("no main part")

    def title(self) -> str:
        """The title among the file's properties, where it is worth showing."""
        for relation in self.relations("").values():
            if relation.kind == "core-properties" and relation.target in self:
                match = _TITLE.search(self.markup(relation.target))
                return worthy(unescaped(match[1])) if match else ""
        return ""


def attributes(tag: str) -> dict[str, str]:
    """The attributes within a tag."""
    return {name: unescaped(value) for name, value in _ATTRIBUTE.findall(tag)}


def unescaped(text: str) -> str:
    """Text as XML writes it, without its escapes."""
    return html.unescape(text) if "&" in text else text


def element(name: str) -> str:
    """The pattern of an element that holds none of its name, its content as a group.

    No part of it can match in two ways, so that a search takes linear time.
    """
    return rf"<{name}(?:\s(?:[^<>]*[^<>/])?)?>([^<]*+(?:<(?!/?{name}[\s>])[^<]*+)*+)</{name}>"


def without(markup: str, name: str) -> str:
    """The markup without the elements of a name, the inner ones first."""
    for _ in range(_DEEPEST_CHOICE):
        if f"<{name}" not in markup:
            break
        markup = re.sub(element(name), "", markup)
    return markup


def unusual_prefixes(markup: str) -> dict[str, str]:
    """The prefixes in markup that Office writes otherwise, with what it writes.

    Raises:
        UnusualMarkupError: A prefix stands for several things.
    """
    spaces: dict[str, str] = {}
    for prefix, space in set(_DECLARED.findall(markup)):
        before = spaces.setdefault(prefix, space)
        if before != space and not _USUAL_PREFIXES.keys().isdisjoint((before, space)):
            raise UnusualMarkupError(prefix)
    usual = {prefix: _USUAL_PREFIXES.get(space, prefix) for prefix, space in spaces.items()}
    changed = {prefix: name for prefix, name in usual.items() if name != prefix}
    for name in changed.values():
        if name in spaces and _USUAL_PREFIXES.get(spaces[name]) != name:
            raise UnusualMarkupError(name)
    return changed


def renamed(markup: str, prefixes: Mapping[str, str]) -> str:
    """The markup with other prefixes."""
    if not prefixes:
        return markup

    def name(match: re.Match[str]) -> str:
        before, prefix, local = match.groups()
        prefix = prefix or ""
        if prefix or before.startswith("<"):  # an attribute without a prefix has no space
            prefix = prefixes.get(prefix, prefix)
        return f"{before}{prefix}:{local}" if prefix else f"{before}{local}"

    return _TAG.sub(lambda tag: _NAME.sub(name, tag[0]), markup)
