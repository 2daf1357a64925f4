"""Replies over a ledger that several workers write to, each between another's steps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles import SetClock
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_replies import SqliteReplyLedger
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import (
    LEASE_SECONDS,
    ReplyRecord,
    ReplyState,
    done,
    posted,
    released,
)
from wellread.domain.knowledge.errors import ConflictError, TransientError
from wellread.services.chat.ledger import Replies

_numbers = itertools.count(1)


def new_key() -> MessageKey:
    return MessageKey("slack", "T1", "C1", str(next(_numbers)))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(Path(tmp_path_factory.mktemp("replies")) / "data.sqlite")
    yield database
    database.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def replies(database: SqliteDatabase, clock: SetClock) -> Replies:
    return Replies(SqliteReplyLedger(database, clock), clock)


def test_a_reply_is_taken_up_once_and_done_once(replies: Replies, clock: SetClock) -> None:
    key = new_key()
    record = replies.take_up(key, "w1")
    assert record is not None
    assert record.state is ReplyState.CLAIMED
    with pytest.raises(TransientError, match="Another worker"):
        replies.take_up(key, "w2")

    record = replies.note(posted(record, "1.2"))
    record = replies.note(done(record, clock()))
    assert replies.take_up(key, "w1") is None
    assert replies.take_up(key, "w2") is None


def test_a_silent_worker_loses_its_reply_and_is_told_so(replies: Replies, clock: SetClock) -> None:
    key = new_key()
    first = replies.take_up(key, "w1")
    clock.now += LEASE_SECONDS - 1
    first = replies.note(posted(first, "1.2"))
    clock.now += LEASE_SECONDS - 1
    with pytest.raises(TransientError):
        replies.take_up(key, "w2")

    clock.now += 1
    second = replies.take_up(key, "w2")
    assert second.references == ("1.2",)
    assert second.may_be_there
    for late in (posted(first, "1.2", "1.3"), released(first), done(first, clock())):
        with pytest.raises(ConflictError):
            replies.note(late)
    assert replies.note(done(second, clock())).state is ReplyState.DONE


def test_a_released_reply_is_taken_up_at_once(replies: Replies) -> None:
    key = new_key()
    replies.note(released(replies.take_up(key, "w1")))

    assert replies.take_up(key, "w2").may_be_there


def test_what_a_worker_noted_before_it_failed_stays_noted(replies: Replies) -> None:
    key = new_key()
    taken = replies.take_up(key, "w1")
    replies.note(replace(posted(taken, "1.2"), note="begun"))
    replies.give_back(taken)

    again = replies.take_up(key, "w2")
    assert (again.note, again.references) == ("begun", ("1.2",))
    replies.give_back(taken)  # of who has it no more
    with pytest.raises(TransientError):
        replies.take_up(key, "w3")


def test_a_withdrawal_reaches_the_worker_that_has_the_reply(replies: Replies) -> None:
    key = new_key()
    record = replies.take_up(key, "w1")
    replies.withdraw(key)

    record = replies.note(posted(record, "1.2"))
    assert record.withdrawn
    assert record.references == ("1.2",)


def test_a_withdrawal_of_what_is_done_names_what_to_take_back(
    replies: Replies, clock: SetClock
) -> None:
    key = new_key()
    record = replies.note(posted(replies.take_up(key, "w1"), "1.2"))
    replies.note(done(record, clock()))

    gone = replies.withdraw(key)
    assert (gone.state, gone.references, gone.withdrawn) == (ReplyState.DONE, ("1.2",), True)


def test_a_withdrawal_that_comes_before_its_question_is_found_by_it(replies: Replies) -> None:
    key = new_key()
    assert replies.withdraw(key) == replies.withdraw(key)

    record = replies.take_up(key, "w1")
    assert record.withdrawn
    assert not record.may_be_there


class Unlucky:
    """A ledger that another write always comes before."""

    def __init__(self, key: MessageKey) -> None:
        self._key = key

    def get(self, key: MessageKey) -> ReplyRecord | None:
        return None

    def put(self, record: ReplyRecord) -> ReplyRecord:
        raise ConflictError("another one wrote it")


def test_who_never_comes_to_write_is_told_to_try_again(clock: SetClock) -> None:
    key = new_key()
    with pytest.raises(ConflictError, match="try again"):
        Replies(Unlucky(key), clock).withdraw(key)


@dataclass(frozen=True)
class Step:
    """What somebody does.

    Attributes:
        inside: Between another's reading and writing, where that one is about to write.
        unheard: Its write is taken, and this is what it hears instead.
    """

    worker: str
    kind: str
    seconds: float
    inside: bool
    unheard: Exception | None


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["w1", "w2"]),
        st.sampled_from(["take_up", "take_up", "post", "post", "release", "finish", "withdraw"]),
        st.sampled_from([0.0, 1.0, LEASE_SECONDS / 2, LEASE_SECONDS]),
        st.booleans(),
        st.sampled_from(
            # The second where a client tried once more by itself.
            [None, None, None, TransientError("no answer came"), ConflictError("it is there")]
        ),
    ),
    min_size=10,
    max_size=30,
)


@dataclass
class Run:
    """Steps over one reply, and what must hold whatever came before."""

    ledger: SqliteReplyLedger
    clock: SetClock
    steps: list[Step]
    key: MessageKey = field(default_factory=new_key)
    held: dict[str, ReplyRecord] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    finished: bool = False
    gone: bool = False
    unheard: Exception | None = None

    def get(self, key: MessageKey) -> ReplyRecord | None:
        return self.ledger.get(key)

    def put(self, record: ReplyRecord) -> ReplyRecord:
        unheard, self.unheard = self.unheard, None
        if self.steps and self.steps[0].inside:
            self.next()
        written = self.ledger.put(record)
        self.shown.update(written.references)
        self.finished |= written.state is ReplyState.DONE
        self.gone |= written.withdrawn
        if unheard:
            raise unheard
        return written

    def next(self) -> None:
        step = self.steps.pop(0)
        self.clock.now += step.seconds
        self.unheard = step.unheard
        try:
            self._do(step)
        except TransientError:
            pass
        finally:
            self.unheard = None
        self.check()

    def _do(self, step: Step) -> None:
        replies, mine = Replies(self, self.clock), self.held.get(step.worker)
        if step.kind == "take_up":
            self._take_up(replies, step.worker)
        elif step.kind == "withdraw":
            assert replies.withdraw(self.key).withdrawn
        elif mine is None:
            return
        elif step.kind == "post":
            reference = f"r{next(_numbers)}"
            self.held[step.worker] = replies.note(posted(mine, *mine.references, reference))
        else:
            last = released(mine) if step.kind == "release" else done(mine, self.clock())
            del self.held[step.worker]
            replies.note(last)

    def _take_up(self, replies: Replies, worker: str) -> None:
        finished = self.finished
        record = replies.take_up(self.key, worker)
        assert record is None or not finished
        if record is None:
            assert self.finished
            return
        self.held[worker] = record

    def check(self) -> None:
        having = [held for held in self.held.values() if held.lease_until > self.clock()]
        assert len(having) <= 1, "two have it"
        stored = self.ledger.get(self.key) or ReplyRecord(self.key)
        assert set(stored.references) == self.shown, "what can be seen was forgotten"
        assert (stored.state is ReplyState.DONE) == self.finished, "done, and begun again"
        assert stored.withdrawn == self.gone, "a withdrawal was forgotten"


@settings(max_examples=300)
@given(steps=STEPS)
def test_whatever_comes_between_one_has_it_and_nothing_is_forgotten(
    database: SqliteDatabase, steps: list[Step]
) -> None:
    clock = SetClock()
    run = Run(SqliteReplyLedger(database, clock), clock, list(steps))
    while run.steps:
        run.next()
    run.check()
