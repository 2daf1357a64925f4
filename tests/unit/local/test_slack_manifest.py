"""The Slack app's manifest, fact by fact as Slack documents them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.cli import cli
from wellread.local.requests_url import requests_url
from wellread.local.slack_manifest import PATH, manifest_of

URL = "https://wellread.example.com/slack/events"


@pytest.fixture
def manifest() -> dict[str, Any]:
    return manifest_of(URL, name="wellread")


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, ["slack-manifest", *arguments])


def test_it_is_printed_as_json_alone() -> None:
    done = run("--url", "https://wellread.example.com")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == manifest_of(URL, name="wellread")
    assert done.stderr == ""


def test_it_has_the_parts_of_a_manifest_and_no_other(manifest: dict[str, Any]) -> None:
    assert set(manifest) == {"display_information", "features", "oauth_config", "settings"}
    assert set(manifest["features"]) == {
        "app_home",
        "assistant_view",
        "bot_user",
        "slash_commands",
    }
    assert set(manifest["settings"]) == {
        "event_subscriptions",
        "interactivity",
        "org_deploy_enabled",
        "socket_mode_enabled",
        "token_rotation_enabled",
    }


def test_the_bot_gets_exactly_the_scopes_that_it_uses(manifest: dict[str, Any]) -> None:
    assert manifest["oauth_config"] == {
        "scopes": {
            "bot": [
                "app_mentions:read",
                "assistant:write",
                "channels:history",
                "channels:read",
                "chat:write",
                "commands",
                "files:read",
                "groups:history",
                "groups:read",
                "im:history",
                "usergroups:read",
                "users:read",
            ]
        }
    }


def test_it_subscribes_to_the_events_that_are_translated(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["event_subscriptions"] == {
        "request_url": URL,
        "bot_events": [
            "app_home_opened",
            "app_mention",
            "assistant_thread_context_changed",
            "assistant_thread_started",
            "message.channels",
            "message.groups",
            "message.im",
        ],
    }


@pytest.mark.parametrize(
    ("event", "scope"),
    [
        ("app_mention", "app_mentions:read"),
        ("assistant_thread_started", "assistant:write"),
        ("assistant_thread_context_changed", "assistant:write"),
        ("message.channels", "channels:history"),
        ("message.groups", "groups:history"),
        ("message.im", "im:history"),
    ],
)
def test_each_event_has_the_scope_that_slack_asks_for(
    manifest: dict[str, Any], event: str, scope: str
) -> None:
    assert event in manifest["settings"]["event_subscriptions"]["bot_events"]
    assert scope in manifest["oauth_config"]["scopes"]["bot"]


def test_an_app_for_several_workspaces_says_where_it_leads_back_and_hears_of_its_end() -> None:
    done = run("--url", "https://wellread.example.com/stage", "--install")
    several, one = json.loads(done.stdout), json.loads(done.stdout)
    assert several["oauth_config"].pop("redirect_urls") == [
        "https://wellread.example.com/stage/slack/oauth_redirect"
    ]
    events = several["settings"]["event_subscriptions"]["bot_events"]
    for event in ("app_uninstalled", "tokens_revoked"):
        events.remove(event)
    address = "https://wellread.example.com/stage/slack/events"
    assert several == manifest_of(address, name="wellread")
    assert one["settings"]["token_rotation_enabled"] is False


def test_without_an_address_it_cannot_be_installed_so() -> None:
    done = run("--socket-mode", "--install")
    assert done.exit_code == 2
    assert "--url" in done.stderr


def test_clicks_and_the_command_go_where_events_go(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["interactivity"] == {"is_enabled": True, "request_url": URL}
    (command,) = manifest["features"]["slash_commands"]
    assert (command["command"], command["url"]) == ("/ask", URL)


def test_people_can_write_to_the_app_and_see_its_home(manifest: dict[str, Any]) -> None:
    assert manifest["features"]["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


def test_it_is_an_assistant(manifest: dict[str, Any]) -> None:
    assert manifest["features"]["assistant_view"]["assistant_description"]


def test_its_words_keep_slacks_limits(manifest: dict[str, Any]) -> None:
    shown = manifest["display_information"]
    (command,) = manifest["features"]["slash_commands"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80
    assert len(command["command"]) <= 32
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000


def test_for_socket_mode_slack_is_told_no_address() -> None:
    done = run("--socket-mode")
    assert done.exit_code == 0
    manifest = json.loads(done.stdout)
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert "request_url" not in manifest["settings"]["event_subscriptions"]
    assert manifest["settings"]["interactivity"] == {"is_enabled": True}
    assert "url" not in manifest["features"]["slash_commands"][0]
    assert "http" not in done.stdout


def test_with_an_address_there_is_no_socket_mode(manifest: dict[str, Any]) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://wellread.example.com", URL),
        ("https://wellread.example.com/", URL),
        (" https://wellread.example.com ", URL),
        (URL, URL),
        (f"{URL}/", URL),
        ("https://wellread.example.com:8443", "https://wellread.example.com:8443/slack/events"),
        ("https://wellread.example.com/prod", "https://wellread.example.com/prod/slack/events"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/slack/events"),
        ("http://[::1]:8080", "http://[::1]:8080/slack/events"),
        ("http://localhost:8080", "http://localhost:8080/slack/events"),
    ],
)
def test_an_address_leads_to_the_path_of_slacks_requests(given: str, meant: str) -> None:
    assert requests_url(given, PATH, "Slack") == meant


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("", "no address"),
        ("wellread.example.com", "no address"),
        ("https://", "no address"),
        ("https:///slack", "no address"),
        ("https://wellread.example.com:port", "no address"),
        ("https://[::1", "no address"),
        ("https://well read.example.com", "no address"),
        ("https://wellread.example.com\n.evil.example", "no address"),
        ("https://wéllread.example.com", "no address"),
        ("http://wellread.example.com", "https addresses alone"),
        ("http://127.0.0.1.evil.example", "https addresses alone"),
        ("ftp://127.0.0.1", "https addresses alone"),
        ("https://ann:secret@wellread.example.com", "without a password"),
        ("https://wellread.example.com?a=1", "without a password"),
        ("https://wellread.example.com#top", "without a password"),
    ],
)
def test_an_address_that_slack_cannot_use_is_refused_with_the_reason(given: str, says: str) -> None:
    with pytest.raises(InvalidConfigurationError, match=says):
        requests_url(given, PATH, "Slack")


def test_an_address_on_this_machine_is_warned_of() -> None:
    done = run("--url", "http://127.0.0.1:8080")
    assert done.exit_code == 0
    assert "Slack cannot reach this machine by that address" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [(), ("--url", "https://a.example", "--socket-mode"), ("--socket-mode", "--name", "x" * 36)],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""


def test_the_app_can_have_another_name() -> None:
    manifest = json.loads(run("--socket-mode", "--name", "Library").stdout)
    assert manifest["display_information"]["name"] == "Library"
    assert manifest["features"]["bot_user"]["display_name"] == "Library"
