"""Compound files, the containers of Office formats of the time before 2007 and of Outlook."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from wellread.domain.errors import DocumentError, FailureCode

_HEADER = 512
_ENTRY = 128
_STREAM = 2
_FREE = 0xFFFFFFF0
_SMALL = 4096
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
        try:
            self._read()
        except (struct.error, IndexError, ValueError, OverflowError) as error:
            raise DocumentError(FailureCode.DAMAGED) from error

    @property
    def paths(self) -> Mapping[Path, object]:
        """The streams, by the names of their folders and their own."""
        return self._streams

    def read(self, path: Path) -> bytes:
        """A stream's content, empty where there is none of that name.

        Raises:
            DocumentError: `damaged`.
        """
        entry = self._streams.get(path)
        if entry is None:
            return b""
        if entry.size >= _SMALL:
            return self._chain(entry.start)[: entry.size]
        sectors = self._links(self._small_table, entry.start)
        parts = (self._small[number * 64 : number * 64 + 64] for number in sectors)
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
        self._table = [n for place in table for n in struct.unpack(f"<{numbers}I", self._at(place))]
        content = self._chain(directory)
        count = min(len(content) // _ENTRY, _MOST_ENTRIES)
        self._entries = [_entry(content[i * _ENTRY : (i + 1) * _ENTRY]) for i in range(count)]
        small = self._chain(small_table) if small_table < _FREE else b""
        self._small_table = list(struct.unpack(f"<{len(small) // 4}I", small))
        root = self._entries[0]
        self._small = self._chain(root.start)[: root.size] if root.start < _FREE else b""
        self._streams = dict(self._walk(root.child, (), set()))

    def _at(self, number: int) -> bytes:
        place = (
            (number + 1) * self._sector
            if self._sector > _HEADER
            else (_HEADER + number * self._sector)
        )
        part = self._data[place : place + self._sector]
        return part.ljust(self._sector, b"\x00") if part else part

    def _chain(self, start: int) -> bytes:
        return b"".join(self._at(number) for number in self._links(self._table, start))

    @staticmethod
    def _links(table: list[int], start: int) -> Iterator[int]:
        number = start
        for _ in range(len(table)):
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
