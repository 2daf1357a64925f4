"""From what Teams posts to what people see there: through function, queue and worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.teams.app import lambda_handler
from tests.laptop import Laptop
from tests.teams import activities
from tests.teams.state import CLIENT_ID, CLIENT_SECRET
from tests.teams.tenant import TeamsTenant, running_tenant
from tests.teams_requests import sent
from wellread.bootstrap.embedded import RULES_NAME
from wellread.local.lambda_runtime import LocalContext

GROUP, CHANNEL = "19:group@thread.v2", "19:lab@thread.tacv2"
ASKED = "What does a late book cost?"


class World:
    """A laptop with one document, and a tenant whose people ask."""

    def __init__(self, folder: Path, tenant: TeamsTenant) -> None:
        self.tenant = tenant
        for person in ("ann", "ben"):
            tenant.add_person(person)
        tenant.add_personal("ann")
        tenant.add_conversation(GROUP, ("ann", "ben"))
        tenant.add_channel(CHANNEL, ("ann", "ben"))
        self.laptop = Laptop(
            folder / "data",
            teams_client_id=CLIENT_ID,
            teams_tenant_id=tenant.tenant,
            teams_client_secret=CLIENT_SECRET,
            teams_openid_url=tenant.openid_url,
            teams_login_url=tenant.login_url,
            teams_graph_url=tenant.graph_url,
            public_url="https://wellread.example.com",
        )
        rules = {"access": {}, "chat": {"teams": {"helpers": "ben"}}}
        (self.laptop.settings.data / RULES_NAME).write_text(json.dumps(rules))
        self.laptop.drop("fees.md", "# Fees\n\nA late book costs 20 cents a day.\n")

    def post(self, activity: dict[str, Any]) -> Any:
        """Have Teams post it, and the worker do what comes of it; the response's body."""
        headers, body = activities.posted(activity)
        answer = lambda_handler(sent(body, headers["authorization"]), LocalContext("teams"))
        assert answer["statusCode"] == 200
        while self.laptop.host.deliver_next("answer"):
            pass
        return json.loads(answer["body"] or "null")

    def said(self, conversation: str, thread: str = "") -> list[str]:
        return [each.activity.get("text", "") for each in self.tenant.visible(conversation, thread)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_tenant() as tenant:
        world = World(tmp_path, tenant)
        yield world
        world.laptop.close()
        assert tenant.open_streams() == []
        assert tenant.refusals == []
        assert tenant.strayed == []


def test_whoever_adds_the_bot_is_welcomed_once(world: World) -> None:
    added = {"membersAdded": [{"id": world.tenant.bot}]}
    for kind, more in (("installationUpdate", {"action": "add"}), ("conversationUpdate", added)):
        world.post(activities.activity(world.tenant, kind, "ann", "a:ann", **more))
    hello = [text for text in world.said("a:ann") if text.startswith("Hello")]
    assert len(hello) == 1


def test_a_question_in_a_personal_chat_is_answered_there_once(world: World) -> None:
    question = activities.message(world.tenant, "ann", "a:ann", ASKED)
    for _ in range(3):
        world.post(question)
    (text,) = world.said("a:ann")
    assert "20 cents" in text
    assert "[1]" in text


def test_a_mention_in_a_channel_is_answered_in_its_thread(world: World) -> None:
    question = activities.message(world.tenant, "ann", CHANNEL, ASKED, mentions=("bot",))
    world.post(question)
    (text,) = world.said(CHANNEL, question["id"])
    assert "20 cents" in text
    assert world.said(CHANNEL) == []


def test_what_is_not_said_to_the_bot_is_not_answered(world: World) -> None:
    world.post(activities.message(world.tenant, "ann", CHANNEL, ASKED))
    world.post(activities.message(world.tenant, "ann", GROUP, ASKED, mentions=("ben",)))
    assert world.said(GROUP) == []
    assert not [each for each in world.tenant.stored if each.conversation.startswith(CHANNEL)]


@pytest.mark.parametrize("as_object", [True, False])
def test_feedback_with_its_reason_is_kept_for_the_reply_that_it_names(
    world: World, as_object: bool
) -> None:
    world.post(activities.message(world.tenant, "ann", GROUP, ASKED, mentions=("bot",)))
    (reply,) = world.tenant.visible(GROUP)
    given = activities.feedback(
        world.tenant, "ben", GROUP, reply.id, "dislike", "It is 30 cents.", as_object=as_object
    )
    assert world.post(given) == {}
    (kept,) = world.laptop.adapters.verdicts.list()
    assert (kept.feedback.verdict, kept.feedback.reason) == ("down", "It is 30 cents.")
    assert kept.platform == "teams"


def test_a_personal_chat_is_one_thread(world: World) -> None:
    for _ in range(2):
        world.post(activities.message(world.tenant, "ann", "a:ann", ASKED))
    given = activities.feedback(world.tenant, "ann", "a:ann", "", "dislike")
    del given["replyToId"]
    world.post(given)
    (kept,) = world.laptop.adapters.verdicts.list()
    assert kept.feedback.turn == 2


def test_a_group_chat_is_one_thread(world: World) -> None:
    for who, text in (("ann", ASKED), ("ben", "And a week?")):
        world.post(activities.message(world.tenant, who, GROUP, text, mentions=("bot",)))
    first, second = world.tenant.visible(GROUP)
    verdicts = [
        activities.feedback(world.tenant, "ann", GROUP, each.id) for each in (first, second)
    ]
    for given in verdicts:
        world.post(given)
    kept = [each.feedback for each in world.laptop.adapters.verdicts.list()]
    assert sorted(each.turn for each in kept) == [1, 2]
    assert len({each.thread for each in kept}) == 1


def test_threads_of_a_channel_know_nothing_of_each_other(world: World) -> None:
    for _ in range(2):
        question = activities.message(world.tenant, "ann", CHANNEL, ASKED, mentions=("bot",))
        world.post(question)
        (reply,) = world.tenant.visible(CHANNEL, question["id"])
        about = reply.id, question["id"]
        given = activities.feedback(world.tenant, "ann", CHANNEL, about[0], thread=about[1])
        world.post(given)
    kept = [each.feedback for each in world.laptop.adapters.verdicts.list()]
    assert [each.turn for each in kept] == [1, 1]
    assert len({each.thread for each in kept}) == 2


def test_the_button_that_asks_a_human_leads_to_one_message_that_mentions_them(
    world: World,
) -> None:
    world.post(activities.message(world.tenant, "ann", GROUP, ASKED, mentions=("bot",)))
    (reply,) = world.tenant.visible(GROUP)
    (action,) = [
        each
        for attached in reply.activity["attachments"]
        for each in attached["content"]["actions"]
        if "human" in each["title"]
    ]
    for _ in range(2):
        click = activities.click(world.tenant, "ann", GROUP, reply.id, action)
        assert world.post(click)["statusCode"] == 200
    asked = [each for each in world.tenant.visible(GROUP) if each.id != reply.id]
    assert len(asked) == 1
    mentioned = [each["mentioned"]["id"] for each in asked[0].activity["entities"]]
    assert mentioned == [world.tenant.people["ben"].account]


def test_a_deleted_question_takes_its_reply_along(world: World) -> None:
    question = activities.message(world.tenant, "ann", GROUP, ASKED, mentions=("bot",))
    world.post(question)
    assert len(world.said(GROUP)) == 1
    data = question["channelData"] | {"eventType": "softDeleteMessage"}
    world.post(question | {"type": "messageDelete", "channelData": data, "text": ""})
    assert world.said(GROUP) == []


def test_an_edit_stays_with_its_answer(world: World) -> None:
    question = activities.message(world.tenant, "ann", GROUP, ASKED, mentions=("bot",))
    world.post(question)
    data = question["channelData"] | {"eventType": "editMessage"}
    world.post(question | {"type": "messageUpdate", "channelData": data})
    assert len(world.said(GROUP)) == 1
