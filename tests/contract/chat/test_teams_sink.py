"""What is Teams' own of its `ReplySink`: pace, ends of streams, and what nobody can read back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.contract.chat.benches import TeamsBench, teams_bench
from tests.contract.chat.sayings import DECLINED, LINK, SAYS, TEXT, answer, said
from tests.teams.seen import button, citations, seen
from wellread.adapters.chat.teams.sink import Known
from wellread.domain.chat.events import SharedFile
from wellread.domain.chat.said import SaidApproval, SaidHandOver, SaidNotice, SaidReceipts
from wellread.domain.knowledge.errors import DeliveryError, TransientError
from wellread.ports.chat import Target

WORDS = [f"word{number} " for number in range(400)]
LONG = said("".join(WORDS) + "[1]")


@pytest.fixture
def bench() -> Iterator[TeamsBench]:
    with teams_bench() as made:
        yield made
        assert made.tenant.too_fast == 0
        assert made.tenant.strayed == []


def streamed(bench: TeamsBench, target: Target, *, seconds: float = 0.05) -> list[str]:
    """Stream the long reply, a word after another, and write it."""
    sink = bench.sink()
    stream = sink.stream(target, WORDS[0])
    assert stream is not None
    for word in WORDS[1:]:
        bench.time += seconds
        stream.append(word)
    return list(sink.write(target, LONG, [stream.reference]))


def times(bench: TeamsBench) -> list[float]:
    return [at for message in bench.tenant.stored for at, _ in message.shown]


def test_a_stream_grows_at_its_pace_and_ends_once_with_card_and_label(bench: TeamsBench) -> None:
    target = bench.ask()

    written = streamed(bench, target)

    (message,) = bench.messages(target)
    assert written == [message.id]
    assert message.stream == "final"
    assert message.edits == 0
    assert len(message.shown) > 10
    assert all(later - at >= 1.0 for at, later in pairwise(times(bench)))
    assert all(b.startswith(a) for (_, a), (_, b) in pairwise(message.shown))
    assert message.text.endswith("word399 [1]")
    assert citations(message)[0]["appearance"]["url"] == LINK
    assert message.activity["entities"][0]["additionalType"] == ["AIGeneratedContent"]
    assert message.activity["channelData"]["feedbackLoop"] == {"type": "default"}


def test_after_a_429_the_pace_is_kept_and_nothing_is_lost(bench: TeamsBench) -> None:
    target = bench.ask()
    for skip in (2, 1, 0):
        bench.tenant.fail("stream", retry_after=0, skip=skip)
    bench.tenant.fail("stream", retry_after=3, skip=1)

    streamed(bench, target)

    (message,) = bench.messages(target)
    assert message.stream == "final"
    assert message.text.endswith("word399 [1]")


def test_an_end_that_comes_too_early_is_sent_again_in_its_time(bench: TeamsBench) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, WORDS[0])
    assert stream is not None
    bench.tenant.fail("stream", retry_after=0)
    bench.tenant.fail("stream", retry_after=2)

    sink.write(target, LONG, [stream.reference])

    (message,) = bench.messages(target)
    assert (message.stream, message.edits) == ("final", 0)


@pytest.mark.parametrize("calls", [0, 1, 3])
def test_a_stream_that_breaks_off_still_ends_with_all_of_the_answer(
    bench: TeamsBench, calls: int
) -> None:
    target = bench.ask()
    bench.tenant.fail("stream", drop=True, taken=True, skip=1 + calls)

    streamed(bench, target)

    (message,) = bench.messages(target)
    assert message.text.endswith("word399 [1]")
    assert bench.growing() == 0


def test_who_presses_stop_still_gets_the_answer_in_one_message(bench: TeamsBench) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, WORDS[0])
    assert stream is not None
    bench.time += 2
    bench.tenant.cancel_streams()
    for word in WORDS[1:]:
        bench.time += 0.05
        stream.append(word)

    sink.write(target, LONG, [stream.reference])

    (message,) = bench.messages(target)
    assert message.text.endswith("word399 [1]")
    assert len([1 for call in bench.tenant.called("POST", "/activities")]) < 5


def test_where_a_stopped_stream_cannot_be_edited_another_message_takes_its_place(
    bench: TeamsBench,
) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, WORDS[0])
    assert stream is not None
    bench.tenant.cancel_streams()
    bench.tenant.fail("update", error="The message cannot be edited.")

    written = sink.write(target, LONG, [stream.reference])

    (message,) = bench.messages(target)
    assert [message.id] == list(written) != [stream.reference]


def test_what_takes_longer_than_two_minutes_is_ended_and_edited(bench: TeamsBench) -> None:
    target = bench.ask()

    streamed(bench, target, seconds=0.5)

    (message,) = bench.messages(target)
    assert times(bench)[-1] - times(bench)[0] <= 120
    assert (message.stream, message.edits) == ("final", 1)
    assert message.text.endswith("word399 [1]")


def test_who_is_silent_for_minutes_edits_what_is_there(bench: TeamsBench) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, WORDS[0])
    assert stream is not None
    bench.time += 200

    assert list(sink.write(target, LONG, [stream.reference])) == [stream.reference]

    (message,) = bench.messages(target)
    assert message.text.endswith("word399 [1]")


@pytest.mark.parametrize("place", ["19:lab@thread.v2", "19:help@thread.tacv2"])
def test_where_several_read_nothing_grows_and_one_message_is_seen(
    bench: TeamsBench, place: str
) -> None:
    thread = "1700000000000" if "tacv2" in place else ""
    target, sink = bench.ask(place, thread), bench.sink()

    assert sink.stream(target, WORDS[0]) is None
    sink.write(target, LONG)

    assert len(bench.messages(target)) == 1
    assert bench.tenant.refusals == []


def test_a_reply_of_another_process_is_ended_by_its_reference(bench: TeamsBench) -> None:
    target = bench.ask()
    stream = bench.sink().stream(target, "Lending ")
    assert stream is not None
    bench.time += 5
    bench.known = Known()

    written = bench.sink().write(target, said(), [stream.reference])

    (message,) = bench.messages(target)
    assert list(written) == [message.id] == [stream.reference]
    assert message.stream == "final"


def test_a_message_of_another_process_is_edited(bench: TeamsBench) -> None:
    target = bench.ask("19:lab@thread.v2")
    written = bench.sink().write(target, SaidNotice("One moment."))
    bench.known = Known()

    assert list(bench.sink().write(target, said(), written)) == list(written)

    assert len(bench.messages(target)) == 1


def test_what_another_process_said_is_not_found_and_counted(bench: TeamsBench) -> None:
    target = bench.ask()
    bench.lose_answer("write")
    with pytest.raises(TransientError):
        bench.sink().write(target, said())
    bench.known = Known()

    assert list(bench.sink().find(target)) == []

    assert bench.not_read_back == 1


def test_a_place_that_nobody_told_of_is_refused(bench: TeamsBench) -> None:
    target = bench.ask()
    unknown = replace(target, place=replace(target.place, conversation="19:gone"))

    with pytest.raises(DeliveryError, match="add it again"):
        bench.sink().write(unknown, said())
    bench.sink().show_status(unknown, "Searching")


def test_a_decline_offers_what_can_be_asked_without_a_label(bench: TeamsBench) -> None:
    target = bench.ask("19:lab@thread.v2")

    bench.sink().write(target, replace(said(DECLINED), human=True))

    (message,) = bench.messages(target)
    assert "entities" not in message.activity
    assert f"[Events]({LINK})" in seen(message)
    offered = button(message, "What is")
    assert (offered["verb"], offered["data"]["action"]) == ("suggested", "suggested")
    assert button(message, "human")["data"]["value"] == '{"thread":"t1","turn":1,"verdict":""}'


def test_a_hand_over_mentions_who_helps_and_is_resolved_in_place(bench: TeamsBench) -> None:
    target = bench.ask("19:lab@thread.v2")
    asked = SaidHandOver(("bob",), "How <b>long</b>?", "ann", "", (("Rules", LINK),), "t1", 1)

    written = bench.sink().write(target, asked)

    (message,) = bench.messages(target)
    (mention,) = message.activity["entities"]
    assert mention["mentioned"] == {"id": "29:bob", "name": "Bob", "aadObjectId": "bob"}
    assert message.text.startswith("<at>Bob</at> can you help? Ann asks:")
    assert "<b>" not in message.text
    assert button(message, "Resolved")["verb"] == "resolved"

    bench.sink().write(target, replace(asked, resolved_by="bob"), written)

    (message,) = bench.messages(target)
    assert message.text.startswith("Resolved by Bob. Ann had asked:")
    assert "[Resolved]" not in seen(message)


def test_who_helps_and_is_not_in_the_place_is_mentioned_by_the_configured_id(
    bench: TeamsBench,
) -> None:
    target = bench.ask("19:lab@thread.v2")

    bench.sink().write(target, SaidHandOver(("group-1",), "How long?", "ann", "", (), "t1", 1))

    (message,) = bench.messages(target)
    assert message.activity["entities"][0]["mentioned"]["id"] == "group-1"


def test_approvals_and_receipts_are_said(bench: TeamsBench) -> None:
    target = bench.ask("19:lab@thread.v2")
    wanted = SaidApproval("r1", SharedFile("F1", "menu.txt", 2048, ""), "ann")

    written = bench.sink().write(target, wanted)

    (message,) = bench.messages(target)
    assert "Ann wants to add a file" in message.text
    assert "**menu.txt** (2.0 kB)" in message.text
    assert button(message, "Approve")["data"]["value"] == '{"text":"r1"}'

    done = replace(wanted, decided_by="bob", outcome="It is added.")
    bench.sink().write(target, done, written)
    (message,) = bench.messages(target)
    assert "It is added. (Bob)" in message.text
    assert "Approve" not in seen(message)

    bench.sink().write(target, SaidReceipts(indexed=1, some=("menu.txt",)), written)
    (message,) = bench.messages(target)
    assert message.text == "1 file is searchable now: menu.txt"


def test_a_long_answer_goes_on_in_further_messages_each_within_the_limit(bench: TeamsBench) -> None:
    target = bench.ask()
    paragraphs = "\n\n".join(f"Paragraph {n}: {SAYS * 6} [1]" for n in range(40))

    written = bench.sink().write(target, said(answer(paragraphs)))

    messages = bench.messages(target)
    assert len(written) == len(messages) > 2
    assert f"Part 1 of {len(messages)}" in messages[0].text
    assert "Paragraph 39" in messages[-1].text
    assert [bool(m.activity.get("attachments")) for m in messages][-1]


def test_no_token_is_sought_again_and_a_refused_one_is_renewed(bench: TeamsBench) -> None:
    sink = bench.sink()
    sink.write(bench.ask(), said())
    sink.write(bench.ask(), said())
    assert len(bench.tenant.called("POST", "/token")) == 1

    bench.tenant.tokens.clear()
    sink.write(bench.ask(), said())

    assert len(bench.tenant.called("POST", "/token")) == 2


def test_a_secret_that_is_not_right_is_said_with_its_fix(bench: TeamsBench) -> None:
    bench.tenant.client_secret = "another"
    sink, target = bench.sink(), bench.ask()
    bench.tenant.client_secret = "rotated"

    with pytest.raises(DeliveryError, match="WELLREAD_TEAMS_CLIENT_SECRET"):
        sink.write(target, said())


def test_what_another_process_began_a_moment_ago_is_ended_in_its_time(bench: TeamsBench) -> None:
    target = bench.ask()
    stream = bench.sink().stream(target, "Lending ")
    assert stream is not None
    bench.known = Known()

    bench.sink().write(target, said(), [stream.reference])

    assert [message.stream for message in bench.messages(target)] == ["final"]


def test_two_replies_of_one_chat_keep_their_distance(bench: TeamsBench) -> None:
    sink = bench.sink()
    for target in (bench.ask("a:ann"), bench.ask("a:ann")):
        stream = sink.stream(target, "Lending ")
        assert stream is not None
        sink.write(target, said(), [stream.reference])

    assert len(bench.messages(bench.ask("a:ann"))) == 2
    assert all(later - at >= 1.0 for at, later in pairwise(times(bench)))


def test_typing_is_not_told_again_while_it_is_seen(bench: TeamsBench) -> None:
    sink, target = bench.sink(), bench.ask()
    for _ in range(3):
        sink.show_status(target, "Searching")
    assert len(bench.tenant.typed) == 1

    bench.time += 3
    sink.show_status(target, "Writing")

    assert len(bench.tenant.typed) == 2


def test_where_nothing_can_be_deleted_what_cannot_be_edited_is_followed_by_another(
    bench: TeamsBench,
) -> None:
    target, sink = bench.ask("19:lab@thread.v2"), bench.sink()
    (reference,) = sink.write(target, SaidNotice("One."))
    bench.tenant.fail("update", error="The message cannot be edited.")
    bench.tenant.fail("delete", status=501)

    (other,) = sink.write(target, SaidNotice("Two."), [reference])

    assert other != reference
    assert [each.text for each in bench.messages(target)] == ["One.", "Two."]


def test_where_text_and_card_become_two_messages_they_are_sent_as_two_to_be_edited(
    bench: TeamsBench,
) -> None:
    bench.tenant.makes_two = True
    sink = bench.sink()
    assert list(sink.write(bench.ask("19:lab@thread.v2"), said())) == []
    target = bench.ask("19:lab@thread.v2")

    written = sink.write(target, said())

    text, card = bench.messages(target)[2:]
    assert list(written) == [text.id, card.id]
    assert text.activity["channelData"]["feedbackLoop"] == {"type": "default"}
    assert "Sources" in seen(card)
    assert list(sink.write(target, SaidNotice("Sorry."), written)) == [text.id]
    assert [each.text for each in bench.messages(target)[2:]] == ["Sorry."]


def test_where_text_and_card_become_two_messages_a_stream_still_ends_as_one(
    bench: TeamsBench,
) -> None:
    bench.tenant.makes_two = True
    sink, target = bench.sink(), bench.ask()
    sink.write(bench.ask("19:lab@thread.v2"), said())
    stream = sink.stream(target, TEXT)
    assert stream is not None

    assert list(sink.write(target, said(), [stream.reference])) == [stream.reference]

    (message,) = bench.messages(target)
    assert message.stream == "final"
    assert "Sources" in seen(message)
