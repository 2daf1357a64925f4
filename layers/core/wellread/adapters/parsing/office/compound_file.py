"""Compound files, the containers of Office formats of the time before 2007 and of Outlook."""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from wellread.domain.knowledge.errors import DocumentError, FailureCode

_HEADER = 512
_ENTRY = 128
_STREAM = 2
_FREE = 0xFFFFFFF0
_SMALL = 4096
_SMALL_SECTOR = 64
_MOST_READINGS = 2
_MOST_ENTRIES = 50_000
_DEEPEST = 20

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    kind: int
    siblings: tuple[int, int]
    child: int
    start: int
    size: int


class CompoundFile:
    """A container of named streams in folders."""

    def __init__(self, data: bytes) -> None:
        """Read its directory.

        Raises:
            DocumentError: `damaged`.
        """
        self._data = data
        self._left = _MOST_READINGS * len(data)
        try:
            self._read()
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            raise DocumentError(FailureCode.DAMAGED) from error

    @property
    def paths(self) -> Mapping[Path, object]:
        """The streams, by the names of their folders and their own."""
        return self._streams

    def folders(self, folder: Path) -> Collection[str]:
        """The names of the folders in a folder."""
        return self._folders.get(folder, ())

    def read(self, path: Path) -> bytes:
        """A stream's content, empty where there is none of that name.

        Raises:
            DocumentError: `damaged`, also where streams lie in one another.
        """
        entry = self._streams.get(path)
        if entry is None:
            return b""
        content = self._content(entry)
        self._left -= len(content)
        if self._left < 0:
            raise DocumentError(FailureCode.DAMAGED)
        return content

    def _content(self, entry: _Entry) -> bytes:
        if entry.size >= _SMALL:
            return self._chain(entry.start, entry.size)
        count = -(-entry.size // _SMALL_SECTOR)
        places = (n * _SMALL_SECTOR for n in self._links(self._small_table, entry.start, count))
        parts = (self._small[place : place + _SMALL_SECTOR] for place in places)
        return b"".join(parts)[: entry.size]

    def _read(self) -> None:
        self._sector = 1 << min(struct.unpack_from("<H", self._data, 30)[0], 16)
        directory, small_table, extra = (
            struct.unpack_from("<I", self._data, place)[0] for place in (48, 60, 68)
        )
        table = [n for n in struct.unpack_from("<109I", self._data, 76) if n < _FREE]
        numbers = self._sector // 4
        for _ in range(len(self._data) // self._sector):
            if extra >= _FREE:
                break
            more = struct.unpack(f"<{numbers}I", self._at(extra))
            table.extend(n for n in more[:-1] if n < _FREE)
            extra = more[-1]
        # No more of them than there is room for: one may be named over and over.
        table = table[: len(self._data) // self._sector + 1]
        self._table = [n for place in table for n in struct.unpack(f"<{numbers}I", self._at(place))]
        content = self._chain(directory)
        count = min(len(content) // _ENTRY, _MOST_ENTRIES)
        self._entries = [_entry(content[i * _ENTRY : (i + 1) * _ENTRY]) for i in range(count)]
        small = self._chain(small_table) if small_table < _FREE else b""
        self._small_table = list(struct.unpack(f"<{len(small) // 4}I", small))
        root = self._entries[0]
        self._small = self._chain(root.start, root.size) if root.start < _FREE else b""
        self._streams = dict(self._walk(root.child, (), set()))
        self._folders: dict[Path, dict[str, None]] = {}
        for path in self._streams:
            for depth in range(len(path) - 1):
                self._folders.setdefault(path[:depth], {})[path[depth]] = None

    def _at(self, number: int) -> bytes:
        place = (
            (number + 1) * self._sector
            if self._sector > _HEADER
            else (_HEADER + number * self._sector)
        )
        part = self._data[place : place + self._sector]
        return part.ljust(self._sector, b"\x00") if part else part

    def _chain(self, start: int, size: int | None = None) -> bytes:
        count = len(self._data) // self._sector + 1
        if size is not None:
            count = min(count, -(-size // self._sector))
        return b"".join(self._at(n) for n in self._links(self._table, start, count))[:size]

    @staticmethod
    def _links(table: list[int], start: int, count: int) -> Iterator[int]:
        number = start
        for _ in range(min(count, len(table))):
            if number >= len(table):
                return
            yield number
            number = table[number]

    def _walk(self, number: int, folder: Path, seen: set[int]) -> Iterator[tuple[Path, _Entry]]:
        waiting = [number]
        while waiting:
            number = waiting.pop()
            if number >= len(self._entries) or number in seen:
                continue
            seen.add(number)
            entry = self._entries[number]
            waiting.extend(entry.siblings)
            if entry.kind == _STREAM:
                yield (*folder, entry.name), entry
            elif len(folder) < _DEEPEST:
                yield from self._walk(entry.child, (*folder, entry.name), seen)


def _entry(data: bytes) -> _Entry:
    length, kind = struct.unpack_from("<HB", data, 64)
    left, right, child = struct.unpack_from("<III", data, 68)
    start, size = struct.unpack_from("<II", data, 116)
    name = data[: max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace")
    return _Entry(name, kind, (left, right), child, start, size)
