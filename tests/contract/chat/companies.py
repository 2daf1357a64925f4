"""Companies on chat platforms, whose people the suite of memberships looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from tests.teams.conversations import KnownConversations
from tests.teams.tenant import TeamsTenant, running_tenant
from wellread.adapters.chat.slack.members import SlackMembership
from wellread.adapters.chat.slack.web import SlackWeb
from wellread.adapters.chat.teams.members import TeamsMembership
from wellread.adapters.chat.teams.sign_in import SignIn
from wellread.adapters.chat.teams.web import TeamsWeb
from wellread.adapters.embedded.given_secret import GivenSecret
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.references import ConversationReference
from wellread.ports.chat import Membership
from wellread.ports.operations import Clock


def _token(refused: str | None = None) -> str:
    del refused
    return BOT_TOKEN


class SlackCompany:
    """A Slack workspace."""

    def __init__(self, workspace: SlackWorkspace) -> None:
        self.workspace = workspace
        workspace.page_size = 3

    def membership(self, clock: Clock, seconds: float) -> Membership:
        return SlackMembership(
            SlackWeb(_token, self.workspace.api_url),
            seconds=seconds,
            clock=clock,
        )

    def person(self, id: str, kind: str = "member") -> Person:
        """Somebody of a kind: member, guest, lone guest, gone, deactivated, bot, or of another."""
        told: dict[str, dict[str, Any]] = {
            "member": {},
            "guest": {"guest": "multi"},
            "lone guest": {"guest": "single"},
            "gone": {"deleted": True},
            "deactivated": {"deleted": True},
            "bot": {"bot": True},
            "of another": {"team": "T0OTHER"},
        }
        self.workspace.add_person(id, **told[kind])
        return self.known(id)

    def known(self, id: str) -> Person:
        return Person("slack", self.workspace.team, id)

    def conversation(self, id: str, *people: Person, private: bool = False) -> Place:
        kind = "private" if private else "public"
        self.workspace.add_conversation(id, [each.id for each in people], kind=kind)
        return Place("slack", self.workspace.team, id, "1.0")

    def bot(self) -> Person:
        return self.known(self.workspace.bot)

    def invite(self, place: Place, person: Person) -> None:
        self.workspace.conversations[place.conversation].members.append(person.id)

    def share(self, place: Place) -> None:
        self.workspace.conversations[place.conversation].shared = True

    def group(self, id: str, *people: Person) -> str:
        self.workspace.groups[id] = [each.id for each in people]
        return id

    def is_away(self) -> None:
        """Whatever is looked up next fails, once a way of it."""
        for method in (
            "conversations.info",
            "users.info",
            "users.list",
            "usergroups.users.list",
        ):
            self.workspace.fail(method, status=500)

    def refuses(self) -> None:
        """The bot has lost the right to look anything up."""
        self.workspace.tokens[BOT_TOKEN] = frozenset({"chat:write"})

    def calls(self) -> int:
        return len(self.workspace.calls)


@contextmanager
def slack_company() -> Iterator[SlackCompany]:
    with running_workspace() as workspace:
        yield SlackCompany(workspace)


class TeamsCompany:
    """A Teams tenant. Whoever has ever talked to the bot has a conversation of their own."""

    def __init__(self, tenant: TeamsTenant) -> None:
        self.workspace = tenant
        tenant.page_size = 3
        self.references = KnownConversations()
        self.gone: set[str] = set()
        self._hear("")

    def membership(self, clock: Clock, seconds: float) -> Membership:
        tenant = self.workspace
        secret = GivenSecret({"client_secret": tenant.client_secret}, "WELLREAD_TEAMS")
        bot = (tenant.client_id, tenant.tenant)
        sign_in = SignIn(bot, secret, tenant.login_url, tenant.graph_url, clock=clock)
        web = TeamsWeb(sign_in, tenant.graph_url)
        return TeamsMembership(web, self.references, tenant.tenant, seconds=seconds, clock=clock)

    def person(self, id: str, kind: str = "member") -> Person:
        """Somebody of a kind: member, guest, lone guest, gone, deactivated, bot, or of another."""
        told: dict[str, dict[str, Any]] = {
            "member": {},
            "guest": {"role": "guest"},
            "lone guest": {"role": "anonymous", "known": False},
            "gone": {},
            "deactivated": {"deactivated": True},
            "bot": {"bot": True},
            "of another": {"tenant": "another tenant"},
        }
        made = self.workspace.add_person(id.lower(), **told[kind])
        found = self.known(made.id if made.known else made.account)
        place = self.workspace.add_personal(made.id, f"a:{found.id}")
        if kind == "gone":
            # No roster has them any more.
            self.gone.add(found.id)
            place.members.clear()
        self._hear(place.id, kind="personal", person=found.id)
        return found

    def known(self, id: str) -> Person:
        return Person("teams", self.workspace.tenant, id)

    def conversation(self, id: str, *people: Person, private: bool = False) -> Place:
        ids = [each.id.removeprefix("29:") for each in people if each.id not in self.gone]
        if private:
            self.workspace.add_conversation(id, ids)
            self._hear(id, kind="groupChat")
        else:
            made = self.workspace.add_channel(id, ids)
            self._hear(id, kind="channel", group=made.team)
        return Place("teams", self.workspace.tenant, id, "1.0")

    def bot(self) -> Person:
        return self.known(self.workspace.bot)

    def invite(self, place: Place, person: Person) -> None:
        self.workspace.conversations[place.conversation].members.append(person.id)

    def share(self, place: Place) -> None:
        """A channel as such, anything else with somebody of another organisation."""
        conversation = self.workspace.conversations[place.conversation]
        if conversation.kind == "channel":
            conversation.sort = "shared"
        else:
            self.invite(place, self.person("u0far", "of another"))

    def group(self, id: str, *people: Person) -> str:
        self.workspace.groups[id] = [each.id for each in people]
        return id

    def is_away(self) -> None:
        """Whatever is looked up next fails, once a way of it."""
        for name in ("members", "graph"):
            self.workspace.fail(name, status=500)

    def refuses(self) -> None:
        """The bot has lost the right to look anything up."""
        for name in ("members", "teams", "graph", "users"):
            self.workspace.fail(name, error="Forbidden", times=1000)

    def calls(self) -> int:
        return len([call for call in self.workspace.calls if "/oauth2/" not in call.path])

    def _hear(self, conversation: str, **more: str) -> None:
        tenant = self.workspace
        self.references.keep(
            ConversationReference("teams", tenant.tenant, conversation, tenant.service_url, **more)
        )


@contextmanager
def teams_company() -> Iterator[TeamsCompany]:
    with running_tenant() as tenant:
        yield TeamsCompany(tenant)


COMPANIES: dict[str, Callable[[], Any]] = {"slack": slack_company, "teams": teams_company}
