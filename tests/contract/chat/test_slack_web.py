"""Calls of Slack's Web API: what is waited for, what is tried again, and what is said where not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.chat.benches import SlackBench, slack_bench
from tests.slack.state import BOT_TOKEN
from wellread.adapters.chat.slack.web import RefusedError, SlackWeb
from wellread.adapters.chat.waiting import retry_after
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError


@pytest.fixture
def bench() -> Iterator[SlackBench]:
    with slack_bench() as made:
        yield made


class Tokens:
    """A secret of which other parts are read only once one was refused."""

    def __init__(self, *tokens: str) -> None:
        self.left = list(tokens)

    def __call__(self, refused: str | None = None) -> str:
        if refused == self.left[0] and len(self.left) > 1:
            self.left.pop(0)
        return self.left[0]


def test_a_short_wait_that_slack_asks_for_is_waited_out(bench: SlackBench) -> None:
    bench.workspace.fail("chat.postMessage", retry_after=2, times=2)

    bench.web().call("chat.postMessage", channel="C0LAB", text="Hello")

    assert bench.slept == [2, 2]
    assert len(bench.workspace.visible("C0LAB")) == 1


def test_a_long_wait_is_left_to_a_later_delivery(bench: SlackBench) -> None:
    bench.workspace.fail("chat.postMessage", retry_after=30)

    with pytest.raises(TransientError) as waits:
        bench.web().call("chat.postMessage", channel="C0LAB", text="Hello")

    assert waits.value.retry_after == 30
    assert bench.slept == []


@pytest.mark.parametrize(
    ("said", "waits"),
    [(None, 1), ("soon", 1), ("nan", 0.1), ("-5", 0.1), ("30", 30), ("inf", 3600), ("1e99", 3600)],
)
def test_whatever_slack_asks_for_the_wait_has_an_end(said: str | None, waits: float) -> None:
    assert retry_after({} if said is None else {"Retry-After": said}) == waits


def test_many_short_waits_come_to_an_end(bench: SlackBench) -> None:
    bench.workspace.fail("users.info", retry_after=2, times=9)

    with pytest.raises(TransientError):
        bench.web().call("users.info", user="U0ANN")

    assert sum(bench.slept) <= 5


@pytest.mark.parametrize(
    "fault",
    [
        {"drop": True},
        {"drop": True, "taken": True},
        {"status": 500},
        {"status": 503, "taken": True},
        {"status": 200},
        {"status": 200, "taken": True},
        {"error": "internal_error"},
        {"error": "fatal_error"},
    ],
    ids=str,
)
def test_what_slack_may_have_taken_is_never_sent_again(bench: SlackBench, fault: dict) -> None:
    bench.workspace.fail("chat.postMessage", **fault)

    with pytest.raises(TransientError):
        bench.web().call("chat.postMessage", channel="C0LAB", text="Hello")

    assert len(bench.workspace.visible("C0LAB")) == bool(fault.get("taken"))


def test_slack_that_does_not_answer_in_time_is_away(bench: SlackBench) -> None:
    bench.workspace.fail("auth.test", slow=30)

    with pytest.raises(TransientError):
        bench.web().call("auth.test", seconds=1)


def test_slack_that_is_not_there_is_away() -> None:
    web = SlackWeb(Tokens(BOT_TOKEN), "http://127.0.0.1:9/api/")

    with pytest.raises(TransientError):
        web.call("auth.test")


def test_a_token_that_was_replaced_is_read_anew_once_it_is_refused(bench: SlackBench) -> None:
    bench.workspace.revoked.add("xoxb-old")
    web = SlackWeb(Tokens("xoxb-old", BOT_TOKEN), bench.workspace.api_url)

    assert web.call("auth.test")["bot_id"] == "B0BOT"
    assert [call.token for call in bench.workspace.calls] == ["xoxb-old", BOT_TOKEN]


@pytest.mark.parametrize(
    ("said", "method", "arguments", "words"),
    [
        ("revoked", "auth.test", {}, "token was revoked"),
        ("unknown", "auth.test", {}, "token is not valid"),
        ("", "chat.postMessage", {"channel": "C0NONE", "text": "x"}, "no such conversation"),
        ("", "chat.postMessage", {"channel": "C0OTHER", "text": "x"}, "Invite it there"),
        ("", "chat.postMessage", {"channel": "C0OLD", "text": "x"}, "archived"),
        ("", "conversations.info", {"channel": "D0ANN"}, "lacks the scope im:read"),
        ("", "chat.postMessage", {"channel": "C0LAB"}, "no_text"),
    ],
)
def test_what_slack_refuses_is_said_with_cause_and_fix(
    bench: SlackBench, said: str, method: str, arguments: dict, words: str
) -> None:
    workspace = bench.workspace
    workspace.revoked.add("revoked")
    workspace.add_conversation("C0OLD", archived=True)
    workspace.add_conversation("C0OTHER")
    workspace.conversations["C0OTHER"].members.clear()
    web = SlackWeb(Tokens(said or BOT_TOKEN), workspace.api_url)

    with pytest.raises(RefusedError, match=words) as refused:
        web.call(method, **arguments)

    assert refused.value.code
    assert BOT_TOKEN not in str(refused.value)


def test_a_token_that_is_not_set_is_refused_before_anything_is_sent(bench: SlackBench) -> None:
    def none(refused: str | None = None) -> str:
        raise InvalidConfigurationError("WELLREAD_SLACK_BOT_TOKEN is not set. Set it.")

    with pytest.raises(RefusedError, match="WELLREAD_SLACK_BOT_TOKEN"):
        SlackWeb(none, bench.workspace.api_url).call("auth.test")

    assert bench.workspace.calls == []


def test_all_pages_of_a_list_are_read(bench: SlackBench) -> None:
    bench.workspace.page_size = 2
    everybody = [f"U{number}" for number in range(7)]
    bench.workspace.add_conversation("C0BIG", everybody)

    pages = list(bench.web().pages("conversations.members", channel="C0BIG", limit=200))

    assert len(pages) == 4
    assert [each for page in pages for each in page["members"]] == [*everybody, "U0BOT"]
