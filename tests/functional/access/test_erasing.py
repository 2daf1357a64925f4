"""Nothing of a document's text outlives it longer than docs/security.md says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Protocol

import pytest

from tests.laptop import Laptop, QuotingGenerator, asker
from tests.schedules.aws_world import AwsWorld
from tests.schedules.cloud import cloud
from wellread.bootstrap import Services
from wellread.domain.ask.answers import Feedback, Reply, Verdict
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode, Question
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.ports.ask import FeedbackStore, ThreadStore
from wellread.services.ask.drafting import Generators

PLAN = DocumentId("plan.md")
PLAN_TEXT = "# Plan\n\nThe harbour is dredged by Zacharias Quill in October.\n"
OTHER = DocumentId("leave.md")
OTHER_TEXT = "# Leave\n\nEveryone has thirty days of leave a year.\n"
A_DAY = 86_400.0
ASKER = asker("everyone")


class Place(Protocol):
    """A knowledge base that lets time pass, and whose stores a test looks into."""

    services: Services
    threads: ThreadStore
    verdicts: FeedbackStore

    def put(self, key: str, text: str) -> None: ...
    def delete(self, key: str) -> None: ...
    def pass_a_day(self) -> None: ...


class LaptopPlace:
    """A data folder whose host sweeps."""

    def __init__(self, folder: Path) -> None:
        from wellread.adapters.embedded.sqlite_feedback import SqliteFeedbackStore
        from wellread.adapters.embedded.sqlite_threads import SqliteThreadStore

        self._ahead = 0.0
        self.laptop = Laptop(folder, clock=self._clock)
        self.services = self.laptop.services
        self.threads = SqliteThreadStore(self.laptop.adapters.database)
        self.verdicts = SqliteFeedbackStore(self.laptop.adapters.database)

    def put(self, key: str, text: str) -> None:
        self.laptop.drop(key, text)

    def delete(self, key: str) -> None:
        self.laptop.delete(key)
        self.laptop.work()

    def pass_a_day(self) -> None:
        self._ahead += A_DAY + 1
        self.services.sweeping.sweep()

    def _clock(self) -> float:
        import time

        return time.time() + 100.0 + self._ahead


class AwsPlace:
    """A services whose daily reconcile asks for the sweep."""

    def __init__(self, world: AwsWorld) -> None:
        self.world = world
        self.services = world.services
        self.threads, self.verdicts = world.thread_stores()

    def put(self, key: str, text: str) -> None:
        self.world.put(key, text.encode())
        self.world.settle()

    def delete(self, key: str) -> None:
        self.world.delete(key)
        self.world.settle()

    def pass_a_day(self) -> None:
        self.world.elapse(A_DAY + 1)
        self.world.services.reconciliation.run("a-day-later")
        self.world.settle()


@pytest.fixture
def laptop_place(tmp_path: Path) -> Iterator[LaptopPlace]:
    place = LaptopPlace(tmp_path / "data")
    yield place
    place.laptop.close()


@pytest.fixture
def aws_place() -> Iterator[AwsPlace]:
    with cloud(seed=1) as made:
        world = AwsWorld(made)
        yield AwsPlace(world)
        world.close()


@pytest.fixture(params=["laptop", "aws"])
def place(request: pytest.FixtureRequest) -> Place:
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


def test_quotes_in_threads_and_words_of_feedback_go_with_their_document(place: Place) -> None:
    place.put(OTHER, OTHER_TEXT)
    place.put(PLAN, PLAN_TEXT)
    first = ask(place, "Who dredges the harbour in October?")
    thread = first.thread
    ask(place, "How many days of leave does everyone have?", first)
    assert "Quill" in first.text
    give(place, first, 1, "Quill retired", "It is not Zacharias Quill.")
    give(place, first, 2, "Thirty, yes", None)

    place.delete(PLAN)
    assert "Quill" in words_of(place, first), "the grace time is not over"
    place.pass_a_day()

    assert "Quill" not in words_of(place, first)
    struck, kept = place.threads.turns(thread)
    assert (struck.erased, kept.erased) == (True, False)
    assert "thirty days" in kept.answer
    said = [each.feedback for each in place.verdicts.list()]
    assert [each.verdict for each in said] == [Verdict.DOWN, Verdict.DOWN]
    assert [each.reason for each in said] == [None, "Thirty, yes"]
    with pytest.raises(NotFoundError, match="erased"):
        give(place, first, 1, "Quill retired", None)


def test_a_document_that_comes_back_within_the_grace_time_keeps_what_was_said_of_it(
    place: Place,
) -> None:
    place.put(OTHER, OTHER_TEXT)
    place.put(PLAN, PLAN_TEXT)
    first = ask(place, "Who dredges the harbour in October?")
    place.delete(PLAN)
    place.put(PLAN, PLAN_TEXT)
    place.pass_a_day()

    assert "Quill" in words_of(place, first)


def test_what_a_decline_says_is_nearest_or_offers_goes_with_its_document(tmp_path: Path) -> None:
    place = LaptopPlace(tmp_path / "data")
    place.put(OTHER, OTHER_TEXT)
    place.put(PLAN, PLAN_TEXT)
    greeting = ask(place, "Hello")
    turns = place.threads.turns(greeting.thread)
    assert PLAN in turns[0].drawn_on
    assert "Plan" in turns[0].answer

    place.delete(PLAN)
    place.pass_a_day()
    assert "Plan" not in words_of(place, greeting)
    place.laptop.close()


def test_what_follows_from_a_struck_turn_goes_with_it_down_to_the_bytes(tmp_path: Path) -> None:
    class Repeating(QuotingGenerator):
        def generate(self, prompt: Prompt) -> Iterator[str]:
            if prompt.passages:
                return super().generate(prompt)
            return chain(turn.answer for turn in prompt.turns)

    speaking = Generators(quoting=QuotingGenerator(), model=Repeating())
    laptop = Laptop(tmp_path / "data", generators=speaking)
    laptop.drop(OTHER, OTHER_TEXT)
    laptop.drop(PLAN, PLAN_TEXT)

    def asked(text: str, thread: Reply | None, mode: Mode = Mode.RAG) -> Reply:
        known = thread.thread if thread else None
        return laptop.services.answering.answer(Question(text, ASKER, mode, known))

    first = asked("Who dredges the harbour in October?", None)
    repeated = asked("Who was it?", first, Mode.BASE)
    assert "Quill" in repeated.text
    laptop.delete(PLAN)  # nobody has looked since
    for mode in (Mode.BASE, Mode.RAG):
        assert "Quill" not in asked("And who is that?", first, mode).text
    laptop.work()
    laptop.services.sweeping.sweep(grace_seconds=-60.0)
    laptop.adapters.database.write_back()
    files = [path for path in laptop.settings.data.rglob("*") if path.is_file()]
    data = b"".join(path.read_bytes() for path in files)
    laptop.close()

    assert b"thirty days" in data
    assert b"quill" not in data.lower()


def ask(place: Place, text: str, thread: Reply | None = None) -> Reply:
    return place.services.answering.answer(
        Question(text, ASKER, Mode.RAG, thread.thread if thread else None)
    )


def give(place: Place, reply: Reply, turn: int, reason: str, correction: str | None) -> None:
    verdict = Feedback(reply.thread, turn, Verdict.DOWN, reason, correction)
    place.services.feedback.give(ASKER, verdict)


def words_of(place: Place, reply: Reply) -> str:
    kept: list[Callable[[], object]] = [
        lambda: place.threads.turns(reply.thread),
        place.verdicts.list,
    ]
    return " ".join(repr(look()) for look in kept)
