"""A conversation of Teams that takes no calls for a while gets none until it does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.chat.benches import TeamsBench, teams_bench
from tests.contract.chat.sayings import SAYS, said
from wellread.domain.knowledge.errors import TransientError

REPLY = said(SAYS)


@pytest.fixture
def bench() -> Iterator[TeamsBench]:
    with teams_bench() as made:
        yield made


@pytest.mark.parametrize("status", [0, 503])
@pytest.mark.parametrize("refused", ["typing", "stream", "send"])
def test_nothing_is_sent_to_a_conversation_before_it_takes_calls_again(
    bench: TeamsBench, refused: str, status: int
) -> None:
    bench.refuse_streams()
    target, sink = bench.ask(), bench.sink()
    bench.tenant.fail(refused, retry_after=4, status=status)
    begun = bench.time

    sink.show_status(target, "Looking")
    assert sink.stream(target, SAYS) is None
    sink.write(target, REPLY, [])

    assert len(bench.messages(target)) == 1
    assert bench.time >= begun + 4


def test_what_asks_for_more_patience_than_a_worker_has_is_not_called_until_then(
    bench: TeamsBench,
) -> None:
    target, sink = bench.ask(), bench.sink()
    bench.tenant.fail("typing", retry_after=30)
    sink.show_status(target, "Looking")

    with pytest.raises(TransientError) as refusal:
        sink.write(target, REPLY, [])

    assert 29 <= refusal.value.retry_after <= 30
    assert bench.messages(target) == []
    bench.time += refusal.value.retry_after
    sink.write(target, REPLY, [])
    assert len(bench.messages(target)) == 1
