"""Installing the app in several workspaces: the two addresses, on one machine and on AWS."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.slack.app import lambda_handler
from tests.aws_tables import REPLIES
from tests.laptop import Laptop
from tests.simulated_aws import simulated_aws
from tests.slack.oauth import CLIENT_ID, CLIENT_SECRET
from tests.slack.state import BOT_TOKEN, SCOPES
from tests.slack.workspace import SlackWorkspace, running_workspace
from wellread import bootstrap
from wellread.adapters.embedded.given_secret import GivenSecret
from wellread.bootstrap import Services
from wellread.bootstrap.aws import AwsAdapters
from wellread.domain.chat.events import Person
from wellread.local.lambda_runtime import LocalContext
from wellread.settings import Settings

HOME, FAR = "T0TEAM", "T0FAR"
SECRET = {
    "signing_secret": "s",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "workspaces": f"{HOME}, {FAR}",
}


@dataclass
class Browser:
    """Somebody's browser, which keeps one server's cookies."""

    cookies: dict[str, str] = field(default_factory=dict)

    def open(self, path: str, query: str = "") -> dict[str, Any]:
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": query,
            "cookies": [f"{name}={value}" for name, value in self.cookies.items()],
            "headers": {},
            "requestContext": {"http": {"method": "GET", "path": path}},
        }
        answer = lambda_handler(event, LocalContext("slack"))
        for cookie in answer.get("cookies") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
            if "1970" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def begin(self) -> str:
        """Where Slack asks whether it may be installed."""
        begun = self.open("/slack/install")
        assert begun["statusCode"] == 302
        return str(begun["headers"]["Location"])

    def come_back(self, query: str) -> tuple[int, str]:
        page = self.open("/slack/oauth_redirect", query)
        assert "no-store" in page["headers"]["Cache-Control"]
        assert "default-src 'none'" in page["headers"]["Content-Security-Policy"]
        assert CLIENT_SECRET not in page["body"]
        assert "xoxb-" not in page["body"]
        return page["statusCode"], page["body"]


@dataclass
class World:
    """A backend, and the workspaces that it can be installed in."""

    slack: SlackWorkspace
    services: Services
    ahead: list[float]
    secret: Callable[[dict[str, str]], None]

    def browser(self) -> Browser:
        return Browser()

    def allow(self, address: str, team: str = FAR, /, **more: Any) -> str:
        there = [self.slack, *self.slack.others]
        workspace = next((each for each in there if each.team == team), None)
        return self.slack.authorizations.allow(
            address, workspace or self.slack.add_workspace(team), **more
        )

    def token(self, team: str) -> str | None:
        installations = self.services.adapters.slack_installations
        assert installations is not None
        found = installations.find_bot(enterprise_id=None, team_id=team)
        return found.bot_token if found else None


@pytest.fixture
def slack() -> Iterator[SlackWorkspace]:
    with running_workspace() as running:
        yield running


@pytest.fixture
def laptop(tmp_path: Path, slack: SlackWorkspace) -> Iterator[World]:
    ahead = [0.0]
    machine = Laptop(
        tmp_path / "data",
        clock=lambda: time.time() + ahead[0],
        slack_api_url=slack.api_url,
        **{f"slack_{name}": value for name, value in SECRET.items()},
    )
    parts = dict(SECRET)
    machine.adapters.slack_secret = GivenSecret(parts, "WELLREAD_SLACK")

    def change(secret: dict[str, str]) -> None:
        parts.clear()
        parts.update(secret)

    yield World(slack, machine.services, ahead, change)
    machine.close()


@pytest.fixture
def stack(slack: SlackWorkspace) -> Iterator[World]:
    ahead = [0.0]
    with simulated_aws() as aws:
        manager = aws.client("secretsmanager")
        arn = manager.create_secret(Name="slack", SecretString=json.dumps(SECRET))["ARN"]
        settings = Settings(
            slack_secret=arn,
            slack_installations="wellread/slack/",
            slack_api_url=slack.api_url,
            replies_table=aws.table(REPLIES),
        )
        clients = {"secretsmanager": manager, "dynamodb": aws.client("dynamodb")}
        adapters = AwsAdapters(settings, clients=clients, clock=lambda: time.time() + ahead[0])
        services = Services(adapters, settings)
        bootstrap.install(services)

        def change(secret: dict[str, str]) -> None:
            manager.put_secret_value(SecretId=arn, SecretString=json.dumps(secret))
            ahead[0] += 301

        yield World(slack, services, ahead, change)
        bootstrap.install(None)


@pytest.fixture(params=["laptop", "stack"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.getfixturevalue(request.param)
    return made


def test_a_browser_is_led_to_slack_with_the_scopes_that_are_needed(world: World) -> None:
    browser = world.browser()
    address = urlsplit(browser.begin())
    said = parse_qs(address.query)

    assert f"{address.scheme}://{address.netloc}" == world.slack.url
    assert said["client_id"] == [CLIENT_ID]
    assert frozenset(said["scope"][0].split(",")) == SCOPES
    assert "user_scope" not in said
    (cookie,) = browser.cookies.items()
    assert cookie[0].startswith("__Host-")
    assert world.slack.calls == []


def test_a_workspace_that_is_named_is_installed_and_told_what_comes_next(world: World) -> None:
    browser = world.browser()
    status, page = browser.come_back(world.allow(browser.begin()))

    assert status == 200
    assert "Lab &lt;T0FAR&gt;" in page, "what a workspace is called is no markup"
    assert "/invite" in page
    assert world.token(FAR) == next(iter(world.slack.others[0].tokens))
    assert world.token(HOME) is None
    assert browser.cookies == {}


def test_installing_again_takes_the_place_of_what_was_there(world: World) -> None:
    for _ in range(2):
        browser = world.browser()
        assert browser.come_back(world.allow(browser.begin()))[0] == 200

    assert world.token(FAR) == list(world.slack.others[0].tokens)[-1]


def test_a_workspace_that_is_not_named_gets_nothing(world: World) -> None:
    browser = world.browser()
    status, page = browser.come_back(world.allow(browser.begin(), "T0ELSE"))

    assert status == 403
    assert "T0ELSE" in page
    assert world.token("T0ELSE") is None


def test_nobody_is_named_where_nothing_is_said(world: World) -> None:
    world.secret({name: value for name, value in SECRET.items() if name != "workspaces"})
    browser = world.browser()

    assert browser.come_back(world.allow(browser.begin(), HOME))[0] == 403
    assert world.token(HOME) is None


def test_a_state_counts_once(world: World) -> None:
    browser = world.browser()
    address = browser.begin()
    kept = dict(browser.cookies)
    assert browser.come_back(world.allow(address))[0] == 200
    before = world.token(FAR)
    browser.cookies = kept

    status, page = browser.come_back(world.allow(address))
    assert status == 400
    assert "/slack/install" in page
    assert world.token(FAR) == before


def test_a_state_that_failed_is_used_up_too(world: World) -> None:
    browser = world.browser()
    address = browser.begin()
    kept = dict(browser.cookies)
    good = world.allow(address)
    state = parse_qs(good)["state"][0]
    assert browser.come_back(f"code=guessed&state={state}")[0] == 400
    browser.cookies = kept

    assert browser.come_back(good)[0] == 400
    assert world.token(FAR) is None


def forged(state: str) -> list[str]:
    nonce, expires, signature = state.split(".")
    return [
        "",
        "x",
        "..",
        f"{nonce}.{expires}.",
        f"{nonce}.{expires}.{'0' * len(signature)}",
        f"{nonce}.{int(expires) + 600}.{signature}",
        f"{nonce}x.{expires}.{signature}",
        f"{state}x",
        "ä.9.ä",
    ]


def test_a_forged_state_is_refused_even_with_its_cookie(world: World) -> None:
    state = parse_qs(urlsplit(world.browser().begin()).query)["state"][0]
    for each in forged(state):
        browser = world.browser()
        good = parse_qs(world.allow(browser.begin()))["code"][0]
        (name,) = browser.cookies
        browser.cookies = {name: each}
        assert browser.come_back(f"code={good}&state={each}")[0] == 400, each
    assert world.slack.called("oauth.v2.access") == []
    assert world.token(FAR) is None


def test_the_state_of_another_browser_is_refused(world: World) -> None:
    lured, other = world.browser(), world.browser()
    lured.begin()

    assert lured.come_back(world.allow(other.begin()))[0] == 400
    assert world.browser().come_back(world.allow(other.begin()))[0] == 400
    assert world.slack.called("oauth.v2.access") == []
    assert world.token(FAR) is None


def test_a_state_expires_after_ten_minutes(world: World) -> None:
    browser = world.browser()
    query = world.allow(browser.begin())
    world.ahead[0] += 601

    assert browser.come_back(query)[0] == 400
    assert world.slack.called("oauth.v2.access") == []


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        (lambda q: q.replace("code=code-", "code=other-"), 400, "used, or is too old"),
        (lambda q: f"error=access_denied&{q.partition('&')[2]}", 400, "not allowed"),
        (lambda q: q.partition("&")[2], 400, "not allowed"),
        (lambda q: "&".join(["a=1"] * 50 + [q]), 400, "begun in this browser"),
    ],
    ids=["wrong code", "denied", "no code", "too many fields"],
)
def test_what_comes_back_wrong_is_refused_with_cause_and_fix(
    world: World, change: Callable[[str], str], status: int, says: str
) -> None:
    browser = world.browser()
    query = change(world.allow(browser.begin()))

    found, page = browser.come_back(query)
    assert found == status
    assert says in page
    assert "/slack/install" in page
    assert world.token(FAR) is None


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"is_enterprise_install": True, "team": None, "enterprise": {"id": "E1"}}, 400),
        ({"refresh_token": "xoxe-1", "expires_in": 43_200}, 502),
        ({"token_type": "user"}, 502),
        ({"access_token": None}, 502),
        ({"team": FAR}, 400),
    ],
    ids=["an organisation", "a token that expires", "a person's", "no token", "no workspace"],
)
def test_what_cannot_be_kept_is_refused(world: World, more: dict[str, Any], status: int) -> None:
    browser = world.browser()

    assert browser.come_back(world.allow(browser.begin(), **more))[0] == status
    assert world.token(FAR) is None


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"status": 500}, 502),
        ({"drop": True}, 502),
        ({"retry_after": 3}, 502),
        ({"error": "bad_client_secret"}, 502),
    ],
)
def test_a_slack_that_fails_is_a_page_and_not_asked_twice(
    world: World, fault: dict[str, Any], status: int
) -> None:
    browser = world.browser()
    query = world.allow(browser.begin())
    world.slack.fail("oauth.v2.access", **fault)

    assert browser.come_back(query)[0] == status
    assert len(world.slack.called("oauth.v2.access")) <= 1
    assert world.token(FAR) is None


def test_on_one_machine_only_its_owner_may_open_what_has_tokens(laptop: World) -> None:
    browser = laptop.browser()
    assert browser.come_back(laptop.allow(browser.begin()))[0] == 200

    folder = laptop.services.settings.data / "slack"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert any("xoxb-" in each.read_text() for each in folder.rglob("*") if each.is_file())


def test_no_token_and_no_code_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    browser = world.browser()
    query = world.allow(browser.begin())
    assert browser.come_back(query)[0] == 200
    assert browser.come_back(query)[0] == 400

    said = caplog.text + str([vars(each) for each in caplog.records])
    code, state = (parse_qs(query)[name][0] for name in ("code", "state"))
    for hidden in (code, state, CLIENT_SECRET, str(world.token(FAR))):
        assert hidden not in said


@pytest.mark.parametrize("path", ["/slack/install", "/slack/oauth_redirect"])
def test_without_a_client_there_are_no_such_pages(
    tmp_path: Path, slack: SlackWorkspace, path: str
) -> None:
    machine = Laptop(
        tmp_path / "one",
        slack_api_url=slack.api_url,
        slack_bot_token=BOT_TOKEN,
        slack_signing_secret="s",
        slack_client_id=CLIENT_ID,
    )
    try:
        answer = Browser().open(path, "code=1&state=2")
        assert answer["statusCode"] == 404
        assert "docs/slack.md" in answer["body"]
        assert machine.adapters.slack_installations is None
        assert slack.calls == []
    finally:
        machine.close()


def test_a_stack_whose_secret_has_no_client_has_no_such_pages(stack: World) -> None:
    stack.secret({"signing_secret": "s", "bot_token": BOT_TOKEN})

    assert stack.browser().open("/slack/install")["statusCode"] == 404
    there = stack.services.platforms["slack"].of("T0WHICHEVER")
    assert there is not None
    stack.slack.groups["S0HR"] = ["U0ANN"]
    ann = Person("slack", "T0WHICHEVER", "U0ANN")
    assert there.membership.in_groups("", ["S0HR"], [ann]) == {"S0HR": {"U0ANN"}}
    assert [call.token for call in stack.slack.calls] == [BOT_TOKEN]
