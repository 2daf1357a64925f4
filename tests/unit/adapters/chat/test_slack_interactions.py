"""What clicks, modals and slash commands say in our words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.slack_requests import ANN, ASKED_AT, DIRECT, PLACE, TEAM, payload
from wellread.adapters.chat import buttons
from wellread.adapters.chat.fields import Fields, MalformedError
from wellread.adapters.chat.slack.arrivals import Arrival, Modal, Taken
from wellread.adapters.chat.slack.buttons import SHARE, VERDICT, AskedWhy
from wellread.adapters.chat.slack.interactions import (
    LOOKING,
    USAGE,
    take_command,
    take_interaction,
)
from wellread.adapters.chat.slack.modal import view_of
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import (
    AnswerShared,
    ChatEvent,
    FileDecided,
    HandOverResolved,
    HumanAsked,
    MessageKey,
    Person,
    QuestionAsked,
    VerdictGiven,
    event_of_message,
)

ARRIVAL = Arrival("correlation-1", 1_773_396_001.0)
REPLY_AT, CLICKED_AT = "1773396004.000900", "1773396020.000700"
QUESTION = "How long may a book be borrowed?"


def clicked(action_id: str, value: object, name: str = "block_actions", **changes: Any) -> Taken:
    body = payload(name, **changes)
    body["actions"][0].update(action_id=action_id, value=value)
    return take_interaction(Fields(body), ARRIVAL)


def event_of(taken: Taken) -> ChatEvent:
    (event,) = taken.events
    assert event_of_message(event.as_message()) == event
    return event


def test_a_thumb_is_a_verdict_on_the_reply_that_it_is_below() -> None:
    taken = clicked(VERDICT, buttons.reply_value("thread-1", 2, buttons.UP))
    assert event_of(taken) == VerdictGiven(
        key=MessageKey("slack", TEAM, PLACE, CLICKED_AT),
        place=Place("slack", TEAM, PLACE, ASKED_AT),
        person=Person("slack", TEAM, ANN),
        direct=False,
        external=False,
        correlation="correlation-1",
        at=1_773_396_001.0,
        thread="thread-1",
        turn=2,
        verdict="up",
        reply_url=payload("block_actions")["response_url"],
    )
    assert taken.modal is None


def test_a_thumb_down_asks_why() -> None:
    taken = clicked(VERDICT, buttons.reply_value("thread-1", 2, buttons.DOWN))
    event = event_of(taken)
    assert isinstance(event, VerdictGiven)
    assert event.verdict == "down"
    about = AskedWhy("thread-1", 2, PLACE, ASKED_AT, direct=False)
    assert taken.modal == Modal(payload("block_actions")["trigger_id"], about)


def test_who_changes_their_mind_is_heard() -> None:
    value = buttons.reply_value("thread-1", 2, buttons.UP)
    first = event_of(clicked(VERDICT, value))
    body = payload("block_actions")
    body["actions"][0].update(value=value, action_ts="1773396099.000700")
    assert event_of(take_interaction(Fields(body), ARRIVAL)).deduplication != first.deduplication


def test_the_modal_says_why_and_what_would_be_right() -> None:
    event = event_of(take_interaction(Fields(payload("view_submission")), ARRIVAL))
    assert isinstance(event, VerdictGiven)
    assert (event.thread, event.turn, event.verdict) == ("thread-1", 1, "down")
    assert (event.reason, event.correction) == ("It is four weeks.", None)
    assert event.place == Place("slack", TEAM, PLACE, ASKED_AT)
    assert event.person == Person("slack", TEAM, ANN)


def test_the_modals_inputs_are_those_that_are_read() -> None:
    about = AskedWhy("thread-1", 1, PLACE, ASKED_AT, direct=False)
    view = view_of(about)
    body = payload("view_submission")
    body["view"].update(callback_id=view["callback_id"], private_metadata=view["private_metadata"])
    body["view"]["state"]["values"] = {
        block["block_id"]: {block["element"]["action_id"]: {"value": f"about {block['block_id']}"}}
        for block in view["blocks"]
    }
    event = event_of(take_interaction(Fields(body), ARRIVAL))
    assert isinstance(event, VerdictGiven)
    assert (event.reason, event.correction) == ("about reason", "about correction")


def test_the_modal_keeps_slacks_limits() -> None:
    about = AskedWhy("t" * 64, 1, PLACE, ASKED_AT, direct=False)
    view = view_of(about)
    assert len(view["private_metadata"]) <= 3000
    assert all(len(view[name]["text"]) <= 24 for name in ("title", "submit", "close"))
    assert all(block["element"]["max_length"] <= 3000 for block in view["blocks"])


@pytest.mark.parametrize(
    ("action_id", "kind"), [(buttons.HUMAN, HumanAsked), (buttons.RESOLVED, HandOverResolved)]
)
def test_a_human_is_asked_once_a_reply_and_says_so_once(
    action_id: str, kind: type[ChatEvent]
) -> None:
    value = buttons.reply_value("thread-1", 2)
    event = event_of(clicked(action_id, value))
    assert isinstance(event, kind)
    again = clicked(action_id, value, user={"id": "U0BEN00001", "team_id": TEAM})
    assert event_of(again).deduplication == event.deduplication


def test_what_is_resolved_names_its_message() -> None:
    event = event_of(clicked(buttons.RESOLVED, buttons.reply_value("thread-1", 2)))
    assert isinstance(event, HandOverResolved)
    assert event.reference == REPLY_AT


@pytest.mark.parametrize(("name", "approved"), [(buttons.APPROVE, True), (buttons.REJECT, False)])
def test_a_file_is_decided_on_by_whoever_clicks(name: str, approved: bool) -> None:
    event = event_of(clicked(name, buttons.text_value("request-1")))
    assert isinstance(event, FileDecided)
    assert (event.approved, event.request, event.reference) == (approved, "request-1", REPLY_AT)
    assert event.key.message == CLICKED_AT


def test_what_its_asker_alone_saw_is_shared_in_the_open_once() -> None:
    event = event_of(clicked(SHARE, buttons.text_value(QUESTION), name="block_actions_alone"))
    assert isinstance(event, AnswerShared)
    assert (event.text, event.place) == (QUESTION, Place("slack", TEAM, PLACE, ""))
    assert event.key.message == "share:1773396004.000800"


def test_a_suggested_question_is_asked_in_the_thread_of_its_button() -> None:
    event = event_of(clicked(f"{buttons.SUGGESTED}:1", buttons.text_value(QUESTION)))
    assert isinstance(event, QuestionAsked)
    assert (event.text, event.addressed, event.reply_url) == (QUESTION, True, "")
    assert event.place.thread == ASKED_AT
    assert event.key.message == f"{REPLY_AT}:suggested:1"


def test_a_question_that_was_suggested_to_one_alone_is_answered_to_them_alone() -> None:
    event = event_of(
        clicked(f"{buttons.SUGGESTED}:0", buttons.text_value(QUESTION), name="block_actions_alone")
    )
    assert isinstance(event, QuestionAsked)
    assert event.direct
    assert event.reply_url == payload("block_actions_alone")["response_url"]


def test_what_one_alone_may_see_is_not_answered_where_no_way_leads_to_them_alone() -> None:
    without = {"response_url": None}
    with pytest.raises(MalformedError):
        take_command(Fields(payload("slash_command", **without)), ARRIVAL)
    with pytest.raises(MalformedError):
        clicked(
            f"{buttons.SUGGESTED}:0", buttons.text_value(QUESTION), "block_actions_alone", **without
        )


def test_a_click_in_a_direct_message_is_direct() -> None:
    taken = clicked(
        VERDICT,
        buttons.reply_value("thread-1", 2, buttons.DOWN),
        channel={"id": DIRECT, "name": "directmessage"},
    )
    assert event_of(taken).direct
    assert taken.modal is not None
    assert taken.modal.about.direct


def test_a_click_by_somebody_of_another_team_is_external() -> None:
    taken = clicked(
        buttons.HUMAN, buttons.reply_value("t", 1), user={"id": "U1", "team_id": "T0ELSE0001"}
    )
    assert event_of(taken).external


def test_where_it_was_clicked_is_read_from_slacks_fields_and_not_from_the_value() -> None:
    value = '{"thread":"thread-1","turn":1,"verdict":"","conversation":"C0HR","team":"T0ELSE"}'
    assert event_of(clicked(buttons.HUMAN, value)).place.conversation == PLACE


def test_an_organisations_app_knows_the_team_by_the_person() -> None:
    assert event_of(clicked(buttons.HUMAN, buttons.reply_value("t", 1), team=None)).key.team == TEAM


@pytest.mark.parametrize(
    ("action_id", "value"),
    [
        ("open_source", "x"),
        ("suggested", '{"text":"why?"}'),
        ("approve:1", '{"text":"request-1"}'),
        ("verdict", '{"thread":"t","turn":1,"verdict":""}'),
        ("verdict", "nonsense"),
        ("human", None),
        ("resolved", 7),
        ("share", '{"text":""}'),
        ("approve", "{}"),
    ],
)
def test_a_click_that_says_nothing_is_dropped(action_id: str, value: object) -> None:
    assert clicked(action_id, value) == Taken()


def test_a_click_on_the_home_is_dropped() -> None:
    taken = clicked(
        f"{buttons.SUGGESTED}:0",
        buttons.text_value(QUESTION),
        container={"type": "view", "view_id": "V1"},
        channel=None,
        message=None,
    )
    assert taken == Taken()


def test_another_apps_modal_is_dropped() -> None:
    body = payload("view_submission")
    body["view"]["callback_id"] = "other"
    assert take_interaction(Fields(body), ARRIVAL) == Taken()


def test_a_command_is_a_question_whose_asker_alone_sees_the_answer() -> None:
    taken = take_command(Fields(payload("slash_command")), ARRIVAL)
    event = event_of(taken)
    trigger = payload("slash_command")["trigger_id"]
    assert isinstance(event, QuestionAsked)
    assert (event.text, event.direct, event.addressed) == (QUESTION, True, True)
    assert event.reply_url == payload("slash_command")["response_url"]
    assert event.key == MessageKey("slack", TEAM, PLACE, trigger)
    assert taken.answer == {"response_type": "ephemeral", "text": LOOKING}


def test_a_click_or_a_command_counts_also_where_slack_does_not_say_when_it_was() -> None:
    body = payload("block_actions")
    body["actions"][0].update(
        action_id=VERDICT, value=buttons.reply_value("thread-1", 2, buttons.UP)
    )
    del body["actions"][0]["action_ts"]
    assert event_of(take_interaction(Fields(body), ARRIVAL)).key.message == body["trigger_id"]
    del body["trigger_id"]
    assert event_of(take_interaction(Fields(body), ARRIVAL)).key.message == "correlation-1"
    command = Fields(payload("slash_command", trigger_id=None))
    assert event_of(take_command(command, ARRIVAL)).key.message == "correlation-1"


@pytest.mark.parametrize("text", ["", "   ", "help", "Help"])
def test_a_command_without_a_question_says_how_to_ask(text: str) -> None:
    taken = take_command(Fields(payload("slash_command", text=text)), ARRIVAL)
    assert taken == Taken(answer={"response_type": "ephemeral", "text": USAGE})
