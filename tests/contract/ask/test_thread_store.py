"""What every thread store does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wellread.domain.ask.answers import (
    Answer,
    Citation,
    Declined,
    DeclineReason,
    NearestDocument,
    Reply,
)
from wellread.domain.ask.questions import Mode, Place, Turn
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.errors import ConflictError, WellreadError


def reply(thread, turn, text="It is so [1].", mode=Mode.RAG):
    return Reply(Answer(text, (), "extractive", ("A notice.",)), thread, turn, mode, "c1")


def test_a_new_thread_is_empty_and_belongs_to_its_asker(threads):
    thread = threads.start("asker-1")

    assert threads.owner(thread) == "asker-1"
    assert threads.turns(thread) == []
    assert threads.start("asker-1") != thread


PLACE = Place("slack", "T1", "C1", "1700000000.\udc80")


def test_a_place_has_one_thread_that_all_find_again(threads):
    thread = threads.start(PLACE)
    threads.append(reply(thread, 1), "q1", "s1", asker="a")
    threads.append(reply(thread, 2), "q2", "s2", asker="b")

    assert threads.start(PLACE) == thread
    assert threads.owner(thread) == PLACE
    assert [turn.asker for turn in threads.turns(thread)] == ["a", "b"]


def test_places_that_differ_in_anything_have_threads_of_their_own(threads):
    places = [
        PLACE,
        replace(PLACE, platform="teams"),
        replace(PLACE, team="T1C", conversation="1"),
        replace(PLACE, conversation="C2"),
        replace(PLACE, thread="2"),
    ]
    started = [threads.start(place) for place in places]

    assert len(set(started)) == len(places)
    assert [threads.owner(thread) for thread in started] == places


def test_an_unknown_thread_has_no_owner_and_no_turns(threads):
    assert threads.owner("nope") is None
    assert threads.turns("nope") == []


def test_a_turn_comes_back_as_it_was_appended(threads):
    thread = threads.start("a")
    declined = Declined("I don't know.", DeclineReason.NOT_IN_DOCUMENTS, "extractive")
    threads.append(reply(thread, 1), "What \ud800?", "What is it?", asker="a")
    threads.append(
        Reply(declined, thread, 2, Mode.TUNED_RAG, "c2"), "And?", "And what is it?", asker="b"
    )

    assert threads.turns(thread) == [
        Turn(
            1,
            "What \ud800?",
            "What is it?",
            "It is so [1].\n\nA notice.",
            False,
            Mode.RAG,
            asker="a",
        ),
        Turn(2, "And?", "And what is it?", "I don't know.", True, Mode.TUNED_RAG, asker="b"),
    ]


def test_the_last_turns_are_returned_oldest_first(threads):
    thread = threads.start("a")
    for number in range(1, 13):
        threads.append(reply(thread, number), f"q{number}", f"s{number}", asker="a")

    assert [turn.number for turn in threads.turns(thread, limit=3)] == [10, 11, 12]
    assert [turn.number for turn in threads.turns(thread)] == list(range(3, 13))


def test_the_same_reply_again_replaces_its_turn(threads):
    thread = threads.start("a")
    threads.append(reply(thread, 1, "First."), "q", "s", asker="a")
    threads.append(reply(thread, 1, "Second."), "q", "s", asker="a")

    assert [turn.answer for turn in threads.turns(thread)] == ["Second.\n\nA notice."]


def test_another_reply_does_not_take_the_place_of_a_turn(threads):
    thread = threads.start("a")
    threads.append(reply(thread, 1, "First."), "q", "s", asker="a")
    other = Reply(Answer("Second.", (), "extractive"), thread, 1, Mode.RAG, "c2")

    with pytest.raises(ConflictError):
        threads.append(other, "q2", "s2", asker="a")
    assert [turn.answer for turn in threads.turns(thread)] == ["First.\n\nA notice."]


def test_a_turn_knows_the_documents_that_its_reply_cites(threads):
    thread = threads.start("a")
    places = [
        Citation(DocumentId(key), RevisionId("v1"), 0, 2, "It", None, "", "/x", "T")
        for key in ("b.md", "a.md", "b.md")
    ]
    answer = Answer("It is so [1].", tuple(places), "extractive")
    threads.append(Reply(answer, thread, 1, Mode.RAG, "c1"), "q", "s", asker="a")

    assert threads.turns(thread)[0].documents == {"a.md", "b.md"}


def citing(thread, turn, *documents, text="They say so [1]."):
    places = [
        Citation(DocumentId(key), RevisionId("v1"), 0, 2, "It", None, "", "/x", "T")
        for key in documents
    ]
    return Reply(Answer(text, tuple(places), "extractive"), thread, turn, Mode.RAG, f"c{turn}")


def test_a_turn_knows_all_documents_whose_words_are_in_it(threads):
    thread = threads.start("a")
    near = NearestDocument(DocumentId("near.md"), "Near", "/near")
    declined = Declined(
        "No.",
        DeclineReason.NOT_IN_DOCUMENTS,
        "extractive",
        nearest=(near,),
        offered_from=frozenset({DocumentId("offer.md")}),
    )
    threads.append(
        citing(thread, 1, "a.md"), "q", "s", drawn_on=frozenset({DocumentId("b.md")}), asker="a"
    )
    threads.append(Reply(declined, thread, 2, Mode.RAG, "c2"), "q", "s", asker="a")

    first, second = threads.turns(thread)
    assert (first.documents, first.drawn_on) == ({"a.md"}, {"a.md", "b.md"})
    assert (second.documents, second.drawn_on) == (set(), {"near.md", "offer.md"})


def test_the_words_of_a_turn_go_with_any_document_that_they_come_from(threads):
    one, two = threads.start("a"), threads.start("b")
    threads.append(citing(one, 1, "a.md"), "What is it?", "What is it?", asker="a")
    threads.append(
        citing(one, 2, "b.md"),
        "And?",
        "And what is it?",
        drawn_on=frozenset({DocumentId("a.md")}),
        asker="a",
    )
    threads.append(citing(one, 3, "b.md"), "Who?", "Who?", asker="a")
    threads.append(citing(two, 1, "a.md", "b.md"), "Why?", "Why?", asker="a")

    threads.erase(DocumentId("a.md"))
    threads.erase(DocumentId("a.md"))

    gone, gone_too, kept = threads.turns(one)
    for turn in (gone, gone_too, *threads.turns(two)):
        assert turn.erased
        assert (turn.question, turn.standalone, turn.answer) == ("", "", "")
        assert turn.documents == turn.drawn_on == frozenset()
    assert (kept.number, kept.erased, kept.answer) == (3, False, "They say so [1].")
    threads.append(citing(one, 4, "b.md"), "Next?", "Next?", asker="a")
    assert [turn.number for turn in threads.turns(one)] == [1, 2, 3, 4]
    threads.erase(DocumentId("b.md"))
    assert all(turn.erased for turn in threads.turns(one))


def test_a_reply_that_lost_its_place_does_not_have_the_turn_erased_that_took_it(threads):
    thread = threads.start("a")
    threads.append(citing(thread, 1, "a.md"), "q", "s", asker="a")
    late = Reply(citing(thread, 1, "b.md").outcome, thread, 1, Mode.RAG, "late")
    with pytest.raises(ConflictError):
        threads.append(late, "q", "s", asker="a")
    threads.erase(DocumentId("b.md"))

    assert not threads.turns(thread)[0].erased


def test_erasing_what_no_turn_draws_on_changes_nothing(threads):
    thread = threads.start("a")
    threads.append(citing(thread, 1, "a.md"), "q", "s", asker="a")
    before = threads.turns(thread)
    threads.erase(DocumentId("b.md"))

    assert threads.turns(thread) == before


def asked(threads, asker, limit=10):
    return [turn.question for turn in threads.asked_by(asker, limit)]


def test_who_asked_finds_what_they_asked_last(threads, clock):
    own, place = threads.start("a"), threads.start(PLACE)
    for thread, turn, question, asker in (
        (own, 1, "first", "a"),
        (place, 1, "second", "a"),
        (place, 2, "another's", "b"),
        (own, 2, "third \ud800", "a"),
    ):
        threads.append(reply(thread, turn), question, "s", asker=asker)
        clock.now += 1

    assert asked(threads, "a") == ["third \ud800", "second", "first"]
    assert asked(threads, "a", limit=2) == ["third \ud800", "second"]
    assert asked(threads, "b") == ["another's"]
    assert asked(threads, "c \ud800") == asked(threads, "a", limit=0) == []
    assert threads.asked_by("b") == threads.turns(place)[1:]


def test_a_turn_that_was_appended_again_is_found_once(threads, clock):
    thread = threads.start("a")
    for answer in ("First.", "Second."):
        threads.append(reply(thread, 1, answer), "q", "s", asker="a")
        clock.now += 1

    assert [turn.answer[:7] for turn in threads.asked_by("a")] == ["Second."]


def test_who_lost_a_turns_place_does_not_find_it(threads):
    thread = threads.start(PLACE)
    threads.append(citing(thread, 1), "mine", "s", asker="a")
    late = Reply(citing(thread, 1).outcome, thread, 1, Mode.RAG, "late")
    with pytest.raises(ConflictError):
        threads.append(late, "yours", "s", asker="b")

    assert asked(threads, "a") == ["mine"]
    assert asked(threads, "b") == []


def test_of_what_was_asked_an_erased_turn_is_not_found(threads, clock):
    thread = threads.start("a")
    for turn, document in enumerate(["a.md", *["b.md"] * 4, "a.md"], start=1):
        threads.append(citing(thread, turn, document), f"q{turn}", "s", asker="a")
        clock.now += 1
    threads.erase(DocumentId("b.md"))

    assert asked(threads, "a", limit=2) == ["q6", "q1"]


def test_a_turn_before_the_last_is_refused(threads):
    thread = threads.start("a")
    threads.append(reply(thread, 1), "q1", "s1", asker="a")
    threads.append(reply(thread, 2), "q2", "s2", asker="a")

    with pytest.raises(ConflictError):
        threads.append(reply(thread, 1, "Late."), "q1", "s1", asker="a")
    assert [turn.answer[:5] for turn in threads.turns(thread)] == ["It is", "It is"]


def test_a_turn_of_an_unknown_thread_is_refused(threads):
    with pytest.raises(WellreadError):
        threads.append(reply("nope", 1), "q", "s", asker="a")
    assert threads.turns("nope") == []


def test_threads_do_not_mix(threads):
    one, two = threads.start("a"), threads.start("b")
    threads.append(reply(one, 1), "q", "s", asker="a")

    assert threads.turns(two) == []
    assert (threads.owner(one), threads.owner(two)) == ("a", "b")
