"""The stand-in of SageMaker, and CloudWatch simulated in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stack_local.sagemaker import SageMakerStandIn
from tests.sagemaker.clients import client_of
from tests.simulated_aws import SimulatedAws, simulated_aws


@pytest.fixture
def standin() -> Iterator[SageMakerStandIn]:
    with SageMakerStandIn() as standin:
        yield standin


@pytest.fixture
def sagemaker(standin: SageMakerStandIn) -> Iterator[Any]:
    client = client_of(standin)
    yield client
    client.close()


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account
