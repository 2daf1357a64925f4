"""A laptop and a desk at which people do other things than ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chat_desk import PLATFORM, TEAM, Desk, person
from tests.doubles import SetClock
from tests.laptop import Laptop
from wellread.bootstrap.chat_beside import handlers_beside, receipts_of
from wellread.bootstrap.embedded import RULES_NAME
from wellread.bootstrap.services import new_id
from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Reply
from wellread.domain.ask.questions import Asker, Place, Question
from wellread.domain.chat.events import ChatEvent, MessageKey, Person
from wellread.domain.chat.members import Readers, Standing
from wellread.domain.knowledge.deliveries import Attempt
from wellread.services.chat.ledger import Replies
from wellread.services.chat.saying import Sayings
from wellread.services.chat.viewers import Viewers

HERE = Place(PLATFORM, TEAM, "C1", "17.1")
DIRECT = Place(PLATFORM, TEAM, "D1", "18.1")
APPROVALS = "CAPPR"
ASKED = "How many days of leave are there?"
RULES: dict[str, Any] = {"helpers": "SHELP", "approvers": "SAPPR", "approvals": APPROVALS}


class Beside:
    """What happens here is handled by the services of what is no question."""

    def __init__(self, folder: Path, rules: dict[str, Any] = RULES, **settings: object) -> None:
        self.clock = SetClock()
        self.laptop = Laptop(folder, clock=self.clock, **settings)  # type: ignore[arg-type]
        self.laptop.adapters.sleep = self.clock.sleep
        self.say_rules(chat={PLATFORM: rules})
        self.desk = Desk()
        self.desk.people = dict.fromkeys(("ada", "ben", "cem"), Standing.MEMBER)
        self.desk.groups = {"SAPPR": frozenset({"cem"})}
        for conversation in ("C1", APPROVALS):
            members = (person("ada"), person("ben"), person("cem"))
            self.desk.conversations[conversation] = Readers(members)
        self.platform = self.desk.platform()
        self.rewire()

    def rewire(self, **ports: object) -> None:
        """Make the services anew, of other ports where named."""
        adapters = self.laptop.adapters
        for name, port in ports.items():
            setattr(adapters, name, port)
        services = self.laptop.services
        services.platforms = {PLATFORM: self.platform}
        self.receipts = receipts_of(services)
        self.handlers: dict[type[ChatEvent], Callable[..., None]] = handlers_beside(
            self.laptop.services,
            Viewers(adapters.rules),
            Sayings(Replies(adapters.ledger, self.clock), new_id=new_id),
        )

    def say_rules(self, access: object = None, **others: object) -> None:
        """Write the settings document."""
        document = {"access": access or {}, **others}
        (self.laptop.settings.data / RULES_NAME).write_text(json.dumps(document))

    def handle(self, event: ChatEvent, *, last: bool = False) -> None:
        self.handlers[type(event)](event, self.platform, Attempt(1, last=last))

    def ask(self, place: Place | None = HERE, who: str = "ada", *audiences: str) -> Reply:
        """A reply in a place, or to its asker alone."""
        asker = Asker(person(who).asker, Scope.of("everyone", *audiences))
        return self.laptop.services.answering.answer(Question(ASKED, asker, place=place))

    def said(self, *kinds: type[Any]) -> list[Any]:
        """What can be seen, of these kinds."""
        return [each.said for each in self.desk.messages if isinstance(each.said, kinds)]


def about(place: Place, who: str = "ada", message: str = "click") -> dict[str, Any]:
    """The fields of an event that all have."""
    return {
        "key": MessageKey(place.platform, place.team, place.conversation, message),
        "place": place,
        "person": Person(PLATFORM, TEAM, who),
        "direct": place.conversation.startswith("D"),
        "external": False,
        "correlation": "c1",
        "at": 1_800_000_000.0,
    }
