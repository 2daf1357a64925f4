"""What the bot sends is what Microsoft's own SDK for Teams understands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.chat.benches import TeamsBench, teams_bench
from tests.contract.chat.sayings import DECLINED, LINK, said
from wellread.domain.chat.events import SharedFile
from wellread.domain.chat.said import Said, SaidApproval, SaidHandOver, SaidNotice, SaidReceipts

SAYINGS: dict[str, Said] = {
    "answer": replace(said(), human=True),
    "decline": said(DECLINED),
    "notice": SaidNotice("One moment."),
    "hand-over": SaidHandOver(("bob",), "How long?", "ann", "28 days", (("Rules", LINK),), "t1", 1),
    "approval": SaidApproval("r1", SharedFile("F1", "menu.txt", 2048, ""), "ann"),
    "receipts": SaidReceipts(indexed=1, some=("menu.txt",), failed=(("a.md", "It is empty."),)),
}


@pytest.fixture
def bench() -> Iterator[TeamsBench]:
    with teams_bench() as made:
        yield made


@pytest.fixture(scope="module")
def api() -> Any:
    return pytest.importorskip("microsoft_teams.api", reason="needs microsoft-teams-api 2.1.1")


def sent(bench: TeamsBench) -> list[dict[str, Any]]:
    return [call.body for call in bench.tenant.called("POST", "/activities")]


@pytest.mark.parametrize("what", SAYINGS)
def test_a_message_is_one_of_the_sdk(bench: TeamsBench, api: Any, what: str) -> None:
    cards = pytest.importorskip("microsoft_teams.cards")
    bench.sink().write(bench.ask("19:lab@thread.v2"), SAYINGS[what])

    (activity,) = sent(bench)
    read = api.MessageActivityInput.model_validate(activity)
    again = read.model_dump(by_alias=True, exclude_none=True)
    assert (read.text or "") == activity.get("text", "")
    for entity, found in zip(activity.get("entities", ()), again.get("entities", ()), strict=True):
        assert entity.items() <= found.items() or entity.get("citation")
    for attachment in activity.get("attachments", ()):
        card = cards.AdaptiveCard.model_validate(attachment["content"])
        assert len(card.actions or ()) == len(attachment["content"].get("actions", ()))


def test_citations_are_those_of_the_sdk(bench: TeamsBench, api: Any) -> None:
    bench.sink().write(bench.ask(), said())

    (activity,) = sent(bench)
    (entity,) = activity["entities"]
    read = api.CitationEntity.model_validate(entity)
    (claim,) = read.citation
    assert (claim.position, claim.appearance.url) == (1, LINK)
    assert entity["additionalType"] == ["AIGeneratedContent"]


def test_a_stream_is_one_of_the_sdk(bench: TeamsBench, api: Any) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, "Lending rules › ")
    assert stream is not None
    bench.time += 2
    stream.append("Loan periods ")
    sink.write(target, said(), [stream.reference])

    first, *more, last = sent(bench)
    info = api.TypingActivityInput.model_validate(first).entities[0]
    assert (info.stream_type, info.stream_sequence, info.stream_id) == ("streaming", 1, None)
    for number, each in enumerate(more, start=2):
        info = api.TypingActivityInput.model_validate(each).entities[0]
        assert (info.stream_sequence, info.stream_id) == (number, stream.reference)
    ended = api.MessageActivityInput.model_validate(last)
    assert (ended.entities[-1].stream_type, ended.entities[-1].stream_id) == (
        "final",
        stream.reference,
    )
    assert ended.channel_data.feedback_loop.type == "default"
