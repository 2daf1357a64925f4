"""Who is answered from what in Slack: signed requests in, what a workspace shows out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.slack.app import lambda_handler
from tests.laptop import Laptop
from tests.slack.events import SIGNING_SECRET, Slack, SlackRequest
from tests.slack.seen import seen
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from tests.slack_requests import gateway_event
from wellread.local.lambda_runtime import LocalContext

CHAT = {
    "slack": {
        "groups": [{"group": "S0HR", "audience": ["hr"]}],
        "users": [{"user": "U0BOB", "audience": ["board"]}],
        "guests": ["public"],
    }
}
ACCESS = {
    "rules": [
        {"prefix": "hr/", "audience": ["hr"]},
        {"prefix": "board/", "audience": ["board"]},
        {"prefix": "public/", "audience": ["everyone", "public"]},
    ]
}
SECRETS = {
    "hr": ("hr/pay.md", "What is the pay of a pilot?", "2,750"),
    "board": ("board/plan.md", "What is the plan of the board?", "Zanzibar"),
    "everyone": ("leave.md", "How many days of leave are there?", "thirty"),
    "public": ("public/hours.md", "When does the museum open?", "nine"),
}
TEXTS = {
    "hr": "# Pay\n\nThe pay of a pilot is 2,750 a month.\n",
    "board": "# Plan\n\nThe plan of the board is to move to Zanzibar.\n",
    "everyone": "# Leave\n\nThere are thirty days of leave.\n",
    "public": "# Hours\n\nThe museum does open at nine.\n",
}


class Office:
    """A laptop that serves a Slack workspace."""

    def __init__(self, folder: Path, workspace: SlackWorkspace) -> None:
        self.workspace = workspace
        self.slack = Slack(workspace)
        self.laptop = Laptop(
            folder,
            slack_signing_secret=SIGNING_SECRET,
            slack_bot_token=BOT_TOKEN,
            slack_api_url=workspace.api_url,
            chat_members_seconds=0,
        )
        self.laptop.write_rules(access=ACCESS, chat=CHAT)
        for audience, (key, _, _) in SECRETS.items():
            self.laptop.write(key, TEXTS[audience])
        self.laptop.work()
        workspace.page_size = 3
        for person in ("U0ANN", "U0HAL", "U0BOB"):
            workspace.add_person(person)
        workspace.add_person("U0GUS", guest="multi")
        workspace.add_person("U0OUT", team="T0OTHER")
        workspace.add_person("U0OFF", deleted=True)
        workspace.groups["S0HR"] = ["U0HAL", "U0BOB", "U0GUS"]

    def send(self, request: SlackRequest) -> None:
        event = gateway_event(request.body, request.headers)
        assert lambda_handler(event, LocalContext("slack"))["statusCode"] == 200
        while self.laptop.host.deliver_next("answer"):
            pass

    def told(self, who: str, conversation: str) -> set[str]:
        """The audiences of the documents that somebody hears of in a conversation."""
        is_direct = self.workspace.conversations[conversation].kind == "im"
        shown = ""
        for _, question, _ in SECRETS.values():
            text = question if is_direct else f"<@{self.workspace.bot}> {question}"
            message = self.workspace.say(who, conversation, text)
            self.send(self.slack.message(message) if is_direct else self.slack.mention(message))
            (reply,) = self.workspace.replies(conversation, message.ts)
            shown += seen(reply)
        return {audience for audience, (_, _, secret) in SECRETS.items() if secret in shown}


@pytest.fixture
def workspace() -> Iterator[SlackWorkspace]:
    with running_workspace() as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, workspace: SlackWorkspace) -> Iterator[Office]:
    made = Office(tmp_path / "data", workspace)
    yield made
    made.laptop.close()


@pytest.mark.parametrize(
    ("who", "audiences"),
    [
        ("U0ANN", {"everyone", "public"}),
        ("U0HAL", {"everyone", "public", "hr"}),
        ("U0BOB", {"everyone", "public", "hr", "board"}),
        ("U0GUS", {"public"}),
        ("U0OUT", {"public"}),
        ("U0OFF", {"public"}),
    ],
)
def test_in_a_direct_message_one_is_told_what_one_may_read(
    office: Office, who: str, audiences: set[str]
) -> None:
    assert office.told(who, office.workspace.add_direct(who)) == audiences


@pytest.mark.parametrize(
    ("members", "kind", "shared", "audiences"),
    [
        (("U0HAL", "U0BOB"), "private", False, {"everyone", "public", "hr"}),
        (("U0HAL", "U0BOB"), "public", False, {"everyone", "public"}),
        (("U0HAL", "U0BOB", "U0ANN"), "private", False, {"everyone", "public"}),
        (("U0HAL", "U0BOB", "U0GUS"), "private", False, {"public"}),
        (("U0HAL", "U0BOB", "U0OUT"), "private", False, {"public"}),
        (("U0HAL", "U0BOB", "U0OFF"), "private", False, {"public"}),
        (("U0HAL", "U0BOB"), "private", True, {"public"}),
        (("U0ANN", "U0GUS"), "public", False, {"public"}),
    ],
)
def test_in_a_place_one_is_told_what_all_may_read_who_are_there(
    office: Office, members: tuple[str, ...], kind: str, shared: bool, audiences: set[str]
) -> None:
    place = office.workspace.add_conversation("C0LAB", members, kind=kind, shared=shared)

    assert office.told(members[0], place) == audiences


def test_what_is_asked_by_command_is_told_its_asker_alone(office: Office) -> None:
    office.workspace.add_conversation("C0LAB", ("U0BOB", "U0GUS"))
    office.send(office.slack.command("U0BOB", "C0LAB", SECRETS["board"][1]))

    assert office.workspace.replies("C0LAB") == []
    assert "Zanzibar" in "".join(map(seen, office.workspace.ephemerals))
    assert {each.user for each in office.workspace.ephemerals} == {"U0BOB"}


def test_who_comes_in_ends_what_is_told_there(office: Office) -> None:
    place = office.workspace.add_conversation("C0LAB", ("U0HAL", "U0BOB"), kind="private")
    assert "hr" in office.told("U0HAL", place)

    office.workspace.conversations[place].members.append("U0ANN")
    assert "hr" not in office.told("U0HAL", place)
    office.workspace.conversations[place].members.remove("U0ANN")
    office.workspace.groups["S0HR"].remove("U0BOB")
    assert "hr" not in office.told("U0HAL", place)


def test_a_crowd_is_looked_up_in_a_few_calls_although_nothing_is_kept(office: Office) -> None:
    crowd = [f"U1{number:04}" for number in range(1500)]
    for each in crowd:
        office.workspace.add_person(each)
    office.workspace.page_size = 999
    place = office.workspace.add_conversation("C0BIG", ("U0HAL", *crowd))
    message = office.workspace.say("U0HAL", place, f"<@{office.workspace.bot}> Leave?")
    office.send(office.slack.mention(message))

    assert len(office.workspace.replies(place, message.ts)) == 1
    assert 0 < len(office.workspace.called("users.list")) <= 2 * 2
    assert not office.workspace.called("users.info")


@pytest.mark.parametrize(
    ("method", "audiences"),
    [
        ("conversations.members", {"everyone", "public"}),
        ("conversations.info", {"everyone", "public"}),
        ("usergroups.users.list", {"everyone", "public"}),
        ("users.info", {"public"}),
    ],
)
def test_a_lookup_that_is_refused_ends_in_less(
    office: Office, method: str, audiences: set[str]
) -> None:
    place = office.workspace.add_conversation("C0LAB", ("U0HAL", "U0BOB"), kind="private")
    office.workspace.fail(method, error="not_allowed_token_type", times=1000)

    assert office.told("U0HAL", place) == audiences


def test_what_is_suggested_is_of_what_one_may_read(office: Office) -> None:
    for who in ("U0GUS", "U0BOB"):
        channel = office.workspace.add_direct(who)
        thread = office.workspace.say(who, channel, "").ts
        office.send(office.slack.pane_opened(who, channel, thread))
        prompts = json.dumps(office.workspace.prompts[channel, thread])
        assert "Hours" in prompts
        assert all((name in prompts) is (who == "U0BOB") for name in ("Pay", "Plan", "Leave"))


def test_the_home_of_a_guest_counts_what_guests_may_read(office: Office) -> None:
    for who, count in (("U0GUS", "1 document"), ("U0BOB", "4 documents")):
        office.send(office.slack.home_opened(who, office.workspace.add_direct(who)))
        home = json.dumps(office.workspace.homes[who])
        assert count in home
        assert ("Zanzibar" in home or "Plan" in home) is (who == "U0BOB")
