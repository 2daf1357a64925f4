"""The stand-in refuses what Slack refuses, tells what Slack tells, and fails when it is told to."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPException
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.slack.events import Slack
from tests.slack.limits import check_blocks, check_view
from tests.slack.shapes import RefusedError
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace

TEXT = {"type": "mrkdwn", "text": "x"}
PLAIN = {"type": "plain_text", "text": "x"}
BUTTON = {"type": "button", "text": PLAIN, "action_id": "a", "value": "v"}
HALF = {"text": PLAIN, "value": "v"}
JUDGED = {
    "type": "feedback_buttons",
    "action_id": "f",
    "positive_button": HALF,
    "negative_button": HALF,
}
CELL = {"type": "raw_text", "text": "x"}


@pytest.fixture
def workspace() -> Iterator[SlackWorkspace]:
    with running_workspace() as made:
        made.add_conversation("C0LAB", ("U0ANN", "U0BOB"))
        made.add_direct("U0ANN")
        yield made


@pytest.fixture
def slack(workspace: SlackWorkspace) -> WebClient:
    return WebClient(BOT_TOKEN, base_url=workspace.api_url, retry_handlers=[])


def code(slack: WebClient, method: str, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        slack.api_call(method, json=arguments)
    return str(refused.value.response["error"])


@pytest.mark.parametrize(
    "block",
    [
        {"type": "markdown", "text": ""},
        {"type": "markdown", "text": "x", "colour": "red"},
        {"type": "section"},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}},
        {"type": "section", "text": {"type": "markdown", "text": "x"}},
        {"type": "context", "elements": []},
        {"type": "context", "elements": [TEXT] * 11},
        {"type": "header", "text": TEXT},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "actions", "elements": [JUDGED]},
        {"type": "actions", "elements": [BUTTON, BUTTON]},
        {"type": "actions", "elements": [{**BUTTON, "value": "v" * 2001}]},
        {"type": "actions", "elements": [{**BUTTON, "text": {**PLAIN, "text": "x" * 76}}]},
        {"type": "actions", "elements": [{**BUTTON, "style": "blue"}]},
        {"type": "context_actions", "elements": [BUTTON]},
        {"type": "context_actions", "elements": [{**JUDGED, "positive_button": {"text": PLAIN}}]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": ""}]]},
        {"type": "table", "rows": [[CELL] * 21]},
        {"type": "table", "rows": [[CELL]] * 101},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 10_001}]]},
        {"type": "feedback"},
    ],
    ids=str,
)
def test_blocks_that_slack_refuses_are_refused(block: dict) -> None:
    with pytest.raises(RefusedError, match="invalid_blocks"):
        check_blocks([block])


@pytest.mark.parametrize(
    ("blocks", "refused"),
    [
        ([{"type": "divider"}] * 51, "invalid_blocks"),
        ([{"type": "table", "rows": [[CELL]]}] * 2, "only_one_table_allowed"),
        ([{"type": "markdown", "text": "x" * 6001}] * 2, "msg_blocks_too_long"),
        ([{"type": "section", "text": {**TEXT, "text": "x" * 2900}}] * 5, "msg_blocks_too_long"),
    ],
)
def test_too_many_and_too_long_blocks_are_refused(blocks: list, refused: str) -> None:
    with pytest.raises(RefusedError, match=refused):
        check_blocks(blocks)


def test_a_view_that_slack_refuses_is_refused() -> None:
    check_view({"type": "home", "blocks": [{"type": "divider"}] * 100})
    for view in (
        {"type": "home", "blocks": [{"type": "divider"}] * 101},
        {"type": "modal", "title": {**PLAIN, "text": "x" * 25}, "blocks": []},
        {"type": "modal", "title": PLAIN, "blocks": [], "private_metadata": "x" * 3001},
        {"type": "page", "blocks": []},
    ):
        with pytest.raises(RefusedError, match="invalid_blocks"):
            check_view(view)


def test_calls_that_slack_refuses_are_refused(workspace: SlackWorkspace, slack: WebClient) -> None:
    asked = workspace.say("U0ANN", "C0LAB", "Hello").ts
    here = {"channel": "C0LAB", "thread_ts": asked}
    assert code(slack, "chat.postMassage", text="x") == "unknown_method"
    assert code(slack, "chat.postMessage", **here) == "no_text"
    assert (
        code(slack, "chat.postMessage", channel="C0LAB", text="x", txt="y") == "invalid_arguments"
    )
    assert code(slack, "chat.postMessage", channel="C0NONE", text="x") == "channel_not_found"
    assert code(slack, "chat.postMessage", channel="C0LAB", thread_ts="1.1", text="x") == (
        "thread_not_found"
    )
    assert code(slack, "chat.update", channel="C0LAB", ts=asked, text="x") == "cant_update_message"
    assert code(slack, "chat.delete", channel="C0LAB", ts="1.1") == "message_not_found"
    assert code(slack, "chat.startStream", **here, markdown_text="x") == "missing_recipient_team_id"
    assert code(slack, "conversations.info", channel="C0LAB") == "invalid_arguments"
    assert code(slack, "views.open", trigger_id="1", view={"type": "home", "blocks": []}) == (
        "invalid_trigger_id"
    )
    stranger = WebClient("xoxb-other", base_url=workspace.api_url, retry_handlers=[])
    assert code(stranger, "auth.test") == "invalid_auth"


def test_a_message_that_grows_can_only_grow_and_then_only_be_edited(
    workspace: SlackWorkspace, slack: WebClient
) -> None:
    asked = workspace.say("U0ANN", "D0ANN", "Hello").ts
    begun = slack.chat_startStream(channel="D0ANN", thread_ts=asked, markdown_text="a")
    it = {"channel": "D0ANN", "ts": begun["ts"]}
    assert code(slack, "chat.update", **it, text="x") == "streaming_state_conflict"
    assert code(slack, "chat.appendStream", **it) == "no_text"
    assert code(slack, "chat.appendStream", **it, markdown_text="x" * 12_000) == "msg_too_long"
    slack.chat_stopStream(**it, markdown_text="b")
    assert code(slack, "chat.appendStream", **it, markdown_text="x") == (
        "message_not_in_streaming_state"
    )
    assert code(slack, "chat.update", **it, text="x" * 4001) == "msg_too_long"
    slack.chat_update(**it, text="c")
    assert [message.text for message in workspace.replies("D0ANN")] == ["c"]


def test_faults_come_one_after_another_and_end(workspace: SlackWorkspace, slack: WebClient) -> None:
    workspace.fail("chat.postMessage", skip=1, error="fatal_error", times=2)
    workspace.fail("chat.postMessage", drop=True, taken=True)
    slack.chat_postMessage(channel="C0LAB", text="1")
    for _ in range(2):
        assert code(slack, "chat.postMessage", channel="C0LAB", text="2") == "fatal_error"
    with pytest.raises((OSError, HTTPException)):
        slack.chat_postMessage(channel="C0LAB", text="3")
    slack.chat_postMessage(channel="C0LAB", text="4")
    assert [message.text for message in workspace.visible("C0LAB")] == ["1", "3", "4"]


def test_requests_are_signed_as_slack_signs_them(workspace: SlackWorkspace) -> None:
    from slack_sdk.signature import SignatureVerifier

    slack = Slack(workspace)
    asked = workspace.say("U0ANN", "C0LAB", "<@U0BOT> Hello")
    for request in (*slack.pair(asked), slack.command("U0ANN", "C0LAB", "Hello")):
        assert SignatureVerifier(slack.secret).is_valid_request(request.body, request.headers)
    assert slack.mention(asked).body != slack.mention(asked).body
