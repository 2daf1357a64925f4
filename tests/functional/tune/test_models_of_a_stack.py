"""`wellread models --stack` looks after the models of a deployed stack."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from tests.aws_tables import DOCUMENTS, THREADS
from tests.simulated_aws import SimulatedAws, simulated_aws
from tests.tuned import tuned_model
from wellread.bootstrap import Services
from wellread.bootstrap.aws import AwsAdapters
from wellread.domain.tune.models import RunName
from wellread.local import documents_cli
from wellread.local.deployed import StackOutputs
from wellread.local.models_cli import models
from wellread.settings import Settings


@pytest.fixture
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


@pytest.fixture
def stack(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The services of a stack with two models, of which the second answers."""
    outputs = {
        "DocumentsBucketName": aws.bucket(versioned=True),
        "StateBucketName": aws.bucket(versioned=True),
        "DocumentsTableName": aws.table(DOCUMENTS),
        "ThreadsTableName": aws.table(THREADS),
    }
    clients = {service: aws.client(service) for service in ("s3", "dynamodb")}

    def services(settings: Settings) -> Services:
        return Services(AwsAdapters(settings, clients=clients), settings)

    monkeypatch.setattr(documents_cli, "deployed_services", services)
    monkeypatch.setattr(StackOutputs, "of", classmethod(lambda cls, name: cls(name, outputs)))
    made = services(StackOutputs("wellread", outputs).settings())
    for number, run in enumerate(("one", "two")):
        location = f"sagemaker:models/wellread-{run}"
        made.tuned_models.register(tuned_model(run, location=location, created_at=float(number)))
    made.tuned_models.passed(RunName("one"), "Better.", {}, incumbent=None)
    made.tuned_models.passed(RunName("two"), "Better still.", {}, incumbent=RunName("one"))
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(models, [*arguments, "--stack", "wellread"], catch_exceptions=False)


def test_models_of_a_stack_are_listed_rolled_back_and_promoted(stack: Services) -> None:
    listed = json.loads(run("list", "--json").stdout)
    assert [(each["run"], each["status"]) for each in listed] == [
        ("one", "superseded"),
        ("two", "promoted"),
    ]

    assert run("rollback").output == (
        "two will be taken away; one will answer in the modes tuned and tuned_rag.\none answers.\n"
    )
    assert stack.tuned_models.answering() == stack.tuned_models.get(RunName("one"))

    assert run("promote", "two").output.endswith("two answers.\n")
    promoted = stack.tuned_models.promoted()
    assert promoted is not None
    assert (promoted.run, promoted.follows) == ("two", "one")
