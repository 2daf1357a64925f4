"""What one person alone sees in Slack goes to a response URL, which is used with care."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.contract.chat.benches import SlackBench, slack_bench
from tests.contract.chat.sayings import SAYS, said
from tests.slack.seen import button, seen
from wellread.domain.chat.said import SaidNotice
from wellread.domain.knowledge.errors import DeliveryError, TransientError


@pytest.fixture
def bench() -> Iterator[SlackBench]:
    with slack_bench() as made:
        yield made


def test_blocks_that_a_response_url_does_not_take_leave_the_words(bench: SlackBench) -> None:
    url = bench.workspace.new_response_url("U0ANN", "C0LAB")
    bench.workspace.fail("response_url", status=400)

    bench.sink().write(replace(bench.ask(), reply_url=url), said())

    (shown,) = bench.workspace.ephemerals
    assert shown.blocks == []
    assert SAYS in shown.text


def test_one_person_alone_sees_what_goes_to_a_response_url(bench: SlackBench) -> None:
    url = bench.workspace.new_response_url("U0ANN", "C0LAB")
    target = replace(bench.ask(), reply_url=url)
    sink = bench.sink()
    sink.show_status(target, "Searching")

    assert sink.stream(target, "Lending ") is None
    written = sink.write(target, said(shareable=True), sink.find(target))
    sink.write(target, said(shareable=True), written)

    assert bench.messages(target) == []
    assert bench.statuses() == []
    (shown,) = bench.workspace.ephemerals
    assert (shown.user, shown.in_channel) == ("U0ANN", False)
    assert SAYS in seen(shown)
    assert button(shown, "share")
    assert sink.remove(target, written)
    assert bench.workspace.ephemerals == []


def test_a_sentence_about_a_click_leaves_what_was_clicked_on(bench: SlackBench) -> None:
    url = bench.workspace.new_response_url("U0ANN", "C0LAB")
    target = replace(bench.ask(), reply_url=url)
    sink = bench.sink()
    sink.write(target, said())

    sink.write(target, SaidNotice("Only approvers can do that."))

    assert len(bench.workspace.ephemerals) == 2


def test_nothing_is_said_to_addresses_that_are_not_slacks(bench: SlackBench) -> None:
    target = replace(bench.ask(), reply_url="http://localhost:1/hook")

    with pytest.raises(DeliveryError, match="none of Slack's"):
        bench.sink().write(target, said())


def test_a_response_url_that_is_used_up_or_away_says_so(bench: SlackBench) -> None:
    url = bench.workspace.new_response_url("U0ANN", "C0LAB")
    target = replace(bench.ask(), reply_url=url)
    sink = bench.sink()
    bench.workspace.fail("response_url", status=503)
    with pytest.raises(TransientError):
        sink.write(target, said())
    bench.workspace.fail("response_url", retry_after=7)
    with pytest.raises(TransientError) as waits:
        sink.write(target, said())
    assert waits.value.retry_after == 7
    for _ in range(5):
        sink.write(target, said())
    with pytest.raises(DeliveryError, match="five times"):
        sink.write(target, said())
