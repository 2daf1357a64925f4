"""A place of Slack or Teams whose answers come from the fine-tuned model, where all may ask it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chat_server import ChatServer, running_chat_server, stream
from tests.functional.chat.teams_office import CHAT as TEAMS
from tests.functional.chat.teams_office import running_office
from tests.functional.chat.test_scope_in_slack import ACCESS, SECRETS, Office
from tests.functional.chat.test_scope_in_slack import CHAT as SLACK
from tests.laptop import Laptop
from tests.slack.seen import seen as seen_in_slack
from tests.slack.workspace import running_workspace
from tests.teams.activities import message
from tests.teams.seen import seen as seen_in_teams
from tests.tuned import tuned_model
from wellread.domain.access.chat_rules import AnswerMode
from wellread.domain.ask.questions import Mode
from wellread.domain.tune.models import RunName

QUESTION = SECRETS["everyone"][1]


@dataclass
class Chatting:
    """A company in a chat, and the server that its tuned model is on.

    Attributes:
        name: The platform's.
        chat: What the settings document says of it.
        ask: The reply that somebody of some people gets in their place, as it is seen.
    """

    name: str
    chat: dict[str, object]
    laptop: Laptop
    server: ChatServer
    ask: Callable[[str, tuple[str, ...]], str]

    def promote(self, run: str, *audiences: str) -> None:
        models = self.laptop.services.tuned_models
        location = f"{self.server.url}/v1#{run}"
        models.register(tuned_model(run, location=location, audiences=frozenset(audiences)))
        models.passed(RunName(run), "Better.", {}, incumbent=None)

    def set(self, **entries: object) -> None:
        self.laptop.write_rules(access=ACCESS, chat={self.name: self.chat | entries})

    def asked(self) -> int:
        return len(self.server.requests)


def in_slack(folder: Path, running: ExitStack, server: ChatServer) -> Chatting:
    workspace = running.enter_context(running_workspace())
    office = Office(folder, workspace)
    running.callback(office.laptop.close)

    def ask(who: str, people: tuple[str, ...]) -> str:
        members = tuple(f"U0{each.upper()}" for each in people)
        place = "C0" + "".join(sorted(people)).upper()
        if place not in workspace.conversations:
            workspace.add_conversation(place, members, kind="private")
        said = workspace.say(f"U0{who.upper()}", place, f"<@{workspace.bot}> {QUESTION}")
        office.send(office.slack.mention(said))
        (reply,) = workspace.replies(place, said.ts)
        return seen_in_slack(reply)

    return Chatting("slack", SLACK["slack"], office.laptop, server, ask)


def in_teams(folder: Path, running: ExitStack, server: ChatServer) -> Chatting:
    office = running.enter_context(running_office(folder))
    tenant = office.tenant

    def ask(who: str, people: tuple[str, ...]) -> str:
        place = f"19:{''.join(sorted(people))}@thread.v2"
        if place not in tenant.conversations:
            tenant.add_conversation(place, people)
        before = len(tenant.stored)
        office.send(message(tenant, who, place, QUESTION, mentions=("bot",)))
        (reply,) = [each for each in tenant.stored[before:] if not each.deleted]
        return seen_in_teams(reply)

    return Chatting("teams", TEAMS["teams"], office.laptop, server, ask)


@pytest.fixture(params=[in_slack, in_teams], ids=["slack", "teams"])
def chatting(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chatting]:
    with ExitStack() as running:
        server = running.enter_context(running_chat_server())
        server.behaviour = stream("There are thirty days of leave [1].")
        made: Chatting = request.param(tmp_path / "data", running, server)
        made.laptop.speak_with(tuned=made.laptop.services.tuned_speaker)
        yield made


def test_a_place_is_answered_by_the_tuned_model_where_that_is_set(chatting: Chatting) -> None:
    chatting.promote("run-1", "everyone")
    assert "thirty" in chatting.ask("hal", ("hal", "bob"))
    assert chatting.asked() == 0

    chatting.set(mode="tuned_rag")
    reply = chatting.ask("hal", ("hal", "bob"))
    assert "There are thirty days of leave" in reply
    assert "leave.md" in reply or "Leave" in reply
    assert chatting.asked() == 1


def test_one_who_reads_along_and_may_not_ask_the_model_has_it_answered_without(
    chatting: Chatting,
) -> None:
    chatting.promote("run-1", "hr")
    chatting.set(mode="tuned_rag")
    chatting.ask("hal", ("hal", "bob"))
    assert chatting.asked() == 1

    for people in (("hal", "bob", "ann"), ("hal", "gus"), ("ann", "bob")):
        reply = chatting.ask(people[0], people)
        assert "tuned" not in reply
    assert chatting.asked() == 1
    assert "thirty" in chatting.ask("ann", ("ann", "bob"))


def test_once_no_model_is_promoted_any_more_the_documents_answer(chatting: Chatting) -> None:
    chatting.set(mode="tuned")
    assert "thirty days" in chatting.ask("hal", ("hal", "bob"))

    chatting.promote("run-1", "everyone")
    assert "Not from your documents" in chatting.ask("hal", ("hal", "bob"))

    chatting.laptop.services.tuned_models.rollback()
    reply = chatting.ask("hal", ("hal", "bob"))
    assert "thirty days" in reply
    assert "tuned" not in reply
    assert chatting.asked() == 1


def test_a_place_that_is_given_reviewed_answers_alone_is_given_none_by_a_model(
    chatting: Chatting,
) -> None:
    place = "C0BOBHAL" if chatting.name == "slack" else "19:bobhal@thread.v2"
    chatting.promote("run-1", "everyone")
    for mode in ("tuned", "tuned_rag"):
        chatting.set(places=[{"place": place, "answers": "reviewed", "mode": mode}])
        assert "Only answers that a person has reviewed" in chatting.ask("hal", ("hal", "bob"))
    assert chatting.asked() == 0


def test_what_a_model_says_by_itself_is_in_a_chat_without_links_and_mentions(
    chatting: Chatting,
) -> None:
    chatting.promote("run-1", "everyone")
    chatting.set(mode="tuned")
    chatting.server.behaviour = stream("<!channel> see [this](https://evil.example/a) @everyone")
    reply = chatting.ask("hal", ("hal", "bob"))

    assert "Not from your documents" in reply
    assert "https://evil.example" not in reply
    assert "<!channel>" not in reply


def test_the_modes_of_places_are_those_that_are_asked_in() -> None:
    assert [each.value for each in AnswerMode] == [each.value for each in Mode]


def test_nothing_of_restricted_documents_is_in_what_is_set(chatting: Chatting) -> None:
    chatting.promote("run-1", "board")
    chatting.set(mode="tuned_rag")
    replies = [chatting.ask("ann", ("ann", "bob")), chatting.ask("hal", ("hal", "bob"))]

    chatting.laptop.services.tuned_models.rollback()
    assert [chatting.ask("ann", ("ann", "bob")), chatting.ask("hal", ("hal", "bob"))] == replies
    assert "run-1" not in json.dumps(replies)
