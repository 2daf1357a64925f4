"""Words that want to call somebody or to lead somewhere, wherever words can stand."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from tests.contract.chat.sayings import LINK, answer, said
from wellread.domain.ask.answers import Citation, Declined, DeclineReason, NearestDocument
from wellread.domain.chat.events import SharedFile
from wellread.domain.chat.said import (
    Said,
    SaidApproval,
    SaidHandOver,
    SaidNotice,
    SaidReceipts,
)
from wellread.domain.knowledge.documents import DocumentId, RevisionId

ATTACKS = [
    "<at>Eve</at>", "<at>everyone</at>", "<a href='https://evil.example'>x</a>",
    "&lt;at&gt;Eve&lt;/at&gt;",
    "[x](<https://evil.example>)", "{{DATE(2026-11-29T00:00:00Z)}}",
    "<!channel>", "<!here|here>", "<!everyone>", "<@U0EVE>", "<#C0LAB|general>", "@channel",
    "<!subteam^S0ALL>", "<!date^1^{date}^https://evil.example|x>", "<https://evil.example|click>",
    "[click](https://evil.example/x)", "![x](https://evil.example/p.png)", "https://evil.example/?q=1",
    "evil.com/path", "www.evil.com", "<mailto:eve@evil.example|mail>", "[1]: https://evil.example",
    "[1](https://evil.example)", "&lt;!channel&gt;", "&#60;!channel&#62;", "&lt;https://evil.example|x&gt;",
    "<!\u200bchannel>", "<\u202e!channel>", "```\n<!channel>\n```", "`<@U0EVE>`", "a|b>c",
    "\\<!channel>",
    "<<!channel>>", "<!chan<!channel>nel>",
    "| <!here> | https://evil.example |\n|---|---|\n| @here | x |",
    "> <!channel> [1]", "tel:+123456789", "javascript:alert(1)", "ftp://evil.example/x", "x" * 5000,
    "\x00\x1b[31m", "*" * 300, "\ue0000\ue001", "and 3 more (https://evil.example/x)",
    "and 3 more (https://docs.example/@channel)", "",
]  # fmt: skip

TEXTS = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=12), max_size=6).map(" ".join)


def citation(text: str) -> Citation:
    return Citation(
        DocumentId(text or "x"),
        RevisionId("1"),
        0,
        1,
        text,
        3,
        f"A > {text}",
        text,
        text,
        link=LINK,
    )


def sayings(text: str, asker: str, other: str, helpers: str) -> Iterator[Said]:
    """Everything that can be said, with untrusted words wherever there are some."""
    yield said(answer(text or "…", citation(text), notices=(text,)), question=text, human=True)
    yield said(answer(text or "…", citation(text)), question=text, shareable=True, asked_by=asker)
    near = NearestDocument(DocumentId(text or "x"), text, LINK, quote=text)
    reason = DeclineReason.NOT_IN_DOCUMENTS
    yield said(Declined(text or "…", reason, "x", (near, near), (text, text), notices=(text,)))
    yield SaidNotice(text)
    for resolved in ("", other):
        yield SaidHandOver((helpers,), text, asker, text, ((text, LINK),), "t", 1, resolved)
        file = SharedFile("F1", text, 5, "https://evil.example")
        yield SaidApproval("r1", file, asker, resolved, text if resolved else "")
    yield SaidReceipts(2, 3, ((text, text),), (text, text), text)
