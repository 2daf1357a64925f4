"""The laptop host and the question queue: soon, in turn, again, and told in the end."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.chat_desk import Desk, Spot, person
from tests.doubles import SetClock
from tests.laptop import Laptop
from wellread.adapters.embedded.sqlite_queue import SqliteQueue
from wellread.bootstrap.embedded import CHANGE_QUEUE, QUESTION_QUEUE
from wellread.domain.chat.events import CHAT_RETRIES, ChatEvent, QuestionAsked
from wellread.domain.chat.members import Readers, Standing
from wellread.domain.chat.replies import ReplyRecord, claimed
from wellread.domain.chat.said import SaidReply
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import TransientError
from wellread.local.host import LocalHost
from wellread.local.queue_work import QueueWork, question_work, queue_work

ON = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "secret"}
LATE = 20.0
"""Seconds after which a test does not wait any longer."""


def asked(thread: str = "1", message: str | None = None, text: str = "Who?") -> QuestionAsked:
    spot = Spot().in_thread(thread)
    key = spot.key(message)
    return QuestionAsked(key, spot.place, person(), False, False, f"c-{key.message}", 1.0, text)


@dataclass
class Heard:
    """A `Chat` that keeps what it is told, and fails as it is told to."""

    handled: list[tuple[str, Attempt]] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    fails: Exception | None = None
    cannot_tell: Exception | None = None

    def handle(self, event: ChatEvent, attempt: Attempt) -> None:
        self.handled.append((event.key.message, attempt))
        if self.fails:
            raise self.fails

    def give_up(self, event: ChatEvent) -> None:
        if self.cannot_tell:
            raise self.cannot_tell
        self.given_up.append(event.key.message)


@dataclass
class Machine:
    """A laptop whose chats are heard by a stand-in."""

    laptop: Laptop
    clock: SetClock
    heard: Heard

    @property
    def queue(self) -> SqliteQueue:
        return self.laptop.adapters.queues[QUESTION_QUEUE]

    def put(self, *events: ChatEvent) -> None:
        for event in events:
            self.laptop.adapters.questions.put(event)

    def answer(self) -> bool:
        return self.laptop.host.deliver_next("answer")

    def fail_often(self) -> None:
        """Deliver until nothing is left, or nothing comes of it."""
        for _ in range(CHAT_RETRIES.max_deliveries):
            assert self.answer()
            self.clock.now += 60.0


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    clock = SetClock()
    laptop = Laptop(tmp_path / "data", clock=clock, **ON)
    heard = Heard()
    laptop.services.chat = heard
    yield Machine(laptop, clock, heard)
    laptop.close()


def test_questions_are_worked_off_where_a_chat_is_on(machine: Machine, tmp_path: Path) -> None:
    (row,) = [row for row in queue_work(machine.laptop.services) if row.function == "answer"]
    assert row.workers == 4
    assert row.queue.name.endswith(".fifo")

    without = Laptop(tmp_path / "without")
    assert "answer" not in [row.function for row in queue_work(without.services)]
    without.close()


def test_a_question_gets_its_reply_through_the_function(tmp_path: Path) -> None:
    laptop, desk = Laptop(tmp_path / "data", **ON), Desk()
    desk.people = {"ann": Standing.MEMBER}
    desk.conversations["C1"] = Readers((person(),))
    laptop.services.platforms = {"slack": desk.platform()}
    laptop.drop("fees.md", "# Fees\n\nA late book costs 20 cents a day.")
    laptop.adapters.questions.put(asked(text="What does a late book cost?"))

    assert laptop.host.deliver_next("answer")
    (message,) = desk.messages
    assert isinstance(message.said, SaidReply)
    assert "20 cents" in message.said.reply.text
    assert laptop.adapters.queues[QUESTION_QUEUE].depth() == 0
    laptop.close()


def test_a_question_reaches_the_function_with_its_attempt(machine: Machine) -> None:
    machine.put(asked(message="m1"))

    assert machine.answer()
    assert not machine.answer()
    assert machine.heard.handled == [("m1", Attempt(1))]
    assert machine.queue.depth() == 0


def test_a_question_that_failed_is_delivered_again_after_longer_and_longer(
    machine: Machine,
) -> None:
    machine.heard.fails = TransientError("the model is away")
    machine.put(asked(message="m1"), asked(message="m2"))
    waited = []
    while len(machine.heard.handled) < CHAT_RETRIES.max_deliveries:
        began = machine.clock.now
        while not machine.answer():
            machine.clock.now += 1.0
        waited.append(machine.clock.now - began)

    assert waited == [0.0, *CHAT_RETRIES.delivered_again_seconds]
    assert {name for name, _ in machine.heard.handled} == {"m1"}
    assert [attempt.last for _, attempt in machine.heard.handled] == [False] * 4 + [True]


def test_a_platform_that_asks_to_wait_is_not_asked_before(machine: Machine) -> None:
    machine.heard.fails = TransientError("too many requests", retry_after=45.0)
    machine.put(asked(message="m1"))
    machine.answer()

    machine.clock.now += 44.0
    assert not machine.answer()
    machine.clock.now += 1.0
    assert machine.answer()


def test_who_asked_in_vain_is_told_and_the_question_is_not_kept(machine: Machine) -> None:
    machine.heard.fails = TransientError("the model is away")
    machine.put(asked(message="m1"), asked(message="m2"))
    machine.fail_often()
    machine.heard.fails = None

    assert machine.heard.given_up == ["m1"]
    assert machine.laptop.services.redriving.plan().empty
    assert machine.laptop.services.redriving.redrive() == 0
    assert machine.queue.dead() == []
    assert machine.answer()
    assert machine.heard.handled[-1] == ("m2", Attempt(1))


def test_a_bug_ends_in_a_word_too(machine: Machine) -> None:
    machine.heard.fails = RuntimeError("a bug")
    machine.put(asked(message="m1"))
    machine.fail_often()

    assert machine.heard.given_up == ["m1"]


def test_who_asks_is_told_though_the_documents_are_away(machine: Machine) -> None:
    machine.heard.fails = TransientError("the documents folder is not there")
    machine.laptop.root.rmdir()
    machine.put(asked(message="m1"))
    machine.fail_often()

    assert machine.heard.handled[-1][1].last
    assert machine.heard.given_up == ["m1"]


def test_who_cannot_be_told_at_present_is_told_later(machine: Machine) -> None:
    machine.heard.fails = TransientError("the model is away")
    machine.heard.cannot_tell = TransientError("Slack is away", retry_after=100.0)
    machine.put(asked(message="m1"))
    machine.fail_often()
    machine.heard.cannot_tell = None

    assert not machine.answer()
    machine.clock.now += 40.0
    assert machine.answer()
    assert machine.heard.given_up == ["m1"]
    assert machine.queue.depth() == 0


def test_what_is_nothing_of_a_chat_keeps_nobody_waiting(machine: Machine) -> None:
    group = asked().group
    for number, body in enumerate(["no JSON", "[]", '{"kind": "none"}']):
        machine.queue.send_in_turn(body, group=group, deduplication=str(number))
    machine.put(asked(message="m1"))
    for _ in range(3):
        machine.fail_often()

    assert machine.answer()
    assert machine.heard.handled == [("m1", Attempt(1))]
    assert machine.queue.depth() == 0


def test_a_reply_that_a_dead_host_had_is_free_once_the_host_is_back(machine: Machine) -> None:
    ledger = machine.laptop.adapters.ledger
    key = asked(message="m1").key
    had = ledger.put(claimed(ReplyRecord(key), "w1", machine.clock()))
    machine.laptop.host.start()
    machine.laptop.host.stop()

    again = Laptop(machine.laptop.settings.data, clock=machine.clock)
    kept = again.adapters.ledger.get(key)
    again.close()
    assert kept is not None
    assert (kept.lease_until, kept.claims) == (0.0, had.claims)


Answering = Callable[[dict[str, Any]], None]


def answering_host(
    laptop: Laptop, answer: Answering, *others: QueueWork, idle_seconds: float = 0.05
) -> LocalHost:
    """A host whose function `answer` does this with each record."""

    def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
        for record in event["Records"]:
            answer(record)
        return {"batchItemFailures": []}

    work = (question_work(laptop.services, handler), *others)
    return LocalHost(laptop.services, work=work, stopping_seconds=LATE, idle_seconds=idle_seconds)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[..., Laptop]]:
    """A laptop that answers so, until the test ends."""
    hosts = []

    def run(answer: Answering, *others: QueueWork, **options: float) -> Laptop:
        laptop = Laptop(tmp_path / "data", **ON)
        hosts.append(answering_host(laptop, answer, *others, **options))
        hosts[-1].start()
        return laptop

    yield run
    for host in hosts:
        host.stop()


def test_a_question_wakes_who_answers_it(running: Callable[..., Laptop]) -> None:
    answered = threading.Event()
    laptop = running(lambda _: answered.set(), idle_seconds=10 * LATE)
    time.sleep(0.2)  # all wait by now
    laptop.adapters.questions.put(asked())

    assert answered.wait(LATE)


def test_four_threads_are_answered_at_once_and_each_in_turn(
    running: Callable[..., Laptop],
) -> None:
    together = threading.Barrier(4)
    now: Counter[str] = Counter()
    order: list[str] = []
    crowded: list[str] = []
    last = threading.Event()

    def answer(record: dict[str, Any]) -> None:
        group = record["attributes"]["MessageGroupId"]
        now[group] += 1
        crowded.extend([group] * (now[group] > 1))
        together.wait(LATE)
        order.append(json.loads(record["body"])["key"]["message"])
        now[group] -= 1
        if len(order) == 12:
            last.set()

    laptop = running(answer)
    with laptop.adapters.database.transaction():
        for number in range(3):
            for thread in "abcd":
                laptop.adapters.questions.put(asked(thread, f"{thread}{number}"))

    assert last.wait(LATE)
    assert not crowded
    for thread in "abcd":
        assert [name for name in order if name[0] == thread] == [f"{thread}{n}" for n in range(3)]


def test_a_question_does_not_wait_for_documents(running: Callable[..., Laptop]) -> None:
    answered, ingesting, go_on = threading.Event(), threading.Event(), threading.Event()

    def ingest(*_: object) -> dict[str, Any]:
        ingesting.set()
        go_on.wait(LATE)
        return {"batchItemFailures": []}

    laptop = running(lambda _: answered.set())
    (chunk, *_) = queue_work(laptop.services)
    host = LocalHost(laptop.services, work=[replace(chunk, handler=ingest)])
    laptop.adapters.queues[CHANGE_QUEUE].send(["a document"] * 50)
    worker = threading.Thread(target=host.deliver_next, args=["chunk"])
    worker.start()
    assert ingesting.wait(LATE)
    laptop.adapters.questions.put(asked())

    assert answered.wait(LATE)
    go_on.set()
    worker.join(LATE)


def test_messages_of_a_batch_succeed_and_fail_one_by_one(tmp_path: Path) -> None:
    clock = SetClock()
    laptop = Laptop(tmp_path / "data", clock=clock)
    queue = SqliteQueue(laptop.adapters.database, "receipts", clock)
    batches: list[list[str]] = []
    buried: list[str] = []

    def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
        records = event["Records"]
        batches.append([record["body"] for record in records])
        failed = [{"itemIdentifier": r["messageId"]} for r in records if r["body"] == "bad"]
        return {"batchItemFailures": failed}

    row = QueueWork(
        queue,
        "receipts",
        handler,
        workers=1,
        policy=replace(CHAT_RETRIES, max_deliveries=2, delivered_again_seconds=(10.0,)),
        give_up=buried.append,
        batch=3,
        window_seconds=5.0,
    )
    host = LocalHost(laptop.services, work=[row])
    queue.send(["1", "2", "bad", "4"])
    assert host.deliver_next("receipts")
    assert not host.deliver_next("receipts")
    clock.now += 5.0
    assert host.deliver_next("receipts")
    clock.now += 5.0
    assert host.deliver_next("receipts")

    assert batches == [["1", "2", "bad"], ["4"], ["bad"]]
    assert buried == ["bad"]
    assert [letter.body for letter in queue.dead()] == ["bad"]
    laptop.close()
