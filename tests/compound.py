"""Compound files, the containers of Office formats of the time before 2007 and of Outlook."""

from __future__ import annotations

import struct

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
Tree = dict[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """A container with every stream in sectors of its own, as large ones are kept."""
    entries: list[list[object]] = [["Root Entry", 5, FREE, FREE, END, 0]]
    contents: list[bytes] = []
    used = 0

    def add(folder: Tree) -> int:
        nonlocal used
        first = previous = FREE
        for name, content in folder.items():
            number = len(entries)
            kind = 2 if isinstance(content, bytes) else 1
            entries.append([name, kind, FREE, FREE, END, 0])
            if isinstance(content, bytes):
                padded = content.ljust(max(-(-len(content) // SECTOR) * SECTOR, 4096), b"\x00")
                entries[number][4:] = [used // SECTOR, len(padded)]
                used += len(padded)
                contents.append(padded)
            else:
                entries[number][3] = add(content)
            if first == FREE:
                first = number
            else:
                entries[previous][2] = number
            previous = number
        return first

    entries[0][3] = add(tree)
    while len(entries) % 4:
        entries.append(["", 0, FREE, FREE, END, 0])
    data = b"".join(contents)
    links: list[int] = []
    for content in contents:
        count = len(content) // SECTOR
        links += [*range(len(links) + 1, len(links) + count), END]
    directory = len(links)
    count = len(entries) // 4
    links += [*range(directory + 1, directory + count), END]
    first_table = len(links)
    tables = next(n for n in range(1, 110) if (len(links) + n) * 4 <= n * SECTOR)
    links += [FAT] * tables
    listed = bytearray()
    for name, kind, right, child, start, size in entries:
        words = str(name).encode("utf-16-le")
        listed += words.ljust(64, b"\x00") + struct.pack("<HBB", len(words) + 2, int(str(kind)), 1)
        listed += struct.pack("<III", FREE, right, child) + b"\x00" * 36
        listed += struct.pack("<IQ", start, size)
    table = struct.pack(f"<{len(links)}I", *links).ljust(tables * SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    head += struct.pack("<IIIIIIIII", 0, tables, directory, 0, 4096, END, 0, END, 0)
    places = struct.pack(f"<{tables}I", *range(first_table, first_table + tables))
    return (head + places).ljust(SECTOR, b"\xff") + data + listed + table
