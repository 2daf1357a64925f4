"""Threads of earlier versions go on working."""

from __future__ import annotations

from wellread.domain.ask.questions import Mode, Turn
from wellread.wire.stored_threads import turn_of, unpack_owner

OLD_BODY = {
    "question": "And?",
    "standalone": "And what is it?",
    "answer": "It is so.",
    "declined": False,
    "mode": "rag",
    "documents": ["a.md"],
}


def test_the_owner_of_an_old_thread_is_its_asker() -> None:
    assert unpack_owner(b'"asker-1"') == "asker-1"


def test_an_old_turn_draws_on_what_it_cites_and_does_not_say_who_asked() -> None:
    cited = frozenset({"a.md"})

    assert turn_of(2, OLD_BODY) == Turn(
        2, "And?", "And what is it?", "It is so.", False, Mode.RAG, cited, cited, asker=None
    )
