"""What a host does with all replies of the data file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chat_desk import Spot
from tests.doubles import SetClock
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_replies import SqliteReplyLedger
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import ReplyRecord, ReplyState, claimed, done, posted, released

KEYS = [Spot().key(str(number)) for number in range(4)]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def ledger(database: SqliteDatabase, clock: SetClock) -> SqliteReplyLedger:
    return SqliteReplyLedger(database, clock)


def held(key: MessageKey, clock: SetClock) -> ReplyRecord:
    return claimed(ReplyRecord(key), "w1", clock())


def test_what_a_dead_host_had_is_given_back_with_what_can_be_seen_of_it(
    ledger: SqliteReplyLedger, clock: SetClock
) -> None:
    ledger.put(held(KEYS[0], clock))
    ledger.put(posted(held(KEYS[1], clock), "1.2"))
    left = ledger.put(released(held(KEYS[2], clock)))
    finished = ledger.put(done(held(KEYS[3], clock), clock()))

    assert ledger.release_all() == 2
    assert ledger.release_all() == 0
    records = [ledger.get(key) for key in KEYS]
    assert [record.state for record in records] == [
        ReplyState.RECEIVED,
        ReplyState.POSTED,
        ReplyState.RECEIVED,
        ReplyState.DONE,
    ]
    assert records[1].references == ("1.2",)
    assert records[2:] == [left, finished]


def test_only_what_has_expired_is_swept(
    ledger: SqliteReplyLedger, database: SqliteDatabase, clock: SetClock
) -> None:
    for key, seconds in zip(KEYS, (1.0, 2.0, 3.0, 4.0), strict=True):
        ledger.put(replace(held(key, clock), expires_at=clock() + seconds))
    clock.now += 2.0

    assert ledger.sweep() == 2
    assert ledger.sweep() == 0
    rows = database.connection().execute("SELECT count(*) FROM reply").fetchone()
    assert rows == (2,)
    assert ledger.release_all() == 2


def test_what_has_expired_is_left_to_the_sweep(ledger: SqliteReplyLedger, clock: SetClock) -> None:
    ledger.put(replace(held(KEYS[0], clock), expires_at=clock() + 1.0))
    clock.now += 1.0

    assert ledger.release_all() == 0
