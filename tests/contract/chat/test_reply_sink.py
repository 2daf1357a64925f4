"""What every chat platform's `ReplySink` does: each thing is said once, and can be found again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.chat.benches import BENCHES, READ_BACK, Bench, DeskBench, SlackBench
from tests.contract.chat.sayings import SAYS, said
from wellread.domain.chat.said import SaidNotice
from wellread.domain.knowledge.errors import TransientError


@pytest.fixture(params=BENCHES, ids=lambda bench: bench.__name__)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with request.param() as made:
        yield made


@pytest.fixture(params=READ_BACK, ids=lambda bench: bench.__name__)
def read_back(request: pytest.FixtureRequest) -> Iterator[SlackBench | DeskBench]:
    """Where a bot sees what was said: in Teams it does not (`test_teams_sink`)."""
    with request.param() as made:
        yield made


def test_a_reply_is_seen_once_and_found_by_its_key(bench: Bench) -> None:
    target, other = bench.ask(), bench.ask()

    written = bench.sink().write(target, said())

    (shown,) = bench.shown(target)
    assert SAYS in shown
    assert list(bench.sink().find(target)) == list(written)
    assert list(bench.sink().find(other)) == []
    assert bench.shown(other) == []


def test_a_reply_is_said_anew_in_place_of_what_was_there(bench: Bench) -> None:
    target = bench.ask()
    first = bench.sink().write(target, SaidNotice("One moment."))

    second = bench.sink().write(target, said(), first)

    assert list(second) == list(first)
    (shown,) = bench.shown(target)
    assert SAYS in shown
    assert "One moment." not in shown


def test_two_questions_of_one_thread_keep_their_replies_apart(bench: Bench) -> None:
    first = bench.ask()
    second = bench.ask(first.place.conversation, first.place.thread)
    bench.sink().write(first, said("The first one [1]"))
    bench.sink().write(second, said("The second one [1]"))

    found = bench.sink().find(first), bench.sink().find(second)

    assert len(found[0]) == len(found[1]) == 1
    assert set(found[0]).isdisjoint(found[1])


def test_what_was_taken_though_the_answer_was_lost_is_found_and_not_said_twice(
    read_back: SlackBench | DeskBench,
) -> None:
    bench = read_back
    target = bench.ask()
    bench.lose_answer("write")
    with pytest.raises(TransientError):
        bench.sink().write(target, said())

    found = bench.sink().find(target)
    written = bench.sink().write(target, said(), found)

    assert list(written) == list(found)
    assert len(bench.shown(target)) == 1


def test_a_reply_grows_and_ends_as_one_message(bench: Bench) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, "Lending ")
    assert stream is not None
    for piece in ("rules › Loan periods\n", f"> {SAYS} ", "[1]"):
        stream.append(piece)
    assert bench.growing() == 1

    written = sink.write(target, said(), [stream.reference])

    assert list(written) == [stream.reference]
    assert bench.growing() == 0
    (shown,) = bench.shown(target)
    assert shown.count(SAYS) == 1
    assert list(bench.sink().find(target)) == list(written)


def test_what_was_begun_by_a_worker_that_is_gone_is_found_and_ended_by_another(
    bench: Bench,
) -> None:
    target = bench.ask()
    stream = bench.sink().stream(target, "Lending ")
    assert stream is not None
    stream.append("Something that another worker would not say. " * 20)

    found = bench.sink().find(target)
    written = bench.sink().write(target, said(), found)

    assert list(found) == list(written) == [stream.reference]
    assert bench.growing() == 0
    (shown,) = bench.shown(target)
    assert SAYS in shown
    assert "Something" not in shown


def test_a_stream_that_was_begun_though_the_answer_was_lost_is_found(
    read_back: SlackBench | DeskBench,
) -> None:
    bench = read_back
    target = bench.ask()
    bench.lose_answer("stream")
    with pytest.raises(TransientError):
        bench.sink().stream(target, "Lending ")

    found = bench.sink().find(target)
    bench.sink().write(target, said(), found)

    assert len(found) == 1
    assert len(bench.shown(target)) == 1
    assert bench.growing() == 0


def test_where_nothing_may_grow_a_whole_reply_is_seen(bench: Bench) -> None:
    target = bench.ask()
    bench.refuse_streams()

    assert bench.sink().stream(target, "Lending ") is None
    bench.sink().write(target, said())

    assert len(bench.shown(target)) == 1


def test_a_reply_that_began_to_grow_can_end_as_an_apology(bench: Bench) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, "Lending ")
    assert stream is not None
    stream.append("A beginning that comes to no end " * 20)

    sink.write(target, SaidNotice("Sorry, that did not work."), [stream.reference])

    (shown,) = bench.shown(target)
    assert "Sorry, that did not work." in shown
    assert "beginning" not in shown
    assert bench.growing() == 0


def test_a_reply_is_taken_back(bench: Bench) -> None:
    target = bench.ask()
    written = bench.sink().write(target, said())

    assert bench.sink().remove(target, written)

    assert bench.shown(target) == []
    assert list(bench.sink().find(target)) == []


def test_a_reply_that_people_replied_to_stays(read_back: SlackBench | DeskBench) -> None:
    bench = read_back
    target = bench.ask()
    written = bench.sink().write(target, said())
    bench.reply_below(target)

    assert not bench.sink().remove(target, written)

    assert len(bench.shown(target)) == 1


def test_a_status_is_shown_and_nothing_raised_where_it_cannot_be(bench: Bench) -> None:
    target = bench.ask()
    bench.sink().show_status(target, "Searching the documents")
    assert bench.statuses() == [bench.status_of("Searching the documents")]

    bench.fail_status()
    bench.sink().show_status(target, "Writing")
