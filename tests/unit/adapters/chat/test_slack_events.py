"""What Slack's events say in our words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slack_requests import ANN, ASKED_AT, BOT, DIRECT, PLACE, TEAM, payload
from wellread.adapters.chat.fields import Fields
from wellread.adapters.chat.slack.arrivals import Arrival
from wellread.adapters.chat.slack.events import take_event
from wellread.adapters.chat.slack.words import words_of
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import (
    ChatEvent,
    FilesShared,
    HomeOpened,
    MessageKey,
    PaneOpened,
    Person,
    QuestionAsked,
    QuestionDeleted,
    event_of_message,
)

QUESTION = "How long may a book be borrowed?"
SOMEBODY = "U0BEN00001"


def told(body: dict[str, Any]) -> tuple[ChatEvent, ...]:
    events = take_event(Fields(body), Arrival("correlation-1", 1_773_396_001.0)).events
    assert all(event_of_message(event.as_message()) == event for event in events)
    return events


def question(name: str, **changes: Any) -> QuestionAsked:
    (event,) = told(payload(name, **changes))
    assert isinstance(event, QuestionAsked)
    return event


def nothing(name: str, **changes: Any) -> bool:
    return told(payload(name, **changes)) == ()


def test_a_mention_is_a_question_in_the_thread_of_its_message() -> None:
    assert question("app_mention") == QuestionAsked(
        key=MessageKey("slack", TEAM, PLACE, ASKED_AT),
        place=Place("slack", TEAM, PLACE, ASKED_AT),
        person=Person("slack", TEAM, ANN),
        direct=False,
        external=False,
        correlation="correlation-1",
        at=1_773_396_001.0,
        text=QUESTION,
        addressed=True,
        to_others=False,
    )


def test_a_mention_in_a_thread_belongs_to_that_thread() -> None:
    asked = question("app_mention", thread_ts="1773390000.000100")
    assert (asked.place.thread, asked.key.message) == ("1773390000.000100", ASKED_AT)


def test_both_events_that_a_mention_makes_say_the_same() -> None:
    mention, message = question("app_mention"), question("message")
    assert mention == message
    assert mention.deduplication == message.deduplication


def test_where_slack_does_not_say_who_we_are_the_mention_alone_says_that_we_are_asked() -> None:
    assert question("app_mention").text == QUESTION
    body = payload("app_mention", thread_ts="1773390000.000100")
    del body["authorizations"]
    (asked,) = told(body)
    assert isinstance(asked, QuestionAsked)
    assert (asked.text, asked.to_others) == (QUESTION, False)
    other = payload("message")
    del other["authorizations"]
    assert told(other) == ()


def test_where_slack_does_not_say_who_we_are_a_message_in_a_thread_may_be_a_question() -> None:
    body = payload("message", thread_ts="1773390000.000100")
    del body["authorizations"]
    (asked,) = told(body)
    assert isinstance(asked, QuestionAsked)
    assert (asked.addressed, asked.to_others, asked.text) == (False, True, QUESTION)


def test_where_slack_does_not_say_who_we_are_any_mention_may_have_been_a_question() -> None:
    body = payload("message_deleted")
    del body["authorizations"]
    assert len(told(body)) == 1
    body["event"]["previous_message"]["text"] = "Good morning"
    assert told(body) == ()


def test_a_direct_message_is_a_question_without_any_mention() -> None:
    asked = question("message_im")
    assert (asked.direct, asked.addressed, asked.text) == (True, True, QUESTION)
    assert asked.place == Place("slack", TEAM, DIRECT, ASKED_AT)


def test_a_message_in_the_pane_belongs_to_the_panes_thread() -> None:
    asked = question("message_im_pane")
    assert (asked.direct, asked.place.thread) == (True, ASKED_AT)


def test_a_mention_in_a_direct_message_is_direct_too() -> None:
    assert question("app_mention", channel=DIRECT).direct


def test_what_is_said_in_a_thread_may_be_a_question() -> None:
    asked = question("message_thread")
    assert (asked.addressed, asked.place.thread) == (False, ASKED_AT)
    assert not asked.to_others


def test_what_is_said_to_somebody_else_in_a_thread_says_so() -> None:
    asked = question("message_thread", text=f"<@{SOMEBODY}> can you help?")
    assert (asked.addressed, asked.to_others) == (False, True)
    assert asked.text == "somebody can you help?"


def test_a_mention_of_us_and_of_somebody_else_says_both() -> None:
    asked = question("message", text=f"<@{BOT}> and <@{SOMEBODY}|ben>: how long?")
    assert (asked.addressed, asked.to_others, asked.text) == (True, True, "and ben: how long?")


def test_what_is_said_outside_of_threads_to_nobody_is_none_of_ours() -> None:
    assert nothing("message", text=QUESTION)
    assert nothing("message", text=QUESTION, thread_ts=ASKED_AT)
    assert nothing("message", text=f"<@{SOMEBODY}> {QUESTION}")


@pytest.mark.parametrize("name", ["app_mention", "message", "message_im", "message_thread"])
@pytest.mark.parametrize(
    "changes",
    [
        {"bot_id": "B0DEPLOY01"},
        {"bot_profile": {"id": "B0DEPLOY01"}},
        {"subtype": "bot_message"},
        {"user": BOT},
        {"user": "USLACKBOT"},
        {"user": None},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"subtype": "assistant_app_thread"},
        {"subtype": "tombstone"},
        {"subtype": "reminder_add"},
        {"subtype": "message_replied"},
    ],
)
def test_bots_and_what_slack_itself_says_never_ask(name: str, changes: dict[str, Any]) -> None:
    assert nothing(name, **changes)


def test_what_a_bot_says_never_asks() -> None:
    assert nothing("message_bot")


def test_the_person_who_installed_the_app_may_ask() -> None:
    body = payload("message_im")
    body["authorizations"].append({"team_id": TEAM, "user_id": ANN, "is_bot": False})
    assert len(told(body)) == 1


def test_a_reply_that_is_also_sent_to_the_conversation_may_be_a_question() -> None:
    assert not question("message_thread", subtype="thread_broadcast").addressed


def test_a_mention_with_a_file_in_a_conversation_is_a_question() -> None:
    shared = payload("message_file")["event"]["files"]
    assert question("message", subtype="file_share", files=shared).addressed
    assert question("app_mention", files=shared).addressed


def test_a_file_in_a_direct_message_is_one_and_its_words_are_a_question() -> None:
    files, asked = told(payload("message_file"))
    assert isinstance(files, FilesShared)
    assert isinstance(asked, QuestionAsked)
    assert files.key == asked.key
    assert files.deduplication != asked.deduplication
    (file,) = files.files
    assert (file.id, file.name, file.size, file.problem) == (
        "F0HAND0001",
        "handbook.pdf",
        48213,
        "",
    )
    assert file.url.endswith("/download/handbook.pdf")


def test_a_file_without_words_is_no_question() -> None:
    (files,) = told(payload("message_file", text=""))
    assert isinstance(files, FilesShared)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"is_external": True, "external_type": "gdrive"}, "outside of Slack"),
        ({"mode": "external"}, "outside of Slack"),
        ({"mode": "tombstone"}, "does not hold it any more"),
        ({"mode": "hidden_by_limit"}, "does not hold it any more"),
        ({"file_access": "access_denied"}, "does not let me read it"),
    ],
)
def test_a_file_that_cannot_be_fetched_says_why(changes: dict[str, Any], problem: str) -> None:
    body = payload("message_file", text="")
    body["event"]["files"][0].update(changes)
    (files,) = told(body)
    assert isinstance(files, FilesShared)
    assert problem in files.files[0].problem


def test_a_file_without_a_name_has_its_title_or_its_id() -> None:
    body = payload("message_file", text="")
    body["event"]["files"][0].update(name=None, size="many")
    (files,) = told(body)
    assert isinstance(files, FilesShared)
    assert (files.files[0].name, files.files[0].size) == ("handbook.pdf", 0)


def test_a_message_that_the_mention_was_added_to_is_a_question_with_its_key() -> None:
    asked = question("message_changed")
    assert asked.key == question("app_mention").key
    assert (asked.addressed, asked.text) == (True, QUESTION)


def test_the_mention_that_was_added_within_a_thread_is_enqueued_beside_the_message() -> None:
    thread = "1773390000.000100"
    plain = question("message_thread", text=QUESTION, ts=ASKED_AT, thread_ts=thread)
    assert question("message_changed").deduplication != plain.deduplication


def test_a_question_that_was_edited_is_not_asked_again() -> None:
    body = payload("message_changed")
    body["event"]["previous_message"]["text"] = f"<@{BOT}> How long?"
    assert told(body) == ()
    direct = payload("message_changed", channel=DIRECT, channel_type="im")
    assert told(direct) == ()


def test_an_edit_that_adds_no_mention_is_none_of_ours() -> None:
    body = payload("message_changed")
    body["event"]["message"]["text"] = "How long, then?"
    assert told(body) == ()


def test_an_unfurled_link_is_no_edit() -> None:
    body = payload("message_changed")
    del body["event"]["message"]["edited"]
    assert told(body) == ()


def test_what_somebody_else_changes_is_no_edit() -> None:
    body = payload("message_changed")
    body["event"]["message"]["edited"]["user"] = BOT
    assert told(body) == ()


def test_a_bots_edit_is_none_of_ours() -> None:
    body = payload("message_changed")
    body["event"]["message"]["bot_id"] = "B0DEPLOY01"
    assert told(body) == ()


@pytest.mark.parametrize("name", ["message_deleted", "message_emptied"])
def test_a_question_that_is_deleted_is_withdrawn_by_its_key(name: str) -> None:
    (event,) = told(payload(name))
    assert isinstance(event, QuestionDeleted)
    assert event.key == question("app_mention").key
    assert event.place == question("app_mention").place
    assert event.person.id == ANN


def test_a_follow_up_that_is_deleted_belongs_to_its_thread() -> None:
    body = payload("message_deleted", deleted_ts="1773396060.000200")
    body["event"]["previous_message"] = payload("message_thread")["event"]
    (event,) = told(body)
    assert (event.key.message, event.place.thread) == ("1773396060.000200", ASKED_AT)


def test_a_deleted_message_that_slack_has_emptied_before_is_withdrawn_all_the_same() -> None:
    body = payload("message_deleted")
    body["event"]["previous_message"] = payload("message_emptied")["event"]["message"]
    (event,) = told(body)
    assert event.key == question("app_mention").key


def test_what_was_no_question_is_not_withdrawn() -> None:
    body = payload("message_deleted")
    body["event"]["previous_message"]["text"] = "Good morning"
    assert told(body) == ()
    body["event"]["previous_message"] = payload("message_bot")["event"]
    assert told(body) == ()


def test_the_pane_that_is_opened_is_a_thread_of_its_own() -> None:
    (event,) = told(payload("assistant_thread_started"))
    assert isinstance(event, PaneOpened)
    assert event.place == Place("slack", TEAM, DIRECT, ASKED_AT)
    assert (event.direct, event.person.id) == (True, ANN)


def test_where_the_pane_stands_is_none_of_ours() -> None:
    assert nothing("assistant_thread_context_changed")


def test_the_home_is_opened_by_its_tab_alone() -> None:
    (event,) = told(payload("app_home_opened"))
    assert isinstance(event, HomeOpened)
    assert (event.direct, event.person.id) == (True, ANN)
    assert nothing("app_home_opened", tab="messages")


def test_a_home_that_is_opened_at_no_time_is_shown_too() -> None:
    assert len(told(payload("app_home_opened", event_ts=None))) == 1


def test_a_home_that_is_opened_twice_is_shown_twice() -> None:
    (first,) = told(payload("app_home_opened"))
    (second,) = told(payload("app_home_opened", event_ts="1773396009.200000"))
    assert first.deduplication != second.deduplication


@pytest.mark.parametrize("name", ["app_mention", "message_thread", "message_im"])
def test_what_is_shared_with_others_is_external(name: str) -> None:
    assert not question(name).external
    assert not question(name, user_team=TEAM, source_team=TEAM).external
    assert question(name, user_team="T0ELSE0001").external
    assert question(name, source_team="T0ELSE0001").external
    (event,) = told({**payload(name), "is_ext_shared_channel": True})
    assert event.external


@pytest.mark.parametrize("kind", ["reaction_added", "member_joined_channel", "link_shared"])
def test_other_events_are_none_of_ours(kind: str) -> None:
    assert nothing("app_mention", type=kind)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<https://example.com/a?b=1&amp;c=2|the handbook> says?", "the handbook says?"),
        ("<https://example.com/a>?", "https://example.com/a?"),
        ("<mailto:ann@example.com|ann@example.com> left?", "ann@example.com left?"),
        ("in <#C0LAB00001|library>?", "in library?"),
        ("in <#C0LAB00001>?", "in a conversation?"),
        ("in <#C0LAB00001|>?", "in a conversation?"),
        ("ask <@U0BEN00001>", "ask somebody"),
        ("ask <@U0BEN00001|@ben>", "ask ben"),
        ("<!here> who knows?", "everybody who knows?"),
        ("<!channel|@channel> who knows?", "channel who knows?"),
        ("<!subteam^S0HELP|@helpers> who?", "helpers who?"),
        ("<!date^1392734382^{date}|Feb 18> or later?", "Feb 18 or later?"),
        ("R&amp;D: is 1 &lt; 2?", "R&D: is 1 < 2?"),
        ("is &amp;lt; escaped?", "is &lt; escaped?"),
        ("<@U0BOT00001>, how long?", "how long?"),
        ("<@U0BOT00001>: how long?", "how long?"),
        ("so <@U0BOT00001> how long?", "so  how long?"),
        ("first\nsecond", "first\nsecond"),
        ("<<@U0BEN00001>>", "<somebody>"),
        ("<@U0BOT00001>", ""),
    ],
)
def test_the_words_of_a_message_are_plain(text: str, plain: str) -> None:
    assert words_of(text, {BOT}).text == plain


@pytest.mark.parametrize("text", ["<@U0BEN00001>", "<!here>", "<!channel>", "<!subteam^S0HELP>"])
def test_whoever_is_mentioned_is_somebody_else(text: str) -> None:
    assert words_of(text, {BOT}).to_others
    assert not words_of(text, {BOT}).to_us


def test_more_words_than_anybody_asks_are_cut() -> None:
    assert len(question("message_im", text="why " * 10_000).text) <= 16_000
