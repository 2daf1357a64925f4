"""What the bot says in Slack, as people read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.chat.sayings import CITATION, DECLINED, LINK, TEXT, answer, said
from tests.slack.limits import check_blocks
from tests.slack.seen import seen
from wellread.adapters.chat.slack.rendering import rendered
from wellread.domain.chat.events import SharedFile
from wellread.domain.chat.said import (
    Said,
    SaidApproval,
    SaidHandOver,
    SaidNotice,
    SaidReceipts,
)

FILE = SharedFile("F1", "menu.pdf", 120_000, "")
FOUND = "I couldn't find this in the documents."

SAMPLES: list[tuple[Said, str]] = [
    (
        said(answer(notices=("Two files are still being read.",)), human=True, shareable=True),
        f"""Lending rules › Loan periods

> A book may be borrowed for 28 days and renewed twice. [1]

[1] <{LINK}|Lending rules> · p. 1 · Loan periods · dated 2026-09

Two files are still being read.

[Good answer] [Bad answer]

[Ask a human] [Share with everyone here]""",
    ),
    (
        said(DECLINED, human=True),
        f"""I couldn't find this in the documents.

*Closest documents*
• <{LINK}|Events>: “Flea market for books, in March”
• <{LINK}|Staff handbook>

You could ask

[What is “Events” about?]

[Good answer] [Bad answer]

[Ask a human]""",
    ),
    (SaidNotice("Sorry.\n\nAsk again."), "Sorry.\nAsk again."),
    (
        SaidHandOver(("S0HELP",), "How long?", "U0ANN", FOUND, (("Rules", LINK),), "t", 1),
        f"""<!subteam^S0HELP> can you help? <@U0ANN> asks:
> How long?

What I found:

I couldn't find this in the documents.

• <{LINK}|Rules>

[Resolved]""",
    ),
    (
        SaidHandOver(("S0HELP",), "How long?", "U0ANN", "", (), "t", 1, "U0BOB"),
        """Resolved by <@U0BOB>. <@U0ANN> had asked:
> How long?""",
    ),
    (
        SaidApproval("r1", FILE, "U0ANN"),
        """<@U0ANN> wants to add a file to what I answer from:
> *menu.pdf* (117.2 kB)

[Approve] [Reject]""",
    ),
    (
        SaidApproval("r1", FILE, "U0ANN", "U0BOB", "Approved: it can be asked about soon."),
        """<@U0ANN> wants to add a file to what I answer from:
> *menu.pdf* (117.2 kB)
Approved: it can be asked about soon. (<@U0BOB>)""",
    ),
    (
        SaidReceipts(12, 1, (("scan.pdf", "It has no text. Run OCR."),), ("a.pdf", "b.md"), "hr/"),
        """12 files are searchable now in hr/: a.pdf, b.md and 10 more
1 file is no longer there in hr/
1 file is not searchable in hr/:
• *scan.pdf*: It has no text. Run OCR.""",
    ),
    (SaidReceipts(), "Nothing to tell of now."),
]


@pytest.mark.parametrize(("told", "read"), SAMPLES, ids=lambda each: type(each).__name__)
def test_it_reads_well(told: Said, read: str) -> None:
    (message,) = rendered(told)

    assert seen({"blocks": message.blocks}) == read


def test_a_notification_says_what_the_message_says() -> None:
    (message,) = rendered(said(f"{TEXT}\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n> [1]"))

    assert message.text.splitlines()[:4] == [
        "Lending rules › Loan periods",
        "A book may be borrowed for 28 days and renewed twice. [1]",
        "a | b",
        "1 | 2",
    ]


ADDRESSES = ["", LINK, f"https://docs.example/{'~' * 1400}", f"https://docs.example/{'a' * 1400}"]
NAMES = ["Rules", "&" * 500, "规则" * 300]


@pytest.mark.parametrize("link", ADDRESSES, ids=lambda each: each[:22])
@pytest.mark.parametrize("name", NAMES, ids=lambda each: each[:2])
def test_no_source_is_left_out_however_long_its_link_and_names_are(link: str, name: str) -> None:
    cited = replace(CITATION, link=link, title=name, heading=name)
    messages = rendered(said(answer(TEXT, *[cited] * 12), human=True))

    shown = "\n".join(seen({"blocks": each.blocks}) for each in messages)
    for message in messages:
        check_blocks(list(message.blocks))
    assert all(f"[{number}] " in shown for number in range(1, 13))
    assert "[Ask a human]" in shown


def test_a_hand_over_keeps_its_button_however_many_documents_were_named() -> None:
    links = tuple((f"Document {n}", f"https://docs.example/{'a' * 1400}") for n in range(12))
    (message,) = rendered(
        SaidHandOver(("S0HELP",), "How long?", "U0ANN", FOUND * 70, links, "t", 1)
    )

    check_blocks(list(message.blocks))
    assert "[Resolved]" in seen({"blocks": message.blocks})
