"""Somebody who was seen last where the bot is no more is still known by their own chat."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import pytest

from tests.doubles import SetClock
from wellread.adapters.chat.teams.members import TeamsMembership
from wellread.adapters.chat.teams.web import RefusedError
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.members import Standing
from wellread.domain.chat.references import PERSONAL, ConversationReference
from wellread.domain.knowledge.errors import TransientError, WellreadError

TENANT, LAB, OWN = "tenant-1", "19:lab", "a:ann"
ANN = Person("teams", TENANT, "ann")
GONE = RefusedError(403, "BotNotInConversationRoster", "")
AWAY = TransientError("Teams is away.")


class Web:
    """Has Ann in both conversations, but for those that fail."""

    def __init__(self) -> None:
        self.failing: dict[str, WellreadError] = {}

    def call(self, method: str, address: str, path: str, **more: Any) -> Mapping[str, Any]:
        conversation = unquote(path.split("/")[2])
        if conversation in self.failing:
            raise self.failing[conversation]
        ann = {"id": "29:ann", "aadObjectId": "ann", "userRole": "user", "tenantId": TENANT}
        return {"members": [ann]}

    def may_read_users(self) -> bool:
        return False


class Known:
    """References to a group chat, and to Ann's own chat."""

    def keep(self, reference: ConversationReference) -> None:
        raise NotImplementedError

    def of_conversation(self, platform: str, team: str, id: str) -> ConversationReference:
        kind = PERSONAL if id == OWN else "groupChat"
        return ConversationReference(platform, team, id, "https://smba.example/", kind=kind)

    def of_person(self, platform: str, team: str, person: str) -> ConversationReference:
        return self.of_conversation(platform, team, OWN)


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def people(web: Web) -> TeamsMembership:
    """Of which Ann was seen last in the group chat."""
    made = TeamsMembership(
        web,  # type: ignore[arg-type]
        Known(),
        TENANT,
        seconds=0,
        clock=SetClock(),
    )
    assert made.readers(Place("teams", TENANT, LAB, "")).members == (ANN,)
    return made


@pytest.mark.parametrize("error", [GONE, AWAY])
def test_where_one_roster_cannot_be_had_another_is_looked_at(
    web: Web, people: TeamsMembership, error: WellreadError
) -> None:
    web.failing = {LAB: error}
    assert people.standings([ANN]) == {ANN: Standing.MEMBER}


@pytest.mark.parametrize("error", [GONE, AWAY])
def test_where_no_roster_can_be_had_nothing_is_known(
    web: Web, people: TeamsMembership, error: WellreadError
) -> None:
    web.failing = {LAB: error, OWN: GONE}
    with pytest.raises(type(error)):
        people.standings([ANN])
