"""One deployed stack for all of these tests; they share it, and tidy up after themselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack_local.environments import EnvironmentUnavailableError, python_313
from stack_local.stack import LocalStack, StackOptions
from tests.integration.driver import Driver
from tests.slack.workspace import SlackWorkspace, running_workspace
from tests.teams.tenant import TeamsTenant, running_tenant

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here runs on the emulator."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.emulated)


@pytest.fixture(scope="session")
def workspace() -> Iterator[SlackWorkspace]:
    """The Slack that the stack talks to."""
    with running_workspace() as workspace:
        yield workspace


@pytest.fixture(scope="session")
def tenant() -> Iterator[TeamsTenant]:
    """The Teams that the stack talks to."""
    with running_tenant() as tenant:
        yield tenant


@pytest.fixture(scope="session")
def stack(
    tmp_path_factory: pytest.TempPathFactory, workspace: SlackWorkspace, tenant: TeamsTenant
) -> Iterator[LocalStack]:
    """The stack, deployed from the true template."""
    try:
        python_313()
    except EnvironmentUnavailableError as error:
        pytest.skip(str(error))
    # State is kept, so that a test may stop the emulator and start it again.
    folder = tmp_path_factory.mktemp("stack")
    options = StackOptions(
        folder=folder,
        port=0,
        index_url=os.environ.get("OPENSEARCH_URL"),
        parameters={
            "ReconcileSchedule": "never",
            "Slack": "on",
            "SlackApiUrl": workspace.api_url,
            "Teams": "on",
            "TeamsClientId": tenant.client_id,
            "TeamsTenantId": tenant.tenant,
            "TeamsOpenidUrl": tenant.openid_url,
            "TeamsLoginUrl": tenant.login_url,
            "TeamsGraphUrl": tenant.graph_url,
            "FineTuning": "on",
            "TrainingImage": "registry.example/training:1",
            "TrainingBase": "small",
            "ServingImage": "registry.example/serving:1",
            "ModelEndpoint": "on",
            "FineTuneWatchMinutes": "4",
            "InstancePrices": "ml.g5.2xlarge=1.52",
        },
    )
    with LocalStack(options, say=lambda text: print(text, file=sys.stderr)) as stack:
        yield stack


@pytest.fixture
def driver(stack: LocalStack) -> Driver:
    """The stack, with short words for what is done to it."""
    return Driver(stack)
