"""Feedback, helpers, files and receipts as people of a Slack workspace see them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles import Counts
from tests.laptop import Laptop
from tests.slack.events import SIGNING_SECRET, Slack, SlackRequest
from tests.slack.seen import seen
from tests.slack.shapes import Ephemeral, Message
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from wellread.domain.access.scope import Scope
from wellread.domain.ask.correcting import Correction, Quote

RULES = {
    "helpers": "S0HELP",
    "approvers": "S0APPR",
    "approvals": "C0APPR",
    "places": [{"place": "C0LAB", "receipts": ["lab/"]}],
}


class World:
    """A workspace, and a laptop that answers in it."""

    def __init__(self, folder: Path, workspace: SlackWorkspace) -> None:
        self.ahead = 0.0
        self.workspace = workspace
        self.slack = Slack(workspace, clock=self.clock)
        self.laptop = Laptop(
            folder,
            clock=self.clock,
            slack_bot_token=BOT_TOKEN,
            slack_signing_secret=SIGNING_SECRET,
            slack_api_url=workspace.api_url,
            public_url="https://wellread.example",
        )
        self.laptop.adapters.sleep = self.sleep
        self.laptop.write_rules(chat={"slack": RULES})

    def clock(self) -> float:
        return time.time() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds

    def send(self, request: SlackRequest) -> None:
        """What Slack sends, and all that follows from it."""
        event = {
            "body": request.body.decode(),
            "isBase64Encoded": False,
            "headers": request.headers,
            "requestContext": {"http": {"method": "POST", "path": "/slack/events"}},
            "rawPath": "/slack/events",
        }
        answered = self.laptop.services.slack_front.answer(event)
        assert answered["statusCode"] == 200
        while self.laptop.host.deliver_next("answer"):
            pass

    def ask(self, user: str, channel: str) -> tuple[Message, Message]:
        """A question, and the reply to it."""
        direct = channel.startswith("D")
        text = "How many days of leave are there?"
        said = self.workspace.say(user, channel, text if direct else f"<@U0BOT> {text}")
        self.send(self.slack.message(said) if direct else self.slack.mention(said))
        (reply,) = self.said(channel, below=said)
        return said, reply

    def said(self, channel: str, below: Message | None = None) -> list[Message]:
        """What the bot said in a conversation, or below a message there."""
        found: list[Message] = (
            self.workspace.replies(channel, below.ts)
            if below
            else [each for each in self.workspace.stored if each.channel == channel]
        )
        return [each for each in found if each.user == self.workspace.bot]

    def feedback(self) -> list[tuple[str, str, str | None]]:
        listed = self.laptop.adapters.verdicts.list()
        return [(e.asker, e.feedback.verdict, e.feedback.reason) for e in listed]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_workspace() as workspace:
        workspace.add_conversation("C0LAB", ("U0ANN", "U0BOB"))
        workspace.add_conversation("C0APPR", ("U0CEM", "U0DAN"))
        workspace.add_conversation("D0ANN", ("U0ANN",), kind="im")
        workspace.groups |= {"S0HELP": ["U0BOB"], "S0APPR": ["U0CEM"]}
        made = World(tmp_path / "data", workspace)
        made.laptop.drop("leave.md", "# Leave\n\nThere are 30 days of leave.\n")
        yield made
        made.laptop.close()


def test_a_thumbs_down_and_its_reason_are_kept(world: World) -> None:
    _, reply = world.ask("U0ANN", "C0LAB")
    world.send(world.slack.verdict("U0BOB", reply, good=False))
    (modal,) = world.workspace.modals.values()
    world.send(world.slack.submitted("U0BOB", modal, reason="It is 31."))
    world.send(world.slack.verdict("U0ANN", reply, good=True))

    assert world.feedback() == [
        ("slack:T0TEAM:U0BOB", "down", "It is 31."),
        ("slack:T0TEAM:U0ANN", "up", None),
    ]


def test_helpers_are_tagged_once_and_somebody_resolves_it(world: World) -> None:
    asked, reply = world.ask("U0ANN", "C0LAB")
    for user in ("U0ANN", "U0BOB", "U0ANN"):
        world.send(world.slack.click(user, reply, "human"))

    answer, hand_over = world.said("C0LAB", below=asked)
    assert answer.ts == reply.ts
    text = seen(hand_over)
    assert "<!subteam^S0HELP>" in text
    for words in ("How many days of leave are there?", "There are 30 days of leave", "Leave"):
        assert words in text
    world.send(world.slack.click("U0BOB", hand_over, "Resolved"))
    _, edited = world.said("C0LAB", below=asked)
    assert edited.ts == hand_over.ts
    assert "Resolved by <@U0BOB>" in seen(edited)
    assert "[Resolved]" not in seen(edited)
    assert [verdict for _, verdict, _ in world.feedback()] == ["human", "resolved"]


def test_from_a_direct_message_helpers_are_asked_elsewhere_and_the_asker_is_told(
    world: World,
) -> None:
    asked, reply = world.ask("U0ANN", "D0ANN")
    world.send(world.slack.click("U0ANN", reply, "human"))

    (hand_over,) = world.said("C0APPR")
    assert "<!subteam^S0HELP>" in seen(hand_over)
    told = [seen(each) for each in (*world.said("D0ANN", asked), *world.workspace.ephemerals)]
    assert any("passed your question on" in each for each in told)


def share(world: World) -> Message:
    """A file in a direct message."""
    world.workspace.add_file("F0PLAN", "plan.md", b"# Plan\n\nThe plan is blue.\n", "U0ANN")
    said = world.workspace.say("U0ANN", "D0ANN", "", files=["F0PLAN"])
    world.send(world.slack.file_share(said))
    return said


def test_a_file_is_added_by_an_approver_s_click_alone_and_its_giver_hears_of_it(
    world: World,
) -> None:
    given = share(world)
    (approval,) = world.said("C0APPR")
    assert "plan.md" in seen(approval)
    world.send(world.slack.click("U0DAN", approval, "Approve"))
    assert not list(world.laptop.root.glob("chat/**/plan.md"))
    world.send(world.slack.click("U0CEM", approval, "Approve"))
    world.laptop.work()
    world.ahead += 6
    while world.laptop.host.deliver_next("receipts"):
        pass

    (path,) = world.laptop.root.glob("chat/**/plan.md")
    assert str(path.relative_to(world.laptop.root)) == "chat/slack/T0TEAM/D0ANN/plan.md"
    said = json.loads(path.with_name("plan.md.metadata.json").read_text())
    assert said["metadataAttributes"]["audience"] == ["slack:T0TEAM:U0ANN"]
    (edited,) = world.said("C0APPR")
    assert "<@U0CEM>" in seen(edited)
    assert "[Approve]" not in seen(edited)
    told = [seen(each) for each in world.said("D0ANN", below=given)]
    assert [any(words in each for each in told) for words in ("approved", "searchable now")] == [
        True,
        True,
    ]


def test_a_folder_of_files_is_one_message_where_it_is_wanted(world: World) -> None:
    for number in range(30):
        world.laptop.write(f"lab/{number:02}.md", f"# File {number}\n\nWords.\n")
    world.laptop.write("lab/empty.txt", "")
    world.laptop.work()
    world.ahead += 6
    while world.laptop.host.deliver_next("receipts"):
        pass
    world.laptop.write("lab/late.md", "# Late\n\nWords.\n")
    world.laptop.work()
    world.ahead += 6
    while world.laptop.host.deliver_next("receipts"):
        pass

    (message,) = world.said("C0LAB")
    text = seen(message)
    assert "31 files are searchable now in lab/" in text
    assert "empty.txt" in text
    assert "The file is empty." in text


@pytest.mark.parametrize("refusal", ["token_revoked", "missing_scope", "is_archived"])
def test_what_only_an_operator_can_mend_is_an_error_in_the_log_and_counted(
    world: World, caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    counts = Counts()
    world.laptop.adapters.meter = counts
    for _ in range(20):
        world.workspace.fail("chat.postMessage", error=refusal)
    drop_into_lab(world)

    assert world.said("C0LAB") == []
    assert counts.sum("ChatRefused") >= 1
    (record, *_) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert "chat.postMessage" in record.__dict__["why"]
    assert BOT_TOKEN not in caplog.text


def test_what_slack_refuses_in_the_course_of_things_is_not_counted(world: World) -> None:
    counts = Counts()
    world.laptop.adapters.meter = counts
    world.workspace.fail("chat.postMessage", error="invalid_blocks")
    drop_into_lab(world)

    assert counts.sum("ChatRefused") == 0


def drop_into_lab(world: World) -> None:
    """A file whose receipt the lab is told."""
    world.laptop.write("lab/one.md", "# One\n\nWords.\n")
    world.laptop.work()
    world.ahead += 6
    world.laptop.host.deliver_next("receipts")


def ask_alone(world: World, channel: str) -> Ephemeral:
    world.send(world.slack.command("U0ANN", channel, "How many days of leave are there?"))
    return world.workspace.ephemerals[-1]


def test_where_the_bot_may_not_speak_who_shares_an_answer_is_told_what_to_do(world: World) -> None:
    world.workspace.add_conversation("C0ELSE", ("U0ANN", "U0BOB"))
    world.workspace.conversations["C0ELSE"].members.remove(world.workspace.bot)
    alone = ask_alone(world, "C0ELSE")
    world.send(world.slack.click("U0ANN", alone, "Share"))

    assert world.said("C0ELSE") == []
    told = [seen(each) for each in world.workspace.ephemerals if each.channel == "C0ELSE"]
    assert "30 days" in told[0]
    assert "Add me to it" in told[-1]


def test_what_is_shared_in_a_direct_message_needs_no_scope_that_the_bot_lacks(world: World) -> None:
    world.send(world.slack.click("U0ANN", ask_alone(world, "D0ANN"), "Share"))

    (shared,) = world.said("D0ANN")
    assert "30 days" in seen(shared)
    assert "could not look up" not in seen(shared)
    assert not world.workspace.called("conversations.info")


EVERYONE = Scope.of("everyone")
RIGHT = "Everybody has thirty days."


def approve(world: World) -> None:
    (case,) = world.laptop.services.cases.list(EVERYONE)
    correction = Correction(case.proposals[0], "Cem", (Quote("30 days of leave"),))
    world.laptop.services.correcting.approve(case.id, EVERYONE, correction)


def judge(world: World, reply: Message) -> None:
    world.send(world.slack.verdict("U0BOB", reply, good=False))
    (modal,) = world.workspace.modals.values()
    world.send(world.slack.submitted("U0BOB", modal, reason="Unclear.", correction=RIGHT))


def test_from_a_thumbs_down_to_a_reviewed_answer_that_is_struck_with_its_passage(
    world: World,
) -> None:
    _, reply = world.ask("U0ANN", "C0LAB")
    judge(world, reply)
    approve(world)
    text = seen(world.ask("U0ANN", "C0LAB")[1])
    assert f"{RIGHT}" in text
    assert "Reviewed by Cem on" in text
    assert "leave.md" in text or "Leave" in text
    assert RIGHT in seen(world.ask("U0ANN", "D0ANN")[1])

    world.laptop.drop("leave.md", "# Leave\n\nThere are 31 days of leave.\n")
    text = seen(world.ask("U0ANN", "C0LAB")[1])
    assert RIGHT not in text
    assert "31 days" in text


def test_a_reviewed_answer_is_shown_to_nobody_who_may_not_read_its_document(world: World) -> None:
    _, reply = world.ask("U0ANN", "C0LAB")
    judge(world, reply)
    approve(world)
    sidecar = '{"metadataAttributes": {"audience": "hr"}}'
    world.laptop.write("leave.md.metadata.json", sidecar)
    text = seen(world.ask("U0ANN", "C0LAB")[1])

    assert "thirty" not in text
    assert "eviewed" not in text


def test_a_place_may_be_given_reviewed_answers_alone(world: World) -> None:
    _, reply = world.ask("U0ANN", "C0LAB")
    judge(world, reply)
    only = RULES | {"places": [{"place": "C0LAB", "answers": "reviewed"}]}
    world.laptop.write_rules(chat={"slack": only})
    _, declined = world.ask("U0ANN", "C0LAB")
    assert "Only answers that a person has reviewed are given here" in seen(declined)
    assert "30 days" not in seen(declined)
    assert "human" in seen(declined)
    assert "30 days" in seen(world.ask("U0ANN", "D0ANN")[1])

    approve(world)
    assert RIGHT in seen(world.ask("U0ANN", "C0LAB")[1])
    sidecar = '{"metadataAttributes": {"audience": "hr"}}'
    world.laptop.write("leave.md.metadata.json", sidecar)
    _, hidden = world.ask("U0ANN", "C0LAB")
    assert seen(hidden) == seen(declined)


def hand_over(world: World, user: str = "U0ANN", channel: str = "C0LAB") -> tuple[Message, Message]:
    """A question that humans were asked to answer, and the message that asks them."""
    asked, reply = world.ask(user, channel)
    world.send(world.slack.click(user, reply, "human"))
    if channel == "C0LAB":
        return asked, world.said(channel, below=asked)[-1]
    return asked, world.said("C0APPR")[-1]


def proposed(world: World) -> list[str]:
    return [
        words for case in world.laptop.services.cases.list(EVERYONE) for words in case.proposals
    ]


def test_what_a_colleague_answered_is_proposed_once_it_is_resolved(world: World) -> None:
    asked, message = hand_over(world)
    for user, words in (
        ("U0ANN", "Does anybody know?"),
        ("U0BOB", "<@U0ANN> everybody has &lt;thirty&gt; days."),
        ("U0ANN", "Thank you!"),
        ("U0BOB", "More from 2030 on."),
    ):
        world.workspace.say(user, "C0LAB", words, thread=asked.ts)
    assert proposed(world) == []
    for _ in range(2):
        world.send(world.slack.click("U0BOB", message, "Resolved"))

    assert proposed(world) == ["somebody everybody has <thirty> days.\nMore from 2030 on."]
    approve(world)
    assert "More from 2030 on" in seen(world.ask("U0ANN", "C0LAB")[1])


def test_what_was_answered_below_the_question_in_approvals_is_proposed_too(world: World) -> None:
    _, message = hand_over(world, channel="D0ANN")
    world.workspace.say("U0DAN", "C0APPR", RIGHT, thread=message.ts)
    world.send(world.slack.click("U0CEM", message, "Resolved"))

    assert proposed(world) == [RIGHT]


def test_what_its_asker_said_proposes_nothing(world: World) -> None:
    asked, message = hand_over(world)
    world.workspace.say("U0ANN", "C0LAB", "I found it myself.", thread=asked.ts)
    world.send(world.slack.click("U0ANN", message, "Resolved"))

    assert proposed(world) == []
    assert [verdict for _, verdict, _ in world.feedback()] == ["human", "resolved"]


def test_where_a_thread_cannot_be_read_back_it_is_resolved_all_the_same(world: World) -> None:
    asked, message = hand_over(world)
    world.workspace.say("U0BOB", "C0LAB", RIGHT, thread=asked.ts)
    for _ in range(20):
        world.workspace.fail("conversations.replies", error="missing_scope")
    world.send(world.slack.click("U0BOB", message, "Resolved"))

    assert proposed(world) == []
    assert [verdict for _, verdict, _ in world.feedback()] == ["human", "resolved"]
