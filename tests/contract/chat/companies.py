"""Companies on chat platforms, whose people the suite of memberships looks up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from wellread.adapters.chat.slack.members import SlackMembership
from wellread.adapters.chat.slack.web import SlackWeb
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
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
        """Somebody of a kind: member, guest, lone guest, gone, bot, or of another team."""
        told: dict[str, dict[str, Any]] = {
            "member": {},
            "guest": {"guest": "multi"},
            "lone guest": {"guest": "single"},
            "gone": {"deleted": True},
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


COMPANIES: dict[str, Callable[[], Any]] = {"slack": slack_company}
