"""AWS simulated in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulated_aws import SimulatedAws, simulated_aws


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


@pytest.fixture
def s3(aws: SimulatedAws) -> Any:
    return aws.client("s3")


@pytest.fixture
def sqs(aws: SimulatedAws) -> Any:
    return aws.client("sqs")


@pytest.fixture
def dynamodb(aws: SimulatedAws) -> Any:
    return aws.client("dynamodb")
