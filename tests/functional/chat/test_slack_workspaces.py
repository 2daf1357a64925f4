"""One knowledge base in two Slack workspaces: each is answered with its own token alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Bot

from functions.slack.app import lambda_handler
from tests.laptop import Laptop
from tests.slack.events import SIGNING_SECRET, Slack, SlackRequest
from tests.slack.oauth import CLIENT_ID, CLIENT_SECRET
from tests.slack.seen import seen
from tests.slack.shapes import Call, Message
from tests.slack.state import BOT_TOKEN, SCOPES, WorkspaceState
from tests.slack.workspace import SlackWorkspace, running_workspace
from wellread.adapters.embedded.given_secret import GivenSecret
from wellread.local.lambda_runtime import LocalContext

HOME, FAR, ELSE = "T0TEAM", "T0FAR", "T0ELSE"
FAR_TOKEN, ELSE_TOKEN = "xoxb-far", "xoxb-else"


class World:
    """A laptop, its home workspace and another one, in both of which the app is installed."""

    def __init__(self, folder: Path, home: SlackWorkspace) -> None:
        self.ahead = 0.0
        self.home, self.far = home, home.add_workspace(FAR)
        self.far.tokens = {FAR_TOKEN: SCOPES}
        for workspace in (self.home, self.far):
            workspace.add_conversation("C0LAB", ("U0ANN", "U0BOB"))
            workspace.add_direct("U0ANN")
        self.laptop = Laptop(
            folder,
            clock=self.clock,
            slack_signing_secret=SIGNING_SECRET,
            slack_client_id=CLIENT_ID,
            slack_client_secret=CLIENT_SECRET,
            slack_api_url=home.api_url,
        )
        self.parts = {
            "signing_secret": SIGNING_SECRET,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "workspaces": f"{HOME},{FAR}",
        }
        self.laptop.adapters.slack_secret = GivenSecret(self.parts, "WELLREAD_SLACK")
        self.install(HOME, BOT_TOKEN)
        self.install(FAR, FAR_TOKEN)
        self.laptop.drop("loans.md", "# Loans\n\nA book may be borrowed for 28 days.\n")

    def clock(self) -> float:
        return time.time() + self.ahead

    def install(self, team: str, token: str) -> None:
        installations = self.laptop.adapters.slack_installations
        assert installations is not None
        installations.save_bot(
            Bot(
                team_id=team,
                bot_token=token,
                bot_id="",
                bot_user_id="U0BOT",
                installed_at=self.clock(),
            )
        )

    def send(self, request: SlackRequest) -> dict[str, Any]:
        """What Slack sends, and all that follows from it; the answer to the request."""
        event = {
            "body": request.body.decode(),
            "isBase64Encoded": False,
            "headers": request.headers,
            "requestContext": {"http": {"method": "POST", "path": "/slack/events"}},
            "rawPath": "/slack/events",
        }
        answer = lambda_handler(event, LocalContext("slack"))
        assert answer["statusCode"] == HTTPStatus.OK
        while self.laptop.host.deliver_next("answer"):
            pass
        return answer

    def ask(self, workspace: WorkspaceState, channel: str = "C0LAB") -> Message:
        slack = Slack(workspace, clock=self.clock)
        text = "How long may a book be borrowed?"
        direct = channel.startswith("D")
        said = workspace.say("U0ANN", channel, text if direct else f"<@U0BOT> {text}")
        self.send(slack.message(said) if direct else slack.mention(said))
        return said

    def calls(self, workspace: WorkspaceState, channel: str = "C0LAB") -> list[Call]:
        """What Slack is asked while a question there is answered."""
        before = len(self.home.calls)
        self.ask(workspace, channel)
        return self.home.calls[before:]

    def gone(self, workspace: WorkspaceState, event: dict[str, Any], **more: Any) -> None:
        self.send(Slack(workspace, clock=self.clock).callback(event, **more))

    def token(self, team: str) -> str | None:
        installations = self.laptop.adapters.slack_installations
        assert installations is not None
        found = installations.find_bot(enterprise_id=None, team_id=team)
        return found.bot_token if found else None


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_workspace() as home:
        made = World(tmp_path / "data", home)
        yield made
        made.laptop.close()


@pytest.mark.parametrize("channel", ["C0LAB", "D0ANN"])
def test_each_workspace_is_answered_with_its_own_token_and_never_the_others(
    world: World, channel: str
) -> None:
    for workspace, token in ((world.home, BOT_TOKEN), (world.far, FAR_TOKEN)) * 2:
        calls = world.calls(workspace, channel)
        assert {"chat.stopStream", "users.info"} & {call.method for call in calls}
        assert {call.token for call in calls} == {token}
    for workspace in (world.home, world.far):
        replies = workspace.replies(channel)
        assert len(replies) == 2
        assert all("28 days" in seen(reply) for reply in replies)


def test_what_is_known_of_people_is_not_mixed(world: World) -> None:
    world.laptop.write_rules(
        access={"rules": [{"prefix": "loans.md", "audience": ["staff"]}]},
        chat={"slack": {"groups": [{"group": "S0STAFF", "audience": ["staff"]}]}},
    )
    world.home.groups["S0STAFF"] = ["U0ANN"]
    world.ask(world.home, "D0ANN")
    world.ask(world.far, "D0ANN")

    (at_home,), (afar,) = world.home.replies("D0ANN"), world.far.replies("D0ANN")
    assert "28 days" in seen(at_home)
    assert "28" not in seen(afar), "a group of the one workspace has nobody in the other"
    assert "left out" not in seen(afar), "and that is no failure"


def test_somebody_of_the_other_workspace_is_a_guest(world: World) -> None:
    world.far.add_person("U0GUEST", team=HOME)
    world.far.add_conversation("C0MIX", ("U0ANN", "U0GUEST"), kind="private")
    world.ask(world.far, "C0MIX")

    (reply,) = world.far.replies("C0MIX")
    assert "28" not in seen(reply)


def test_a_thumb_down_opens_a_modal_in_its_own_workspace(world: World) -> None:
    world.ask(world.far)
    (reply,) = world.far.replies("C0LAB")
    world.send(Slack(world.far, clock=world.clock).verdict("U0ANN", reply, good=False))

    assert len(world.far.modals) == 1
    assert world.home.modals == {}
    opened = [call for call in world.home.calls if call.method == "views.open"]
    assert [call.token for call in opened] == [FAR_TOKEN]


def test_a_place_is_told_of_documents_in_the_home_workspace(world: World) -> None:
    world.laptop.write_rules(
        access={}, chat={"slack": {"places": [{"place": "C0LAB", "receipts": [""]}]}}
    )
    world.laptop.services.chat_receipts.tell(["loans.md"], last=True)  # type: ignore[list-item]

    assert ["loans.md" in seen(each) for each in world.home.replies("C0LAB")] == [True]
    assert world.far.replies("C0LAB") == []


def test_a_workspace_that_is_not_named_is_acknowledged_and_nothing_is_done(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    other = world.home.add_workspace(ELSE)
    other.tokens = {ELSE_TOKEN: SCOPES}
    other.add_conversation("C0LAB", ("U0ANN",))
    world.install(ELSE, ELSE_TOKEN)

    assert world.calls(other) == []
    assert other.replies("C0LAB") == []
    assert world.laptop.adapters.queues["questions.fifo"].depth() == 0
    assert "not named" in caplog.text


def test_a_workspace_that_is_named_no_more_is_cut_off(world: World) -> None:
    said = Slack(world.far).mention(world.far.say("U0ANN", "C0LAB", "<@U0BOT> How long?"))
    world.parts["workspaces"] = HOME
    world.send(said)

    assert world.home.calls == []
    assert world.laptop.services.platforms["slack"].of(FAR) is None


def test_a_workspace_without_an_installation_is_acknowledged_and_nothing_is_done(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    installations = world.laptop.adapters.slack_installations
    assert installations is not None
    installations.delete_bot(enterprise_id=None, team_id=FAR)

    assert world.calls(world.far) == []
    assert world.far.replies("C0LAB") == []
    assert "nothing is set up" in caplog.text


@pytest.mark.parametrize(
    "event",
    [{"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}],
    ids=lambda event: event["type"],
)
def test_what_is_uninstalled_is_forgotten_at_once(world: World, event: dict[str, Any]) -> None:
    world.ask(world.far)
    world.gone(world.far, event)

    assert world.token(FAR) is None
    assert world.token(HOME) == BOT_TOKEN
    assert world.calls(world.far) == []
    world.ask(world.home)
    assert len(world.home.replies("C0LAB")) == 1


def test_a_persons_token_is_none_of_a_bot(world: World) -> None:
    world.gone(world.far, {"type": "tokens_revoked", "tokens": {"oauth": ["U0ANN"], "bot": []}})
    assert world.token(FAR) == FAR_TOKEN


def test_an_uninstalling_that_is_told_late_does_not_undo_what_was_installed_since(
    world: World,
) -> None:
    before = int(world.clock()) - 60
    world.gone(world.far, {"type": "app_uninstalled"}, event_time=before)
    assert world.token(FAR) == FAR_TOKEN


def test_nobody_can_say_that_it_was_uninstalled_but_slack(world: World) -> None:
    forged = Slack(world.far, secret="guessed").callback({"type": "app_uninstalled"})
    event = {"body": forged.body.decode(), "headers": forged.headers}
    assert lambda_handler(event, LocalContext("slack"))["statusCode"] == HTTPStatus.UNAUTHORIZED
    assert world.token(FAR) == FAR_TOKEN


def test_a_token_that_was_replaced_is_noticed_where_slack_refuses_the_old_one(
    world: World,
) -> None:
    world.ask(world.far)
    world.far.tokens["xoxb-new"] = SCOPES
    world.far.revoked.add(FAR_TOKEN)
    world.install(FAR, "xoxb-new")
    world.ahead += 20
    world.ask(world.far)

    assert len(world.far.replies("C0LAB")) == 2


def test_a_command_in_a_workspace_that_is_not_named_is_not_promised_an_answer(
    world: World,
) -> None:
    other = world.home.add_workspace(ELSE)
    other.add_conversation("C0LAB", ("U0ANN",))
    slack = Slack(other, clock=world.clock)
    answer = world.send(slack.command("U0ANN", "C0LAB", "How long?"))
    assert "Looking" not in answer["body"]


def test_a_file_is_approved_in_the_workspace_of_its_approvers_alone(world: World) -> None:
    world.laptop.write_rules(
        access={}, chat={"slack": {"approvers": "S0APPR", "approvals": "C0APPR"}}
    )
    world.home.groups["S0APPR"] = ["U0BOB"]
    world.home.add_conversation("C0APPR", ("U0BOB",), kind="private")
    for workspace in (world.home, world.far):
        workspace.add_file("F0NEW", "new.md", b"# New\n", "U0ANN")
        said = workspace.say("U0ANN", "D0ANN", "", files=["F0NEW"])
        world.send(Slack(workspace, clock=world.clock).file_share(said))

    assert len(world.home.replies("C0APPR")) == 1
    (told,) = world.far.replies("D0ANN")
    assert "could not ask" in seen(told)
