from __future__ import annotations

import math
import threading
from collections.abc import Iterator

import pytest

from wellread.domain.knowledge.errors import ModelLateError
from wellread.services.ask.patience import Patience, in_time

PLENTY = Patience(5.0, 5.0, 5.0)


class Source:
    """Pieces, then a wait that ends when the test says so."""

    def __init__(self, *pieces: str | Exception) -> None:
        self.go_on = threading.Event()
        self.closed = threading.Event()
        self.begun = threading.Event()
        self._pieces = pieces

    def __iter__(self) -> Iterator[str]:
        self.begun.set()
        try:
            for piece in self._pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
            self.go_on.wait(5)
            yield "too late"
        finally:
            self.closed.set()


def test_pieces_come_through_in_their_order() -> None:
    assert list(in_time(iter(["a", "", "b"]), PLENTY)) == ["a", "", "b"]


def test_an_error_of_the_source_comes_through() -> None:
    pieces = in_time(iter(Source("a", KeyError("broken"))), PLENTY)

    assert next(pieces) == "a"
    with pytest.raises(KeyError, match="broken"):
        next(pieces)


@pytest.mark.parametrize(
    ("patience", "said", "words"),
    [
        (Patience(0.05, 5.0, 5.0), (), "did not begin within 0.05 s"),
        (Patience(5.0, 5.0, 0.05), (), "did not begin within 0.05 s"),
        (Patience(5.0, 0.05, 5.0), ("a",), "0.05 s for the next words"),
        (Patience(5.0, 5.0, 0.05), ("a",), "0.05 s for the answer"),
    ],
)
def test_waiting_ends_though_the_source_is_stuck(
    patience: Patience, said: tuple[str, ...], words: str
) -> None:
    source = Source(*said)
    pieces = in_time(iter(source), patience)
    got = [next(pieces) for _ in said]

    with pytest.raises(ModelLateError, match=words):
        next(pieces)
    assert got == list(said)
    assert not source.closed.is_set()
    source.go_on.set()
    assert source.closed.wait(5)


def test_where_there_is_no_time_the_source_is_not_even_begun() -> None:
    source = Source("a")

    with pytest.raises(ModelLateError):
        next(in_time(iter(source), Patience.until_the_end(0.0)))
    assert not source.begun.is_set()


def test_a_reader_who_gives_up_has_the_source_closed() -> None:
    source = Source("a", "b")
    pieces = in_time(iter(source), PLENTY)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    source.go_on.set()

    assert source.closed.wait(5)


def test_time_that_the_reader_takes_is_not_the_sources_fault() -> None:
    pieces = in_time(iter(["a", "b"]), Patience(5.0, 0.05, 5.0))
    assert next(pieces) == "a"
    threading.Event().wait(0.1)

    assert next(pieces) == "b"


def test_while_a_source_pauses_an_empty_piece_comes_every_tick() -> None:
    gone = threading.Event()

    def pausing() -> Iterator[str]:
        yield "a"
        gone.wait(10)
        yield "b"

    pieces = in_time(pausing(), Patience.until_the_end(math.inf), tick=0.01)
    assert next(pieces) == "a"
    assert [next(pieces) for _ in range(3)] == ["", "", ""]
    gone.set()
    assert "".join(pieces) == "b"


def test_ticks_do_not_prolong_the_wait() -> None:
    gone = threading.Event()

    def stuck() -> Iterator[str]:
        gone.wait(10)
        yield "too late"

    with pytest.raises(ModelLateError):
        list(in_time(stuck(), Patience.until_the_end(0.1), tick=0.02))
    gone.set()
