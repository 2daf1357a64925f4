"""The bot in Microsoft's own client: questions, growing replies, citations, buttons, feedback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from scripts.teams_tools import TOOLS
from tests.contract.chat.benches import GivenParts
from tests.contract.chat.sayings import said
from tests.teams.activities import shared_file
from tests.teams.play import PEOPLE, TENANT, settle
from tests.teams.playground import free_port, running_playground, running_relay, until
from tests.teams.scene import Scene, bot_url, running_bot
from tests.teams.tenant import running_tenant
from wellread.adapters.chat.teams.sign_in import SignIn
from wellread.adapters.chat.teams.sink import Known, TeamsSink
from wellread.adapters.chat.teams.web import TeamsWeb
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import MessageKey, Person
from wellread.domain.chat.references import ConversationReference
from wellread.ports.chat import Target

pytestmark = pytest.mark.slow

QUESTION = "How long may a book be borrowed?"
SAYS = "A book may be borrowed for 28 days and renewed twice."
RULES = f"# Lending rules\n\n## Loan periods\n\n{SAYS}\n"
ANN, APPROVER, *_ = PEOPLE
ITS_ACCOUNT = "user-id-1"
APPROVALS, APPROVERS = "channel-announcements-id", "00000000-0000-0000-0000-0000000000041"
CHAT = {"helpers": ANN, "approvers": APPROVERS, "approvals": APPROVALS}
GIVEN = "# Opening hours\n\nThe library opens at nine on weekdays.\n"
WORDS = [f"word{number} " for number in range(60)]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    tools, node = TOOLS.installed(), TOOLS.node(20)
    if tools is None or node is None:
        pytest.skip("needs Node 20 and the Playground: python3 -m scripts.teams_tools installs it")
    folder, port = tmp_path_factory.mktemp("playground"), free_port()
    (folder / "documents").mkdir()
    (folder / "documents" / "lending-rules.md").write_text(RULES)
    with running_tenant() as tenant, running_relay(bot_url(port)) as relay:
        settle(tenant)
        tenant.groups[APPROVERS] = {APPROVER}
        client = running_playground(node, tools, relay.url, folder)
        with running_bot(tenant, folder, port, CHAT), client as playground:
            yield Scene(playground, relay, tenant, folder)


def searchable(scene: Scene) -> None:
    """Wait until the document can be asked about."""
    asked = len(scene.sent(scene.personal, "message"))

    def found() -> bool:
        nonlocal asked
        asked += 1
        scene.playground.say(scene.personal, QUESTION)
        is_found = SAYS in scene.reply(scene.personal, asked)["text"]
        time.sleep(0.0 if is_found else 1.0)
        return is_found

    until(found, "the document is not searchable", 60)


def test_a_question_in_a_personal_chat_gets_a_growing_reply_with_its_sources(scene: Scene) -> None:
    searchable(scene)

    reply = scene.sent(scene.personal, "message")[-1]["request"]["body"]
    entity, stream = reply["entities"]
    grown = [e for e in scene.sent(scene.personal, "typing") if "entities" in e["request"]["body"]]
    assert (stream["type"], stream["streamType"]) == ("streaminfo", "final")
    assert entity["additionalType"] == ["AIGeneratedContent"]
    assert entity["citation"][0]["appearance"]["abstract"] == SAYS
    assert reply["channelData"]["feedbackLoop"] == {"type": "default"}
    assert grown[-1]["request"]["body"]["entities"][0]["streamSequence"] == 1
    assert all(each["response"]["statusCode"] < 300 for each in scene.sent(scene.personal))


def test_a_mention_in_a_group_chat_gets_one_message(scene: Scene) -> None:
    searchable(scene)
    scene.playground.say(scene.group, QUESTION, to=scene.bot)

    reply = scene.reply(scene.group)

    assert SAYS in reply["text"]
    sent = scene.sent(scene.group)
    assert [e["request"]["body"]["type"] for e in sent].count("message") == 1
    assert not any(e["request"]["body"].get("channelData", {}).get("streamType") for e in sent)


def test_feedback_is_answered_in_the_response_and_kept_with_its_reason(scene: Scene) -> None:
    searchable(scene)
    value = {
        "actionName": "feedback",
        "actionValue": {"reaction": "dislike", "feedback": "Too short."},
    }

    answer = scene.playground.invoke(scene.personal, "message/submitAction", value)

    assert answer.status_code == 200
    activity, status, _ = scene.relay.answers[-1]
    assert (activity["name"], status) == ("message/submitAction", 200)
    (given,) = until(scene.verdicts, "no verdict is kept")
    assert (given.verdict, given.reason) == ("down", "Too short.")


def test_the_button_that_asks_a_human_calls_one_where_files_are_approved_too(scene: Scene) -> None:
    searchable(scene)
    before = len(scene.playground.shown)

    answer = scene.playground.click(scene.card("Ask a human"), "Ask a human")

    assert answer["value"] == "I am asking a human."
    scene.says("I passed your question on", before)
    call = scene.says("can you help?", before).content
    assert call["text"].startswith("<at>Alex Wilber</at>")
    assert [each["mentioned"]["id"] for each in call["mentions"]] == ["user-id-0"]
    scene.playground.click(scene.card("Resolved", before), "Resolved")
    scene.says("Resolved by Alex Wilber", before)


def test_a_file_is_asked_about_added_where_that_is_approved_and_acknowledged(scene: Scene) -> None:
    searchable(scene)
    before = len(scene.playground.shown)
    scene.tenant.add_file("F1", "opening-hours.md", GIVEN.encode())

    file = shared_file(scene.tenant, "F1")
    scene.playground.send_activity(scene.personal, type="message", text="", attachments=[file])

    scene.says("I asked whether it may be added", before)
    assert "Alex Wilber" in scene.says("wants to add a file", before).content["text"]
    scene.playground.click(scene.card("Approve", before), "Approve", ITS_ACCOUNT)
    scene.says("was approved and is being read", before)
    receipt = scene.says("searchable now", before)
    assert receipt.conversation == scene.personal
    assert "opening-hours.md" in receipt.content["text"]


def test_a_long_reply_grows_at_its_pace_and_ends_once(scene: Scene) -> None:
    conversation = scene.personal
    before = len(scene.sent(conversation))
    sink = sink_of(scene, conversation)
    target = Target(
        Place("teams", TENANT, conversation, ""),
        MessageKey("teams", TENANT, conversation, "long"),
        Person("teams", TENANT, ANN),
    )
    stream = sink.stream(target, WORDS[0])
    assert stream is not None
    for word in WORDS[1:]:
        stream.append(word)
        time.sleep(0.06)
    sink.write(target, said("".join(WORDS) + "[1]"), [stream.reference])

    sent = scene.sent(conversation)[before:]
    bodies = [each["request"]["body"] for each in sent]
    infos = [each["entities"][-1] for each in bodies]
    assert [i.get("streamSequence") for i in infos[:-1]] == list(range(1, len(infos)))
    assert len(infos) >= 4
    assert infos[-1]["streamType"] == "final"
    assert all(b["timestamp"] - a["timestamp"] >= 1000 for a, b in pairwise(sent))
    assert all(b["text"].startswith(a["text"]) for a, b in pairwise(bodies))
    assert all(each["response"]["statusCode"] < 300 for each in sent)


def sink_of(scene: Scene, conversation: str) -> TeamsSink:
    tenant = scene.tenant
    bot = (tenant.client_id, tenant.tenant)
    sign_in = SignIn(bot, GivenParts(tenant), tenant.login_url, tenant.graph_url, clock=lambda: 0.0)
    address = f"{scene.playground.url}/_connector"
    return TeamsSink(TeamsWeb(sign_in), _Place(address, scene.bot), Known())


@dataclass
class _Place:
    """`ConversationReferences` of the personal chat."""

    address: str
    bot: str

    def keep(self, reference: ConversationReference) -> None:
        """Nothing is kept."""

    def of_conversation(
        self, platform: str, team: str, conversation: str
    ) -> ConversationReference | None:
        return ConversationReference(
            platform, team, conversation, self.address, "personal", self.bot
        )

    def of_person(self, platform: str, team: str, person: str) -> None:
        return None
