"""What every store of a Slack app's installations does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store import Bot

from tests.laptop import Laptop
from tests.simulated_aws import Between, SimulatedAws, raising, refused, simulated_aws
from wellread.adapters.aws.stored_installations import StoredInstallations
from wellread.adapters.chat.slack.workspaces import Installations
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
)

SETTING = "WELLREAD_SLACK_INSTALLATIONS"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


@pytest.fixture
def client(aws: SimulatedAws) -> Between:
    return Between(aws.client("secretsmanager"))


@pytest.fixture
def stored(client: Between) -> StoredInstallations:
    return StoredInstallations(client, f"stack-{next(_numbers)}/slack/", SETTING)


@pytest.fixture(params=["data folder", "secrets manager"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installations]:
    if request.param == "secrets manager":
        yield request.getfixturevalue("stored")
        return
    machine = Laptop(tmp_path / "data", slack_client_id="1.2", slack_client_secret="s")
    installations = machine.adapters.slack_installations
    assert installations is not None
    yield installations
    machine.close()


def bot(team: str, token: str) -> Bot:
    return Bot(
        app_id="A0APP",
        team_id=team,
        team_name="Lab",
        bot_token=token,
        bot_id="",
        bot_user_id="U0BOT",
        bot_scopes="chat:write,commands",
        installed_at=1_773_396_000.5,
    )


def found(store: Installations, team: str) -> Bot | None:
    return store.find_bot(enterprise_id=None, team_id=team)


def token(store: Installations, team: str) -> str | None:
    one = found(store, team)
    return one.bot_token if one else None


def test_a_workspace_that_was_never_installed_has_no_bot(store: Installations) -> None:
    assert found(store, "T0LAB") is None


def test_a_bot_is_found_as_it_was_kept(store: Installations) -> None:
    kept = bot("T0LAB", "xoxb-1")
    store.save_bot(kept)

    again = found(store, "T0LAB")
    assert again is not None
    assert vars(again) == vars(kept)


def test_each_workspace_has_its_own(store: Installations) -> None:
    store.save_bot(bot("T0LAB", "xoxb-1"))
    store.save_bot(bot("T0FAR", "xoxb-2"))

    assert (token(store, "T0LAB"), token(store, "T0FAR")) == ("xoxb-1", "xoxb-2")
    assert token(store, "T0") is None


def test_a_later_one_takes_the_place_of_an_earlier_one(store: Installations) -> None:
    store.save_bot(bot("T0LAB", "xoxb-1"))
    store.save_bot(bot("T0LAB", "xoxb-2"))

    assert token(store, "T0LAB") == "xoxb-2"


def test_what_is_deleted_is_gone_and_may_come_again(store: Installations) -> None:
    store.save_bot(bot("T0LAB", "xoxb-1"))
    store.save_bot(bot("T0FAR", "xoxb-2"))
    for _ in range(2):
        store.delete_bot(enterprise_id=None, team_id="T0LAB")
        assert found(store, "T0LAB") is None
    assert token(store, "T0FAR") == "xoxb-2"

    store.save_bot(bot("T0LAB", "xoxb-3"))
    assert token(store, "T0LAB") == "xoxb-3"


def test_a_secret_that_is_being_deleted_is_none_and_is_waited_for(
    stored: StoredInstallations, client: Between
) -> None:
    deleting = raising(refused("InvalidRequestException"))
    client.instead |= {"get_secret_value": deleting, "put_secret_value": deleting}

    assert found(stored, "T0LAB") is None
    with pytest.raises(TransientError):
        stored.save_bot(bot("T0LAB", "xoxb-1"))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ThrottlingException", TransientError),
        ("InternalServiceError", PermanentError),
        ("AccessDeniedException", InvalidConfigurationError),
    ],
)
def test_a_secrets_manager_that_fails_is_never_taken_for_a_workspace_without_a_bot(
    stored: StoredInstallations, client: Between, code: str, error: type[Exception]
) -> None:
    for method in ("get_secret_value", "put_secret_value", "delete_secret"):
        client.instead[method] = raising(refused(code))
    with pytest.raises(error):
        found(stored, "T0LAB")
    with pytest.raises(error):
        stored.save_bot(bot("T0LAB", "xoxb-1"))
    with pytest.raises(error):
        stored.delete_bot(enterprise_id=None, team_id="T0LAB")


def test_no_token_is_in_what_is_said_of_a_failure(
    stored: StoredInstallations, client: Between
) -> None:
    client.instead["put_secret_value"] = raising(refused("AccessDeniedException"))
    with pytest.raises(InvalidConfigurationError) as told:
        stored.save_bot(bot("T0LAB", "xoxb-hidden"))
    assert "xoxb-hidden" not in str(told.value)
