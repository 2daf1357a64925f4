"""Hostile files of the time before 2007, and Outlook's messages."""

from __future__ import annotations

import struct
from collections.abc import Callable

from tests.compound import Tree, compound
from tests.hostile.attack import Attack


def _msg(size: int, body: Callable[[int], Tree]) -> Attack:
    def make(n: int) -> bytes:
        return compound({"__properties_version1.0": b"", **body(n)})

    return Attack("a.msg", size, make)


def _wide(words: str) -> bytes:
    return words.encode("utf-16-le")


def _attached(number: int, data: bytes = b"words") -> Tree:
    return {f"__attach_version1.0_#{number:08X}": {"__substg1.0_37010102": data}}


def _many(n: int) -> Tree:
    tree: Tree = {"__substg1.0_1000001F": _wide("a")}
    for number in range(n):
        tree.update(_attached(number))
    return tree


def _nested(n: int) -> Tree:
    tree: Tree = {"__substg1.0_1000001F": _wide("a" * n)}
    for _ in range(15):
        tree = {
            "__substg1.0_1000001F": _wide("a" * n),
            "__attach_version1.0_#00000000": {"__substg1.0_3701000D": tree},
        }
    return tree


def _shared(n: int) -> bytes:
    """Attachments that all lie in the same place."""
    data = compound({"__properties_version1.0": b"", **_many(n), "x": b"<script>" + b"a" * 400 * n})
    name = _wide("__substg1.0_37010102")
    place, start = 0, data.index(_wide("x").ljust(64, b"\0")) + 116
    where = data[start : start + 12]
    changed = bytearray(data)
    while (place := data.find(name, place)) >= 0:
        changed[place + 116 : place + 128] = where
        place += 128
    return bytes(changed)


def _sheet(n: int) -> bytes:
    """An old workbook of numbers."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    start = struct.pack("<HHHHII", 0x600, 0, 0, 0, 0, 6)
    book, sheet = start[:2] + b"\5\0" + start[4:], start[:2] + b"\x10\0" + start[4:]
    globals_length = 4 + len(book) + 4 + 9 + 4
    cells = b"".join(
        record(0x203, struct.pack("<HHHd", row % 65536, row // 65536, 0, row)) for row in range(n)
    )
    bound = struct.pack("<IBBBB", globals_length, 0, 0, 1, 0) + b"a"
    stream = record(0x809, book) + record(0x85, bound) + record(0x0A, b"")
    stream += record(0x809, sheet) + cells + record(0x0A, b"")
    return compound({"Workbook": stream})


ATTACKS = {
    "msg: a long text": _msg(5_000, lambda n: {"__substg1.0_1000001F": _wide("a\n" * n)}),
    "msg: quotes": _msg(3_000, lambda n: {"__substg1.0_1000001F": _wide("> a\nb\n" * n)}),
    "msg: introductions": _msg(
        5_000, lambda n: {"__substg1.0_1000001F": _wide("a" * n + ":\n" + ">a\n\n" * n)}
    ),
    "msg: a page": _msg(600, lambda n: {"__substg1.0_10130102": b"<p>a" * n}),
    "msg: packed": _msg(
        800,
        lambda n: {"__substg1.0_10090102": b"\0" * 8 + b"LZFu" + b"\0" * 4 + b"\xff\x12\x3f" * n},
    ),
    "msg: attachments": _msg(100, _many),
    "msg: attachments that are too many": _msg(600, _many),
    "msg: attachments in one place": Attack("a.msg", 10, _shared),
    "msg: nested": _msg(5_000, _nested),
    "msg: properties": Attack(
        "a.msg",
        30_000,
        lambda n: compound({
            "__properties_version1.0": b"\x40\0\x39\0" * 4 * n,
            "__substg1.0_1000001F": _wide("a"),
        }),
    ),
    "msg: a subject": _msg(
        60_000, lambda n: {"__substg1.0_0037001F": _wide("scan" + "_1" * n + "!")}
    ),
    "xls: numbers": Attack("a.xls", 900, _sheet),
}  # fmt: skip
