"""Messages in Outlook's own format, and the containers that hold them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellread.adapters.parsing.dispatch import parse_document
from wellread.adapters.parsing.limits import ParseLimits
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

LIMITS = ParseLimits()
SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
Tree = dict[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """A container with every stream in sectors of its own, as large ones are kept."""
    entries: list[list[object]] = [["Root Entry", 5, FREE, FREE, END, 0]]
    contents: list[bytes] = []

    def add(folder: Tree) -> int:
        first = previous = FREE
        for name, content in folder.items():
            number = len(entries)
            kind = 2 if isinstance(content, bytes) else 1
            entries.append([name, kind, FREE, FREE, END, 0])
            if isinstance(content, bytes):
                padded = content.ljust(max(-(-len(content) // SECTOR) * SECTOR, 4096), b"\x00")
                entries[number][4:] = [sum(map(len, contents)) // SECTOR, len(padded)]
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
    links += [*range(directory + 1, directory + count), END, FAT]
    for name, kind, right, child, start, size in entries:
        words = str(name).encode("utf-16-le")
        data += words.ljust(64, b"\x00") + struct.pack("<HBB", len(words) + 2, int(str(kind)), 1)
        data += struct.pack("<III", FREE, right, child) + b"\x00" * 36
        data += struct.pack("<IQ", start, size)
    table = struct.pack(f"<{len(links)}I", *links).ljust(SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 16
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    head += struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4096, END, 0, END, 0)
    head += struct.pack("<I", len(links) - 1).ljust(SECTOR - len(head), b"\xff")
    return head + data + table


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def message(body: Tree, **more: str) -> Tree:
    date = struct.pack("<HHIQ", 0x40, 0x39, 0, 133_500_000_000_000_000)
    return {
        "__properties_version1.0": date,
        "__substg1.0_0037001F": wide(more.get("subject", "Leave")),
        "__substg1.0_0C1A001F": wide("The office"),
        "__substg1.0_5D01001F": wide("office@example.org"),
        "__substg1.0_0E04001F": wide("Staff"),
        **body,
    }


def parse(tree: Tree) -> ParsedText:
    return parse_document("a.msg", compound(tree), LIMITS)


HEAD = (
    "Leave\n\nFrom: The office <office@example.org>\nTo: Staff\n"
    "Date: Wed, 17 Jan 2024 21:20:00 +0000\n\n"
)


def test_headers_and_text_are_read() -> None:
    parsed = parse(message({"__substg1.0_1000001F": wide("Thirty days.\r\n> of what?\r\n")}))
    assert parsed.text == HEAD + "Thirty days.\n\n> of what?"
    assert parsed.title == "Leave"


@pytest.mark.parametrize(
    "body",
    [
        {"__substg1.0_10130102": b"<p>Thirty <b>days</b>.</p>"},
        {"__substg1.0_1000001E": b"Thirty days."},
        {"__substg1.0_10090102": b"\x00" * 8 + b"MELA" + b"\x00" * 4 + b"{\\rtf1 Thirty days.}"},
        # Packed: eight letters, then seven and a reference to "pard".
        {
            "__substg1.0_10090102": b"\x00" * 8
            + b"LZFu"
            + b"\x00" * 4
            + b"\x00{\\rtf1 T\x00hirty da\x80ys.}   \x0c\xf0"
        },
    ],
)
def test_the_text_is_found_in_whatever_form_it_is_kept(body: Tree) -> None:
    assert parse(message(body)).text == HEAD + "Thirty days."


def test_attachments_and_attached_messages_are_read() -> None:
    parsed = parse(
        message(
            {
                "__attach_version1.0_#00000000": {
                    "__substg1.0_3707001F": wide("rules.md"),
                    "__substg1.0_37010102": b"# Rules\n\nNo smoking.".ljust(4096),
                },
                "__attach_version1.0_#00000001": {
                    "__substg1.0_3701000D": message(
                        {"__substg1.0_1000001F": wide("Inner words.")}, subject="Inner"
                    ),
                },
            }
        )
    )
    assert "Attachment: rules.md\n\n# Rules\n\nNo smoking." in parsed.text
    assert "Attachment: message\n\nInner\n\nFrom: The office" in parsed.text
    assert parsed.text.endswith("Inner words.")


def test_a_broken_container_is_damaged() -> None:
    whole = compound(message({}))
    with pytest.raises(DocumentError) as caught:
        parse_document("a.msg", whole[:600] + wide("__properties_version1.0"), LIMITS)
    assert caught.value.code is FailureCode.DAMAGED


@settings(max_examples=60)
@given(st.data())
def test_changed_bytes_end_in_text_or_in_a_reason(data: st.DataObject) -> None:
    whole = bytearray(compound(message({"__substg1.0_1000001F": wide("Words.")})))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        parsed = parse_document("a.msg", bytes(whole), LIMITS)
    except DocumentError:
        return
    assert parsed.text.strip()
