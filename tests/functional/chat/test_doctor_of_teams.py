"""`wellread doctor` says what of Teams works, and of the rest the cause and the fix."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.functional.chat.doctors import checks, failed, rules, run, served
from tests.laptop import Laptop, WordEmbedder
from tests.teams.state import CLIENT_ID, CLIENT_SECRET, TENANT
from tests.teams.tenant import TeamsTenant, running_tenant
from wellread.adapters.parsing.confined.confinement import EVERYTHING, guards
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.bootstrap import models
from wellread.bootstrap.chat import references_of
from wellread.domain.chat.references import ConversationReference

ANN, BEN = "7a0e5a5e-0000-4000-8000-000000000a11", "7a0e5a5e-0000-4000-8000-000000000be4"
NOBODY = "7a0e5a5e-0000-4000-8000-00000000dead"
HR, APPROVERS = "9a0e5a5e-0000-4000-8000-0000000000a1", "9a0e5a5e-0000-4000-8000-0000000000a2"
FILES = "19:files@thread.v2"
CHECKS = [
    "Teams",
    *(f"Teams {each}" for each in ("sign-in", "keys", "endpoint", "permissions", "groups")),
    *("Teams helpers", "Teams places"),
]


class _Bot(BaseHTTPRequestHandler):
    """Answers with the status that its path begins with."""

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        _, status, rest = self.path.split("/", 2)
        self.send_response(int(status) if rest == "api/messages" else 410)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Bot) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()
        thread.join()


@pytest.fixture
def tenant() -> Iterator[TeamsTenant]:
    with running_tenant() as running:
        running.add_person(ANN)
        running.add_person(BEN)
        running.groups |= {HR: [ANN], APPROVERS: [BEN]}
        running.add_conversation(FILES, (ANN, BEN))
        yield running


@pytest.fixture
def teams(
    tmp_path: Path, tenant: TeamsTenant, server: str, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A data folder whose bot is set up, and was spoken to in one place."""
    monkeypatch.setattr(models, "load_embedder", WordEmbedder)
    monkeypatch.setattr(SandboxedParser, "guards", lambda _parser: guards(EVERYTHING))
    given = {
        "CLIENT_ID": CLIENT_ID,
        "TENANT_ID": TENANT,
        "CLIENT_SECRET": CLIENT_SECRET,
        "OPENID_URL": tenant.openid_url,
        "LOGIN_URL": tenant.login_url,
        "GRAPH_URL": tenant.graph_url,
    }
    for name, value in given.items():
        monkeypatch.setenv(f"WELLREAD_TEAMS_{name}", value)
    monkeypatch.setenv("WELLREAD_PUBLIC_URL", f"{server}/401")
    data = served(tmp_path / "data")
    rules(
        data,
        "teams",
        groups=[{"group": HR, "audience": ["hr"]}],
        helpers=ANN,
        approvers=APPROVERS,
        approvals=FILES,
    )
    heard(data, tenant)
    return data


def heard(data: Path, tenant: TeamsTenant) -> None:
    """Keep where the bot was spoken to, as its front does."""
    laptop = Laptop(
        data, teams_client_id=CLIENT_ID, teams_tenant_id=TENANT, teams_client_secret="s"
    )
    said = ConversationReference("teams", TENANT, FILES, tenant.service_url, kind="groupChat")
    references_of(laptop.services.adapters, laptop.services.settings).keep(said)
    laptop.close()


def test_a_line_a_check_where_all_is_well(teams: Path) -> None:
    found = checks(teams)

    assert [name for name in found if name.startswith("Teams")] == CHECKS
    assert [each for name, each in found.items() if name in CHECKS and not each["ok"]] == []
    assert "/401/api/messages" in found["Teams endpoint"]["says"]


def test_the_secret_is_in_no_line(teams: Path, tenant: TeamsTenant) -> None:
    tenant.token_refusal = f"AADSTS7000215: Invalid client secret {CLIENT_SECRET}."
    assert "AADSTS7000215" in run(teams).output
    for output in (run(teams).output, run(teams, "--json").output):
        assert CLIENT_SECRET not in output


@pytest.mark.parametrize("unset", ["CLIENT_ID", "TENANT_ID", "CLIENT_SECRET"])
def test_what_is_not_set_is_named(teams: Path, monkeypatch: pytest.MonkeyPatch, unset: str) -> None:
    monkeypatch.delenv(f"WELLREAD_TEAMS_{unset}")

    assert failed(teams).keys() & set(CHECKS) == {"Teams"}
    assert f"WELLREAD_TEAMS_{unset} is not set" in failed(teams)["Teams"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CLIENT_ID", "wellread", "the Application (client) ID"),
        ("TENANT_ID", "example.onmicrosoft.com", "the Directory (tenant) ID"),
        ("TENANT_ID", CLIENT_ID.upper(), "are the same id"),
        ("CLIENT_SECRET", NOBODY, "the Value of one"),
    ],
)
def test_what_cannot_be_such_an_id_or_secret_is_told(
    teams: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"WELLREAD_TEAMS_{name}", value)

    assert words in failed(teams)["Teams"]


@pytest.mark.parametrize(
    ("refusal", "cause", "fix"),
    [
        ("AADSTS7000215: Invalid.", "the client secret is not one of the bot's", "to its value"),
        ("AADSTS7000222: Expired.", "the client secret has expired", "Make a client secret"),
        ("AADSTS700016: No app.", "no app with the bot's client id", "WELLREAD_TEAMS_CLIENT_ID"),
        ("AADSTS90002: No tenant.", "there is no such tenant", "WELLREAD_TEAMS_TENANT_ID"),
        ("AADSTS7000229: Not here.", "not in use in the tenant", "administrator"),
        ("AADSTS7000112: Disabled.", "disabled", "Enterprise applications"),
        ("AADSTS50999: Something new.", "AADSTS50999", "Make a client secret"),
    ],
)
def test_why_the_bot_cannot_sign_in_is_told(
    teams: Path, tenant: TeamsTenant, refusal: str, cause: str, fix: str
) -> None:
    tenant.token_refusal = refusal
    finding = checks(teams)["Teams sign-in"]

    assert not finding["ok"]
    assert cause in finding["says"]
    assert fix in finding["fix"]


def test_a_wrong_secret_and_a_wrong_tenant_are_told_apart(
    teams: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLREAD_TEAMS_CLIENT_SECRET", "another")
    found = failed(teams)
    for check in ("Teams sign-in", "Teams places"):
        assert "AADSTS7000215" in found[check]
    monkeypatch.setenv("WELLREAD_TEAMS_TENANT_ID", NOBODY)
    assert "there is no such tenant" in failed(teams)["Teams sign-in"]


@pytest.mark.parametrize(
    ("setting", "check", "words"),
    [
        ("LOGIN_URL", "Teams sign-in", "did not answer"),
        ("OPENID_URL", "Teams keys", "WELLREAD_TEAMS_OPENID_URL"),
        ("GRAPH_URL", "Teams groups", "did not answer"),
    ],
)
def test_what_of_microsofts_cannot_be_reached_is_told_and_the_rest_is_checked(
    teams: Path, monkeypatch: pytest.MonkeyPatch, setting: str, check: str, words: str
) -> None:
    monkeypatch.setenv(f"WELLREAD_TEAMS_{setting}", "http://127.0.0.1:9/x")

    assert words in failed(teams)[check]
    assert checks(teams)["Teams endpoint"]["ok"]


@pytest.mark.parametrize("missing", ["User.Read.All", "GroupMember.Read.All"])
def test_permissions_that_were_not_given_are_named(
    teams: Path, tenant: TeamsTenant, missing: str
) -> None:
    tenant.graph_roles.discard(missing)
    told = failed(teams)["Teams permissions"]

    assert f"lacks the permissions {missing} of Microsoft Graph" in told
    assert "admin consent" in told


def test_a_permission_that_gives_more_will_do(teams: Path, tenant: TeamsTenant) -> None:
    tenant.graph_roles = {"Directory.Read.All"}

    assert checks(teams)["Teams permissions"]["ok"]


def test_no_permission_is_needed_where_no_group_is_named(teams: Path, tenant: TeamsTenant) -> None:
    tenant.graph_roles.clear()
    rules(teams, "teams", users=[{"user": ANN, "audience": ["board"]}], helpers=ANN)

    assert failed(teams).keys() & set(CHECKS) == set()
    found = checks(teams)
    assert "goes without User.Read.All, GroupMember" in found["Teams permissions"]["says"]
    assert "may not be looked up" in found["Teams helpers"]["says"]


@pytest.mark.parametrize(
    ("path", "words"),
    [("404", "got 404"), ("200", "got 200"), ("503", "does not answer")],
)
def test_whether_the_bot_answers_at_its_address_is_tried(
    teams: Path, monkeypatch: pytest.MonkeyPatch, server: str, path: str, words: str
) -> None:
    monkeypatch.setenv("WELLREAD_PUBLIC_URL", f"{server}/{path}")

    assert words in failed(teams)["Teams endpoint"]
    assert "wellread serve" in failed(teams)["Teams endpoint"]


@pytest.mark.parametrize("url", ["http://wellread.example.com", "wellread.example.com", "https://"])
def test_an_address_that_teams_cannot_reach_is_told(
    teams: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("WELLREAD_PUBLIC_URL", url)

    assert "no https address" in failed(teams)["Teams endpoint"]


def test_without_a_public_address_it_is_said_that_nothing_was_tried(
    teams: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WELLREAD_PUBLIC_URL")

    assert "it was not tried" in checks(teams)["Teams endpoint"]["says"]


def test_who_and_what_the_settings_name_and_is_not_there_is_told(teams: Path) -> None:
    rules(teams, "teams", helpers=NOBODY, approvers=NOBODY, approvals="19:none@thread.v2")
    found = failed(teams)

    assert found.keys() & set(CHECKS) == {"Teams helpers", "Teams groups", "Teams places"}
    assert f'{NOBODY} that "helpers" names is not in the tenant' in found["Teams helpers"]
    assert f'The group {NOBODY} that "approvers" names' in found["Teams groups"]
    assert "19:none@thread.v2" in found["Teams places"]
    assert "mention it once" in found["Teams places"]


@pytest.mark.parametrize(("id", "kind"), [(ANN, "users"), (HR, "groups")])
def test_who_helps_is_a_person_or_a_group(teams: Path, id: str, kind: str) -> None:
    rules(teams, "teams", helpers=id)

    assert kind in checks(teams)["Teams helpers"]["says"]
    assert checks(teams)["Teams helpers"]["ok"]


def test_names_in_place_of_ids_are_told(teams: Path) -> None:
    rules(teams, "teams", helpers="ann@example.com", groups=[{"group": "HR", "audience": ["hr"]}])
    found = failed(teams)

    assert "by its object id" in found["Teams helpers"]
    assert 'The group HR that "groups" names' in found["Teams groups"]


def test_where_nobody_has_spoken_to_the_bot_yet_that_is_told(
    teams: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new = served(tmp_path / "new")
    rules(new, "teams", approvers=APPROVERS, approvals=FILES)

    assert "Say something to it" in failed(new)["Teams places"]


def test_where_files_have_approvers_and_no_place_for_them_that_is_told(teams: Path) -> None:
    rules(teams, "teams", approvers=APPROVERS)

    assert "no files are taken" in failed(teams)["Teams places"]


def test_a_data_folder_that_was_never_served_has_heard_of_no_conversation(
    teams: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.mkdir()
    rules(new, "teams", approvers=APPROVERS, approvals=FILES)

    assert "heard of no conversation yet" in failed(new)["Teams places"]
