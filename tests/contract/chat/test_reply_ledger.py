"""What every reply ledger does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import KEPT_SECONDS, ReplyRecord, ReplyState, claimed
from wellread.domain.knowledge.errors import ConflictError

AWKWARD = "one\ntwo \0\x1f \ud800 \udcff 😀 \U0010ffff \x85 ﷽"


def key(message: str = "1.1") -> MessageKey:
    return MessageKey("slack", "T1", "C1", message)


@pytest.fixture
def new(clock) -> ReplyRecord:
    return claimed(ReplyRecord(key()), "w1", clock())


def test_there_is_no_record_of_a_reply_that_nobody_took_up(ledger):
    assert ledger.get(key()) is None


def test_a_record_comes_back_as_it_was_put(ledger, clock):
    record = ReplyRecord(
        key(),
        state=ReplyState.POSTED,
        owner=AWKWARD,
        lease_until=clock() + 299.125,
        claims=3,
        references=(AWKWARD, "", "1.3"),
        withdrawn=True,
        thread="a thread",
        turn=7,
        note=AWKWARD,
        expires_at=clock() + KEPT_SECONDS,
    )
    written = ledger.put(record)

    assert written == replace(record, generation=1)
    assert ledger.get(key()) == written


def test_each_write_has_to_know_the_one_before(ledger, new):
    first = ledger.put(new)
    second = ledger.put(replace(first, note="second"))

    assert ledger.get(key()) == second
    for stale in (new, first, replace(second, generation=second.generation + 1)):
        with pytest.raises(ConflictError):
            ledger.put(replace(stale, note="stale"))
    assert ledger.get(key()) == second


def test_what_is_not_there_cannot_be_changed(ledger, new):
    with pytest.raises(ConflictError):
        ledger.put(replace(new, generation=1))
    assert ledger.get(key()) is None


def test_what_has_expired_is_as_if_it_had_never_been(ledger, clock, new):
    written = ledger.put(replace(new, expires_at=clock() + 10.0))
    clock.now += 9.0
    assert ledger.get(key()) == written

    clock.now += 1.0
    assert ledger.get(key()) is None
    with pytest.raises(ConflictError):
        ledger.put(replace(written, expires_at=clock() + 10.0))
    again = ledger.put(replace(new, note="again", expires_at=clock() + 10.0))
    assert ledger.get(key()) == again


def test_a_record_whose_time_is_put_off_stays(ledger, clock, new):
    written = ledger.put(replace(new, expires_at=clock() + 10.0))
    written = ledger.put(replace(written, expires_at=clock() + 100.0))
    clock.now += 50.0

    assert ledger.get(key()) == written


def test_replies_whose_ids_look_alike_are_not_mixed_up(ledger, clock):
    parts = ["", "T1", "C1", AWKWARD, "x" * 5000, "a:b", "a", ":b"]
    keys = [
        MessageKey("slack", team, conversation, "1") for team in parts for conversation in parts
    ]
    keys += [MessageKey("slack", "T1", "C1", message) for message in parts]
    for number, each in enumerate(keys):
        ledger.put(replace(claimed(ReplyRecord(each), "w", clock()), turn=number))

    found = [ledger.get(each) for each in keys]
    assert [record.turn for record in found] == list(range(len(keys)))
    assert [record.key for record in found] == keys


@pytest.mark.parametrize("stored", [False, True])
def test_of_many_writes_of_the_same_generation_one_succeeds(ledger, new, stored):
    record = ledger.put(new) if stored else new

    def write(number: int) -> bool:
        try:
            ledger.put(replace(record, owner=f"w{number}"))
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = [number for number, success in enumerate(threads.map(write, range(24))) if success]
    (winner,) = won
    assert ledger.get(key()) == replace(
        record, owner=f"w{winner}", generation=record.generation + 1
    )
