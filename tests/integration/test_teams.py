"""Questions in Teams on the deployed stack: a signed activity in, a reply at a tenant out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.driver import Driver, until
from tests.teams.activities import activity, message, posted
from tests.teams.keys import signed
from tests.teams.seen import seen
from tests.teams.tenant import TeamsTenant

FACT = "# Boat house\n\nA kayak may be rented for eight hours.\n"
QUESTION = "How long may a kayak be rented?"
QUEUES = ("QuestionQueueUrl", "QuestionDeadLetterQueueUrl")


def send(driver: Driver, made: dict[str, Any], token: str | None = None) -> int:
    """Send it to the deployed front, as Teams does; gives the status."""
    headers, body = posted(made, token)
    return driver.post("TeamsMessagesUrl", body, headers)


@pytest.fixture
def teams(driver: Driver, tenant: TeamsTenant) -> TeamsTenant:
    driver.stack.client("secretsmanager").put_secret_value(
        SecretId=driver.stack.outputs["TeamsSecretArn"],
        SecretString=json.dumps({"client_secret": tenant.client_secret}),
    )
    return tenant


@pytest.fixture
def rules(driver: Driver) -> Iterator[str]:
    driver.put("boats/kayaks.md", FACT)
    driver.answered(QUESTION, "eight hours")
    yield "boats/kayaks.md"
    driver.delete("boats/kayaks.md")


def settled(driver: Driver) -> None:
    until(lambda: not any(map(driver.waiting, QUEUES)), 60, "empty queues")


@pytest.mark.parametrize("kind", ["personal", "channel"])
def test_a_question_gets_one_reply(
    driver: Driver, teams: TeamsTenant, rules: str, kind: str
) -> None:
    if kind == "personal":
        place, mentions = teams.add_personal("ann").id, ()
    else:
        place, mentions = teams.add_channel("19:lab@thread.tacv2", ("ann", "ben")).id, ("bot",)
    asked = message(teams, "ann", place, QUESTION, mentions=mentions)
    thread = "" if kind == "personal" else asked["id"]
    for _ in range(3):
        assert send(driver, asked) in (200, 201, 202)

    until(lambda: teams.visible(place, thread) and not teams.open_streams(), 90, "a reply")
    settled(driver)
    (reply,) = teams.visible(place, thread)
    assert "eight hours" in seen(reply)
    assert "[1]" in reply.text
    assert teams.strayed == []


def test_a_welcome_is_said_once(driver: Driver, teams: TeamsTenant) -> None:
    place = teams.add_personal("new").id
    for _ in range(2):
        added = activity(teams, "installationUpdate", "new", place, action="add")
        assert send(driver, added) in (200, 201, 202)

    until(lambda: teams.visible(place), 90, "a welcome")
    settled(driver)
    assert sum("Hello!" in seen(each) for each in teams.visible(place)) == 1


def test_what_microsoft_did_not_sign_is_refused_and_sets_off_nothing(
    driver: Driver, teams: TeamsTenant
) -> None:
    place = teams.add_personal("eve").id
    asked = message(teams, "eve", place, QUESTION)
    for token in (
        "",
        signed(asked["serviceUrl"], aud="another bot"),
        signed("https://elsewhere.example/"),
        signed(asked["serviceUrl"], exp=1),
    ):
        assert send(driver, asked, token) == 401
    settled(driver)
    assert teams.visible(place) == []


def test_teams_front_may_enqueue_and_note_down_and_nothing_else(
    driver: Driver, teams: TeamsTenant
) -> None:
    del teams
    outputs = driver.stack.outputs
    client = driver.client_of_function("TeamsFunction", "secretsmanager")
    with pytest.raises(ClientError, match=r"AccessDenied|not authorized"):
        client.get_secret_value(SecretId=outputs["TeamsSecretArn"])
