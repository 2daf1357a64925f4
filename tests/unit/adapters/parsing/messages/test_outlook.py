"""Messages in Outlook's own format, and the containers that hold them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compound import Tree, compound
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

LIMITS = ParseLimits()


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
