"""What every secret does, and what those do that can change."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest

from tests.doubles import SetClock
from tests.simulated_aws import Between, SimulatedAws, raising, refused, simulated_aws
from wellread.adapters.aws.stored_secret import StoredSecret
from wellread.adapters.embedded.given_secret import GivenSecret
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError
from wellread.ports.operations import Secret

PARTS = {"signing_secret": "s1", "bot_token": "xoxb-1"}
SETTING = "WELLREAD_SLACK_SECRET"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


class Kept:
    """A secret in Secrets Manager, and the hands of who looks after it."""

    def __init__(self, aws: SimulatedAws) -> None:
        self._aws = aws.client("secretsmanager")
        name = f"secret-{next(_numbers)}"
        made = self._aws.create_secret(Name=name, SecretString=json.dumps(PARTS))
        self.arn = made["ARN"]
        self.client = Between(self._aws)
        self.clock = SetClock()
        self.secret = StoredSecret(self.client, self.arn, SETTING, clock=self.clock)

    def put(self, text: str) -> None:
        self._aws.put_secret_value(SecretId=self.arn, SecretString=text)


@pytest.fixture
def kept(aws: SimulatedAws) -> Kept:
    return Kept(aws)


@pytest.fixture(params=["given", "stored"])
def secret(request: pytest.FixtureRequest, kept: Kept) -> Secret:
    return GivenSecret(PARTS, "WELLREAD_SLACK") if request.param == "given" else kept.secret


def test_each_part_is_found_by_its_name(secret: Secret) -> None:
    assert {name: secret.part(name) for name in PARTS} == PARTS


def test_a_part_that_was_refused_and_is_the_only_one_there_stays(secret: Secret) -> None:
    assert secret.part("bot_token", refused="xoxb-1") == "xoxb-1"


def test_a_part_that_is_not_set_says_where_to_set_it(secret: Secret) -> None:
    with pytest.raises(InvalidConfigurationError, match=r"app_token|WELLREAD_SLACK_APP_TOKEN"):
        secret.part("app_token")


def test_what_is_put_there_while_all_runs_is_known_minutes_later(kept: Kept) -> None:
    assert kept.secret.part("bot_token") == "xoxb-1"
    kept.put(json.dumps({**PARTS, "bot_token": "xoxb-2"}))

    kept.clock.sleep(299)
    assert kept.secret.part("bot_token") == "xoxb-1"
    assert kept.client.calls == ["get_secret_value"]
    kept.clock.sleep(1)
    assert kept.secret.part("bot_token") == "xoxb-2"


def test_what_took_the_place_of_a_refused_one_is_known_at_once(kept: Kept) -> None:
    assert kept.secret.part("bot_token") == "xoxb-1"
    kept.put(json.dumps({**PARTS, "bot_token": "xoxb-2"}))
    kept.clock.sleep(16)

    assert kept.secret.part("bot_token", refused="xoxb-1") == "xoxb-2"
    # Another worker's refusal comes later than what it was answered with.
    assert kept.secret.part("bot_token", refused="xoxb-1") == "xoxb-2"
    assert len(kept.client.calls) == 2


def test_strangers_who_are_refused_all_the_time_have_it_read_every_few_seconds(kept: Kept) -> None:
    for _ in range(60):
        kept.secret.part("signing_secret", refused="s1")
        kept.clock.sleep(1)

    assert len(kept.client.calls) == 4


def test_a_part_that_was_empty_is_known_seconds_after_it_is_put_there(kept: Kept) -> None:
    kept.put(json.dumps({**PARTS, "bot_token": ""}))
    with pytest.raises(InvalidConfigurationError, match="put-secret-value"):
        kept.secret.part("bot_token")
    kept.put(json.dumps(PARTS))
    kept.clock.sleep(15)

    assert kept.secret.part("bot_token") == "xoxb-1"


def test_while_secrets_manager_is_away_it_is_what_it_was(kept: Kept) -> None:
    kept.secret.part("bot_token")
    kept.client.instead["get_secret_value"] = raising(refused("ThrottlingException"))
    kept.clock.sleep(1000)

    for _ in range(10):
        assert kept.secret.part("bot_token") == "xoxb-1"
        kept.clock.sleep(1)
    assert len(kept.client.calls) == 2


def test_where_it_was_never_read_its_user_is_told_to_try_again(kept: Kept) -> None:
    kept.client.instead["get_secret_value"] = raising(refused("ThrottlingException"))
    with pytest.raises(TransientError):
        kept.secret.part("bot_token")

    del kept.client.instead["get_secret_value"]
    assert kept.secret.part("bot_token") == "xoxb-1"


@pytest.mark.parametrize("text", ["xoxb-the-token-itself", "[1]", '"s"', "{" * 100_000])
def test_a_secret_that_is_no_object_is_refused_without_a_word_of_it(kept: Kept, text: str) -> None:
    kept.put(text)

    with pytest.raises(InvalidConfigurationError, match="JSON object") as told:
        kept.secret.part("bot_token")
    assert "xoxb" not in str(told.value)


def test_one_that_may_not_be_read_names_the_setting_or_the_permission(kept: Kept) -> None:
    kept.client.instead["get_secret_value"] = raising(refused("ResourceNotFoundException"))
    with pytest.raises(InvalidConfigurationError, match=SETTING):
        kept.secret.part("bot_token")

    kept.client.instead["get_secret_value"] = raising(refused("AccessDeniedException"))
    with pytest.raises(InvalidConfigurationError, match="permission"):
        kept.secret.part("bot_token")
