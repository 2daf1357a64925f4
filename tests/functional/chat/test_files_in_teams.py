"""Files that people of a Teams tenant give the bot: from what is posted to what is searchable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.functional.chat.test_in_teams import CHANNEL, GROUP, World
from tests.teams import activities
from tests.teams.tenant import running_tenant
from wellread.bootstrap.embedded import HELD_NAME, RULES_NAME
from wellread.domain.access.scope import Scope, personal

APPROVALS = "19:approvals@thread.v2"
APPROVERS = "g-approvers"
PLAN = b"# Plan\n\nThe new reading room opens in May.\n"
ASKED = "When does the new reading room open?"


class Office(World):
    """A world in which Cem approves what Ann gives."""

    def lay_out(self) -> None:
        self.tenant.add_person("cem")
        self.tenant.add_personal("ben")
        self.tenant.add_conversation(APPROVALS, ("ben", "cem"))
        self.tenant.groups[APPROVERS] = ["cem"]
        teams = {"approvals": APPROVALS, "approvers": APPROVERS}
        rules = {"access": {}, "chat": {"teams": teams}}
        (self.laptop.settings.data / RULES_NAME).write_text(json.dumps(rules))
        self.hear("ann", "a:ann", "Hello")

    def hear(self, who: str, place: str, text: str) -> None:
        self.post(activities.message(self.tenant, who, place, text))

    def give(self, name: str = "plan.md", content: bytes = PLAN) -> None:
        self.tenant.add_file("F1", name, content)
        attached = [activities.shared_file(self.tenant, "F1")]
        self.post(activities.message(self.tenant, "ann", "a:ann", "", attachments=attached))

    def click(self, title: str, who: str = "cem") -> Any:
        (request,) = self.tenant.visible(APPROVALS)
        (action,) = [
            each
            for attached in request.activity["attachments"]
            for each in attached["content"]["actions"]
            if title in each["title"]
        ]
        return self.post(activities.click(self.tenant, who, APPROVALS, request.id, action))

    @property
    def held(self) -> list[Path]:
        return [*(self.laptop.settings.data / HELD_NAME).glob("*")]

    def documents(self, who: str) -> list[str]:
        person = personal("teams", self.tenant.tenant, self.tenant.people[who].id)
        scope = Scope.of("everyone", person)
        return [each.document for each in self.laptop.services.documents.list(scope).documents]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with running_tenant() as tenant:
        office = Office(tmp_path, tenant)
        office.lay_out()
        yield office
        office.laptop.close()
        assert tenant.refusals == []
        assert tenant.strayed == []


def test_what_is_approved_when_its_address_is_dead_is_searchable_by_its_giver_alone(
    office: Office,
) -> None:
    office.give()
    office.tenant.files.clear()
    assert len(office.held) == 1
    assert office.click("Approve")["statusCode"] == 200

    assert office.held == []
    assert "was approved" in office.said("a:ann")[-1]
    office.laptop.work()
    (document,) = set(office.documents("ann")) - set(office.documents("ben"))
    assert document.endswith("/plan.md")
    office.hear("ann", "a:ann", ASKED)
    assert "opens in May" in office.said("a:ann")[-1]
    office.hear("ben", "a:ben", ASKED)
    assert "May" not in office.said("a:ben")[-1]


def test_what_is_rejected_is_nowhere(office: Office) -> None:
    office.give()
    office.click("Reject")

    assert office.held == []
    office.laptop.work()
    assert office.documents("ann") == ["fees.md"]
    assert "was not approved" in office.said("a:ann")[-1]


def test_what_waits_is_not_found_by_anybody(office: Office) -> None:
    office.give()
    office.laptop.work()
    office.hear("ann", "a:ann", ASKED)

    assert "May" not in office.said("a:ann")[-1]
    assert office.documents("ann") == ["fees.md"]


def test_a_dead_address_is_said_at_once_and_nobody_is_asked(office: Office) -> None:
    office.tenant.add_file("F1", "plan.md", PLAN)
    attached = [activities.shared_file(office.tenant, "F1")]
    office.tenant.files.clear()
    office.post(activities.message(office.tenant, "ann", "a:ann", "", attachments=attached))

    assert office.tenant.visible(APPROVALS) == office.held == []
    assert "Teams no longer serves the file" in office.said("a:ann")[-1]
    assert "Send the file to the bot again" in office.said("a:ann")[-1]
    assert office.tenant.refusals.pop().startswith("404")


@pytest.mark.parametrize("place", [GROUP, CHANNEL])
def test_elsewhere_a_mention_with_a_file_is_told_where_to_send_it(
    office: Office, place: str
) -> None:
    office.tenant.add_file("F1", "plan.md", PLAN)
    attached = [activities.shared_file(office.tenant, "F1")]
    made = activities.message(
        office.tenant, "ann", place, "", mentions=("bot",), attachments=attached
    )
    for _ in range(2):
        office.post(made)
    thread = made["id"] if place == CHANNEL else ""

    (text,) = office.said(place, thread)
    assert "in a chat with me alone" in text
    unaddressed = activities.message(office.tenant, "ann", place, "Look.", attachments=attached)
    office.post(unaddressed)
    assert len(office.said(place, thread)) == 1
    assert office.said(CHANNEL, unaddressed["id"]) == []
    assert office.tenant.visible(APPROVALS) == office.held == []


def test_elsewhere_the_words_with_a_file_are_a_question_that_gets_its_one_reply(
    office: Office,
) -> None:
    office.tenant.add_file("F1", "plan.md", PLAN)
    attached = [activities.shared_file(office.tenant, "F1")]
    office.post(
        activities.message(
            office.tenant, "ann", GROUP, "What is open?", mentions=("bot",), attachments=attached
        )
    )

    (text,) = office.said(GROUP)
    assert "in a chat with me alone" not in text


def test_of_a_file_that_teams_does_not_tell_of_a_bare_mention_is_told_all_the_same(
    office: Office,
) -> None:
    office.post(activities.message(office.tenant, "ann", GROUP, "", mentions=("bot",)))

    (text,) = office.said(GROUP)
    assert text.startswith("The question is empty.")
    assert "in a chat with me alone" in text


@pytest.mark.parametrize("action", ["accept", "decline"])
def test_an_answer_to_a_consent_that_was_never_asked_for_is_taken_and_does_nothing(
    office: Office, action: str
) -> None:
    before = len(office.tenant.stored)
    upload = {"uploadUrl": f"{office.tenant.url}/files/F1", "name": "plan.md"}
    value = {"type": "fileUpload", "action": action, "context": {}, "uploadInfo": upload}
    made = activities.invoke(office.tenant, "ann", "a:ann", "fileConsent/invoke", value)

    assert office.post(made) == {}
    assert len(office.tenant.stored) == before
    assert office.tenant.called("GET", "/files/") == []
