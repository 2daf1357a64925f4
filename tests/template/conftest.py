"""The template, as CloudFormation sees it with some parameters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.cloudformation import Template

TUNING = {
    "FineTuning": "on",
    "TrainingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/training:1",
    "TrainingBase": "small-1.7b",
    "ServingImage": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/serving:1",
    "ModelEndpoint": "on",
}
TEAMS = {"Teams": "on", "TeamsClientId": "1" * 36, "TeamsTenantId": "2" * 36}


@pytest.fixture
def deployed(repository: Path) -> Callable[..., Template]:
    """The template with these parameters; the others have their defaults."""

    def with_parameters(**parameters: str) -> Template:
        return Template(repository / "template.yaml", **parameters)

    return with_parameters


@pytest.fixture
def template(deployed: Callable[..., Template]) -> Template:
    """The template with every parameter's default."""
    return deployed()


@pytest.fixture
def in_chats(deployed: Callable[..., Template]) -> Template:
    """The template where questions in Slack and in Teams are answered."""
    return deployed(Slack="on", **TEAMS)


@pytest.fixture
def installing(deployed: Callable[..., Template]) -> Template:
    """That template where Slack's app can be installed in several workspaces."""
    return deployed(Slack="on", SlackInstall="on", **TEAMS)


@pytest.fixture
def tuning(deployed: Callable[..., Template]) -> Template:
    """The template where models are tuned, on an endpoint of the stack's own."""
    return deployed(**TUNING)


@pytest.fixture
def everything(deployed: Callable[..., Template]) -> Template:
    """The template with all that it can have."""
    return deployed(Slack="on", SlackInstall="on", **TEAMS, **TUNING)
