"""The people of a company as Teams tells of them: in rosters and in Graph's answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.chat_people import TEAM, Conversation, Directory
from tests.teams.conversations import KnownConversations
from tests.teams.tenant import TeamsTenant
from wellread.adapters.chat.teams.members import TeamsMembership
from wellread.adapters.chat.teams.sign_in import SignIn
from wellread.adapters.chat.teams.web import TeamsWeb
from wellread.adapters.embedded.given_secret import GivenSecret
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.members import Readers, Standing
from wellread.domain.chat.references import ConversationReference

FEDERATED, LEFT, INVITED = "GIA", "CAT", "DAN"
"""Who is of another organisation's tenant, while no member; whose account is deactivated, though
rosters say nothing of it; and of whom the principal name alone says that they are a guest."""


@dataclass
class TeamsDirectory(Directory):
    """A directory that answers from a tenant's rosters, by way of Teams' membership.

    Attributes:
        tenant: Is made anew of what is true before each lookup.
        web: What calls it.
    """

    tenant: TeamsTenant = field(default_factory=TeamsTenant)
    web: type[TeamsWeb] = TeamsWeb

    def __post_init__(self) -> None:
        tenant = self.tenant
        tenant.tenant, tenant.page_size = TEAM, 2
        self.known = KnownConversations()
        secret = GivenSecret({"client_secret": tenant.client_secret}, "WELLREAD_TEAMS")
        sign_in = SignIn(
            (tenant.client_id, TEAM), secret, tenant.login_url, tenant.graph_url, clock=lambda: 0.0
        )
        web = self.web(sign_in, tenant.graph_url)
        self.membership = TeamsMembership(web, self.known, TEAM, seconds=0.0)

    def readers(self, place: Place) -> Readers:
        found = super().readers(place)
        if found.members is None:
            return found
        self._tell()
        said = self.membership.readers(place)
        assert said.members is not None
        return replace(said, members=tuple(map(_here, said.members)))

    def standings(self, people: Sequence[Person]) -> Mapping[Person, Standing]:
        super().standings(people)
        self._tell()
        found = self.membership.standings([_there(each) for each in people])
        return {_here(each): standing for each, standing in found.items()}

    def in_groups(
        self, team: str, groups: Collection[str], people: Collection[Person]
    ) -> Mapping[str, frozenset[str]]:
        super().in_groups(team, groups, people)
        self._tell()
        found = self.membership.in_groups(team, groups, [_there(each) for each in people])
        return {group: frozenset(id.upper() for id in ids) for group, ids in found.items()}

    def _tell(self) -> None:
        """Have the tenant be as the company is now."""
        tenant = self.tenant
        tenant.teams.clear()
        tenant.add_person("far", tenant="elsewhere")
        for name, standing in self.people.items():
            is_guest, far = standing is Standing.GUEST, name == FEDERATED
            tenant.add_person(
                name.lower(),
                role="user" if name in (FEDERATED, LEFT, INVITED) or not is_guest else "guest",
                deactivated=is_guest and name == LEFT,
                invited=is_guest and name == INVITED,
                tenant="elsewhere" if is_guest and far else TEAM,
                bot=standing is Standing.BOT,
                known=standing is not Standing.BOT,
            )
            tenant.add_personal(name.lower(), f"a:{name.lower()}")
            self._hear(f"a:{name.lower()}", kind="personal")
        for id, conversation in self.conversations.items():
            self._tell_of(id, conversation)
        tenant.groups = {
            group: [name.lower() for name in names] for group, names in self.groups.items()
        }

    def _tell_of(self, id: str, conversation: Conversation) -> None:
        members = [name.lower() for name in conversation.members or ()]
        if conversation.open:
            sort = "shared" if conversation.external else "standard"
            made = self.tenant.add_channel(id, members, sort=sort)
            self._hear(id, kind="channel", group=made.team)
        else:
            far = ["far"] if conversation.external else []
            self.tenant.add_conversation(id, [*members, *far])
            self._hear(id, kind="groupChat")

    def _hear(self, conversation: str, **more: str) -> None:
        url = self.tenant.service_url
        self.known.keep(ConversationReference("slack", TEAM, conversation, url, **more))


def _there(person: Person) -> Person:
    return replace(person, id=person.id.lower())


def _here(person: Person) -> Person:
    """A person of the company; bots are known by their accounts."""
    return replace(person, id=person.id.removeprefix("28:").upper())
