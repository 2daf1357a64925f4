"""How a bot speaks in a conversation that it heard of, also where nobody has just spoken to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

REFERENCE_KEPT_SECONDS = 180 * 86_400.0
"""So long a reference is known after it was last noted down."""

NOTED_AGAIN_SECONDS = 86_400.0
"""One in which nothing has changed is noted down no more often than that."""

PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class ConversationReference:
    """A conversation, and where its platform takes what is said there.

    Attributes:
        conversation: The platform's id of it; empty for what holds in all of a team's.
        address: Where the platform takes it, as its verified request named it.
        kind: The platform's word for what kind of conversation it is; empty where not known.
        bot: The platform's account of the bot there.
        group: The platform's id of the team that it is a channel of; empty for others.
        sort: The platform's word for what sort of channel; empty for others, and where not said.
        person, account, name: Whose conversation with the bot it is: the id of a `Person`, their
            account and what they are called there; empty where several people talk.
        at: When it was heard of, seconds since the epoch.
    """

    platform: str
    team: str
    conversation: str
    address: str
    kind: str = ""
    bot: str = ""
    group: str = ""
    sort: str = ""
    person: str = ""
    account: str = ""
    name: str = ""
    at: float = 0.0

    @property
    def of_place(self) -> ConversationReference:
        """Without whoever spoke, where several people do."""
        if self.kind == PERSONAL:
            return self
        return replace(self, person="", account="", name="")

    @property
    def of_team(self) -> ConversationReference:
        """What of it holds in all conversations of its team."""
        return ConversationReference(
            self.platform, self.team, "", self.address, bot=self.bot, at=self.at
        )

    def adds_to(self, known: ConversationReference | None) -> bool:
        """Whether it has to be noted down where another one was."""
        if known is None or replace(self, at=known.at) != known:
            return True
        return not 0 <= self.at - known.at < NOTED_AGAIN_SECONDS

    @property
    def as_note(self) -> str:
        """Itself as text."""
        return json.dumps(asdict(self))

    @classmethod
    def of_note(cls, note: str) -> ConversationReference:
        """What `as_note` was asked of."""
        return cls(**json.loads(note))
