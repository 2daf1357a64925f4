"""`wellread doctor` says what works, and of the rest the cause and the fix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store import Bot

from tests.functional.chat.doctors import checks, failed, rules, run, served
from tests.laptop import Laptop, WordEmbedder
from tests.slack.state import APP_TOKEN, BOT_TOKEN, SCOPES
from tests.slack.workspace import SlackWorkspace, running_workspace
from wellread.adapters.parsing.confined.confinement import EVERYTHING, Confinement, guards
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.bootstrap import models
from wellread.bootstrap.embedded_secrets import slack_installations_of
from wellread.settings import load_settings


@pytest.fixture
def workspace() -> Iterator[SlackWorkspace]:
    with running_workspace() as running:
        for person in ("U0ANN", "U0CEM"):
            running.add_person(person)
        running.groups["S0HELP"] = ["U0ANN"]
        running.groups["S0APPR"] = ["U0CEM"]
        running.add_conversation("C0APPR", ("U0ANN", "U0CEM"))
        yield running


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that was served, and whose Slack is not on."""
    # Quick to load; that the packaged one loads, a new installation shows.
    monkeypatch.setattr(models, "load_embedder", WordEmbedder)
    monkeypatch.setattr(SandboxedParser, "guards", lambda _parser: guards(EVERYTHING))
    return served(tmp_path / "data")


@pytest.fixture
def slack(data: Path, workspace: SlackWorkspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WELLREAD_SLACK_API_URL", workspace.api_url)
    monkeypatch.setenv("WELLREAD_SLACK_BOT_TOKEN", BOT_TOKEN)
    monkeypatch.setenv("WELLREAD_SLACK_SIGNING_SECRET", "secret")
    monkeypatch.setenv("WELLREAD_SLACK_APP_TOKEN", APP_TOKEN)
    rules(data, "slack", helpers="S0HELP", approvers="S0APPR", approvals="C0APPR")
    return data


def test_a_new_installation_has_nothing_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    found = run(tmp_path / "data")

    assert found.exit_code == 0, found.output
    assert "`wellread serve` makes it" in found.output
    assert not (tmp_path / "data").exists()


def test_a_line_a_check_where_all_is_well(slack: Path) -> None:
    found = run(slack)

    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    assert [line.split(None, 1)[1].partition(":")[0] for line in lines] == [
        "data folder",
        "documents folder",
        "settings document",
        "embedder",
        "model",
        "confinement",
        "dead letters",
        "Slack",
        "Slack bot token",
        "Slack scopes",
        "Slack app token",
        "Slack helpers",
        "Slack approvers",
        "Slack places",
        "Teams",
    ]


def test_a_failure_comes_with_its_fix_and_an_exit_code(data: Path) -> None:
    (data / "access.json").write_text('{"access": {}, "chat": {"slack": {"helper": "S0HELP"}}}')
    found = run(data)

    assert found.exit_code == 1
    assert "FAILED    settings document: " in found.output
    assert '"helper"' in found.output


def test_a_rule_that_is_not_understood_is_a_failure(data: Path) -> None:
    said = {"access": {"rules": [{"prefix": "hr/*", "audience": "hr"}]}}
    (data / "access.json").write_text(json.dumps(said))

    assert "is a pattern" in failed(data)["settings document"]


def test_secrets_are_in_no_line(slack: Path, workspace: SlackWorkspace) -> None:
    workspace.revoked.add(BOT_TOKEN)
    for output in (run(slack).output, run(slack, "--json").output):
        assert BOT_TOKEN not in output
        assert APP_TOKEN not in output


def test_a_revoked_token_is_told_with_what_to_do(slack: Path, workspace: SlackWorkspace) -> None:
    workspace.revoked.add(BOT_TOKEN)

    assert "was revoked. Install the app again" in failed(slack)["Slack bot token"]


def test_missing_scopes_are_named(slack: Path, workspace: SlackWorkspace) -> None:
    workspace.tokens[BOT_TOKEN] = SCOPES - {"files:read", "im:history"}

    assert failed(slack)["Slack scopes"].startswith(
        "The bot token lacks the scopes files:read, im:history."
    )


def test_a_wrong_app_token_is_told(slack: Path, workspace: SlackWorkspace) -> None:
    workspace.app_tokens.clear()

    assert "connections:write" in failed(slack)["Slack app token"]


def test_groups_and_places_of_the_settings_that_are_not_there_are_told(slack: Path) -> None:
    rules(
        slack,
        "slack",
        helpers="S0NONE",
        approvers="S0NONE",
        approvals="C0NONE",
        places=[{"place": "C0LAB"}],
    )

    found = failed(slack)
    assert found.keys() == {"Slack helpers", "Slack approvers", "Slack places"}
    assert 'S0NONE that "helpers" names' in found["Slack helpers"]
    assert "C0NONE" in found["Slack places"]


@pytest.mark.parametrize(
    ("unset", "check", "words"),
    [
        ("WELLREAD_SLACK_BOT_TOKEN", "Slack bot token", "WELLREAD_SLACK_BOT_TOKEN is not set"),
        ("WELLREAD_SLACK_SIGNING_SECRET", "Slack", "SIGNING_SECRET is not set"),
    ],
)
def test_half_of_the_secrets_are_told(
    slack: Path, monkeypatch: pytest.MonkeyPatch, unset: str, check: str, words: str
) -> None:
    monkeypatch.delenv(unset)
    monkeypatch.delenv("WELLREAD_SLACK_APP_TOKEN")

    assert words in failed(slack)[check]


def test_where_slack_is_away_that_is_said_and_the_rest_is_checked(
    slack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLREAD_SLACK_API_URL", "http://127.0.0.1:9/api/")

    assert "Slack did not answer" in failed(slack)["Slack bot token"]
    assert checks(slack)["embedder"]["ok"]


def test_a_model_that_does_not_answer_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLREAD_MODEL_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WELLREAD_MODEL", "some-model")

    assert "cannot be reached" in failed(data)["model"]


def test_an_embedder_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLREAD_EMBEDDER", str(tmp_path / "nowhere"))

    assert "nowhere" in failed(tmp_path / "data")["embedder"]


def test_a_reader_that_cannot_be_held_is_told_where_that_is_required(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SandboxedParser, "guards", lambda _parser: guards(Confinement()))
    assert "which is without: no network" in checks(data)["confinement"]["says"]
    monkeypatch.setenv("WELLREAD_PARSER_CONFINEMENT", "require")

    assert "requires: no network" in failed(data)["confinement"]


def test_a_documents_folder_that_is_gone_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WELLREAD_DOCUMENTS", str(tmp_path / "unplugged"))

    assert "unplugged" in failed(data)["documents folder"]


def test_a_damaged_data_file_is_told_and_the_rest_is_checked(data: Path) -> None:
    (data / "wellread.sqlite").write_bytes(b"no database" * 1000)

    assert failed(data).keys() == {"data folder"}
    assert checks(data)["embedder"]["ok"]


def test_messages_that_were_delivered_in_vain_are_told(data: Path) -> None:
    laptop = Laptop(data)
    laptop.change_queue.send(["nothing"])
    (message,) = laptop.change_queue.receive(1, 60)
    laptop.change_queue.bury(message)
    laptop.close()

    assert "1 of the queue documents" in failed(data)["dead letters"]
    assert "wellread documents redrive" in failed(data)["dead letters"]


@pytest.fixture
def several(slack: Path, workspace: SlackWorkspace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app for two workspaces, of which the home has it."""
    for name in ("BOT_TOKEN", "APP_TOKEN"):
        monkeypatch.delenv(f"WELLREAD_SLACK_{name}")
    monkeypatch.setenv("WELLREAD_SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("WELLREAD_SLACK_CLIENT_SECRET", "s")
    monkeypatch.setenv("WELLREAD_SLACK_WORKSPACES", "T0TEAM,T0FAR")
    workspace.add_workspace("T0FAR").tokens = {"xoxb-far": SCOPES - {"files:read"}}
    installed(slack, "T0TEAM", BOT_TOKEN)
    return slack


def installed(data: Path, team: str, token: str) -> None:
    store = slack_installations_of(load_settings(data=data))
    assert store is not None
    store.save_bot(Bot(team_id=team, bot_token=token, bot_id="", bot_user_id="", installed_at=1.0))


def test_a_workspace_where_the_app_is_not_installed_is_told(several: Path) -> None:
    found = failed(several)
    assert found.keys() == {"Slack bot token", "Slack scopes"}
    assert "T0FAR" in found["Slack bot token"]
    assert "/slack/install" in found["Slack bot token"]


def test_each_workspace_is_asked_with_its_own_token(several: Path) -> None:
    installed(several, "T0FAR", "xoxb-far")
    assert checks(several)["Slack bot token"]["ok"]
    assert failed(several).keys() == {"Slack scopes"}
    assert "files:read" in failed(several)["Slack scopes"]


def test_an_app_for_no_workspace_is_told(several: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WELLREAD_SLACK_WORKSPACES")
    assert "WELLREAD_SLACK_WORKSPACES" in failed(several)["Slack bot token"]
