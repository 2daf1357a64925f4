"""What Slack refuses, loses or delays: one good reply can be seen afterwards all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.contract.chat.benches import SlackBench, slack_bench
from tests.contract.chat.sayings import CITATION, LINK, SAYS, TEXT, answer, said
from tests.slack.seen import seen
from wellread.domain.chat.said import SaidNotice
from wellread.domain.knowledge.errors import DeliveryError, TransientError
from wellread.ports.chat import Target


@pytest.fixture
def bench() -> Iterator[SlackBench]:
    with slack_bench() as made:
        yield made


def only(bench: SlackBench, target: Target) -> str:
    (message,) = bench.messages(target)
    assert not bench.workspace.open_streams()
    assert message.metadata == {
        "event_type": "wellread",
        "event_payload": {"key": target.key.id, "part": 0},
    }
    assert (message.unfurl_links, message.unfurl_media) == (False, False)
    return seen(message)


def test_a_stream_that_says_the_beginning_is_gone_on_with_and_not_edited(bench: SlackBench) -> None:
    target, sink = bench.ask(), bench.sink()
    text = "\n".join(f"Sentence {number} of the answer [1]." for number in range(30))
    stream = sink.stream(target, text[:7])
    assert stream is not None
    for start in range(7, len(text), 7):
        stream.append(text[start : start + 7])
    begun = bench.messages(target)[0].markdown

    sink.write(target, said(text), [stream.reference])

    assert len(begun) > 500
    assert text in only(bench, target)
    assert bench.workspace.called("chat.update") == []
    appended = bench.workspace.called("chat.appendStream")
    assert all(len(call["markdown_text"]) >= 200 for call in appended)


@pytest.mark.parametrize(
    "refused",
    [
        {"error": "unknown_method"},
        {"error": "not_allowed_token_type"},
        {"error": "missing_recipient_team_id"},
        {"error": "ratelimited"},
        {"status": 404},
        {"status": 403},
        {"retry_after": 30},
    ],
    ids=str,
)
def test_streaming_refused_in_any_way_leaves_one_whole_message(
    bench: SlackBench, refused: dict
) -> None:
    target, sink = bench.ask(), bench.sink()
    bench.workspace.fail("chat.startStream", **refused)

    assert sink.stream(target, "Lending ") is None
    sink.write(target, said(), sink.find(target))

    assert SAYS in only(bench, target)
    assert bench.slept == []


def test_while_slack_wants_no_streams_none_is_begun(bench: SlackBench) -> None:
    sink = bench.sink()
    bench.workspace.fail("chat.startStream", retry_after=30)

    assert sink.stream(bench.ask(), "Lending ") is None
    assert sink.stream(bench.ask(), "Lending ") is None
    assert not bench.workspace.called("chat.startStream")


def test_where_slack_knows_no_way_to_look_back_a_reply_is_given_all_the_same(
    bench: SlackBench,
) -> None:
    bench.workspace.fail("conversations.replies", error="unknown_method")

    assert bench.sink().find(bench.ask()) == ()


@pytest.mark.parametrize(
    "failed",
    [
        {"error": "message_not_in_streaming_state"},
        {"error": "msg_too_long"},
        {"error": "stopped_by_user"},
        {"status": 500},
        {"retry_after": 30},
        {"drop": True},
        {"drop": True, "taken": True},
        {"status": 503, "taken": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("skipped", [0, 1])
def test_appending_that_fails_midway_ends_in_the_whole_reply(
    bench: SlackBench, failed: dict, skipped: int
) -> None:
    target, sink = bench.ask(), bench.sink()
    text = "\n".join(f"Sentence {number} of the answer [1]." for number in range(40))
    bench.workspace.fail("chat.appendStream", skip=skipped, **failed)
    first, *more = text.splitlines(keepends=True)
    stream = sink.stream(target, first)
    assert stream is not None
    for line in more:
        stream.append(line)

    sink.write(target, said(text), [stream.reference])

    shown = only(bench, target)
    assert shown.count("Sentence 0 ") == shown.count("Sentence 39 ") == 1
    assert bench.slept == []


@pytest.mark.parametrize(
    "failed",
    [
        {"error": "message_not_in_streaming_state"},
        {"error": "msg_too_long"},
        {"error": "invalid_blocks"},
    ],
    ids=str,
)
def test_a_stream_that_slack_ends_in_its_own_way_is_edited(bench: SlackBench, failed: dict) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, "Lending ")
    assert stream is not None
    bench.workspace.fail("chat.stopStream", **failed)

    sink.write(target, said(), [stream.reference])

    assert SAYS in only(bench, target)


@pytest.mark.parametrize("lost", ["chat.stopStream", "chat.update"])
@pytest.mark.parametrize("taken", [False, True])
def test_an_end_whose_answer_was_lost_is_made_again_by_another_worker(
    bench: SlackBench, lost: str, taken: bool
) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, "Lending ")
    assert stream is not None
    ending = said() if lost == "chat.stopStream" else SaidNotice("Sorry.")
    bench.workspace.fail(lost, drop=True, taken=taken)
    with pytest.raises(TransientError):
        sink.write(target, ending, [stream.reference])

    bench.sink().write(target, said(), [stream.reference])

    assert SAYS in only(bench, target)


@pytest.mark.parametrize(
    "refused", ["msg_too_long", "edit_window_closed", "cant_update_message", "message_not_found"]
)
def test_an_edit_that_slack_refuses_leaves_one_message(bench: SlackBench, refused: str) -> None:
    target, sink = bench.ask(), bench.sink()
    first = sink.write(target, SaidNotice("One moment."))
    bench.workspace.fail("chat.update", error=refused)

    written = sink.write(target, said(), first)

    assert written != first
    assert SAYS in only(bench, target)


def test_a_reply_that_somebody_deleted_is_said_anew(bench: SlackBench) -> None:
    target, sink = bench.ask(), bench.sink()
    first = sink.write(target, SaidNotice("One moment."))
    bench.workspace.stored[-1].deleted = True

    sink.write(target, said(), first)

    assert SAYS in only(bench, target)


def test_a_long_reply_is_split_into_parts_and_becomes_short_again(bench: SlackBench) -> None:
    target, sink = bench.ask(), bench.sink()
    long = "\n\n".join(f"Paragraph {number}. " + "Words. " * 200 for number in range(20))

    first = sink.write(target, said(long))
    parts = [seen(message) for message in bench.messages(target)]
    again = sink.write(target, said(long), bench.sink().find(target))
    short = sink.write(target, said(), again)

    assert first == again
    assert len(parts) == 3
    assert "\n".join(parts).count("Paragraph ") == 20
    assert [part.splitlines()[0] for part in parts] == [f"Part {n} of 3" for n in (1, 2, 3)]
    assert "[Good answer]" not in parts[0]
    assert "[Good answer]" in parts[2]
    assert short == first[:1]
    assert SAYS in only(bench, target)


def test_sources_that_do_not_fit_below_a_long_answer_stand_in_a_message_of_their_own(
    bench: SlackBench,
) -> None:
    target, sink = bench.ask(), bench.sink()
    many = [replace(CITATION, link=f"{LINK}{'x' * 1000}") for _ in range(8)]

    sink.write(target, said(answer("Words. " * 1600, *many)))

    shown = [seen(message) for message in bench.messages(target)]
    assert [text.count("Words.") for text in shown] == [1600, 0]
    assert [text.count("|Lending rules>") for text in shown] == [0, 8]
    assert "[Good answer]" in shown[1]


def test_a_long_reply_of_which_a_part_got_lost_is_completed(bench: SlackBench) -> None:
    target = bench.ask()
    long = "\n\n".join(f"Paragraph {number}. " + "Words. " * 200 for number in range(20))
    bench.workspace.fail("chat.postMessage", skip=1, drop=True, taken=True)
    with pytest.raises(TransientError):
        bench.sink().write(target, said(long))

    bench.sink().write(target, said(long), bench.sink().find(target))

    parts = [seen(message).splitlines()[0] for message in bench.messages(target)]
    assert parts == [f"Part {n} of 3" for n in (1, 2, 3)]


def test_a_reply_is_found_on_every_page_of_a_busy_thread(bench: SlackBench) -> None:
    target = bench.ask()
    written = bench.sink().write(target, said())
    for number in range(20):
        bench.workspace.say("U0BOB", "C0LAB", f"Message {number}", target.place.thread)
    later = bench.ask(thread=target.place.thread)
    answered = bench.sink().write(later, said())
    bench.workspace.page_size = 3

    assert list(bench.sink().find(target)) == list(written)
    assert list(bench.sink().find(later)) == list(answered)


def test_what_is_said_in_the_open_is_found_there(bench: SlackBench) -> None:
    asked = bench.ask()
    target = replace(asked, place=replace(asked.place, thread=""))
    written = bench.sink().write(target, said(asked_by="U0ANN"))

    assert list(bench.sink().find(target)) == list(written)
    (message,) = bench.messages(target)
    assert message.thread_ts == ""
    assert seen(message).startswith("<@U0ANN> asked: How long may a book be borrowed?")
    bench.workspace.say("U0BOB", "C0LAB", "Interesting", message.ts)
    assert not bench.sink().remove(target, written)


@pytest.mark.parametrize("what", ["receipt:9f3c", "asked:files:{}", "told:verdict:{}", "human:t:1"])
def test_a_reply_that_grows_is_never_taken_for_something_else_said_there(
    bench: SlackBench, what: str
) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, "Lending ")
    assert stream is not None
    beside = replace(target, key=replace(target.key, message=what.format(target.key.message)))

    assert list(bench.sink().find(beside)) == []
    assert list(bench.sink().find(target)) == [stream.reference]


def test_a_message_of_another_app_is_never_taken_for_the_reply(bench: SlackBench) -> None:
    target = bench.ask()
    other = bench.workspace.say("U0OTHER", "C0LAB", "I am a bot, too", target.place.thread)
    for stored in bench.workspace.stored:
        if stored.ts == other.ts:
            stored.bot_id = "B0OTHER"

    assert list(bench.sink().find(target)) == []


def test_a_deleted_question_without_a_thread_has_no_reply_to_be_found(bench: SlackBench) -> None:
    target = bench.ask()
    bench.workspace.stored[-1].deleted = True

    assert list(bench.sink().find(target)) == []
    with pytest.raises(DeliveryError, match="gone"):
        bench.sink().write(target, said())


def test_blocks_that_slack_does_not_take_leave_the_words(bench: SlackBench) -> None:
    target, sink = bench.ask(), bench.sink()
    bench.workspace.fail("chat.postMessage", error="invalid_blocks")

    sink.write(target, said())

    (message,) = bench.messages(target)
    assert SAYS in message.text
    assert "[1] <https://docs.example" in message.text


def test_where_the_bot_may_not_look_back_people_get_their_reply(bench: SlackBench) -> None:
    bench.workspace.add_conversation("G0US", ("U0ANN", "U0BOB"), kind="mpim")
    target, sink = bench.ask("G0US"), bench.sink()

    sink.write(target, said(), sink.find(target))

    assert SAYS in only(bench, target)


def test_tables_are_tables_and_quotes_stay_quotations(bench: SlackBench) -> None:
    target = bench.ask()
    table = "\n".join(("> | When | What |", "> |---|---|", "> | 7:30 |  |", "> and 3 more [1]"))

    bench.sink().write(target, said(answer(f"{TEXT}\n\nChecklist\n{table}\n\n{table}")))

    (message,) = bench.messages(target)
    kinds = [block["type"] for block in message.blocks]
    assert kinds[:3] == ["markdown", "table", "markdown"]
    assert f"> {SAYS} [1]" in message.blocks[0]["text"]
    assert "When | What\n7:30 | –" in seen(message)
    assert "```\nWhen  What\n7:30  –\n```" in seen(message)
    assert "> and 3 more [1]" in seen(message)


@pytest.mark.parametrize("first", ["", " \n", "x" * 13_000])
def test_a_reply_can_begin_with_hardly_anything_and_with_too_much(
    bench: SlackBench, first: str
) -> None:
    target, sink = bench.ask(), bench.sink()
    stream = sink.stream(target, first)
    assert stream is not None
    stream.append("More words. " * 50)

    sink.write(target, said(), [stream.reference])

    assert SAYS in only(bench, target)


def test_a_status_that_is_taken_back_is_gone(bench: SlackBench) -> None:
    target, sink = bench.ask(), bench.sink()
    sink.show_status(target, "Searching")
    assert bench.workspace.statuses
    sink.show_status(target, "")

    assert not bench.workspace.statuses


def test_no_status_is_sent_for_as_long_as_slack_asks_to_wait(bench: SlackBench) -> None:
    target, sink = bench.ask(), bench.sink()
    bench.workspace.fail("assistant.threads.setStatus", retry_after=30)

    sink.show_status(target, "Searching")
    sink.show_status(target, "Writing")

    assert len(bench.workspace.called("assistant.threads.setStatus")) == 0
    assert bench.slept == []
