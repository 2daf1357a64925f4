"""A chat platform each, as the suites of `ReplySink` and `Panes` try and look at it."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.chat_desk import PLATFORM, TEAM, Desk
from tests.slack.seen import seen
from tests.slack.shapes import Message
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from tests.teams.seen import seen as seen_in_teams
from tests.teams.shapes import Message as TeamsSaid
from tests.teams.state import TENANT
from tests.teams.tenant import TeamsTenant, running_tenant
from wellread.adapters.chat.slack.addresses import SlackAddresses
from wellread.adapters.chat.slack.files import SlackFiles
from wellread.adapters.chat.slack.panes import SlackPanes
from wellread.adapters.chat.slack.response_urls import ResponseUrls
from wellread.adapters.chat.slack.sink import SlackSink
from wellread.adapters.chat.slack.web import SlackWeb
from wellread.adapters.chat.teams.files import TeamsFiles
from wellread.adapters.chat.teams.panes import TeamsPanes
from wellread.adapters.chat.teams.sign_in import SignIn
from wellread.adapters.chat.teams.sink import Known, TeamsSink
from wellread.adapters.chat.teams.stream import Pace
from wellread.adapters.chat.teams.web import TeamsWeb
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import MessageKey, Person, SharedFile
from wellread.domain.chat.references import ConversationReference
from wellread.domain.chat.said import Said, SaidNotice, SaidReply
from wellread.domain.knowledge.errors import TransientError
from wellread.ports.chat import ChatFiles, Panes, ReplySink, Target


class SlackBench:
    """The stand-in for Slack."""

    name = "slack"

    def __init__(self, workspace: SlackWorkspace) -> None:
        self.workspace = workspace
        self.slept: list[float] = []
        workspace.add_conversation("C0LAB", ("U0ANN", "U0BOB"))
        workspace.add_direct("U0ANN")

    def web(self) -> SlackWeb:
        def token(refused: str | None = None) -> str:
            return BOT_TOKEN

        return SlackWeb(token, self.workspace.api_url, sleep=self.slept.append)

    def sink(self) -> ReplySink:
        """Another worker's, each time."""
        return SlackSink(self.web(), ResponseUrls(SlackAddresses(self.workspace.api_url)))

    def panes(self) -> Panes:
        return SlackPanes(self.web())

    def files(self) -> ChatFiles:
        return SlackFiles(self.web(), SlackAddresses(self.workspace.api_url))

    def give(self, name: str, content: bytes, **more: str) -> SharedFile:
        """A file that somebody shared, as the front tells of it."""
        self.workspace.add_file("F1", name, content, "U0ANN", **more)
        told = self.workspace.file_object(self.workspace.files["F1"])
        return SharedFile("F1", name, told["size"], told["url_private_download"])

    def lose_file(self, file: SharedFile) -> None:
        del self.workspace.files[file.id]

    def ask(self, conversation: str = "C0LAB", thread: str = "") -> Target:
        asked = self.workspace.say("U0ANN", conversation, "How long?", thread)
        return Target(
            Place("slack", "T0TEAM", conversation, thread or asked.ts),
            MessageKey("slack", "T0TEAM", conversation, asked.ts),
            Person("slack", "T0TEAM", "U0ANN"),
        )

    def messages(self, target: Target) -> list[Message]:
        place = target.place
        return self.workspace.replies(place.conversation, place.thread or None)

    def shown(self, target: Target) -> list[str]:
        return [seen(message) for message in self.messages(target)]

    def growing(self) -> int:
        return len(self.workspace.open_streams())

    def reply_below(self, target: Target) -> None:
        self.workspace.say("U0BOB", target.place.conversation, "Thank you!", target.place.thread)

    def lose_answer(self, call: str) -> None:
        method = {"write": "chat.postMessage", "stream": "chat.startStream"}[call]
        self.workspace.fail(method, drop=True, taken=True)

    def refuse_streams(self) -> None:
        self.workspace.streams_refused = "unknown_method"

    def fail_status(self) -> None:
        self.workspace.fail("assistant.threads.setStatus", status=500)

    def status_of(self, text: str) -> str:
        return text

    def statuses(self) -> list[str]:
        return [text for _, _, text in self.workspace.status_history]


class DeskBench:
    """The desk that services are tested at: it is worth as much as it does what platforms do."""

    name = "desk"

    def __init__(self) -> None:
        self.desk = Desk()
        self._numbers = itertools.count(1)

    def sink(self) -> ReplySink:
        return self.desk

    def panes(self) -> Panes:
        return self.desk

    def files(self) -> ChatFiles:
        return self.desk

    def give(self, name: str, content: bytes) -> SharedFile:
        self.desk.contents["F1"] = content
        return SharedFile("F1", name, len(content), "")

    def lose_file(self, file: SharedFile) -> None:
        del self.desk.contents[file.id]

    def ask(self, conversation: str = "C1", thread: str = "") -> Target:
        message = str(next(self._numbers))
        return Target(
            Place(PLATFORM, TEAM, conversation, thread or message),
            MessageKey(PLATFORM, TEAM, conversation, message),
            Person(PLATFORM, TEAM, "ann"),
        )

    def shown(self, target: Target) -> list[str]:
        return [_words(m.said) for m in self.desk.messages if m.place == target.place]

    def growing(self) -> int:
        return sum(message.streaming for message in self.desk.messages)

    def reply_below(self, target: Target) -> None:
        here = (m.reference for m in self.desk.messages if m.place == target.place)
        self.desk.replied_to.update(here)

    def lose_answer(self, call: str) -> None:
        self.desk.fail(call, TransientError("away"), after=True)

    def refuse_streams(self) -> None:
        self.desk.streams = False

    def fail_status(self) -> None:
        """It does not fail at statuses."""

    def status_of(self, text: str) -> str:
        return text

    def statuses(self) -> list[str]:
        return self.desk.statuses


class Places:
    """`ConversationReferences` of a tenant, in which all have been heard of."""

    def __init__(self, tenant: TeamsTenant) -> None:
        self._tenant = tenant

    def keep(self, reference: ConversationReference) -> None:
        raise AssertionError("nobody but a front keeps any")

    def of_conversation(
        self, platform: str, team: str, conversation: str
    ) -> ConversationReference | None:
        place = self._tenant.conversations.get(conversation)
        if place is None:
            return None
        known = ConversationReference(
            platform, team, conversation, self._tenant.service_url, place.kind, self._tenant.bot
        )
        if place.kind != "personal":
            return known
        account = self._tenant.people[place.members[0]].account
        return replace(known, person=place.members[0], account=account)

    def of_person(self, platform: str, team: str, person: str) -> ConversationReference | None:
        return None


class GivenParts:
    """`Secret` of the tenant."""

    def __init__(self, tenant: TeamsTenant) -> None:
        self.parts = {"client_secret": tenant.client_secret}

    def part(self, name: str, refused: str | None = None) -> str:
        return self.parts[name]


class TeamsBench:
    """The stand-in for Teams; its workers are of one process, and know what they all said."""

    name = "teams"

    def __init__(self, tenant: TeamsTenant) -> None:
        self.tenant = tenant
        self.time = 0.0
        self.slept: list[float] = []
        self.not_read_back = 0
        self.known = Known()
        tenant.clock = lambda: self.time
        tenant.add_personal("ann")
        tenant.add_conversation("19:lab@thread.v2", ("ann", "bob"))
        tenant.add_channel("19:help@thread.tacv2", ("ann", "bob"))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def web(self) -> TeamsWeb:
        login, graph = self.tenant.login_url, self.tenant.graph_url
        bot, given = (self.tenant.client_id, self.tenant.tenant), GivenParts(self.tenant)
        sign_in = SignIn(bot, given, login, graph, clock=lambda: self.time)
        return TeamsWeb(sign_in, graph, now=lambda: self.time, sleep=self.sleep)

    def sink(self) -> TeamsSink:
        """Another worker's, each time."""

        def count() -> None:
            self.not_read_back += 1

        pace = Pace(now=lambda: self.time, sleep=self.sleep)
        places = Places(self.tenant)
        return TeamsSink(self.web(), places, self.known, pace=pace, not_read_back=count)

    def panes(self) -> Panes:
        return TeamsPanes()

    def files(self) -> ChatFiles:
        return TeamsFiles(self.tenant.login_url)

    def give(self, name: str, content: bytes) -> SharedFile:
        self.tenant.add_file("F1", name, content)
        return SharedFile("F1", name, 0, f"{self.tenant.url}/files/F1")

    def lose_file(self, file: SharedFile) -> None:
        del self.tenant.files[file.id]

    def ask(self, conversation: str = "", thread: str = "") -> Target:
        """In the chat of somebody new, unless another one is named."""
        message = self.tenant.next_id()
        person = "ann" if conversation else f"asker-{message}"
        conversation = conversation or self.tenant.add_personal(person).id
        return Target(
            Place("teams", TENANT, conversation, thread),
            MessageKey("teams", TENANT, conversation, message),
            Person("teams", TENANT, person),
        )

    def messages(self, target: Target) -> list[TeamsSaid]:
        return self.tenant.visible(target.place.conversation, target.place.thread)

    def shown(self, target: Target) -> list[str]:
        """The text of each message, or the card of one without."""
        return [message.text or seen_in_teams(message) for message in self.messages(target)]

    def growing(self) -> int:
        return len(self.tenant.open_streams())

    def lose_answer(self, call: str) -> None:
        name = {"write": "send", "stream": "stream"}[call]
        self.tenant.fail(name, drop=True, taken=True)

    def refuse_streams(self) -> None:
        self.tenant.streams_refused = "Content stream is not allowed"

    def fail_status(self) -> None:
        self.tenant.fail("typing", status=500)

    def statuses(self) -> list[str]:
        return ["typing" for _ in self.tenant.typed]

    def status_of(self, text: str) -> str:
        """Teams shows that somebody types, and not what."""
        return "typing"


Bench = SlackBench | DeskBench | TeamsBench


@contextlib.contextmanager
def slack_bench() -> Iterator[SlackBench]:
    with running_workspace() as workspace:
        yield SlackBench(workspace)


@contextlib.contextmanager
def desk_bench() -> Iterator[DeskBench]:
    yield DeskBench()


@contextlib.contextmanager
def teams_bench() -> Iterator[TeamsBench]:
    with running_tenant() as tenant:
        yield TeamsBench(tenant)


READ_BACK: list[Callable[[], contextlib.AbstractContextManager[SlackBench | DeskBench]]] = [
    slack_bench,
    desk_bench,
]
BENCHES: list[Callable[[], contextlib.AbstractContextManager[Bench]]] = [*READ_BACK, teams_bench]


def _words(said: Said | str) -> str:
    if isinstance(said, SaidReply):
        return said.reply.outcome.text
    return said.text if isinstance(said, SaidNotice) else str(said)
